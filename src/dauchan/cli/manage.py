"""`dauchan manage ...`: Django's own commands (migrate, shell, check) on this installation."""

import os

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run a Django management command."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")
    execute_from_command_line(["dauchan manage", *arguments])
