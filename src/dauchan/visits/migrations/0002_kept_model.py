"""Tell Django of the table of kept scans, which stands since 0001."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_ledger")]
    operations = [
        migrations.CreateModel(
            name="KeptScan",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("received_day", models.DateField()),
                ("token", models.BinaryField(null=True)),
                ("point_id", models.BigIntegerField()),
                ("direction", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("credential", models.CharField(max_length=8)),
                ("confidence", models.SmallIntegerField()),
                ("body_hash", models.BinaryField()),
                ("group_token", models.BinaryField(null=True)),
                ("proxy_token", models.BinaryField(null=True)),
                ("reason", models.CharField(max_length=20)),
                ("state", models.CharField(max_length=8)),
                ("decided_by_id", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.TextField(default="")),
            ],
            options={"managed": False, "db_table": "visits_kept", "ordering": ["-received_at", "-id"]},
        )
    ]
