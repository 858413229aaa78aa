"""Addresses of documents, tasks, reminders and asks; all by number, never by a name."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from dauchan.directives import ask_views, reminder_views, task_views, views, writing_views

app_name = "directives"
BASE = "trien-khai/van-ban"
ONE = f"{BASE}/<int:directive_id>"
LADDER = f"{BASE}/don-doc/<int:ladder_id>"
ASK = f"{BASE}/yeu-cau/<int:ask_id>"

pages: dict[str, tuple[Callable[..., HttpResponse], str]] = {
    BASE: (views.documents, "list"),
    f"{BASE}/moi": (writing_views.write, "write"),
    f"{BASE}/tep/<int:attachment_id>": (views.attachment, "file"),
    f"{BASE}/nhiem-vu": (task_views.tasks, "tasks"),
    f"{BASE}/nhiem-vu/<int:task_id>": (task_views.task_page, "task"),
    f"{BASE}/nhiem-vu/<int:task_id>/buoc": (task_views.move, "move"),
    f"{BASE}/nhiem-vu/<int:task_id>/tra-lai": (task_views.give_back, "return"),
    f"{BASE}/noi-nhan/<int:recipient_id>": (task_views.record_by_hand, "record"),
    f"{BASE}/don-doc": (reminder_views.ladders, "ladders"),
    f"{BASE}/don-doc/moi": (reminder_views.write, "remind"),
    f"{BASE}/don-doc/xuat.xlsx": (reminder_views.export, "ladders-export"),
    LADDER: (reminder_views.ladder_page, "ladder"),
    f"{LADDER}/de-nghi": (reminder_views.propose, "propose"),
    f"{LADDER}/buoc/<int:step_id>/bo": (reminder_views.undo, "undo-step"),
    f"{LADDER}/thoi": (reminder_views.let_go, "let-go"),
    f"{BASE}/goi/<int:reminded_id>": (reminder_views.note_call, "note-call"),
    f"{BASE}/yeu-cau": (ask_views.asks, "asks"),
    f"{BASE}/yeu-cau/moi": (ask_views.ask, "ask"),
    f"{ASK}/giao": (ask_views.assign, "assign"),
    f"{ASK}/tra-loi": (ask_views.answer, "answer"),
    f"{ASK}/khong-lam": (ask_views.decline, "decline"),
    ONE: (views.document, "document"),
    f"{ONE}/in.<slug:kind>": (views.printed, "printed"),
    f"{ONE}/tien-do.xlsx": (views.progress, "progress"),
    f"{ONE}/da-nhan": (task_views.acknowledge, "acknowledge"),
    f"{ONE}/sua": (writing_views.edit, "edit"),
    f"{ONE}/noi-nhan": (writing_views.address, "address"),
    f"{ONE}/noi-nhan/<int:addressee_id>/bo": (writing_views.strike, "strike"),
    f"{ONE}/nhiem-vu": (writing_views.add_order, "add-order"),
    f"{ONE}/nhiem-vu/<int:order_id>/bo": (writing_views.drop_order, "drop-order"),
    f"{ONE}/can-cu": (writing_views.cite, "cite"),
    f"{ONE}/can-cu/<int:citation_id>/bo": (writing_views.uncite, "uncite"),
    f"{ONE}/tep": (writing_views.attach, "attach"),
    f"{ONE}/tep/<int:attachment_id>/bo": (writing_views.detach, "detach"),
    f"{ONE}/gui": (writing_views.send, "send"),
    f"{ONE}/thu-hoi": (writing_views.withdraw, "withdraw"),
    f"{ONE}/goi": (reminder_views.calls, "calls"),
}
urlpatterns = [path(route, never_cache(view), name=name) for route, (view, name) in pages.items()]
