"""`dauchan demo`: a try-out of the whole thing on a made-up province, ready within a minute and a half.

The first start makes people, places, two weeks of scans and one outbreak; later starts show the same. Everything comes
in as it would from outside: scans through the API, the case and its contacts through the verbs of the desk.
"""

import contextlib
import time
import webbrowser
from contextlib import ExitStack
from pathlib import Path

import click

from dauchan.cli import _installation, up
from dauchan.cli._demo_data import fill, links, told
from dauchan.cli._synthetic import PEOPLE
from dauchan.cli._try_out import NoTryOut


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="DAUCHAN_DATA_DIR", default=".dauchan-demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--people", default=PEOPLE, show_default=True, type=click.IntRange(200, 20_000), help="First start only.")
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
def command(data_dir: Path, port: int, people: int, no_browser: bool) -> None:
    """Try everything out on made-up people, until Ctrl-C."""
    data_dir = data_dir.resolve()
    _installation.create(data_dir, try_out=True)
    if not _installation.enter(data_dir).try_out:
        raise NoTryOut(data_dir=str(data_dir))
    try:
        with ExitStack() as stack, contextlib.suppress(up.StopAsked):
            stack.enter_context(up.signals())
            _run(data_dir, up.Address("127.0.0.1", port), stack, people=people, no_browser=no_browser)
    except up.AlreadyUp as problem:
        _show_running(data_dir, str(problem.detail["url"]), no_browser=no_browser)
    else:
        click.echo("stopped")


def _run(data_dir: Path, address: up.Address, stack: ExitStack, *, people: int, no_browser: bool) -> None:
    begun = time.monotonic()
    running = up.start(data_dir, address, stack)
    if not told(data_dir):
        click.echo("making up a province (once; nobody in it exists) ...")
        fill(data_dir, address.url, people=people)
    first = _print_links(data_dir, address.url)
    click.echo(f"took {time.monotonic() - begun:.0f} s")
    click.echo(f"ready: {address.url}")
    _open(first, no_browser=no_browser)
    up.watch(running.children, running.cluster)


def _show_running(data_dir: Path, url: str, *, no_browser: bool) -> None:
    """The demo runs already: fresh links to it, which is what a second start is for."""
    first = _print_links(data_dir, url)
    click.echo("it runs already, in another window; what that window says stays true")
    click.echo(f"ready: {url}")
    _open(first, no_browser=no_browser)


def _print_links(data_dir: Path, url: str) -> str:
    """Print a fresh one-time address for each officer; returns the first."""
    made = links(data_dir, url)
    facts = told(data_dir)
    click.echo("\nLiên kết vào thử, mỗi liên kết mở một lần · sign-in links, each opens once:")
    for name, address in made:
        click.echo(f"  {name}\n    {address}")
    if facts:
        click.echo(f"\nDữ liệu giả dựng ngày · made up on: {facts['begun'][:10]}")
        click.echo(f"Xoá {data_dir} để dựng lại · remove it to make it anew")
        click.echo(f"Ca bệnh · the case: {facts['case']}")
        click.echo(f"Một người để bạn tự xác nhận · a person to confirm yourself: {facts['phone']}\n")
    return made[0][1]


def _open(address: str, *, no_browser: bool) -> None:
    if not no_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)
