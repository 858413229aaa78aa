"""The command `dauchan`: one file a sub-command, imported only when it is called, so that help comes at once."""

import importlib
import os
import pkgutil

import click

from dauchan.kernel.errors import Problem


class OneFileEach(click.Group):
    """Sub-commands are the modules of this package that don't begin with an underscore; `read_id` is `read-id`."""

    def list_commands(self, context: click.Context) -> list[str]:
        modules = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").command
        return command

    def invoke(self, context: click.Context) -> object:
        """Run the command; a `Problem` is one sentence and exit code 1."""
        try:
            return super().invoke(context)
        except Problem as problem:
            raise click.ClickException(problem.text(os.environ.get("DAUCHAN_LANGUAGE", "en"))) from problem


@click.group(cls=OneFileEach, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dauchan")
def main() -> None:
    """Dấu Chân: from a scan at a gate to a contact list."""
