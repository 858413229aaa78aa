"""Registers when two decide at the same moment."""

import threading
import time

import pytest
from django.db import connection, transaction
from support.officers import officer_with, signed_in
from support.registers import begun, bring, entry, place, place_form, should

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.places.models import Place
from dauchan.places.rules import PlaceInput
from dauchan.registers import decisions, matching
from dauchan.registers.models import Entry

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def manager(database):
    return officer_with("rollout_manager")


@pytest.fixture(scope="module")
def desk(manager):
    return signed_in(manager)


def test_of_two_who_decide_in_the_same_moment_one_is_told(manager):
    one, other = place("Tiệm Song Sinh"), place("Tiệm Song Sinh 2")
    bring(begun(name="Cùng lúc"), "1,Tiệm Song Sinh,cà phê,24611,,,,,,\n", by=manager)
    pk, outcomes, start = entry("Tiệm Song Sinh").pk, [], threading.Barrier(2)

    def decide(chosen: Place) -> None:
        start.wait()
        try:
            decisions.confirm(pk, chosen.pk, version=0, by=manager, now=clock.now())
            outcomes.append(chosen)
        except decisions.Overtaken as problem:
            outcomes.append(problem.detail["name"])
        finally:
            connection.close()

    both = [threading.Thread(target=decide, args=(chosen,)) for chosen in (one, other)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(map(str, outcomes))[0] == manager.name
    assert entry("Tiệm Song Sinh").place in outcomes


def beside(act, do) -> None:
    """Do one thing while another, asked for at the same time, has ended or waits for a lock."""
    other = threading.Thread(target=act)
    with transaction.atomic():
        do()
        other.start()
        wait_for_locks(other)
    other.join()


def wait_for_locks(*threads: threading.Thread) -> None:
    """Until each thread has ended, or as many connections wait for a lock as threads go on."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= sum(each.is_alive() for each in threads):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def noting(outcomes: list[str], act):
    """The act, with what became of it noted, for a thread of its own."""

    def run() -> None:
        try:
            act()
            outcomes.append("done")
        except Exception as problem:
            outcomes.append(type(problem).__name__)
        finally:
            connection.close()

    return run


def saying(entries: list[Entry], outcomes: list[str], by: Officer) -> list[threading.Thread]:
    """One thread for each entry that says something of it as it is now."""
    word = decisions.Word("sector", sector="other")

    def says(one: Entry) -> threading.Thread:
        chosen = Entry.objects.filter(pk=one.pk)
        return threading.Thread(
            target=noting(outcomes, lambda: decisions.say(word, chosen, by=by, now=clock.now(), version=one.version))
        )

    return [says(one) for one in entries]


def test_two_who_confirm_two_entries_to_one_place_at_once_make_one_premise(manager):
    made, outcomes = place("Chợ Hai Người", category="market"), []
    bring(begun(name="Chợ 1"), "1,Chợ Hai Người,chợ,24611,,,,,,\n", by=manager)
    bring(begun(name="Chợ 2"), "1,Chợ HN,chợ,24611,,,,,,\n", by=manager)
    on = clock.local_day(clock.now())
    before = should(on)

    def confirm(name: str) -> None:
        decisions.confirm(entry(name).pk, made.pk, version=0, by=manager, now=clock.now())

    beside(noting(outcomes, lambda: confirm("Chợ HN")), lambda: confirm("Chợ Hai Người"))
    assert outcomes == ["done"]
    assert should(on) == before - 1
    assert entry("Chợ HN").same_as == entry("Chợ Hai Người")


def test_two_who_decide_on_two_entries_of_one_premise_wait_for_each_other_and_one_is_told(manager):
    for number in (1, 2):
        bring(begun(name=f"Vòng {number}"), "1,Quán Vòng Tròn,cà phê,24611,5 Lê Lợi,,,,,\n", by=manager)
    first, later = Entry.objects.filter(name="Quán Vòng Tròn").order_by("pk")
    assert later.same_as == first
    outcomes: list[str] = []
    both = saying([first, later], outcomes, manager)
    with transaction.atomic():
        Entry.objects.select_for_update().get(pk=first.pk)
        for number, each in enumerate(both, 1):
            each.start()
            wait_for_locks(*both[:number])
    for each in both:
        each.join()
    assert sorted(outcomes) == ["Overtaken", "done"]


def test_two_entries_that_become_one_premise_while_two_decide_on_them_keep_nobody_waiting_for_good(manager):
    made, outcomes = place("Chợ Ba Người", category="market"), []
    bring(begun(name="Ba 1"), "1,Chợ Ba Người Một,chợ,24611,,,,,,\n", by=manager)
    bring(begun(name="Ba 2"), "1,Quầy Nước Mía,chợ,24611,,,,,,\n", by=manager)
    apart = [entry("Chợ Ba Người Một"), entry("Quầy Nước Mía")]
    both = saying(apart, outcomes, manager)
    with transaction.atomic():
        for one in apart:
            decisions.confirm(one.pk, made.pk, version=0, by=manager, now=clock.now())
        for number, each in enumerate(both, 1):
            each.start()
            wait_for_locks(*both[:number])
    for each in both:
        each.join()
    assert outcomes == ["Overtaken", "Overtaken"]


def confirmed_elsewhere(one: Entry, made: Place, by: Officer) -> None:
    other = entry("Quán Khác Hẳn", one.register)
    decisions.confirm(other.pk, made.pk, version=other.version, by=by, now=clock.now())


def exempted(one: Entry, made: Place, by: Officer) -> None:
    word, chosen = decisions.Word("exempt", reason="Ngoài phạm vi"), Entry.objects.filter(pk=one.pk)
    decisions.say(word, chosen, by=by, now=clock.now(), version=one.version)


def rejected(one: Entry, made: Place, by: Officer) -> None:
    decisions.reject(one.pk, [made.pk], version=one.version, by=by, now=clock.now())


@pytest.mark.parametrize("decide", [confirmed_elsewhere, exempted, rejected])
def test_what_somebody_decides_while_many_are_confirmed_is_told_and_not_overwritten(manager, decide):
    name, outcomes = f"Tiệm {decide.__name__}", []
    made, register = place(name, "11 Quang Trung"), begun(name=name)
    lines = f"1,{name},cà phê,24611,11 Quang Trung,,,,,\n2,Quán Khác Hẳn,cà phê,24611,99 Lê Lợi,,,,,\n"
    bring(register, lines, by=manager)
    one, before = entry(name, register), should(clock.local_day(clock.now()))

    def confirm_all() -> None:
        decisions.confirm_clear(register, 90, expected=1, by=manager, now=clock.now())

    beside(noting(outcomes, confirm_all), lambda: decide(one, made, manager))
    assert outcomes == ["NumberChanged"]
    one.refresh_from_db()
    assert one.place is None
    assert should(clock.local_day(clock.now())) == before - (one.state == "exempt")


def test_of_two_who_register_the_place_of_one_entry_one_is_told_and_one_place_is_made(manager, desk):
    bring(begun(name="Đăng ký đôi"), "1,Quán Đăng Ký Đôi,cà phê,24611,,,,,,\n", by=manager)
    one, outcomes = entry("Quán Đăng Ký Đôi"), []
    told = PlaceInput(one.name, one.unit_id, one.category_id)

    def register() -> None:
        decisions.register_place(one.pk, told, version=one.version, by=manager, now=clock.now())

    beside(noting(outcomes, register), register)
    assert outcomes == ["Overtaken"]
    given = place_form(one.name) | {"version": one.version, "another": "1"}
    late = desk.post(f"/trien-khai/nguon/muc/{one.pk}/dang-ky", given)
    assert late.status_code == 409
    assert "vừa quyết định mục này" in late.content.decode()
    assert Place.objects.filter(name=one.name).count() == 1


def three_alike(name: str, by: Officer, odd: int) -> list[Entry]:
    """One premise in two registers, and in a third an entry that reads as the same since a moment ago."""
    for number in range(3):
        street = "90 Lê Lợi" if number == odd else "7 Lê Lợi"
        bring(begun(name=f"{name} {number}"), f"1,{name},cà phê,24611,{street},,,,,\n", by=by)
    Entry.objects.filter(name=name).update(address_key="7 le loi")
    return list(Entry.objects.filter(name=name).order_by("pk"))


@pytest.mark.parametrize("odd", [0, 2], ids=["an older one", "a later one"])
def test_what_is_parted_while_premises_are_linked_stays_apart(manager, odd):
    three, outcomes = three_alike(f"Quán Tách Lúc Nối {odd}", manager, odd), []
    parted, late = [each for each in three if each != three[odd]], three[odd]

    def link() -> None:
        with transaction.atomic():
            matching.link_premises(late.unit_id)

    def part() -> None:
        decisions.part(parted[1].pk, version=parted[1].version, by=manager, now=clock.now())

    beside(noting(outcomes, link), part)
    assert outcomes == ["done"]
    assert [each.same_as_id for each in Entry.objects.filter(pk__in=[each.pk for each in three])] == [None] * 3
