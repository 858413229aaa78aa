"""Documents, tasks, those who lag and what health asks for, in one unit: to ask officers of it and of another."""

import itertools
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.directives import asking, lagging, reminding, writing
from dauchan.directives.models import CitedDocument, Directive, Ladder, Recipient, Reminded, Task
from dauchan.kernel import clock
from dauchan.kernel.search import search_key
from dauchan.units.models import Agency

if TYPE_CHECKING:
    from support.scene import Scene

_numbers = itertools.count(1)
PDF = b"%PDF-1.7 annex"


def agency_of_here(scene: "Scene", kind: str = "department") -> Agency:
    name, begins = f"Phòng Mẫu {next(_numbers)}", clock.local_day(clock.now()) - timedelta(days=2)
    return Agency.objects.create(name=name, kind=kind, unit=scene.here, valid_from=begins, search_key=search_key(name))


def manager_of_here(scene: "Scene") -> Officer:
    return officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))


def words() -> writing.Words:
    number, today = str(next(_numbers)), clock.local_day(clock.now())
    return writing.Words("letter", "PM", "Gia Nghĩa", "thử văn bản", number=number, dated=today, body="Nội dung.")


def draft_of_here(scene: "Scene") -> dict[str, Any]:
    """A draft with everything that a draft can have."""
    by, now = manager_of_here(scene), clock.now()
    made = writing.draft(agency_of_here(scene), words(), by=by, now=now)
    told = agency_of_here(scene)
    writing.address(made.pk, writing.Group("execute", told.name, agency=told), by=by, now=now)
    due = clock.local_day(now) + timedelta(days=7)
    order = writing.add_order(made.pk, writing.Wanted("Đăng ký địa điểm", due, "coverage", 100.0), by=by, now=now)
    writing.cite(made.pk, CitedDocument(reference="1324/BTTTT-THH", dated=date(2021, 4, 29)), by=by, now=now)
    file = writing.attach(made.pk, "phu-luc.pdf", PDF, signed=False, by=by, now=now)
    return {
        "directive_id": made.pk,
        "addressee_id": made.addressees.get().pk,
        "order_id": order.pk,
        "citation_id": made.citations.get().pk,
        "attachment_id": file.pk,
        "kind": "pdf",
    }


def sent_of_here(scene: "Scene") -> dict[str, Any]:
    """A document that was sent, with the task of who got it."""
    made = draft_of_here(scene)
    writing.send(made["directive_id"], by=manager_of_here(scene), now=clock.now())
    recipient = Recipient.objects.get(directive_id=made["directive_id"])
    return made | {"recipient_id": recipient.pk, "task_id": Task.objects.get(recipient=recipient).pk}


def ladder_of_here(scene: "Scene", reminders: int = 1) -> dict[str, Any]:
    """An agency that was reminded so often."""
    by, now, slow, issuer = manager_of_here(scene), clock.now(), agency_of_here(scene), agency_of_here(scene)
    for _ in range(reminders):
        chosen = lagging.Chosen(agency=(slow.pk,))
        made: Directive = reminding.draft_reminder(issuer, chosen, words(), code="coverage", by=by, now=now)
        reminding.send_reminder(made.pk, "chậm", by=by, now=now)
    standing = Ladder.objects.get(kind="agency", subject_id=slow.pk)
    step = standing.steps.order_by("pk").first()
    assert step is not None
    reminded = Reminded.objects.filter(subject_id=slow.pk).latest("pk")
    return {"ladder_id": standing.pk, "step_id": step.pk, "reminded_id": reminded.pk, "directive_id": made.pk}


def ask_of_here(scene: "Scene", *, assigned: bool = True) -> dict[str, Any]:
    """What health asks for in the unit, handed to an agency there."""
    now, today = clock.now(), clock.local_day(clock.now())
    health = officer_with("commune_health_officer", Scope("unit", str(scene.here.pk)))
    wish = asking.Wish(today, today + timedelta(days=3), "mọi người đều quét", unit=scene.here)
    made = asking.ask(wish, by=health, now=now)
    if assigned:
        asking.assign(made.pk, agency_of_here(scene), by=manager_of_here(scene), now=now)
    return {"ask_id": made.pk}
