"""What is kept of documents and reminders: offices and places; officers where they wrote, decided or called."""

from dauchan.directives import models
from dauchan.kernel.inventory import DataClass, Table

_BASIS = "prevention of infectious diseases (Law 114/2025/QH15); keeping of official documents (Decree 30/2020/NĐ-CP)"
_OFFICERS = {
    "written_by_id",
    "sent_by_id",
    "recorded_by_id",
    "acknowledged_who",
    "by_id",
    "added_by_id",
    "undone_by_id",
}
_OFFICERS |= {"asked_by_id", "assigned_by_id", "answered_by_id", "signer_name"}
_KEPT = "as long as the official document it belongs to, at least 10 years"


def _columns(model: type) -> dict[str, DataClass]:
    fields = model._meta.concrete_fields  # type: ignore[attr-defined]  # Django's stubs give a class no _meta
    return {field.column: "officer" if field.column in _OFFICERS else "none" for field in fields}


def _table(model: type, purpose: str, lifetime: str = _KEPT) -> Table:
    name: str = model._meta.db_table  # type: ignore[attr-defined]  # the same
    return Table(name=name, lifetime=lifetime, purpose=purpose, basis=_BASIS, columns=_columns(model))


TABLES = (
    _table(models.Directive, "official documents: what they say, who wrote and sent them"),
    _table(models.CitedDocument, "documents of others that ours rest on"),
    _table(models.Citation, "which document rests on which"),
    _table(models.Addressee, "the lines of addressees as they are printed"),
    _table(models.Recipient, "which agency got a document, who acknowledged it and how"),
    _table(models.Order, "what a document orders, until when, measured by what"),
    _table(models.Task, "an order as an agency carries it out"),
    _table(models.TaskChange, "who moved a task and with what words"),
    _table(models.Attachment, "annexes, signed scans and evidence: public documents"),
    _table(models.Reminded, "who lagged when a reminder was written, with counts of that day"),
    _table(models.Ladder, "how often one who lags was reminded"),
    _table(models.LadderStep, "who decided a step of urging and why"),
    _table(models.Call, "what came of a call to an office"),
    _table(models.Ask, "where health asks for scanning, never for which case"),
)
