"""The unit lists of 2021, 2025 and 2026, what became of each unit, and the outlines of 2025."""

from datetime import date
from typing import Any

from django.db import migrations

from dauchan.units import loading

THREE_LEVELS = date(2021, 11, 1)  # the day of the oldest list; earlier days are answered with it
TWO_LEVELS = date(2025, 7, 1)  # 34 provinces, 3,321 communes
DONG_NAI_A_CITY = date(2026, 4, 30)  # one province and ten of its communes change their kind


def load(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        loading.load_list(cursor, THREE_LEVELS, TWO_LEVELS)
        loading.load_list(cursor, TWO_LEVELS, None)
        loading.load_successions(cursor, TWO_LEVELS)
        loading.load_list(cursor, DONG_NAI_A_CITY, None)
        loading.load_renamings(cursor, DONG_NAI_A_CITY)
        loading.load_boundaries(cursor, TWO_LEVELS)


class Migration(migrations.Migration):
    dependencies = [("units", "0001_first")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
