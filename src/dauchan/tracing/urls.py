"""Addresses of tracing: a case by its number, rows by theirs; never a person or a place in a path."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from dauchan.tracing.views import call_sheets, deciding, entering, holding
from dauchan.tracing.views import pages as case_pages

app_name = "tracing"

CASE = "ca-benh/<slug:code>"
pages: dict[str, tuple[Callable[..., HttpResponse], str]] = {
    "ca-benh/moi": (entering.new_case, "new-case"),
    CASE: (case_pages.case_page, "case"),
    f"{CASE}/tiep-xuc": (case_pages.contacts, "contacts"),
    f"{CASE}/tiep-xuc/them": (entering.tell_contact, "tell-contact"),
    f"{CASE}/tiep-xuc/quyet-dinh": (deciding.regrade, "regrade"),
    f"{CASE}/moc-dich-te": (case_pages.milestones, "milestones"),
    f"{CASE}/moc-dich-te/them": (entering.tell_milestone, "tell-milestone"),
    f"{CASE}/nguon-lay": (case_pages.sources, "sources"),
    f"{CASE}/nhat-ky": (case_pages.log, "log"),
    f"{CASE}/sua": (entering.revise, "revise"),
    f"{CASE}/danh-tinh": (deciding.reveal_case, "reveal-case"),
    f"{CASE}/lap-danh-sach": (deciding.propose, "propose"),
    f"{CASE}/lap-danh-sach/tien-do": (deciding.progress, "progress"),
    f"{CASE}/quyet-dinh": (deciding.decide, "decide"),
    f"{CASE}/hoan-tac/<int:batch_id>": (deciding.undo, "undo"),
    f"{CASE}/de-xuat/<int:proposal_id>": (case_pages.evidence, "evidence"),
    f"{CASE}/de-xuat/<int:proposal_id>/danh-tinh": (deciding.reveal_proposal, "reveal-proposal"),
    f"{CASE}/xuat.<slug:kind>": (deciding.export, "export"),
    f"{CASE}/giu-lai": (holding.holds, "holds"),
    f"{CASE}/giu-lai/<int:number>": (holding.hold, "hold"),
    f"{CASE}/giu-lai/<int:number>/thoi": (holding.end, "end-hold"),
    f"{CASE}/danh-sach-goi": (call_sheets.ask, "ask-release"),
    "tiep-xuc": (case_pages.my_contacts, "my-contacts"),
    "tiep-xuc/<int:contact_id>": (case_pages.contact, "contact"),
    "tiep-xuc/<int:contact_id>/danh-tinh": (deciding.reveal_contact, "reveal-contact"),
    "danh-sach-goi": (call_sheets.waiting, "releases"),
    "danh-sach-goi/<int:release_id>": (call_sheets.release_page, "release"),
    "danh-sach-goi/<int:release_id>/duyet": (call_sheets.decide, "decide-release"),
    "danh-sach-goi/<int:release_id>/in": (call_sheets.sheet, "sheet"),
    "danh-sach-goi/<int:release_id>/xlsx": (call_sheets.spreadsheet, "spreadsheet"),
}
urlpatterns = [path(route, never_cache(view), name=name) for route, (view, name) in pages.items()]
