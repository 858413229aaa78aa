"""The migrations say what the models say."""

from django.core.management import call_command


def test_no_model_has_left_its_migrations(database) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
