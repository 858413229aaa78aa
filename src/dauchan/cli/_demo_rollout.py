"""The rollout of a try-out: agencies and their officers, a list of places, a letter, inspections, figures, a report.

Everything goes through the verbs of its slice, told to have happened in the weeks before. Each step looks first whether
it was done, so that a filling that was stopped half-way is gone on with.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dauchan.cli._synthetic import DAYS, Commune, Place
from dauchan.kernel import clock, ids

if TYPE_CHECKING:
    from uuid import UUID

    from dauchan.accounts.models import Officer
    from dauchan.directives.models import Directive
    from dauchan.inspections.rules import Answers
    from dauchan.units.models import Agency

SEED = "lam-dong-2025"
PROVINCE = "68"
BEGAN = timedelta(days=DAYS + 8)
"""So long ago the places registered and the rollout began, in the story that is told."""
LETTER_AGO = timedelta(days=9)
LISTED = ("cafe", "restaurant", "shop", "market", "supermarket", "event", "factory")
IN_LIST = {"cafe": "Cà phê", "restaurant": "Quán ăn", "shop": "Tạp hoá"}
"""What unregistered businesses of the list are called."""
LAGS_EVERY, LAGS_BY, USUALLY = 5, 9, 2
"""Every fifth commune has so many businesses that never registered; the others some."""
LEAST_SCORE = 80
IN_TEN = (6, 5, 4, 3)
"""How many in ten people have a pass, commune by commune in turn; all of them since some day of the rollout."""
NAMED, SIGNED, BY_PHONE, REMINDED = 16, 11, 9, 3
INSPECTED, NEW = 4, 16
LIST_NAME = "Cơ sở kinh doanh của 28 xã, phường (giả)"
LETTER = "tăng cường quét mã QR tại địa điểm công cộng để phòng, chống dịch (giả)"
BODY = "Thời gian qua, việc dùng các giải pháp công nghệ phòng, chống dịch của cơ quan, địa điểm và người dân còn ít."
SIGNER = ("GIÁM ĐỐC", "(Giả) Nguyễn Thị Bích")


@dataclass(frozen=True)
class Cast:
    """Who acts: the rollout's manager, a focal officer of the province, and of the town's ward one and its head."""

    manager: "Officer"
    province: "Officer"
    ward: "Officer"
    head: "Officer"


def prepare(now: datetime) -> None:
    """Bring in the agencies, before places are told to be theirs; again it changes nothing."""
    from dauchan.agencies import seeds

    seeds.seed(SEED, now=now)


def committee(code: str, on: date) -> "Agency":
    """The People's Committee of a commune."""
    from dauchan.units.agencies import agencies_in_force

    return agencies_in_force(on).get(kind="committee", unit__code=code)


def agency_of(place: Place) -> str:
    """The name of the agency that a made-up place belongs to; "" for private ones."""
    if place.kind == "office":
        return f"Ủy ban nhân dân {place.commune.name[0].lower()}{place.commune.name[1:]}"
    offices = {"hospital": "Sở Y tế", "clinic": "Sở Y tế", "school": "Sở Giáo dục và Đào tạo"}
    return f"{offices[place.kind]} tỉnh Lâm Đồng" if place.kind in offices else ""


STEPS = 12
"""How many steps `roll_out` takes."""


def roll_out(
    places: Sequence[Place], communes: Sequence[Commune], cast: Cast, now: datetime, tell: Callable[[], None]
) -> None:
    """Let the rollout have begun some weeks ago.

    communes   the town first
    tell       called after each of the `STEPS`
    """
    issuer = _issuer(clock.local_day(now))
    steps: tuple[Callable[[], None], ...] = (
        lambda: _told_earlier(now),
        lambda: _name(communes, cast, now),
        lambda: _attest(communes, cast, now),
        lambda: _bring_list(places, communes, cast, now),
        lambda: _register_listed(communes, cast, now),
        lambda: _give_passes(communes, now),
        lambda: _supply(communes, cast, now),
        lambda: _inspect(communes[0], cast, now),
        lambda: _letter(issuer, communes, cast, now),
        lambda: _count(now),
        lambda: _remind(issuer, communes, cast, now),
        lambda: _report(issuer, cast, now),
    )
    for step in steps:
        step()
        tell()


def _issuer(on: date) -> "Agency":
    from dauchan.units.agencies import agencies_in_force

    return agencies_in_force(on).get(name="Sở Khoa học và Công nghệ tỉnh Lâm Đồng")


