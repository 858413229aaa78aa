"""How far guides reach: openings and downloads as bare numbers a day, and what agencies told of spreading them.

An opening is counted without cookie, address or any other mark of who opened: numbers of openings, never of people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of, visible_to
from dauchan.guides import rules
from dauchan.guides.languages import languages
from dauchan.guides.models import Broadcast, Guide, Means, Reach, Version
from dauchan.guides.queries import guide_named
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound
from dauchan.people.rules import normal_text
from dauchan.units.models import Agency, Unit

OLDEST = timedelta(days=92)
"""How far back a broadcast may be told: a quarter. Ours."""
LARGEST_AUDIENCE = 5_000_000
PAGE = 50

COUNT = """
insert into guides_reach (version_id, day, channel, language, times)
values (%(version)s, %(day)s, %(channel)s, %(language)s, 1)
on conflict (version_id, day, channel, language)
do update set times = guides_reach.times + 1
"""


class BroadcastUnclear(BadInput):
    vi = "Ngày phải trong 3 tháng qua, không ở tương lai; nơi phải ghi rõ; số người nghe là một số."
    en = "The day lies in the last 3 months, not in the future; the place is named; the audience is a number."


def count(version: Version, channel: str, language: str, day: date) -> None:
    """One more opening or download of a version that day."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"version": version.pk, "day": day, "channel": channel, "language": language})


def reached(guides: Iterable[Guide], first: date, last: date) -> dict[int, dict[str, int]]:
    """By guide id and channel: how often all its versions were opened or fetched from one day to another, both in."""
    rows = Reach.objects.filter(version__guide__in=list(guides), day__range=(first, last))
    summed = rows.values_list("version__guide_id", "channel").annotate(sum=Sum("times"))
    found: dict[int, dict[str, int]] = {}
    for guide_id, channel, times in summed:
        found.setdefault(guide_id, {})[channel] = times
    return found


def by_language(guide: Guide, first: date, last: date) -> dict[str, int]:
    """How often a guide's page was opened in each language."""
    rows = Reach.objects.filter(version__guide=guide, channel="view", day__range=(first, last))
    return dict(rows.values_list("language").annotate(Sum("times")))


@dataclass(frozen=True)
class Told:
    """What an agency tells of one broadcast; `audience` None when nobody counted."""

    agency: Agency
    means: str
    place: str
    day: date
    language: str = "vi"
    unit: Unit | None = None
    audience: int | None = None


@transaction.atomic
def tell_broadcast(slug: str, told: Told, *, by: Officer, now: datetime) -> Broadcast:
    """Write down that an agency spread a guide; the same words of the same day count once.

    raises   NotFound for agencies one doesn't act for, BroadcastUnclear, BadText
    """
    on, guide = clock.local_day(now), guide_named(slug)
    if not scope_of(by, "agency.act", on).holds_agency(told.agency):
        raise NotFound
    place = normal_text(told.place, field="place", longest=200)
    counted = told.audience is None or 0 <= told.audience <= LARGEST_AUDIENCE
    known = told.means in Means.values and told.language in languages()
    if not (on - OLDEST <= told.day <= on and place and counted and known):
        raise BroadcastUnclear(field="day")
    unit_id = told.unit.pk if told.unit else told.agency.unit_id
    same: dict[str, Any] = {
        "guide": guide,
        "agency": told.agency,
        "unit_id": unit_id,
        "means": told.means,
        "language": told.language,
        "place": place,
        "day": told.day,
    }
    there = Broadcast.objects.filter(struck_at__isnull=True, **same).first()
    if there:
        return there
    made = Broadcast.objects.create(**same, audience=told.audience, told_at=now, told_by=by)
    detail = {"guide": slug, "broadcast": made.pk, "agency": told.agency.pk}
    audit.record("guide.spread", by=by, unit=unit_id, at=now, detail=detail)
    return made


@transaction.atomic
def strike_broadcast(broadcast_id: int, *, by: Officer, now: datetime) -> Broadcast:
    """Take an entry back; it is kept, and counts no more.

    raises   NotFound, NotInState when it was struck before
    """
    found = Broadcast.objects.select_for_update(of=("self",)).select_related("agency", "guide")
    one = found.filter(pk=broadcast_id).first()
    if one is None or not scope_of(by, "agency.act", clock.local_day(now)).holds_agency(one.agency):
        raise NotFound
    if one.struck_at is not None:
        raise rules.NotInState
    one.struck_at, one.struck_by = now, by
    one.save(update_fields=["struck_at", "struck_by"])
    audit.record("guide.spread_struck", by=by, unit=one.unit_id, at=now, detail={"broadcast": one.pk})
    return one


def acts_for(officer: Officer, on: date) -> QuerySet[Agency]:
    """The agencies in force that an officer tells broadcasts for."""
    agencies = visible_to(officer, "agency.act", on).filter(valid_from__lte=on)
    return agencies.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)).order_by("search_key", "pk")


def broadcasts(officer: Officer, on: date, *, guide: Guide | None = None) -> QuerySet[Broadcast]:
    """What agencies in an officer's scope told, newest day first."""
    told = Broadcast.objects.filter(agency__in=visible_to(officer, "rollout.view", on))
    told = told.filter(guide=guide) if guide else told
    return told.select_related("agency", "unit", "guide", "told_by").order_by("-day", "-pk")


def page_of(found: QuerySet[Broadcast], after: str) -> tuple[list[Broadcast], str]:
    """One page, and the key of the next one ("" after the last); a key that is none begins at the top."""
    day, _, number = after.partition("_")
    if number.isascii() and number.isdecimal() and len(number) < 19 and _is_day(day):
        found = found.filter(Q(day__lt=day) | Q(day=day, pk__lt=int(number)))
    rows = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.day:%Y-%m-%d}_{last.pk}" if last else ""


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Spread:
    """How often something was spread, and to how many people as told; those not counted are left out."""

    times: int = 0
    audience: int = 0


def spread_between(unit_ids: Iterable[int], agency_ids: Iterable[int], first: date, last: date) -> Spread:
    """For coverage and reports: what these agencies told, and what was heard in these units, of the days from one to
    another, both in.
    """
    among = Q(agency__in=list(agency_ids)) | Q(unit__in=list(unit_ids))
    told = _told(first, last).filter(among).aggregate(times=Count("pk"), people=Sum("audience"))
    return Spread(told["times"], told["people"] or 0)


def spread_by_guide(officer: Officer, on: date, first: date, last: date) -> dict[int, Spread]:
    """The same by guide, of agencies in an officer's scope."""
    told = _told(first, last).filter(agency__in=visible_to(officer, "rollout.view", on))
    rows = told.values_list("guide_id").annotate(times=Count("pk"), people=Sum("audience"))
    return {guide_id: Spread(times, people or 0) for guide_id, times, people in rows}


def _told(first: date, last: date) -> QuerySet[Broadcast]:
    return Broadcast.objects.filter(day__range=(first, last), struck_at__isnull=True)
