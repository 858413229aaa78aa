"""People as JSON: an integrator registers its own, an officer looks somebody up. Answers carry masks only."""

from datetime import date
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router, Schema
from pydantic import Field

from dauchan.accounts.models import Credential, Officer
from dauchan.kernel import clock
from dauchan.people import actions, queries
from dauchan.people.registering import Outcome, Registration
from dauchan.people.rules import Document, Identity
from dauchan.units import queries as units
from dauchan.units.rules import UnitUnknown

router = Router(tags=["people"])

ShortText = Annotated[str, Field(max_length=400)]


class DocumentIn(Schema):
    """A document by its number; without a kind its shape tells it."""

    number: Annotated[str, Field(max_length=40)]
    kind: Literal["", "cccd", "cmnd", "bhyt", "passport"] = ""


class PersonIn(Schema):
    """One person; `reference` is the sender's own and makes sending again harmless, `residence` a commune's code."""

    reference: Annotated[str, Field(min_length=1, max_length=100)]
    name: ShortText = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    documents: Annotated[list[DocumentIn], Field(max_length=8)] = []
    birth_date: date | None = None
    birth_year: Annotated[int, Field(ge=1800, le=3000)] | None = None
    sex: Literal["", "female", "male", "other"] = ""
    address: ShortText = ""
    residence: Annotated[str, Field(max_length=12)] = ""


class PeopleIn(Schema):
    people: Annotated[list[PersonIn], Field(max_length=actions.MOST_AT_ONCE)]


class PersonResultOut(Schema):
    """What became of one line: created, matched (known already) or rejected with a code and a sentence."""

    outcome: Literal["created", "matched", "rejected"]
    name: str = ""
    phone: str = ""
    code: str = ""
    message: str = ""
    warnings: list[str] = []


class PeopleResultsOut(Schema):
    """One result a line, in order, and their counts."""

    created: int
    matched: int
    rejected: int
    results: list[PersonResultOut]


class FindIn(Schema):
    """Exactly one person's pass, phone or document."""

    kind: Literal["pass", "phone", "document"]
    value: Annotated[str, Field(min_length=1, max_length=500)]


class FoundOut(Schema):
    """Somebody under a mask; `handle` opens their page, `standing` is what a gate may know."""

    handle: str
    name: str
    phone: str
    documents: list[str]
    sex: str
    birth_year: int | None
    provisional: bool
    standing: str
    colour: str


@router.post("/people", response=PeopleResultsOut, url_name="people", summary="Register up to 1,000 people")
def register_people(request: HttpRequest, body: PeopleIn) -> PeopleResultsOut:
    now, credential = clock.now(), cast(Credential, cast(Any, request).credential)
    residences = _residences({person.residence for person in body.people if person.residence}, clock.local_day(now))
    given = [_registration(person, residences) for person in body.people]
    readable = [registration for registration in given if isinstance(registration, Registration)]
    done = iter(actions.register_people(readable, credential=credential, now=now))
    outcomes = [next(done) if isinstance(each, Registration) else Outcome("rejected", reason=each) for each in given]
    return _results(outcomes)


@router.post("/people/find", response=list[FoundOut], url_name="find-people", summary="Find somebody exactly")
def find_people(request: HttpRequest, body: FindIn) -> list[FoundOut]:
    now = clock.now()
    people = actions.search(body.kind, body.value, by=cast(Officer, request.user), now=now)
    standings = queries.standings_of([person.id for person in people], now)
    return [_found(person, standings[person.id]) for person in people]


def _residences(codes: set[str], on: date) -> dict[str, int]:
    found = {code: units.unit_by_code(code.replace("\0", ""), on) for code in codes}
    return {code: unit.pk for code, unit in found.items() if unit is not None}


def _registration(told: PersonIn, residences: dict[str, int]) -> Registration | UnitUnknown:
    if told.residence and told.residence not in residences:
        return UnitUnknown(code=told.residence)
    identity = Identity(
        name=told.name,
        phone=told.phone,
        documents=tuple(Document(cast(Any, document.kind), document.number) for document in told.documents),
        birth_date=told.birth_date,
        birth_year=told.birth_year,
        sex=told.sex,
        address=told.address,
    )
    return Registration(identity, reference=told.reference, residence_id=residences.get(told.residence))


def _results(outcomes: list[Outcome]) -> PeopleResultsOut:
    shown = queries.masked(outcome.person_id for outcome in outcomes if outcome.person_id)
    results = []
    for outcome in outcomes:
        person = shown.get(outcome.person_id) if outcome.person_id else None
        reason = outcome.reason
        result = PersonResultOut(
            outcome=outcome.outcome,
            name=person.name if person else "",
            phone=person.phone if person else "",
            code=reason.kind if reason else "",
            message=reason.text(get_language() or "vi") if reason else "",
            warnings=list(outcome.warnings),
        )
        results.append(result)
    counted = {name: sum(result.outcome == name for result in results) for name in ("created", "matched", "rejected")}
    return PeopleResultsOut(results=results, **counted)


def _found(person: queries.Masked, standing: queries.StandingNow) -> FoundOut:
    return FoundOut(
        handle=person.handle,
        name=person.name,
        phone=person.phone,
        documents=[f"{document.kind}: {document.number}" for document in person.documents],
        sex=person.sex,
        birth_year=person.birth_year,
        provisional=person.provisional,
        standing=standing.standing,
        colour=standing.colour,
    )
