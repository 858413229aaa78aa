"""Cases, proposals and decisions as JSON, for officers' own programs: the same session, scope and rules as the pages.

People appear masked and by handle; a person is named by the handle that a search by phone, document or pass gave.
"""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status
from ninja.security import django_auth
from pydantic import AfterValidator, AwareDatetime, ConfigDict

from dauchan.cases.models import Case
from dauchan.cases.queries import case_by_code
from dauchan.cases.rules import CaseDates
from dauchan.cases.views import officer_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.intervals import Interval
from dauchan.people.queries import Masked, by_handle, masked
from dauchan.tracing import actions, decisions, queries, runs
from dauchan.tracing.actions import Override
from dauchan.tracing.finding import MOST_GENERATIONS
from dauchan.tracing.models import Basis, DecisionBatch, EvidenceClass, Grade, Proposal, Run, RunState
from dauchan.units.queries import unit_by_code
from dauchan.visits.rules import Doubt

MOST_ROWS = 200
MOST_DECIDED_AT_ONCE = 1000

router = Router(tags=["cases"], auth=django_auth)


RowNumber = Annotated[int, Field(ge=1, le=2**62)]
RowInPath = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Path(pattern=r"^CB-[0-9]{4}-[0-9]{4,9}$")]


def _storable(text: str) -> str:
    """Text that a database can hold: no NUL, no half of a surrogate pair."""
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("text that cannot be stored")
    return text


class Strict(Schema):
    """A body in which an unknown field is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


class PeriodIn(Strict):
    """An infectious period as the officer gives it, half-open."""

    start: AwareDatetime
    end: AwareDatetime


class CaseIn(Strict):
    """A confirmed case. `person` is a handle, `unit` a unit's code; overriding period or ruleset needs a `reason`."""

    person: Annotated[str, Field(pattern=r"^[0-9A-Z]{26}$")]
    unit: Annotated[str, Field(pattern=r"^[0-9]{2,5}$")]
    confirmed_on: date
    onset_on: date | None = None
    sampled_on: date | None = None
    isolated_at: AwareDatetime | None = None
    ruleset: Annotated[str, Field(pattern=r"^[0-9a-z-]{0,40}$")] = ""
    period: PeriodIn | None = None
    reason: Annotated[str, Field(max_length=500), AfterValidator(_storable)] = ""


class PersonOut(Schema):
    """Somebody under a mask."""

    handle: str
    name: str
    phone: str
    birth_year: int | None


class CaseOut(Schema):
    """A case with its infectious period and the ruleset version that gave it."""

    code: str
    unit: str
    person: PersonOut | None
    onset_on: date | None
    sampled_on: date | None
    confirmed_on: date
    isolated_at: datetime | None
    period_start: datetime
    period_end: datetime
    ruleset: str


class ProposeIn(Strict):
    """How far to look; `what_if` takes every F1 proposal for confirmed."""

    generations: Annotated[int, Field(ge=1, le=MOST_GENERATIONS)] = 2
    basis: Basis = Basis.CONFIRMED


class RunOut(Schema):
    """A run of the engine. While its `state` is "waiting", `written` of `found` people are in the new list; once it is
    "done", the counts say in numbers of people what it changed. After "failed" the list stands as before.
    """

    id: int
    state: RunState
    generations: int
    basis: Basis
    ruleset: str
    asked_at: datetime
    finished_at: datetime | None
    found: int
    written: int
    added: int
    changed: int
    dropped: int
    kept: int


class EncounterOut(Schema):
    """One encounter; `told` when only the case's word stands for it.

    confidence   of the less sure of both: 1 typed, 2 poster, 3 another app, 4 screen, 5 staff, 6 rotating code
    doubts       what speaks against either: shut | far
    """

    place: str
    point: str
    start: datetime
    certain_until: datetime
    end: datetime
    told: bool
    confidence: int
    doubts: list[str]


class ProposalOut(Schema):
    """One proposed person with all evidence and the reason in words."""

    id: int
    person: PersonOut | None
    generation: int
    basis: str
    evidence_class: str
    certain_minutes: float
    possible_minutes: float
    cumulative_minutes: float
    residence: str
    venue_group: int | None
    ruleset: str
    mark: str
    weak: bool
    decided: bool
    exposed_at: datetime | None
    via: PersonOut | None
    earliest_exposure: datetime | None
    earliest_via: PersonOut | None
    encounters: list[EncounterOut]
    reason_vi: str
    reason_en: str


