"""The tables of units, and pg_trgm, which their search indexes need."""

import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.TrigramExtension(),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=5)),
                (
                    "level",
                    models.CharField(
                        choices=[("province", "Cấp tỉnh"), ("district", "Cấp huyện"), ("commune", "Cấp xã")],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("tỉnh", "Tỉnh"),
                            ("thành phố", "Thành phố"),
                            ("quận", "Quận"),
                            ("huyện", "Huyện"),
                            ("thị xã", "Thị xã"),
                            ("phường", "Phường"),
                            ("xã", "Xã"),
                            ("thị trấn", "Thị trấn"),
                            ("đặc khu", "Đặc khu"),
                        ],
                        max_length=10,
                    ),
                ),
                ("path", models.CharField(max_length=20)),
                ("full_name", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("search_key", models.CharField(max_length=240)),
                ("name_key", models.CharField(max_length=80)),
                ("sort_key", models.CharField(max_length=200)),
                ("population", models.PositiveIntegerField(null=True)),
                ("area_km2", models.FloatField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children", to="units.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnitBoundary",
            fields=[
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="boundary",
                        serialize=False,
                        to="units.unit",
                    ),
                ),
                ("geojson", models.TextField()),
                ("west", models.FloatField()),
                ("south", models.FloatField()),
                ("east", models.FloatField()),
                ("north", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="UnitSuccession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("divided", models.BooleanField()),
                ("share", models.FloatField(null=True)),
                ("continues", models.BooleanField(default=False)),
                (
                    "new",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="earlier", to="units.unit"
                    ),
                ),
                (
                    "old",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="later", to="units.unit"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="unit",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_key"], name="unit_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(fields=["code", "valid_from"], name="unit_code"),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(fields=["parent", "sort_key", "id"], name="unit_children"),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(fields=("path", "valid_from"), name="unit_once_a_list"),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["province", "district", "commune"])), name="unit_level_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["tỉnh", "thành phố", "quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu"],
                    )
                ),
                name="unit_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^([0-9]{2}|[0-9]{3}|[0-9]{5})$")), name="unit_code_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="unit_days_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "province"), ("parent__isnull", True)),
                    ("parent__isnull", False),
                    _connector="OR",
                ),
                name="unit_has_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitsuccession",
            constraint=models.UniqueConstraint(fields=("old", "new"), name="succession_once"),
        ),
        migrations.AddConstraint(
            model_name="unitsuccession",
            constraint=models.CheckConstraint(
                condition=models.Q(("old", models.F("new")), _negated=True), name="succession_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="unitsuccession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("share__isnull", True), models.Q(("share__gt", 0), ("share__lte", 1)), _connector="OR"
                ),
                name="succession_share_is_a_part",
            ),
        ),
    ]
