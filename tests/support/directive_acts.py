"""Acts on one document, task, ladder or request, for the test that officers of another unit are refused them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from support.acts import Act, here
from support.directing import agency_of_here, ask_of_here, draft_of_here, ladder_of_here, sent_of_here
from support.scene import Scene

from dauchan.directives.models import Directive
from dauchan.directives.working import move
from dauchan.directives.writing import edition
from dauchan.kernel import clock


def a_draft(scene: Scene, **body: Any) -> Act:
    return Act(draft_of_here(scene), body)


def a_sent_document(scene: Scene, **body: Any) -> Act:
    return Act(sent_of_here(scene), body)


def a_further_addressee(scene: Scene) -> Act:
    return a_draft(scene, role="inform", agency=agency_of_here(scene).name)


def other_words(scene: Scene) -> Act:
    act = a_draft(scene, form="letter", symbol="PM2", place="Nhân Cơ", subject="tên khác", filed="VT")
    draft = Directive.objects.get(pk=act.arguments["directive_id"])
    return Act(act.arguments, act.body | {"issuer": draft.issuer.name, "seen": edition(draft)})


def a_scan(scene: Scene) -> Act:
    act = a_draft(scene, signed="1")
    return Act(act.arguments, act.body | {"file": SimpleUploadedFile("da-ky.pdf", b"%PDF-1.7 signed")})


def a_task_that_is_done(scene: Scene) -> Act:
    act = a_sent_document(scene, note="thiếu ảnh")
    by = here("focal_officer", scene)
    move(act.arguments["task_id"], "done", "xong", by=by, now=clock.now())
    return act


def an_ask(scene: Scene, **body: Any) -> Act:
    return Act(ask_of_here(scene), body)


DIRECTIVE_ACTS = {
    "directives:edit": other_words,
    "directives:address": a_further_addressee,
    "directives:strike": a_draft,
    "directives:add-order": lambda scene: a_draft(scene, text="việc nữa", deadline="2026-04-01"),
    "directives:drop-order": a_draft,
    "directives:cite": lambda scene: a_draft(scene, reference="2242/UBND-KGVX", dated="2021-05-11"),
    "directives:uncite": a_draft,
    "directives:attach": a_scan,
    "directives:detach": a_draft,
    "directives:send": a_draft,
    "directives:withdraw": lambda scene: a_sent_document(scene, why="sai số"),
    "directives:record": lambda scene: a_sent_document(scene, who="Bà Mẫu", how="phone", at="2026-03-02"),
    "directives:acknowledge": a_sent_document,
    "directives:move": lambda scene: a_sent_document(scene, after="in_progress"),
    "directives:return": a_task_that_is_done,
    "directives:propose": lambda scene: Act(ladder_of_here(scene, reminders=3), {"reason": "ba lần"}),
    "directives:undo-step": lambda scene: Act(ladder_of_here(scene), {"reason": "nhầm"}),
    "directives:let-go": lambda scene: Act(ladder_of_here(scene), {"reason": "đã làm"}),
    "directives:note-call": lambda scene: Act(ladder_of_here(scene), {"outcome": "no_answer"}),
    "directives:assign": lambda scene: Act(ask_of_here(scene, assigned=False), {"agency": agency_of_here(scene).name}),
    "directives:answer": lambda scene: an_ask(scene, outcome="đã đặt người ở cổng", state="done"),
    "directives:decline": lambda scene: an_ask(scene, outcome="chợ đã đóng"),
}
"""Route name -> an object that lies `here`, and what is asked of it."""
