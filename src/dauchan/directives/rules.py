"""Decisions on documents and tasks: which state follows which, what is overdue, what is worst, which files are taken.

Values in, values out; what each is called stands in `wording.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dauchan.kernel.errors import BadInput, Conflict, NotPermitted

NOTE_LENGTH = 500
FILE_BYTES = 8 * 1024 * 1024
"""The largest file: a signed scan of ten pages has 2 to 5 MB. Ours."""
FILES_EACH = 20
ADDRESSEES_MOST = 60
ORDERS_MOST = 20
WHOLE = 100

SENT, ACKNOWLEDGED, STARTED, DONE, RETURNED = "sent", "acknowledged", "in_progress", "done", "returned"
OVERDUE, REACHED = "overdue", "reached"
NEXT: Mapping[str, frozenset[str]] = {
    SENT: frozenset({ACKNOWLEDGED, STARTED, DONE}),
    ACKNOWLEDGED: frozenset({STARTED, DONE}),
    STARTED: frozenset({DONE}),
    DONE: frozenset({RETURNED}),
    RETURNED: frozenset({STARTED, DONE}),
}
"""What may follow: the agency goes forward, the issuer returns what isn't done."""
WORST_FIRST = (OVERDUE, RETURNED, SENT, ACKNOWLEDGED, STARTED, REACHED, DONE)

REMIND, PROPOSE = "remind", "propose"

ACCOUNT = "account"
"""Acknowledged by an officer in this system; every other way is written down by hand."""

CALLED, NO_ANSWER, PROMISED, REFUSED = "called", "no_answer", "promised", "refused"

ASKED, ASSIGNED, ANSWERED, DECLINED = "asked", "assigned", "done", "declined"
WITHOUT_ANSWER = (ASKED, ASSIGNED)
"""The states of what health asked for and nobody has answered; overdue once its days are over."""

MAGIC: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "application/pdf", ("pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", ("png",)),
    (b"\xff\xd8\xff", "image/jpeg", ("jpg", "jpeg")),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",)),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",)),
)
"""How files begin, and what their names then end with."""


class StepNotPossible(Conflict):
    vi = "Nhiệm vụ vừa được người khác cập nhật, hoặc bước này không còn làm được. Hãy tải lại trang."
    en = "Somebody else has just moved this task, or the step is no longer possible. Load the page again."


class EvidenceMissing(BadInput):
    vi = "Hãy ghi kết quả bằng lời, hoặc đính kèm tệp làm bằng chứng."
    en = "Say in words what was done, or attach a file as evidence."


class ReasonMissing(BadInput):
    vi = "Hãy ghi lý do."
    en = "Say why."


class NotADraft(Conflict):
    vi = "Văn bản đã gửi thì không sửa được nữa. Nếu sai, hãy thu hồi và soạn văn bản khác."
    en = "A document that was sent can't be changed. If it is wrong, withdraw it and write another."


class Overtaken(Conflict):
    kind = "overtaken"
    vi = "Trong lúc bạn sửa, người khác đã lưu bản nháp này. Chữ của bạn vẫn ở đây: xem bản đã lưu, rồi lưu lại."
    en = (
        "Somebody else saved this draft while you were changing it."
        " Your words are still here: look at what is saved, then save again."
    )


class NoOrders(Conflict):
    vi = "Văn bản đôn đốc không giao nhiệm vụ. Muốn giao việc có hạn, hãy soạn một văn bản chỉ đạo."
    en = "A reminder gives no orders. To order something with a deadline, write a directive."


class NumberWrong(BadInput):
    vi = "Số văn bản là số thứ tự trong sổ văn bản đi, từ 1, ví dụ 05 hay 702; chưa ký thì để trống."
    en = "The number is that of the outgoing documents, from 1, such as 05 or 702; leave it empty until it is signed."


class SignedInTheFuture(BadInput):
    vi = "Ngày ký chưa đến. Ghi ngày trên bản đã ký; chưa ký thì để trống."
    en = "The day of signing has not come yet. Enter the day on the signed document; leave it empty until then."


class DeadlinePast(BadInput):
    vi = "Hạn đã qua. Hãy chọn hôm nay hoặc một ngày sau."
    en = "The deadline is past. Choose today or a later day."


class TargetBeyond(BadInput):
    vi = "Chỉ tiêu này tính bằng phần trăm: mức phải đạt từ 0 đến 100."
    en = "This indicator is a percentage: its target is from 0 to 100."