class ProposalPageOut(Schema):
    """One page; `next_after` is "" after the last."""

    proposals: list[ProposalOut]
    next_after: str


class UnknownParameter(BadInput):
    kind = "unknown_parameter"
    vi = "Không có tham số: {names}. Không trả lời, để không nhầm với tất cả mọi người."
    en = "There is no parameter: {names}. Nothing is answered, so that it isn't taken for everybody."


class ProposalsIn(Strict):
    """What the proposals are narrowed to, as on the page."""

    state: Annotated[str, Field(pattern=r"^(open|decided|all)$")] = "open"
    generation: Annotated[int, Field(ge=1, le=9)] | None = None
    evidence_class: EvidenceClass | None = None
    place: RowNumber | None = None
    place_unit: RowNumber | None = None
    day: date | None = None
    group: RowNumber | None = None
    mark: Annotated[str, Field(pattern=r"^(new|changed|no_longer_found)?$")] = ""
    weak: bool | None = None
    residence: Annotated[str, Field(pattern=r"^(none|\d{1,12})?$")] = ""
    after: Annotated[str, Field(max_length=40)] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = queries.PAGE


class DecisionIn(Strict):
    """One grade for these proposals; `expected`, if given, must be their number."""

    proposals: Annotated[
        list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=MOST_DECIDED_AT_ONCE)
    ]
    grade: Grade
    expected: Annotated[int, Field(ge=0)] | None = None


class DecisionOut(Schema):
    """A decision, by the number that undoes it."""

    id: int
    people: int
    grade: str


@router.post("/cases", response={201: CaseOut}, url_name="cases", summary="Confirm a case")
def confirm(request: HttpRequest, given: CaseIn) -> Status[CaseOut]:
    officer, now = officer_of(request), clock.now()
    unit = unit_by_code(given.unit, clock.local_day(now))
    if unit is None:
        raise BadInput(field="unit")
    dates = CaseDates(given.confirmed_on, given.onset_on, given.sampled_on, given.isolated_at)
    override = Override(given.ruleset, _period(given.period), given.reason)
    case = actions.confirm_case(by_handle(given.person).pk, unit, dates, by=officer, now=now, override=override)
    return Status(201, _case(case))


def _period(given: PeriodIn | None) -> Interval | None:
    if given is None:
        return None
    if given.end <= given.start:
        raise BadInput(field="period.end")
    return Interval(given.start, given.end)


@router.get("/cases/{code}", response=CaseOut, url_name="case", summary="One case")
def one(request: HttpRequest, code: Code) -> CaseOut:
    return _case(_of(request, code))


@router.post(
    "/cases/{code}/propose", response={202: RunOut}, url_name="propose", summary="Ask the engine to propose contacts"
)
def propose(request: HttpRequest, code: Code, given: ProposeIn) -> Status[RunOut]:
    run = runs.propose_contacts(
        _of(request, code),
        by=officer_of(request),
        now=clock.now(),
        generations=given.generations,
        basis=given.basis,
    )
    return Status(202, _run(run))


@router.get("/cases/{code}/runs/{run_id}", response=RunOut, url_name="run", summary="How far a run is")
def run(request: HttpRequest, code: Code, run_id: RowInPath) -> RunOut:
    return _run(runs.run_of(_of(request, code), run_id))


@router.get(
    "/cases/{code}/proposals", response=ProposalPageOut, url_name="proposals", summary="Proposals, page by page"
)
def proposals(request: HttpRequest, code: Code, given: Query[ProposalsIn]) -> ProposalPageOut:
    case = _of(request, code)
    _refuse_unknown(request)
    wanted = queries.ProposalFilter(
        place_id=given.place,
        place_unit=given.place_unit,
        residence=given.residence,
        day=given.day,
        generation=given.generation,
        evidence_class=given.evidence_class or "",
        group_id=given.group,
        mark=given.mark,
        weak=given.weak,
        state="" if given.state == "all" else given.state,
    )
    found = queries.narrowed(case, wanted, clock.local_day(clock.now()))
    page = queries.list_proposals(found, after=given.after, limit=given.limit)
    opened = queries.open_rows(case, page.rows)
    people = masked(row.person_id for row in page.rows)
    rows = [_proposal(row, people.get(row.person_id), opened[row.pk]) for row in page.rows]
    return ProposalPageOut(proposals=rows, next_after=page.next_after)


