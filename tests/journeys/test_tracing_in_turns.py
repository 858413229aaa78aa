"""What one officer decides and another proposes at the same time both hold; every way of exposure is told once."""

import threading

import pytest
from django.db import connection
from support.officers import signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list, work_off_runs

from dauchan.cases.actions import DuplicateCase, tell_milestone
from dauchan.cases.evidence import vault_of
from dauchan.cases.models import Case, CaseKey
from dauchan.cases.queries import MilestoneEvidence
from dauchan.cases.rules import CaseDates
from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.tracing import actions, decisions, runs
from dauchan.tracing.actions import Override, preview_revision, revise_case
from dauchan.tracing.models import Contact, Mark, Proposal

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi", "Dũng", "Giang")
    town.stay("An", "chợ", "08:00-08:30")
    town.stay("Bình", "chợ", "08:00-08:30")
    town.stay("Dũng", "chợ", "08:29-08:30")
    town.stay("Bình", "trạm", "09:00-14:00")
    town.stay("Chi", "trạm", "09:00-09:30")
    town.stay("Dũng", "trạm", "09:10-14:00")
    town.stay("An", "quán", "10:00-11:00")
    town.stay("Chi", "quán", "10:00-11:00")
    town.stay("Giang", "trạm", "13:00-14:00")
    return town


@pytest.fixture
def case(outbreak) -> Case:
    Case.objects.all().delete()
    made = outbreak.case("An")
    propose(outbreak, made)
    return made


def propose(outbreak, case, **options):
    return make_list(case, by=outbreak.tracer, **options)


def decide(outbreak, case, grade, *names):
    chosen = Proposal.objects.filter(person_id__in=[outbreak.people[name] for name in names])
    return decisions.decide(case, chosen, grade, by=outbreak.tracer, now=clock.now())


def proposal(outbreak, name) -> Proposal:
    return Proposal.objects.get(person_id=outbreak.people[name])


def dates(outbreak, case, onset) -> CaseDates:
    return CaseDates(case.confirmed_on, outbreak.at("00:00", onset).date() if onset else None)


def test_the_earliest_exposure_is_told_with_whom_it_came_from_beside_that_of_the_least_generation(outbreak, case):
    decide(outbreak, case, "close", "Bình")
    propose(outbreak, case)
    page = signed_in(outbreak.tracer)
    listed = page.get(f"/api/v1/cases/{case.code}/proposals").json()["proposals"]
    chi = next(each for each in listed if each["exposed_at"].startswith("2021-08-15T03:00"))
    assert (chi["generation"], chi["earliest_exposure"][:16]) == (1, "2021-08-15T02:00")
    assert chi["earliest_via"] != chi["via"]
    row = proposal(outbreak, "Chi")
    said = page.get(f"/ca-benh/{case.code}/de-xuat/{row.pk}").content.decode()
    assert "09:00" in said
    assert "Sớm nhất, tính mọi đường lây" in said


def test_who_is_no_contact_of_the_case_is_found_again_through_a_confirmed_f1(outbreak, case):
    decide(outbreak, case, "not_contact", "Dũng")
    decide(outbreak, case, "close", "Bình")
    propose(outbreak, case)
    found = proposal(outbreak, "Dũng")
    assert (found.generation, found.possible_minutes, found.mark) == (2, 291, Mark.CHANGED)
    assert case.contacts.get(person_id=outbreak.people["Dũng"]).mark == Mark.CHANGED


def test_a_later_generation_is_decided_only_while_the_one_in_between_is_a_close_contact(outbreak, case):
    batch = decide(outbreak, case, "close", "Bình")
    propose(outbreak, case)
    assert proposal(outbreak, "Giang").generation == 2
    decisions.undo(case, batch.pk, by=outbreak.tracer, now=clock.now())
    with pytest.raises(decisions.NotThroughContact):
        decide(outbreak, case, "close", "Giang")
    assert not case.contacts.exists()
    decide(outbreak, case, "not_contact", "Giang")
    decide(outbreak, case, "close", "Bình")
    decide(outbreak, case, "close", "Giang")
    assert case.contacts.filter(grade="close").count() == 2


def test_what_the_case_tells_of_an_hour_that_a_scan_proves_adds_no_minutes(outbreak, case):
    told = MilestoneEvidence(outbreak.at("08:00"), outbreak.at("08:40"), outbreak.places["chợ"])
    tell_milestone(case, told, by=outbreak.tracer, now=clock.now())
    propose(outbreak, case)
    assert proposal(outbreak, "Bình").possible_minutes == 30


