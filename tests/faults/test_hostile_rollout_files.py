"""Every file that the rollout hands out writes its texts as text, whatever people called their agencies and places."""

import csv
import io
import re

import pytest
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from support.everything import Everything, one_of_everything
from support.files import OF_THE_ROLLOUT, cells_of

from dauchan.accounts.models import Officer
from dauchan.directives.models import Directive, Order
from dauchan.places.models import Place
from dauchan.registers.models import Entry, Register
from dauchan.units.models import Agency

CLOCK = "2026-03-02T08:00+07:00"
FORMULA = re.compile(r"[\s\"]*[=+\-@]")
CALLED = (
    (Agency, ("name",)),
    (Place, ("name", "address")),
    (Register, ("name",)),
    (Entry, ("name", "address")),
    (Directive, ("subject",)),
    (Order, ("text",)),
    (Officer, ("name",)),
)


@pytest.fixture(scope="module")
def everything(database) -> Everything:
    made = one_of_everything()
    for model, names in CALLED:
        formula = Concat(Value("=1+1+"), Cast(F("pk"), CharField()))
        model.objects.update(**dict.fromkeys(names, formula))
    return made


@pytest.fixture(scope="module")
def told() -> set[str]:
    """The files in which a formula of somebody's stood as text."""
    return set()


@pytest.mark.parametrize("route", OF_THE_ROLLOUT, ids=[route.name for route in OF_THE_ROLLOUT])
def test_a_file_of_the_rollout_holds_no_formula(everything, route, told):
    answer = everything.clients["officer"].get(everything.path(route))
    assert answer.status_code == 200
    if "spreadsheetml" in answer.headers["content-type"]:
        cells = list(cells_of(answer.content))
        assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b", "inlineStr"}
        texts = [str(cell.value) for cell in cells]
    else:
        rows = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline=""))
        texts = [text for row in rows for text in row]
        assert not [text for text in texts if FORMULA.match(text) and not re.fullmatch(r"-?[\d.]+", text)]
    if any("=1+1+" in text for text in texts):
        told.add(route.name)


def test_the_formulas_stood_there(told):
    assert {"agencies:export", "registers:export", "directives:progress"} <= told