def _refuse_unknown(request: HttpRequest) -> None:
    """A misspelt filter must not mean everybody; the framework passes over parameters that it doesn't know.

    raises   UnknownParameter
    """
    unknown = request.GET.keys() - ProposalsIn.model_fields.keys()
    if unknown:
        raise UnknownParameter(names=", ".join(sorted(unknown))[:200])


@router.post(
    "/cases/{code}/decisions", response={201: DecisionOut}, url_name="decisions", summary="Decide on proposals"
)
def decide(request: HttpRequest, code: Code, given: DecisionIn) -> Status[DecisionOut]:
    chosen = Proposal.objects.filter(pk__in=given.proposals)
    batch = decisions.decide(
        _of(request, code), chosen, given.grade, by=officer_of(request), now=clock.now(), expected=given.expected
    )
    return Status(201, _decision(batch))


@router.post(
    "/cases/{code}/decisions/{batch_id}/undo", response=DecisionOut, url_name="undo-decision", summary="Undo a decision"
)
def undo(request: HttpRequest, code: Code, batch_id: RowInPath) -> DecisionOut:
    return _decision(decisions.undo(_of(request, code), batch_id, by=officer_of(request), now=clock.now()))


def _of(request: HttpRequest, code: str) -> Case:
    return case_by_code(officer_of(request), code, clock.local_day(clock.now()))


def _case(case: Case) -> CaseOut:
    return CaseOut(
        code=case.code,
        unit=case.unit.code,
        person=_person(masked([case.person_id]).get(case.person_id)),
        onset_on=case.onset_on,
        sampled_on=case.sampled_on,
        confirmed_on=case.confirmed_on,
        isolated_at=case.isolated_at,
        period_start=case.period_start,
        period_end=case.period_end,
        ruleset=case.ruleset,
    )


def _person(person: Masked | None) -> PersonOut | None:
    if person is None:
        return None
    return PersonOut(handle=person.handle, name=person.name, phone=person.phone, birth_year=person.birth_year)


def _run(run: Run) -> RunOut:
    return RunOut(
        id=run.pk,
        state=RunState(run.state),
        generations=run.generations,
        basis=Basis(run.basis),
        ruleset=run.ruleset,
        asked_at=run.at,
        finished_at=run.finished_at,
        found=run.found,
        written=run.written,
        added=run.added,
        changed=run.changed,
        dropped=run.dropped,
        kept=run.kept,
    )


def _proposal(row: Proposal, person: Masked | None, opened: queries.Opened) -> ProposalOut:
    return ProposalOut(
        id=row.pk,
        person=_person(person),
        generation=row.generation,
        basis=row.basis,
        evidence_class=row.evidence_class,
        certain_minutes=row.certain_minutes,
        possible_minutes=row.possible_minutes,
        cumulative_minutes=row.cumulative_minutes,
        residence=row.residence.code if row.residence else "",
        venue_group=row.group_id,
        ruleset=row.ruleset,
        mark=row.mark,
        weak=row.weak,
        decided=row.decided,
        exposed_at=opened.exposed_at,
        via=_person(opened.via),
        earliest_exposure=opened.earliest_at,
        earliest_via=_person(opened.earliest_via),
        encounters=[
            EncounterOut(
                place=each.place,
                point=each.point,
                start=each.met.start,
                certain_until=each.met.certain_until,
                end=each.met.end,
                told=each.met.told,
                confidence=each.met.confidence,
                doubts=[doubt.name.lower() for doubt in Doubt(each.met.doubts) if doubt.name],
            )
            for each in opened.encounters
        ],
        reason_vi=opened.reason_vi,
        reason_en=opened.reason_en,
    )


def _decision(batch: DecisionBatch) -> DecisionOut:
    return DecisionOut(id=batch.pk, people=batch.people, grade=batch.grade)
