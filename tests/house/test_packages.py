"""Wheel and sdist are built here without Node and without a network, and hold what an installation needs, no more."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = "dauchan/web/static/built/"
NEVER = re.compile(r"(^|/)(tests?/|node_modules/|__pycache__/|\.[a-z])|\.(pyc|key|pem|sqlite3?|dump|log)$")
COLLECT = """
import dauchan, django
django.setup()
from dauchan.web import static_files
static_files.collect()
print(dauchan.__file__)
"""


@dataclass(frozen=True)
class Packages:
    """What was built: the wheel, the wheel made from the sdist, and the sdist's directory."""

    wheel: Path
    wheel_of_sdist: Path
    sdist: Path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    place = tmp_path_factory.mktemp("packages")
    build(ROOT, place, "sdist", "wheel")
    with tarfile.open(next(place.glob("*.tar.gz"))) as archive:
        archive.extractall(place, filter="data")
    sdist = next(path for path in place.iterdir() if path.is_dir())
    build(sdist, place / "again", "wheel")
    return Packages(next(place.glob("*.whl")), next((place / "again").glob("*.whl")), sdist)


def build(source: Path, out: Path, *targets: str) -> None:
    """With nothing on PATH: a front end that must be built anew fails instead of asking the network."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(out)]
    chosen = [word for target in targets for word in ("--target", target)]
    environment = {**os.environ, "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, *chosen], cwd=source, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + "\nrun script/bootstrap"


def sources(folder: str) -> set[str]:
    """The files below a folder of the repository that aren't ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in names if name and (ROOT / name).is_file()}


def inside(wheel: Path) -> dict[str, int]:
    """What a wheel holds, with checksums; its own list of files left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {each.filename: each.CRC for each in archive.infolist() if not each.filename.endswith("/RECORD")}


def modules(wheel: Path) -> set[str]:
    return {name for name in inside(wheel) if not name.split("/")[0].endswith(".dist-info")}


def made() -> set[str]:
    """What the build hook makes: the front end, and a catalogue beside every PO file."""
    front = {f"{BUILT}{file.name}" for file in (ROOT / "src" / BUILT).iterdir()}
    texts = {name.removeprefix("src/").replace(".po", ".mo") for name in sources("src/dauchan") if name.endswith(".po")}
    return front | texts


def test_the_wheel_is_the_package_with_what_was_built_and_nothing_else(packages: Packages) -> None:
    expected = {name.removeprefix("src/") for name in sources("src/dauchan")} | made()
    assert modules(packages.wheel) == expected


def test_the_sdist_is_the_package_and_the_front_end_with_what_was_built_and_nothing_else(packages: Packages) -> None:
    found = {str(file.relative_to(packages.sdist)) for file in packages.sdist.rglob("*") if file.is_file()}
    beside = {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CREDITS.md", "PKG-INFO", ".gitignore"}
    wanted = sources("src/dauchan") | sources("frontend") | {f"src/{name}" for name in made()} | beside
    assert found == wanted


def test_the_sdist_gives_the_same_wheel_where_node_is_missing(packages: Packages) -> None:
    assert inside(packages.wheel_of_sdist) == inside(packages.wheel)


def test_no_research_data_tests_keys_or_leftovers_are_in_the_wheel(packages: Packages) -> None:
    assert [name for name in inside(packages.wheel) if NEVER.search(name)] == []
    recorded = {file.name for file in (ROOT / "tests" / "data").rglob("*") if file.suffix not in {".md", ".py"}}
    assert recorded & {Path(name).name for name in inside(packages.wheel)} == set()


def test_the_units_ship_with_their_credits(packages: Packages) -> None:
    with zipfile.ZipFile(packages.wheel) as archive:
        data = [name for name in archive.namelist() if name.startswith("dauchan/units/data/")]
        credited = archive.read("dauchan/units/data/CREDITS.md").decode()
    shipped = {Path(name).name for name in data} - {"CREDITS.md"}
    assert len(shipped) >= 5
    assert [name for name in shipped if f"`{name}`" not in credited] == []


def test_everything_of_others_in_the_front_end_has_its_licence(packages: Packages) -> None:
    named = json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["dependencies"]
    with zipfile.ZipFile(packages.wheel) as archive:
        text = archive.read(f"{BUILT}licences.txt").decode()
    assert [name for name in named if f"\n{name}: " not in text] == []
    assert "SIL OPEN FONT LICENSE" in text


def test_every_folder_with_fonts_holds_their_licence(packages: Packages) -> None:
    files = modules(packages.wheel)
    folders = {name.rpartition("/")[0] for name in files if name.endswith((".ttf", ".otf", ".woff2"))}
    assert folders == {"dauchan/kernel/fonts", BUILT.rstrip("/")}
    assert [folder for folder in folders if not {f"{folder}/LICENSE-OFL.txt", f"{folder}/licences.txt"} & files] == []


def test_the_wheel_serves_its_built_files_under_names_that_carry_their_hash(packages: Packages, tmp_path: Path) -> None:
    with zipfile.ZipFile(packages.wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "installed"),
        "DJANGO_SETTINGS_MODULE": "dauchan.settings",
        "DAUCHAN_DATA_DIR": str(tmp_path / "data"),
        "DAUCHAN_STATIC_DIR": str(tmp_path / "static"),
    }
    done = subprocess.run([sys.executable, "-c", COLLECT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "installed/dauchan/__init__.py")
    names: dict[str, str] = json.loads((tmp_path / "static/staticfiles.json").read_text())["paths"]
    assert {f"built/{name.removeprefix(BUILT)}" for name in made() if name.startswith(BUILT)} <= set(names)
    assert [name for name in names.values() if not re.search(r"\.[0-9a-f]{12}\.\w+$", name)] == []
    assert [name for name in names.values() if not (tmp_path / "static" / name).is_file()] == []
    sheet = (tmp_path / "static" / names["built/dauchan.css"]).read_text("utf-8")
    fonts = re.findall(r"url\(\"?([^)\"]+\.woff2)", sheet)
    assert {f"built/{font.removeprefix('./')}" for font in fonts} <= set(names.values())
    assert len(fonts) == 6
