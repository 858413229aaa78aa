"""Two more kinds of one-time link: one signs an officer of a try-out in, one recovers a lost second factor."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_guards")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="onetimelink", name="one_time_link_kind"),
        migrations.AddConstraint(
            model_name="onetimelink",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=["administrator", "invitation", "reset", "recovery", "try_out"]),
                name="one_time_link_kind",
            ),
        ),
    ]
