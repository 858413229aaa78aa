"""Whose the entries of a register are: an agency's own, those it took over, a committee's; what each may be told."""

import pytest
from support.officers import officer_with, signed_in
from support.registers import ELSEWHERE, begun, bring, counts, entry, unit
from support.reports import office

from dauchan.accounts.actions import Scope
from dauchan.agencies.attesting import to_sign
from dauchan.coverage import upper
from dauchan.coverage.reaches import reaches_on
from dauchan.kernel import clock
from dauchan.registers import decisions, queries
from dauchan.registers.models import Entry
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def manager(database):
    return officer_with("rollout_manager")


def test_an_agency_signs_with_the_number_of_listed_places_that_coverage_counts_for_it(manager):
    today = clock.local_day(clock.now())
    old, new = office("Phòng Cũ", unit()), office("Phòng Mới", unit())
    committee, far = office("UBND phường thử", unit(), kind="committee"), office("Phòng Ở Xa", unit(ELSEWHERE))
    lines = "".join(f"{n},Trường Của {n},trường,24611,,,,,,\n" for n in ("Phòng Cũ", "Phòng Mới", "Phường", "Xã"))
    bring(begun(name="Kế thừa"), lines, by=manager)
    for agency in (old, new):
        Entry.objects.filter(name=f"Trường Của {agency.name}").update(agency=agency)
    Agency.objects.filter(pk=old.pk).update(valid_to=today, successor=new)
    counted = upper.counts_on(today, reaches_on(today))
    for agency, expected in ((new, 2), (committee, 2), (far, 0)):
        assert to_sign(agency.pk)["unregistered"] == expected
        found = counted.get(("agency", agency.pk, ""), {})
        assert found.get("should_exist", 0) - found.get("matched", 0) == expected


def test_the_successor_of_a_dissolved_agency_sees_and_decides_on_what_names_the_old_one(manager):
    today = clock.local_day(clock.now())
    old, new = office("Chi cục Cũ", unit()), office("Chi cục Mới", unit())
    register = begun(name="Của chi cục cũ")
    bring(register, "1,Trạm Cũ,khác,24611,,,,,,\n", by=manager)
    Entry.objects.filter(name="Trạm Cũ").update(agency=old)
    clerk = officer_with("focal_officer", Scope("agency", str(new.pk)))
    assert not queries.visible_to(clerk, "register.edit", today).exists()
    Agency.objects.filter(pk=old.pk).update(valid_to=today, successor=new)
    assert "Trạm Cũ" in signed_in(clerk).get(f"/trien-khai/nguon/{register.pk}").content.decode()
    word = decisions.Word("sector", sector="other")
    decisions.say(word, Entry.objects.filter(name="Trạm Cũ"), by=clerk, now=clock.now())
    assert entry("Trạm Cũ").sector == "other"
    assert entry("Trạm Cũ").agency == old


def test_a_line_names_an_agency_in_the_officers_scope_or_in_its_own_area_and_no_other(manager):
    province = unit_by_code("68", clock.local_day(clock.now()))
    for name, where in {"Sở Cả Tỉnh": province, "Trường Cùng Xã": unit(), "Phòng Xã Khác": unit(ELSEWHERE)}.items():
        office(name, where)
    clerk = officer_with("focal_officer", Scope("unit", str(unit().pk)))
    lines = (
        "1,Lớp Một,trường,24611,,,,,,Sở Cả Tỉnh\n"
        "2,Lớp Hai,trường,24611,,,,,,Trường Cùng Xã\n"
        "3,Lớp Ba,trường,24611,,,,,,Phòng Xã Khác\n"
    )
    register = begun(name="Nêu cơ quan", unit=unit())
    run = bring(register, lines, by=clerk)
    assert counts(run) == {"created": 2, "failed": 1}
    (fault,) = run.faults.all()
    assert (fault.line, fault.column) == (4, "Cơ quan quản lý")
    assert "ngoài phạm vi của bạn" in fault.reason_vi
    assert counts(bring(register, lines, by=manager)) == {"created": 1, "matched": 2}
    assert entry("Lớp Ba", register).agency.name == "Phòng Xã Khác"
    assert counts(bring(register, lines, by=clerk)) == {"matched": 3}, "what the list says already is no news"


def test_entries_are_put_on_agencies_in_force_within_the_officers_own_scope_alone(manager):
    today = clock.local_day(clock.now())
    here, far = office("Trường của xã", unit()), office("Sở ở xa", unit(ELSEWHERE))
    gone = office("Trường đã giải thể", unit())
    Agency.objects.filter(pk=gone.pk).update(valid_to=today)
    bring(begun(name="Cơ quan"), "1,Lớp mầm non,trường,24611,,,,,,\n", by=manager)
    clerk = officer_with("focal_officer", Scope("unit", str(unit().pk)))
    client = signed_in(clerk)
    one = entry("Lớp mầm non")
    answer = client.post(
        f"/trien-khai/nguon/{one.register_id}/ghi", {"whole": "1", "act": "agency", "agency": far.name}, follow=True
    )
    assert "Cơ quan này không còn hoạt động hoặc nằm ngoài phạm vi của bạn." in answer.content.decode()
    chosen = Entry.objects.filter(pk=one.pk)
    with pytest.raises(decisions.AgencyOutside):
        decisions.say(decisions.Word("agency", agency_id=gone.pk), chosen, by=clerk, now=clock.now())
    assert entry("Lớp mầm non").agency is None
    said = {"act": "agency", "version": one.version, "agency": here.name}
    client.post(f"/trien-khai/nguon/muc/{one.pk}/quyet-dinh", said)
    assert entry("Lớp mầm non").agency == here