def _told_earlier(now: datetime) -> None:
    """Places came through the API just now; their story begins weeks ago, so that the days before have figures."""
    from django.db.models import F

    from dauchan.places.models import Place as Kept
    from dauchan.places.models import PlaceChange

    earlier = (("registered", BEGAN + timedelta(days=1)), ("approved", BEGAN))
    for event, ago in earlier:
        PlaceChange.objects.filter(event=event, at__gte=now).update(at=F("at") - ago)
    Kept.objects.filter(created_at__gte=now).update(created_at=F("created_at") - earlier[0][1])


# --- agencies and their officers --------------------------------------------------------------------------------------


def _name(communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """Focal officers of some communes, without accounts: the others are the gap that the pages list."""
    from dauchan.agencies.models import Appointment, Post
    from dauchan.agencies.naming import Named, name_officer

    if Appointment.objects.exists():
        return
    at, today = now - BEGAN, clock.local_day(now)
    until = today + timedelta(days=365)
    for number, commune in enumerate(communes[1 : NAMED + 1]):
        post = Post.OFFICE if number % 3 else Post.IT
        given = Named(f"(Giả) Cán bộ {commune.name}", post=post, phone=f"05009000{number:02}", until=until)
        name_officer(committee(commune.code, today), given, by=cast.manager, now=at)
    for duty, officer in (("focal_officer", cast.ward), ("agency_head", cast.head)):
        given = Named(officer.name, duty=duty, email=officer.email)
        name_officer(committee(communes[0].code, today), given, by=cast.manager, now=at)


def _attest(communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    from dauchan.agencies.attesting import attest, to_sign

    today = clock.local_day(now)
    for number, commune in enumerate(communes[1 : SIGNED + 1]):
        agency = committee(commune.code, today)
        at = now - timedelta(days=number % 7 + 1)
        attest(agency, seen=to_sign(agency.pk)["fingerprint"], by=cast.province, now=at)


def _residents(code: str) -> "list[UUID]":
    """The made-up people of a commune, in the order that stays."""
    from dauchan.people.models import Person

    living = Person.objects.filter(residence__code=code, provisional=False, tombstoned_at__isnull=True)
    return list(living.order_by("pk").values_list("pk", flat=True))


def _give_passes(communes: Sequence[Commune], now: datetime) -> None:
    """Some of every ten people have a pass, more of them day by day."""
    from dauchan.people.actions import issue_passes

    since: dict[int, list[UUID]] = {}
    for at, commune in enumerate(communes):
        for number, person in enumerate(_residents(commune.code)):
            if number % 10 < IN_TEN[at % len(IN_TEN)]:
                since.setdefault(number % (DAYS + 1), []).append(person)
    for ago, people in sorted(since.items(), reverse=True):
        issue_passes(people, now=now - timedelta(days=ago, hours=1))


def _supply(communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """As many people as were made up, and how many work at the town's People's Committee."""
    from dauchan.coverage.supplying import Told, supply
    from dauchan.units.queries import unit_by_code

    day = clock.local_day(now - BEGAN)
    counts = {commune.code: len(_residents(commune.code)) for commune in communes}
    for code, count in (counts | {PROVINCE: sum(counts.values())}).items():
        unit = unit_by_code(code, day)
        assert unit is not None  # the people live there
        told = Told("unit", unit.pk, "population", count, day, "Số người bịa ra để thử (giả)", sure=True)
        supply(told, by=cast.manager, now=now)
    ward = committee(communes[0].code, day)
    for code, value in (("headcount", 64), ("staff_with_pass", 41)):
        supply(Told("agency", ward.pk, code, value, day, "Phường tự báo cáo (giả)"), by=cast.manager, now=now)


# --- the list of places that should register --------------------------------------------------------------------------


def _bring_list(places: Sequence[Place], communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """A list of businesses: most are registered and matched, some wait at the matching desk, some never registered."""
    from dauchan.registers import decisions, importing, matching
    from dauchan.registers.actions import Said, begin_register
    from dauchan.registers.models import Register
    from dauchan.registers.reading import read_list
    from dauchan.units.queries import unit_by_code

    at = now - BEGAN
    day = clock.local_day(at)
    province = unit_by_code(PROVINCE, day)
    register = Register.objects.filter(name=LIST_NAME).first()
    if register is None:
        said = Said(LIST_NAME, "businesses", "Sở Tài chính, danh sách bịa ra để thử", day, unit=province)
        register = begin_register(said, by=cast.manager, now=at)
    lines = "\n".join(("Mã,Tên,Loại hình,Xã phường", *_lines(places, communes)))
    importing.bring_in(register, read_list(lines.encode()), now=at, listed_on=day)
    matching.work_on(matching.ask(register, by=cast.manager, now=now).pk, now=now)
    clear = decisions.clear_matches(register, LEAST_SCORE, by=cast.manager, on=clock.local_day(now))
    if clear:
        decisions.confirm_clear(register, LEAST_SCORE, expected=len(clear), by=cast.manager, now=at)


def _lines(places: Sequence[Place], communes: Sequence[Commune]) -> Iterator[str]:
    """The registered businesses, every ninth under a somewhat other name, and others that nobody registered."""
    listed = [place for place in places if place.kind in LISTED]
    for number, place in enumerate(listed):
        name = f"(Giả) Hộ kinh doanh {place.name}" if number % 9 == 4 else f"(Giả) {place.name}"
        yield f"{place.code},{name},{place.kind},{place.commune.code}"
    for at, commune in enumerate(communes):
        for number in range(LAGS_BY if _lags(at) else USUALLY):
            kind = list(IN_LIST)[number % len(IN_LIST)]
            name = f"(Giả) {IN_LIST[kind]} chưa đăng ký {number + 1} {commune.name}"
            yield f"{commune.code}-list-{number},{name},{kind},{commune.code}"


def _lags(at: int) -> bool:
    return at % LAGS_EVERY == LAGS_EVERY - 1


def _register_listed(communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """In the last week some of the list were registered, a few each day: the coverage moves."""
    from dauchan.places.rules import PlaceInput
    from dauchan.registers import decisions
    from dauchan.registers.models import Entry

    late = [commune.code for at, commune in enumerate(communes) if _lags(at)]
    missing = Entry.objects.filter(code__contains="-list-").exclude(unit__code__in=late)
    for number, entry in enumerate(missing.order_by("pk")[:NEW]):
        if entry.place_id is None:
            at = now - timedelta(days=number * 7 // NEW, minutes=number + 1)
            given = PlaceInput(entry.name, entry.unit_id, entry.category_id)
            decisions.register_place(entry.pk, given, version=entry.version, by=cast.manager, now=at)


# --- inspections ------------------------------------------------------------------------------------------------------


def _inspect(town: Commune, cast: Cast, now: datetime) -> None:
    """The ward's focal officer went to see some places: most display the code, one doesn't, one forgets exits."""
    from dauchan.inspections.actions import record_inspection
    from dauchan.inspections.models import Inspection
    from dauchan.inspections.rules import Count, Finding
    from dauchan.places.models import Place as Kept

    if Inspection.objects.exists():
        return
    seen = Kept.objects.filter(unit__code=town.code, state="approved").order_by("pk")[:INSPECTED]
    for number, (place, found) in enumerate(zip(seen, _found(), strict=False)):
        at = clock.day_start(clock.local_day(now) - timedelta(days=number + 1)) + timedelta(hours=9)
        count = Count(at, at + timedelta(minutes=20), 24, 9) if number == 0 else None
        finding = Finding(ids.random_uuid7(at), place.pk, at, found, count=count)
        record_inspection(finding, by=cast.ward, now=at + timedelta(hours=1))


def _found() -> "list[Answers]":
    from dauchan.inspections.rules import Answers

    good: dict[str, Any] = {
        "poster_shown": True,
        "right_size": True,
        "own_code": True,
        "readable": True,
        "right_place": True,
    }
    return [
        Answers(**good, exits_scanned=True, staff_remind=True, scanning="some"),
        Answers(**good, exits_scanned=False, staff_remind=False, scanning="some"),
        Answers(poster_shown=False),
        Answers(**good, exits_scanned=True, staff_remind=True, scanning="all"),
    ]


# --- the letter and the reminder --------------------------------------------------------------------------------------


def _letter(issuer: "Agency", communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """One letter to every commune: some acknowledged it on their page, some by phone, the rest have not yet."""
    from dauchan.directives import working, writing
    from dauchan.directives.models import Directive, Task

    if Directive.objects.filter(subject=LETTER, state="sent").exists():
        return
    at, by = now - LETTER_AGO, cast.manager
    Directive.objects.filter(subject=LETTER).delete()
    made = writing.draft(issuer, _words(LETTER, "101", at, BODY), by=by, now=at)
    everyone = writing.Group("execute", "Ủy ban nhân dân các xã, phường, đặc khu", kind="committee", level="commune")
    writing.address(made.pk, everyone, by=by, now=at)
    writing.address(made.pk, writing.Group("inform", "Sở Y tế", kind="department", sector="health"), by=by, now=at)
    for wanted in _orders(clock.local_day(now)):
        writing.add_order(made.pk, wanted, by=by, now=at)
    writing.send(made.pk, by=by, now=at)
    _answer(made, communes, cast, at)
    task = Task.objects.filter(order__directive=made, agency__unit__code=communes[0].code).order_by("order")[0]
    working.move(task.pk, "done", "Đã cử cán bộ văn phòng làm đầu mối (giả)", by=cast.ward, now=at + timedelta(days=2))


def _words(subject: str, number: str, at: datetime, body: str) -> Any:
    from dauchan.directives.writing import Words

    title, name = SIGNER
    said: dict[str, Any] = {
        "number": number,
        "dated": clock.local_day(at),
        "body": body,
        "signer_title": title,
        "signer_name": name,
    }
    return Words("letter", "SKHCN-CĐS", "Lâm Đồng", subject, **said)


def _orders(today: date) -> list[Any]:
    from dauchan.directives.writing import Wanted

    return [
        Wanted("Cử cán bộ đầu mối, gửi tên và số điện thoại", today - timedelta(days=2), "focal_officers_share", 100),
        Wanted("Đăng ký 100% địa điểm công cộng, treo mã ở lối ra vào", today + timedelta(days=5), "coverage", 100),
    ]


def _answer(made: "Directive", communes: Sequence[Commune], cast: Cast, at: datetime) -> None:
    from dauchan.directives import working

    working.acknowledge(made.pk, by=cast.ward, now=at + timedelta(hours=3))
    codes = [commune.code for commune in communes[1 : BY_PHONE + 1]]
    for row in made.recipients.filter(agency__unit__code__in=codes, role="execute"):
        called = at + timedelta(days=1)
        working.record_by_hand(row.pk, "Văn phòng (giả)", "phone", called, by=cast.manager, now=called)


def _remind(issuer: "Agency", communes: Sequence[Commune], cast: Cast, now: datetime) -> None:
    """The communes that lag most get a numbered reminder now, with the figures of now: the first step of the ladder."""
    from dauchan.coverage.figures import Subject, lagging
    from dauchan.directives import reminding
    from dauchan.directives.lagging import Chosen
    from dauchan.directives.models import Ladder
    from dauchan.units.queries import unit_by_code

    if Ladder.objects.exists():
        return
    today = clock.local_day(now)
    units = [unit for commune in communes if (unit := unit_by_code(commune.code, today))]
    worst = lagging([Subject("unit", unit.pk) for unit in units], "coverage", today, under=100)
    chosen = Chosen(unit=tuple(subject.id for subject, _ in worst[:REMINDED]))
    words = _words("đôn đốc đăng ký địa điểm công cộng (giả)", "118", now, "Các đơn vị có tên dưới đây còn chậm.")
    draft = reminding.draft_reminder(issuer, chosen, words, code="coverage", by=cast.manager, now=now)
    reminding.send_reminder(draft.pk, "Tỷ lệ phủ thấp nhất sau một tuần (giả)", by=cast.manager, now=now)


# --- figures and the report -------------------------------------------------------------------------------------------


def _count(now: datetime) -> None:
    """Count every day that has scans, the oldest first; today before all, so that every place is known."""
    from dauchan.coverage.computing import count_day
    from dauchan.directives.working import mark_reached
    from dauchan.people import vault

    today = clock.local_day(now)
    for ago in (0, *range(DAYS - 1, -1, -1)):
        count_day(today - timedelta(days=ago), vault.the_keyring(), clock.now())
    mark_reached(now)


def _report(issuer: "Agency", cast: Cast, now: datetime) -> None:
    """Yesterday's report on the province, issued and sent."""
    from dauchan.reports import actions
    from dauchan.reports.models import Report
    from dauchan.units.agencies import agencies_in_force
    from dauchan.units.queries import unit_by_code

    if Report.objects.exclude(state="draft").exists():
        return
    today = clock.local_day(now)
    day = today - timedelta(days=1)
    province = unit_by_code(PROVINCE, today)
    assert province is not None  # the seed of agencies needs it too
    Report.objects.all().delete()
    draft = actions.make_report("daily", province, issuer, first=day, last=day, by=cast.manager, now=now)
    signed = actions.issue(draft.pk, actions.Signature("BC-SKHCN", *SIGNER), by=cast.manager, now=now)
    told = agencies_in_force(today).filter(kind="committee", unit=province)
    actions.send(signed.pk, list(told), by=cast.manager, now=now)
