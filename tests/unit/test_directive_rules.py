"""Which step follows which: of tasks, and of the ladder of those who lag."""

from datetime import date

import pytest
from django.utils.translation import override

from dauchan.directives import ladder, letters, rules
from dauchan.directives.models import Directive
from dauchan.directives.templatetags.directives import amount

TODAY = date(2021, 8, 10)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("sent", "acknowledged", True),
        ("sent", "done", True),
        ("sent", "returned", False),
        ("acknowledged", "sent", False),
        ("in_progress", "acknowledged", False),
        ("done", "in_progress", False),
        ("done", "returned", True),
        ("returned", "done", True),
    ],
)
def test_a_task_goes_forward_and_only_what_is_done_is_returned(before, after, allowed):
    if allowed:
        rules.check_step(before, after, note="vì sao", has_file=False)
    else:
        with pytest.raises(rules.StepNotPossible):
            rules.check_step(before, after, note="vì sao", has_file=False)


def test_done_needs_words_or_a_file_and_returned_needs_words():
    rules.check_step("in_progress", "done", note="", has_file=True)
    with pytest.raises(rules.EvidenceMissing):
        rules.check_step("in_progress", "done", note="", has_file=False)
    with pytest.raises(rules.ReasonMissing):
        rules.check_step("done", "returned", note="", has_file=True)


def test_overdue_begins_the_day_after_the_deadline_and_ends_when_it_is_done():
    assert rules.standing("sent", TODAY, TODAY) == "sent"
    assert rules.standing("in_progress", date(2021, 8, 9), TODAY) == "overdue"
    assert rules.standing("done", date(2021, 8, 9), TODAY) == "done"


def test_what_figures_show_reached_is_not_overdue_unless_it_was_returned():
    reached = {state: rules.standing(state, date(2021, 8, 9), TODAY, TODAY) for state in rules.NEXT}
    assert reached.pop("done") == "done"
    assert reached.pop("returned") == "overdue"
    assert set(reached.values()) == {"reached"}


def test_the_worst_of_many_is_named_and_tallies_add_up():
    one, other = rules.Tally({"done": 3, "sent": 1}), rules.Tally({"overdue": 2})
    assert (one.worst, one.done, one.total) == ("sent", 3, 4)
    assert ((one + other).worst, (one + other).total) == ("overdue", 6)
    assert rules.Tally({}).worst == ""


@pytest.mark.parametrize(
    ("value", "target", "better", "answer"),
    [(100.0, 100.0, "up", True), (99.9, 100.0, "up", False), (3.0, 5.0, "down", True), (None, 5.0, "up", None)],
)
def test_a_target_is_reached_by_its_own_direction(value, target, better, answer):
    assert rules.reached(value, target, better) is answer


@pytest.mark.parametrize(
    ("reminders", "last", "step", "number", "due"),
    [
        (0, None, "remind", 1, TODAY),
        (1, date(2021, 8, 9), "remind", 2, date(2021, 8, 12)),
        (2, date(2021, 8, 1), "remind", 3, date(2021, 8, 4)),
        (3, date(2021, 8, 9), "propose", 3, date(2021, 8, 12)),
        (7, date(2021, 8, 9), "propose", 7, date(2021, 8, 12)),
    ],
)
def test_three_reminders_then_a_proposal(reminders, last, step, number, due):
    found = ladder.next_step(reminders, proposed=False, last_step_on=last, today=TODAY)
    assert found == ladder.Proposal(step, number, due)


def test_after_a_proposal_it_is_somebody_elses_turn():
    assert ladder.next_step(3, proposed=True, last_step_on=TODAY, today=TODAY) is None


def test_the_rule_has_a_source():
    assert "2665/STTTT-CNTT" in ladder.in_force(TODAY).source_vi
    assert "2665/STTTT-CNTT" in ladder.in_force(TODAY).source_en


def test_a_file_is_what_it_begins_with_and_what_it_is_called():
    assert rules.media_type("a.PDF", b"%PDF-1.4") == "application/pdf"
    for name, content in (("a.pdf", b"MZ"), ("a.exe", b"%PDF-1.4"), ("pdf", b""), ("a.xlsx", b"%PDF-1.4")):
        with pytest.raises(rules.FileNotTaken):
            rules.media_type(name, content)


def test_an_amount_reads_as_the_readers_language_writes_numbers():
    with override("vi"):
        assert [amount(58.33, "active_day_share"), amount(1200, "scans"), amount(None, "scans")] == [
            "58,3 %",
            "1.200",
            "–",
        ]
    with override("en"):
        assert [amount(58.33, "active_day_share"), amount(60, "active_day_share")] == ["58.3 %", "60 %"]


def test_a_downloaded_document_is_called_by_its_symbol_with_every_letter():
    assert letters.file_name(Directive(number=118, symbol="SKHCN-CĐS")) == "van-ban-118-SKHCN-CDS"
    assert letters.file_name(Directive(symbol="UBND/VĂN-THƯ")) == "van-ban-du-thao-UBND-VAN-THU"