class TargetIncomplete(BadInput):
    vi = "Có chỉ tiêu thì ghi mức phải đạt; không có chỉ tiêu thì để trống mức phải đạt."
    en = "An indicator needs a target; without an indicator leave the target empty."


class NotReady(BadInput):
    vi = "Chưa gửi được: {missing}."
    en = "It can't go out yet: {missing_en}."


class NobodyFound(BadInput):
    vi = "Không có cơ quan nào như vậy trong phạm vi. Hãy chọn loại, cấp hoặc đơn vị khác."
    en = "There is no such agency in scope. Choose another kind, level or unit."


class OutOfScope(NotPermitted):
    vi = "Nơi này nằm ngoài phạm vi của bạn."
    en = "This lies outside your scope."


class FileNotTaken(BadInput):
    vi = "Không nhận tệp này: chỉ nhận PDF, DOCX, XLSX, PNG, JPG, không rỗng, lớn nhất 8 MB mỗi tệp, nhiều nhất 20 tệp."
    en = "This file isn't taken: PDF, DOCX, XLSX, PNG or JPG, not empty, up to 8 MB each, 20 files at most."


class TooManyLines(BadInput):
    vi = "Nhiều quá: một văn bản có nhiều nhất {limit} dòng như vậy."
    en = "Too many: a document has at most {limit} lines of this kind."


@dataclass(frozen=True)
class Tally:
    """How many tasks stand where: what is not done after its day counts as overdue, whatever its state."""

    by_state: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def done(self) -> int:
        return self.by_state.get(DONE, 0)

    @property
    def overdue(self) -> int:
        return self.by_state.get(OVERDUE, 0)

    @property
    def worst(self) -> str:
        """The worst state that any of them is in; "" without tasks."""
        return next((state for state in WORST_FIRST if self.by_state.get(state)), "")

    def __add__(self, other: "Tally") -> "Tally":
        states = {*self.by_state, *other.by_state}
        return Tally({state: self.by_state.get(state, 0) + other.by_state.get(state, 0) for state in states})


_NUMBER = re.compile(r"0*[1-9]\d{0,6}[A-Za-zĐđ]?")


def check_signature(number: str, dated: date | None, on: date) -> None:
    """Whether number and date can stand on a document; both may still be empty.

    raises   NumberWrong, SignedInTheFuture
    """
    if number and not _NUMBER.fullmatch(number):
        raise NumberWrong(field="number")
    if dated and dated > on:
        raise SignedInTheFuture(field="dated")


def check_order(deadline: date, target: float | None, unit: str, on: date) -> None:
    """Whether an order can be carried out.

    unit     of its indicator; "" without one
    raises   DeadlinePast, TargetIncomplete, TargetBeyond
    """
    if deadline < on:
        raise DeadlinePast(field="deadline")
    check_target(target, unit, field="target")


def check_target(target: float | None, unit: str, *, field: str) -> None:
    """Whether an indicator and a target belong together.

    raises   TargetIncomplete, TargetBeyond
    """
    if bool(unit) != (target is not None):
        raise TargetIncomplete(field=field)
    if unit == "percent" and target is not None and target > WHOLE:
        raise TargetBeyond(field=field)


def standing(state: str, deadline: date, today: date, reached_on: date | None = None) -> str:
    """The state as it is shown: overdue from the day after the deadline, until it is done or its target reached."""
    if reached_on and state not in (DONE, RETURNED):
        return REACHED
    return OVERDUE if state != DONE and deadline < today else state


def check_step(before: str, after: str, *, note: str, has_file: bool) -> None:
    """Whether a task may go on like this.

    raises   StepNotPossible, EvidenceMissing, ReasonMissing
    """
    if after not in NEXT[before]:
        raise StepNotPossible
    if after == DONE and not (note or has_file):
        raise EvidenceMissing(field="note")
    if after == RETURNED and not note:
        raise ReasonMissing(field="note")


def media_type(name: str, content: bytes) -> str:
    """What a file is, by how it begins and how its name ends.

    raises   FileNotTaken
    """
    ending = name.rpartition(".")[2].lower()
    known = [kind for begins, kind, endings in MAGIC if content.startswith(begins) and ending in endings]
    if not known or len(content) > FILE_BYTES:
        raise FileNotTaken(field="file")
    return known[0]


def reached(value: float | None, target: float | None, better: str) -> bool | None:
    """Whether a figure has reached what was asked; None where either isn't known."""
    if value is None or target is None:
        return None
    return value <= target if better == "down" else value >= target
