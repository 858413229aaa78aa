"""What becomes of one scan before it reaches the database: who, where, when, and whether the sender may say so.

Order of decisions: what can't be read is rejected; what breaks a rule that review can heal is kept apart; the rest is
ready to be written. Whether its id is known already is decided by the ledger, and wins over all of these.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from dauchan.accounts.queries import GatewayCredential
from dauchan.kernel import clock, ids
from dauchan.kernel.errors import Problem, Unavailable
from dauchan.people import subjects
from dauchan.visits.gateway import wire
from dauchan.visits.gateway.known import Known
from dauchan.visits.rules import FUTURE_TOLERANCE, GATE_BACKLOG, Confidence, Direction, receipt

WRITE = "scans:write"
BACKFILL = "scans:backfill"
PAPER = "scans:paper"
RETRY_SECONDS = 2
DIRECTIONS = {"in": Direction.IN, "out": Direction.OUT}


class ScanProblem(Problem):
    """A scan that can't be taken, with the code that the sender's program acts on."""


class IdNotUuid7(ScanProblem):
    kind = "id_not_uuid7"
    vi = "Mã lượt quét phải là UUIDv7 mang thời điểm quét."
    en = "The scan's id must be a UUIDv7 that carries the instant of the scan."


class TimesDiffer(ScanProblem):
    kind = "times_differ"
    vi = "Thời điểm ghi trong mã lượt quét khác với trường at."
    en = "The instant within the scan's id differs from the field at."


class FutureTime(ScanProblem):
    kind = "future_time"
    vi = "Thời điểm quét nằm ở tương lai. Hãy chỉnh đồng hồ của máy rồi gửi lại."
    en = "The scan lies in the future. Set the device's clock and send it again."


class TooOld(ScanProblem):
    kind = "too_old"
    vi = "Lượt quét đã quá thời hạn lưu giữ ({days} ngày), không được ghi nữa."
    en = "The scan is older than what may be kept ({days} days) and is no longer recorded."


class UnknownPoint(ScanProblem):
    kind = "unknown_point"
    vi = "Không có điểm quét này. Hãy kiểm tra mã điểm, hoặc đăng ký địa điểm trước."
    en = "There is no such point. Check the point, or register the place first."


class WrongPlace(ScanProblem):
    kind = "wrong_place"
    vi = "Khóa truy cập này chỉ được ghi ở địa điểm hoặc địa bàn của nó."
    en = "This credential may only record at its own place or within its own area."


class PassEnded(ScanProblem):
    kind = "pass_ended"
    vi = "Mã này đã được thay bằng mã mới. Hãy dùng mã mới, hoặc ghi bằng giấy tờ hay số điện thoại."
    en = "This pass was replaced by a newer one. Use the new one, or record by document or phone number."


class Ready(msgspec.Struct):
    """A scan that can be written once its subject is a person: `person` now, or `subject` to be resolved first."""

    scan: wire.Scan
    at: datetime
    day: date
    point_id: int
    confidence: Confidence
    backfilled: bool
    body_hash: bytes
    credential: str
    received_at: datetime
    person: UUID | None = None
    subject: subjects.Subject | None = None
    proxy: UUID | None = None
    proxy_subject: subjects.Subject | None = None
    kept_reason: str = ""


def judge(scan: wire.Scan, credential: GatewayCredential, known: Known, now: datetime, today: date) -> Ready:
    """The scan, ready to be written or kept; `today` is the local day of `now`.

    raises   Problem with the code and sentence for the sender
    """
    at = _instant(scan, now)
    day = _day(at, known, today)
    ready = Ready(
        scan=scan,
        at=at,
        day=day,
        point_id=_point(scan, credential, known),
        confidence=Confidence.INTEGRATOR,
        backfilled=now - at > GATE_BACKLOG or scan.capture == "paper",
        body_hash=body_hash(scan, known),
        credential=credential.id,
        received_at=receipt(now, same_day=today == day),
    )
    _subject(ready, credential, known)
    ready.kept_reason = _kept_reason(ready, credential, known, now)
    return ready


def body_hash(scan: wire.Scan, known: Known) -> bytes:
    """A 16-byte keyed hash of what was sent, by which a retry is told from another scan with the same id."""
    return wire.hash_of(scan, known.body_key)


def is_same_body(scan: wire.Scan, before: bytes, known: Known) -> bool:
    """Whether this is what was hashed before, under any key that still stands."""
    return any(before == wire.hash_of(scan, key) for key in known.body_keys())


def _instant(scan: wire.Scan, now: datetime) -> datetime:
    if not ids.is_uuid7(scan.id):
        raise IdNotUuid7
    try:
        at = ids.instant_of(scan.id)
    except OverflowError as error:
        raise FutureTime from error
    if scan.at is not None and (scan.at.tzinfo is None or ids.milliseconds(scan.at) != ids.milliseconds(at)):
        raise TimesDiffer
    if at > now + FUTURE_TOLERANCE:
        raise FutureTime
    return at


def _day(at: datetime, known: Known, today: date) -> date:
    """The local day of the scan, ready to be written to.

    raises   TooOld; Unavailable when the day should be there and isn't: whoever sent it keeps it and sends it again
    """
    day = clock.local_day(at)
    if day in known.days:
        return day
    if day < today - timedelta(days=known.retention_days) or day in known.keyring.destroyed():
        raise TooOld(days=known.retention_days)
    raise Unavailable(seconds=RETRY_SECONDS)


def _point(scan: wire.Scan, credential: GatewayCredential, known: Known) -> int:
    point_id = scan.point if isinstance(scan.point, int) else known.point_of_code(scan.point)
    point = known.points.get(point_id)
    if point is None:
        raise UnknownPoint
    if not known.may_record_at(credential, point):
        raise WrongPlace
    return point_id


def _subject(ready: Ready, credential: GatewayCredential, known: Known) -> None:
    ready.person, ready.subject, ready.confidence = _who(ready.scan.subject, ready, credential, known)
    if ready.scan.proxy is not None:
        ready.proxy, ready.proxy_subject, _ = _who(ready.scan.proxy, ready, credential, known)


def _who(
    subject: wire.Subject, ready: Ready, credential: GatewayCredential, known: Known
) -> tuple[UUID | None, subjects.Subject | None, Confidence]:
    if isinstance(subject, wire.PassSubject):
        person, ended, rotating = known.person_of_pass(subject.code, ready.at)
        if ended:
            raise PassEnded
        return person, None, Confidence.ROTATING_PASS if rotating else _confidence(ready.scan, credential)
    return None, _normalised(subject, credential), _confidence(ready.scan, credential)


def _confidence(scan: wire.Scan, credential: GatewayCredential) -> Confidence:
    if credential.kind != "gate":
        return Confidence.INTEGRATOR
    by_machine = scan.capture == "scanned" and not isinstance(scan.subject, wire.PhoneSubject)
    return Confidence.STAFF_SCANNED if by_machine else Confidence.TYPED


def _normalised(subject: wire.Subject, credential: GatewayCredential) -> subjects.Subject:
    match subject:
        case wire.PhoneSubject(number):
            return subjects.normalise("phone", number)
        case wire.DocumentSubject(kind, number):
            return subjects.normalise("document", f"{kind}:{number}")
        case wire.ReferenceSubject(value):
            return subjects.normalise("reference", value, scope=credential.id)
    raise AssertionError(subject)


def _kept_reason(ready: Ready, credential: GatewayCredential, known: Known, now: datetime) -> str:
    """Why a scan must wait for a person's decision; empty when it need not."""
    point = known.points[ready.point_id]
    if now - ready.at > GATE_BACKLOG and not _may_be_old(ready.scan, credential):
        return "backlog"
    return "point_closed" if point.closed_at is not None and point.closed_at <= ready.at else ""


def _may_be_old(scan: wire.Scan, credential: GatewayCredential) -> bool:
    """Whether the credential was granted scans of up to the retention: all of them, or those typed in from paper."""
    return BACKFILL in credential.scopes or (scan.capture == "paper" and PAPER in credential.scopes)