def test_a_contact_found_again_as_before_loses_the_mark_that_said_otherwise(outbreak, case):
    decide(outbreak, case, "close", "Bình")
    narrow, wide = CaseDates(case.confirmed_on, case.confirmed_on), dates(outbreak, case, "2021-08-16")
    given = Override(period=None)
    late = Override(
        reason="nhầm ngày",
        period=type(case.period)(outbreak.at("00:00", "2021-08-16"), outbreak.at("23:00", "2021-08-17")),
    )
    revise_case(case, narrow, late, by=outbreak.tracer, now=clock.now())
    (change,) = work_off_runs()
    assert outbreak.people["Bình"] in change.kept
    contact = Contact.objects.get(case=case)
    assert contact.mark == Mark.NO_LONGER_FOUND
    decisions.regrade(case, [contact.person_id], "casual", by=outbreak.tracer, now=clock.now())
    assert propose(outbreak, case).kept == ()
    assert Contact.objects.get(case=case).mark == Mark.NONE, "nothing new was found about a contact decided on since"
    Contact.objects.filter(case=case).update(mark=Mark.NO_LONGER_FOUND)
    revise_case(case, wide, given, by=outbreak.tracer, now=clock.now())
    work_off_runs()
    assert proposal(outbreak, "Bình").mark == Mark.NONE
    assert Contact.objects.get(case=case).mark == Mark.NONE


def test_a_case_is_not_moved_onto_a_day_on_which_the_person_already_is_one(outbreak, case):
    dates_before = CaseDates(outbreak.at("00:00", "2021-08-10").date(), outbreak.at("00:00", "2021-08-09").date())
    other = actions.confirm_case(
        outbreak.people["An"], outbreak.home, dates_before, by=outbreak.tracer, now=clock.now()
    )
    taken = CaseDates(case.confirmed_on, case.onset_on)
    with pytest.raises(DuplicateCase):
        preview_revision(other, taken, Override(), now=clock.now())
    with pytest.raises(DuplicateCase):
        revise_case(other, taken, Override(), by=outbreak.tracer, now=clock.now())
    assert Case.objects.get(pk=other.pk).confirmed_on == dates_before.confirmed_on


def test_a_run_works_with_the_case_as_it_stands_and_not_as_it_was_read(outbreak, case):
    read_before = Case.objects.get(pk=case.pk)
    reason = Override(
        reason="lời kể", period=type(case.period)(outbreak.at("09:00"), outbreak.at("23:00", "2021-08-17"))
    )
    revise_case(case, dates(outbreak, case, "2021-08-16"), reason, by=outbreak.tracer, now=clock.now())
    propose(outbreak, read_before)
    assert {row.person_id for row in Proposal.objects.all()} == {outbreak.people["Chi"]}


def test_a_decision_made_during_a_run_waits_for_it_and_holds(outbreak, case, monkeypatch):
    running, go_on, failures = threading.Event(), threading.Event(), []
    find = runs.find_contacts

    def slowly(*given, **options):
        found = find(*given, **options)
        running.set()
        assert go_on.wait(20)
        return found

    def in_thread(step):
        try:
            step()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(runs, "find_contacts", slowly)
    run = threading.Thread(target=in_thread, args=[lambda: propose(outbreak, case)])
    run.start()
    assert running.wait(20)
    officer = threading.Thread(target=in_thread, args=[lambda: decide(outbreak, case, "close", "Bình")])
    officer.start()
    officer.join(0.5)
    assert officer.is_alive(), "the case is the run's until it ends"
    go_on.set()
    run.join(20)
    officer.join(20)
    assert failures == []
    assert proposal(outbreak, "Bình").decided
    assert case.contacts.get().grade == "close"


def test_days_that_can_not_be_read_any_more_are_named_above_the_list(outbreak, case, monkeypatch):
    page = signed_in(outbreak.tracer)
    assert "không còn đọc được" not in page.get(f"/ca-benh/{case.code}").content.decode()
    readable = Keyring.days
    gone = outbreak.at("00:00", "2021-08-15").date()
    monkeypatch.setattr(Keyring, "days", lambda keyring: [day for day in readable(keyring) if day != gone])
    said = page.get(f"/ca-benh/{case.code}").content.decode()
    assert "không còn đọc được" in said
    assert "15/08/2021" in said
    assert "không còn đọc được" in page.get(f"/ca-benh/{case.code}/nguon-lay").content.decode()


def test_a_list_made_while_visits_are_worked_out_again_says_that_it_may_lack_people(outbreak, case):
    page = signed_in(outbreak.tracer)
    assert "đang được tính lại" not in page.get(f"/ca-benh/{case.code}").content.decode()
    marks = "insert into visits_dirty (day, token) select '2021-08-15', '\\x00' from generate_series(1, 1000)"
    with connection.cursor() as cursor:
        cursor.execute(marks)
        said = page.get(f"/ca-benh/{case.code}").content.decode()
        cursor.execute("delete from visits_dirty")
    assert "đang được tính lại" in said


def test_without_the_case_s_key_the_evidence_is_gone(case):
    assert vault_of(case)
    CaseKey.objects.filter(case=case).delete()
    with pytest.raises(CaseKey.DoesNotExist):
        vault_of(case)
