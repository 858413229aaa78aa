"""What the sender is told about each scan: accepted, duplicate, conflict, kept or rejected, and why."""

from collections.abc import Sequence
from datetime import date, datetime

from dauchan.accounts.queries import GatewayCredential
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem, Unavailable
from dauchan.visits.gateway import wire
from dauchan.visits.gateway.judge import Ready, ScanProblem, is_same_body, judge
from dauchan.visits.gateway.known import Known
from dauchan.visits.gateway.ledger import KEPT, RECORDED, Fate


class Contradicts(ScanProblem):
    kind = "id_used_before"
    vi = "Mã lượt quét này đã được dùng cho một nội dung khác."
    en = "This id was used before for another scan."


class CameLate(ScanProblem):
    kind = "backlog"
    vi = "Đã nhận. Lượt quét đến quá muộn nên được giữ riêng chờ cán bộ xem xét; không cần gửi lại."
    en = "Received. It came too late and is kept apart for an officer to look at; no need to send it again."


class PointClosed(ScanProblem):
    kind = "point_closed"
    vi = "Đã nhận. Điểm quét đã đóng nên lượt quét được giữ riêng chờ cán bộ xem xét; không cần gửi lại."
    en = "Received. The point is closed, so it is kept apart for an officer to look at; no need to send it again."


WHY_KEPT = {problem.kind: problem for problem in (CameLate, PointClosed)}


class Unreadable(ScanProblem):
    kind = "scan_malformed"
    vi = "Không đọc được lượt quét này: {reason}."
    en = "This scan can't be read: {reason}."


def judge_all(
    scans: Sequence[wire.Scan | wire.Unread], credential: GatewayCredential, known: Known, now: datetime
) -> list[Ready | Problem]:
    """Each scan ready to be written, or why it can't be.

    raises   Unavailable
    """
    today = clock.local_day(now)
    return [_judge_item(scan, credential, known, now, today) for scan in scans]


def _judge_item(
    scan: wire.Scan | wire.Unread, credential: GatewayCredential, known: Known, now: datetime, today: date
) -> Ready | Problem:
    if isinstance(scan, wire.Unread):
        return Unreadable(reason=scan.reason)
    try:
        return judge(scan, credential, known, now, today)
    except Unavailable:  # the whole request is to be sent again
        raise
    except Problem as problem:
        return problem


def unread_result(scan: wire.Unread, language: str) -> wire.Result:
    problem = Unreadable(reason=scan.reason)
    return wire.Result(scan.id, "rejected", problem.kind, problem.text(language))


def result_of(scan: wire.Scan, fate: Fate, ready: Ready | None, known: Known, language: str) -> wire.Result:
    """What the sender is told: a fate is `recorded`, `kept`, the hash of what stands in the ledger, or a problem."""
    scan_id = str(scan.id)
    if fate is RECORDED:
        return wire.Result(scan_id, "accepted")
    if fate is KEPT and ready is not None:
        why = WHY_KEPT[ready.kept_reason]()
        return wire.Result(scan_id, "kept", why.kind, why.text(language))
    if isinstance(fate, bytes):
        if is_same_body(scan, fate, known):
            return wire.Result(scan_id, "duplicate")
        return wire.Result(scan_id, "conflict", Contradicts.kind, Contradicts().text(language))
    problem = fate if isinstance(fate, Problem) else Unavailable(seconds=2)
    return wire.Result(scan_id, "rejected", problem.kind, problem.text(language))
