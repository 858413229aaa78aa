"""What was decided and released stays true: after an undo, another run, a merge; and no sheet grows by being split."""

import pytest
from django.conf import settings
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.accounts.actions import Scope
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.people.actions import merge
from dauchan.tracing import decisions, release
from dauchan.tracing.evidence import Told
from dauchan.tracing.models import Basis, Contact, Proposal, Release, ReleaseState

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi", "Dũng", "Em", "Em khác", "An khác", "Gia")
    town.stay("An", "chợ", "08:00-10:00")
    for name in ("Bình", "Chi", "Em", "Em khác"):
        town.stay(name, "chợ", "08:20-09:30")
    town.stay("Bình", "quán", "12:00-13:00")
    town.stay("Gia", "quán", "12:10-13:00")
    return town


@pytest.fixture
def case(outbreak) -> Case:
    Case.objects.all().delete()
    made = outbreak.case("An")
    make_list(made, by=outbreak.tracer)
    return made


def decide(outbreak, case, grade, *names):
    chosen = Proposal.objects.filter(person_id__in=[outbreak.people[name] for name in names])
    return decisions.decide(case, chosen, grade, by=outbreak.tracer, now=clock.now())


def ask(outbreak, case, *names, by=None) -> Release:
    chosen = Contact.objects.filter(person_id__in=[outbreak.people[name] for name in names])
    return release.request_release(
        case,
        chosen,
        recipient="Tổ 1",
        purpose="Gọi điện",
        expected=len(names),
        by=by or outbreak.tracer,
        now=clock.now(),
    )


def told(outbreak) -> Told:
    return Told("đồng nghiệp", outbreak.at("09:00"))


def test_a_sheet_that_left_the_house_still_says_who_was_on_it_after_the_decision_is_undone(outbreak, case):
    batch = decide(outbreak, case, "close", "Bình", "Chi")
    made = ask(outbreak, case, "Bình", "Chi")
    with pytest.raises(decisions.AlreadyReleased):
        decisions.undo(case, batch.pk, by=outbreak.tracer, now=clock.now())
    page = signed_in(outbreak.tracer)
    answer = page.post(f"/ca-benh/{case.code}/hoan-tac/{batch.pk}")
    assert answer.status_code == 409
    assert made.rows.count() == 2
    assert page.post(f"/danh-sach-goi/{made.pk}/xlsx").status_code == 200


def test_a_unit_that_does_not_exist_is_said_and_not_a_crash(outbreak, case):
    decide(outbreak, case, "close", "Bình")
    given = {"contact": [case.contacts.get().pk], "assign": "1", "unit": "", "unit_text": "Không đâu cả"}
    answer = signed_in(outbreak.tracer).post(f"/ca-benh/{case.code}/tiep-xuc/quyet-dinh", given)
    assert answer.status_code == 302
    assert case.contacts.get().assigned_unit is None


def test_a_large_sheet_is_not_taken_alone_in_small_pieces(outbreak, case, monkeypatch):
    monkeypatch.setattr(settings, "TRACING_SECOND_APPROVER_ABOVE", 2, raising=False)
    decide(outbreak, case, "close", "Bình", "Chi", "Em")
    assert ask(outbreak, case, "Bình", "Chi").state == ReleaseState.READY
    assert ask(outbreak, case, "Bình").state == ReleaseState.READY, "the same people again are no more people"
    assert ask(outbreak, case, "Em").state == ReleaseState.WAITING


def test_whoever_wrote_down_an_outbreak_can_not_release_by_it(outbreak, case, monkeypatch):
    monkeypatch.setattr(settings, "TRACING_SECOND_APPROVER_ABOVE", 1, raising=False)
    province = officer_with("province_health_officer", Scope("all", ""))
    running = release.declare_outbreak(
        outbreak.home, "QĐ 1", clock.local_day(clock.now()), by=province, now=clock.now()
    )
    decide(outbreak, case, "close", "Bình", "Chi")
    assert ask(outbreak, case, "Bình", "Chi", by=province).state == ReleaseState.WAITING
    assert ask(outbreak, case, "Bình", "Chi").state == ReleaseState.APPROVE_LATER
    running.delete()


def test_a_what_if_does_not_mark_first_generation_people_as_changed(outbreak, case):
    decide(outbreak, case, "close", "Bình")
    change = make_list(case, by=outbreak.tracer, basis=Basis.WHAT_IF)
    assert change.changed == ()
    assert case.contacts.get().mark == ""


def test_somebody_told_as_f1_stays_f1_whatever_the_engine_finds(outbreak, case):
    decide(outbreak, case, "close", "Bình")
    decisions.tell_contact(case, outbreak.people["Gia"], told(outbreak), by=outbreak.tracer, now=clock.now())
    make_list(case, by=outbreak.tracer)
    assert case.contacts.get(person_id=outbreak.people["Gia"]).label == "F1"
    assert not case.proposals.filter(person_id=outbreak.people["Gia"]).exists(), "no second row as F2"


def test_the_case_under_another_of_its_ids_is_no_contact(outbreak, case):
    province = officer_with("province_health_officer", Scope("all", ""))
    merge(outbreak.people["An khác"], into=outbreak.people["An"], by=province, now=clock.now())
    with pytest.raises(decisions.CaseIsNoContact):
        decisions.tell_contact(case, outbreak.people["An khác"], told(outbreak), by=outbreak.tracer, now=clock.now())


def test_two_listed_people_who_turn_out_to_be_one_are_listed_once(outbreak, case):
    decide(outbreak, case, "close", "Em khác")
    province = officer_with("province_health_officer", Scope("all", ""))
    merge(outbreak.people["Em khác"], into=outbreak.people["Em"], by=province, now=clock.now())
    decisions.tell_contact(case, outbreak.people["Em"], told(outbreak), by=outbreak.tracer, now=clock.now())
    assert case.contacts.count() == 1
    make_list(case, by=outbreak.tracer)
    both = [outbreak.people["Em"], outbreak.people["Em khác"]]
    assert list(case.proposals.filter(person_id__in=both).values_list("decided", flat=True)) == [True]


def test_an_address_can_not_smuggle_a_wider_choice_into_the_form(outbreak, case):
    address, desk = f"/ca-benh/{case.code}?evidence_class=close", signed_in(outbreak.tracer)
    form = desk.get(address).content.decode().split("data-bulk>")[1].split("</form>")[0]
    assert 'type="hidden" name="evidence_class" value="close"' in form
    for name in ("everybody", "proposal", "grade"):
        smuggled = desk.get(f"{address}&{name}=1").content.decode()
        assert "data-bulk>" not in smuggled
        assert f'type="hidden" name="{name}"' not in smuggled


def test_nobody_was_anywhere_tomorrow(outbreak, case):
    given = {"place_id": outbreak.places["trạm"], "start": "2021-08-18T08:30", "end": "2021-08-18T08:50"}
    answer = signed_in(outbreak.tracer).post(f"/ca-benh/{case.code}/moc-dich-te/them", given, follow=True)
    assert "trong tương lai" in answer.content.decode()
    assert not case.milestones.filter(source="told").exists()
