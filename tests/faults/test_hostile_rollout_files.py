"""Every file that the rollout hands out writes its texts as text."""

import pytest
from support.everything import Everything, one_of_everything
from support.files import OF_THE_ROLLOUT, cells_of

CLOCK = "2026-03-02T08:00+07:00"


@pytest.fixture(scope="module")
def everything(database) -> Everything:
    return one_of_everything()


@pytest.mark.parametrize("route", OF_THE_ROLLOUT, ids=[route.name for route in OF_THE_ROLLOUT])
def test_a_file_of_the_rollout_holds_no_formula(everything, route):
    answer = everything.clients["officer"].get(everything.path(route))
    assert answer.status_code == 200
    if "spreadsheetml" in answer.headers["content-type"]:
        assert {cell.data_type for cell in cells_of(answer.content)} <= {"s", "n", "d", "b", "inlineStr"}
    else:
        assert b"\n=" not in b"".join(answer)
