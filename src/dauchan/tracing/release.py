"""Call sheets: how callers get names and phones. Who asked, for how many, who approved, and whose copy it is.

Up to the set size one officer is enough. Above it a second officer approves first; in a declared outbreak the sheet may
be taken at once and the approval must follow within a day, listed until it is given. Every person on a sheet gets an
audit row when it is opened. What callers do with it is decided elsewhere.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.cases.actions import lock_case
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on, visible_to
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.people.actions import LONGEST_REASON, Grant, reveal_many
from dauchan.people.rules import Identity, normal_text
from dauchan.tracing.decisions import CountChanged, NobodyChosen
from dauchan.tracing.models import Contact, DeclaredOutbreak, Release, ReleasedContact, ReleaseState
from dauchan.tracing.queries import Opened, open_rows
from dauchan.units.models import Unit
from dauchan.units.queries import unit_ids_within

SECOND_APPROVER_ABOVE = 50
"""People on one sheet that one officer may release alone. Ours; `TRACING_SECOND_APPROVER_ABOVE` sets another."""
APPROVAL_MAY_FOLLOW_WITHIN = timedelta(hours=24)
"""In a declared outbreak. Ours."""
PIECES_COUNT_TOGETHER_WITHIN = timedelta(hours=24)
"""Sheets of one officer for one case within this time count as one against the set size. Ours."""
MARKER_BYTES, MARKER_LETTERS = 5, 8
BETWEEN = " · "
LONGEST_RECIPIENT = 200
LONGEST_PURPOSE = LONGEST_REASON - LONGEST_RECIPIENT - MARKER_LETTERS - 2 * len(BETWEEN)
"""So that purpose, recipient and marker together fit into the one line that each person on the sheet may read."""


class ReleaseNotFound(NotFound):
    kind = "release_not_found"
    vi = "Không có danh sách gọi này, hoặc nằm ngoài phạm vi của bạn."
    en = "There is no such call sheet, or it lies outside your scope."


class NotApprovedYet(Conflict):
    kind = "not_approved_yet"
    vi = "Danh sách {people} người cần người thứ hai duyệt trước khi tải."
    en = "A sheet of {people} people needs a second officer's approval before it is opened."


class ApproveYourOwn(Conflict):
    kind = "approve_your_own"
    vi = "Người yêu cầu không thể tự duyệt. Hãy nhờ một cán bộ khác."
    en = "Whoever asked can't approve. Ask another officer."


class AlreadyDecided(Conflict):
    kind = "release_already_decided"
    vi = "Danh sách này đã được duyệt hoặc từ chối."
    en = "This sheet was approved or refused before."


@dataclass(frozen=True)
class Line:
    """One person on an opened sheet."""

    contact: Contact
    identity: Identity | None
    opened: Opened

    @property
    def has_phone(self) -> bool:
        return bool(self.identity and self.identity.phone)


@dataclass(frozen=True)
class Group:
    """The people of one commune; `unit` None: nobody knows where they live."""

    unit: Unit | None
    lines: tuple[Line, ...]


def alone_up_to() -> int:
    """How many people one officer may release alone."""
    return int(getattr(settings, "TRACING_SECOND_APPROVER_ABOVE", SECOND_APPROVER_ABOVE))


def outbreak_at(unit_id: int, on: date, *, officer: Officer) -> DeclaredOutbreak | None:
    """The declared outbreak that covers a unit on a day, for this officer: one written down by somebody else.

    Whoever could declare it and release by it would need no second person at all.
    """
    running = DeclaredOutbreak.objects.filter(declared_on__lte=on).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    running = running.exclude(recorded_by=officer)
    return next((each for each in running if unit_id in unit_ids_within(each.unit_id, on)), None)


def _state(case: Case, contacts: Sequence[int], by: Officer, now: datetime) -> ReleaseState:
    if len({*contacts, *_released_alone(case, by, now)}) <= alone_up_to():
        return ReleaseState.READY
    if outbreak_at(case.unit_id, clock.local_day(now), officer=by):
        return ReleaseState.APPROVE_LATER
    return ReleaseState.WAITING


def _released_alone(case: Case, by: Officer, now: datetime) -> list[int]:
    """The contacts of this case that one officer released lately without a second: a large sheet in small pieces."""
    lock_case(case)
    alone = Release.objects.filter(
        case=case,
        requested_by=by,
        state=ReleaseState.READY,
        approved_by__isnull=True,
        requested_at__gt=now - PIECES_COUNT_TOGETHER_WITHIN,
    )
    return list(ReleasedContact.objects.filter(release__in=alone).values_list("contact_id", flat=True).distinct())


@transaction.atomic
def request_release(
    case: Case,
    contacts: QuerySet[Contact],
    *,
    recipient: str,
    purpose: str,
    expected: int,
    by: Officer,
    now: datetime,
) -> Release:
    """Ask for a call sheet of these contacts; `expected` is the number of people that the officer confirmed.

    raises   NotPermitted, CountChanged, NobodyChosen, BadInput, BadText
    """
    require_on(case, "case.release", by, clock.local_day(now))
    chosen = list(contacts.filter(case=case).order_by("pk").values_list("pk", flat=True))
    if len(chosen) != expected:
        raise CountChanged(expected=expected, found=len(chosen))
    if not chosen:
        raise NobodyChosen
    recipient = _readable(recipient, field="recipient", longest=LONGEST_RECIPIENT)
    purpose = _readable(purpose, field="purpose", longest=LONGEST_PURPOSE)
    state = _state(case, chosen, by, now)
    release = Release.objects.create(
        case=case,
        requested_by=by,
        requested_at=now,
        recipient=recipient,
        purpose=purpose,
        people=len(chosen),
        state=state,
        marker=base32.encode(secrets.token_bytes(MARKER_BYTES)),
        approve_before=now + APPROVAL_MAY_FOLLOW_WITHIN if state == ReleaseState.APPROVE_LATER else None,
    )
    ReleasedContact.objects.bulk_create(
        [ReleasedContact(release=release, contact_id=pk) for pk in chosen], batch_size=1000
    )
    _write_down("release.requested", release, by=by, now=now)
    return release


def _readable(text: str, *, field: str, longest: int) -> str:
    """The text as every person on the sheet will read it: what can't be read there is refused before anybody approves.

    raises   BadInput, BadText
    """
    plain = normal_text(text, field=field, longest=longest)
    if not plain:
        raise BadInput(field=field)
    return plain


def _write_down(event: str, release: Release, *, by: Officer, now: datetime) -> None:
    audit.record(
        event,
        by=by,
        case=release.case.code,
        unit=release.case.unit_id,
        at=now,
        count=release.people,
        purpose=release.purpose,
        detail={"release": release.pk, "marker": release.marker, "state": str(release.state)},
    )


def releases_visible_to(officer: Officer, on: date) -> QuerySet[Release]:
    """The call sheets of the cases that an officer may release from or approve for."""
    own = visible_to(officer, on, "case.release").values("pk")
    approved = visible_to(officer, on, "case.approve_release").values("pk")
    return Release.objects.filter(Q(case_id__in=own) | Q(case_id__in=approved)).select_related(
        "case", "requested_by", "approved_by"
    )


def release_of(release_id: int, officer: Officer, on: date) -> Release:
    """One call sheet.

    raises   ReleaseNotFound
    """
    found = releases_visible_to(officer, on).filter(pk=release_id).first()
    if found is None:
        raise ReleaseNotFound
    return found


def waiting_for_approval(officer: Officer, on: date) -> list[Release]:
    """The sheets whose second approval is open, the oldest first."""
    states = [ReleaseState.WAITING, ReleaseState.APPROVE_LATER]
    waiting = releases_visible_to(officer, on).filter(state__in=states, approved_by__isnull=True)
    return list(waiting.order_by("requested_at", "pk")[:200])


@transaction.atomic
def decide_release(release_id: int, *, approve: bool, by: Officer, now: datetime) -> Release:
    """A second officer approves or refuses a large sheet.

    raises   ReleaseNotFound, NotPermitted, ApproveYourOwn, AlreadyDecided
    """
    today = clock.local_day(now)
    release = release_of(release_id, by, today)
    require_on(release.case, "case.approve_release", by, today)
    locked = Release.objects.select_for_update().select_related("case").get(pk=release.pk)
    if locked.requested_by_id == by.pk:
        raise ApproveYourOwn
    if locked.approved_by_id or locked.state in (ReleaseState.READY, ReleaseState.REFUSED):
        raise AlreadyDecided
    locked.approved_by, locked.approved_at = by, now
    locked.state = ReleaseState.READY if approve else ReleaseState.REFUSED
    locked.save(update_fields=["approved_by", "approved_at", "state"])
    _write_down("release.approved" if approve else "release.refused", locked, by=by, now=now)
    return locked


@transaction.atomic
def open_sheet(release_id: int, *, by: Officer, now: datetime) -> tuple[Release, list[Group]]:
    """The sheet with names and phones, one audit row for each person and each opening.

    raises   ReleaseNotFound, NotPermitted, NotApprovedYet
    """
    today = clock.local_day(now)
    release = release_of(release_id, by, today)
    require_on(release.case, "case.release", by, today)
    if not may_be_opened(release, now):
        raise NotApprovedYet(people=release.people)
    rows = Contact.objects.filter(pk__in=release.rows.values("contact_id")).select_related("residence")
    contacts = list(rows.order_by("residence__sort_key", "residence_id", "pk"))
    purpose = BETWEEN.join((release.purpose, release.recipient, release.marker))
    grant = Grant(by, purpose, now, release.case.code, release.case.unit_id)
    identities = reveal_many([contact.person_id for contact in contacts], grant)
    opened = open_rows(release.case, contacts)
    lines = [Line(contact, identities.get(contact.person_id), opened[contact.pk]) for contact in contacts]
    _write_down("release.opened", release, by=by, now=now)
    return release, by_commune(lines)


def may_be_opened(release: Release, now: datetime) -> bool:
    """Ready; or an approval that may follow is still in time."""
    if release.state == ReleaseState.APPROVE_LATER:
        return release.approve_before is not None and now < release.approve_before
    return release.state == ReleaseState.READY


def by_commune(lines: Sequence[Line]) -> list[Group]:
    """The lines in groups by commune of residence, those without one last."""
    groups: dict[int | None, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.contact.residence_id, []).append(line)
    unknown = groups.pop(None, [])
    made = [Group(found[0].contact.residence, tuple(found)) for found in groups.values()]
    return [*made, Group(None, tuple(unknown))] if unknown else made


@transaction.atomic
def declare_outbreak(unit: Unit, reference: str, declared_on: date, *, by: Officer, now: datetime) -> DeclaredOutbreak:
    """Write down that an outbreak was declared at a unit, by which document.

    raises   NotPermitted
    """
    _require_at(unit, by, now)
    made = DeclaredOutbreak.objects.create(
        unit=unit, reference=reference.strip(), declared_on=declared_on, recorded_by=by
    )
    audit.record("outbreak.declared", by=by, unit=unit.pk, at=now, detail={"reference": made.reference})
    return made


@transaction.atomic
def end_outbreak(outbreak_id: int, *, by: Officer, now: datetime) -> None:
    """Write down that a declared outbreak is over from tomorrow on.

    raises   NotPermitted, NotFound
    """
    outbreak = DeclaredOutbreak.objects.select_for_update().filter(pk=outbreak_id).first()
    if outbreak is None:
        raise NotFound
    _require_at(outbreak.unit, by, now)
    outbreak.ended_on = max(clock.local_day(now), outbreak.declared_on) + timedelta(days=1)
    outbreak.save(update_fields=["ended_on"])
    audit.record("outbreak.ended", by=by, unit=outbreak.unit_id, at=now)


def _require_at(unit: Unit, by: Officer, now: datetime) -> None:
    require(by, "case.approve_release", unit_id=unit.pk, on=clock.local_day(now))
