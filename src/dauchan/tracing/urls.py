"""Addresses of tracing: a case by its number, rows by theirs; never a person or a place in a path."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from dauchan.tracing import acting, releasing, views

app_name = "tracing"

CASE = "ca-benh/<slug:code>"
pages: dict[str, tuple[Callable[..., HttpResponse], str]] = {
    "ca-benh/moi": (views.new_case, "new-case"),
    CASE: (views.case_page, "case"),
    f"{CASE}/tiep-xuc": (views.contacts, "contacts"),
    f"{CASE}/tiep-xuc/them": (views.tell_contact, "tell-contact"),
    f"{CASE}/tiep-xuc/quyet-dinh": (acting.regrade, "regrade"),
    f"{CASE}/moc-dich-te": (views.milestones, "milestones"),
    f"{CASE}/nguon-lay": (views.sources, "sources"),
    f"{CASE}/nhat-ky": (views.log, "log"),
    f"{CASE}/sua": (views.revise, "revise"),
    f"{CASE}/danh-tinh": (acting.reveal_case, "reveal-case"),
    f"{CASE}/lap-danh-sach": (acting.propose, "propose"),
    f"{CASE}/quyet-dinh": (acting.decide, "decide"),
    f"{CASE}/hoan-tac/<int:batch_id>": (acting.undo, "undo"),
    f"{CASE}/de-xuat/<int:proposal_id>": (views.evidence, "evidence"),
    f"{CASE}/de-xuat/<int:proposal_id>/danh-tinh": (acting.reveal_proposal, "reveal-proposal"),
    f"{CASE}/xuat.<slug:kind>": (acting.export, "export"),
    f"{CASE}/danh-sach-goi": (releasing.ask, "ask-release"),
    "tiep-xuc": (views.my_contacts, "my-contacts"),
    "tiep-xuc/<int:contact_id>": (views.contact, "contact"),
    "tiep-xuc/<int:contact_id>/danh-tinh": (acting.reveal_contact, "reveal-contact"),
    "danh-sach-goi": (releasing.waiting, "releases"),
    "danh-sach-goi/<int:release_id>": (releasing.release_page, "release"),
    "danh-sach-goi/<int:release_id>/duyet": (releasing.decide, "decide-release"),
    "danh-sach-goi/<int:release_id>/in": (releasing.sheet, "sheet"),
    "danh-sach-goi/<int:release_id>/xlsx": (releasing.spreadsheet, "spreadsheet"),
}
urlpatterns = [path(route, never_cache(view), name=name) for route, (view, name) in pages.items()]
