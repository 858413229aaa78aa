"""The register that is shipped as an example: places of Hanoi from OpenStreetMap, with the credit that they ask for."""

import gzip
from datetime import date, datetime
from importlib.resources import files

from django.db import transaction

from dauchan.registers import importing, matching
from dauchan.registers.actions import Said, begin_register
from dauchan.registers.importing import Brought
from dauchan.registers.models import Kind, Register
from dauchan.registers.reading import read_list

SAID = Said(
    name="Địa điểm ở Hà Nội (OpenStreetMap, ví dụ)",
    kind=Kind.OSM,
    source="OpenStreetMap, Overpass, 27 và 29/09/2024",
    listed_on=date(2024, 9, 29),
    licence="ODbL 1.0",
    credit="© OpenStreetMap contributors, ODbL, openstreetmap.org/copyright",
)


def load_example(now: datetime) -> Brought:
    """Begin the example register, or bring it up to date, and search for its registered places."""
    content = gzip.decompress((files("dauchan.registers") / "data" / "hanoi-osm-2024.csv.gz").read_bytes())
    with transaction.atomic():
        register = Register.objects.filter(name=SAID.name, kind=SAID.kind).first()
        register = register or begin_register(SAID, by=None, now=now)
        brought = importing.bring_in(register, read_list(content), now=now, listed_on=SAID.listed_on)
        run = matching.ask(register, by=None, now=now)
    matching.work_on(run.pk, now=now)
    return brought
