"""What must not stand in tracked files: this machine's mirrors and paths, outside addresses, inline scripts."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, so that this file doesn't name them itself.
REGISTRIES = re.compile(
    "|".join((r"pypi\." + "org", "python" + "hosted", r"npm" + r"js\.", r"yarn" + r"pkg\.", "artifact" + "ory"))
)
MACHINE_PATH = re.compile(
    "|".join(rf"(?<![\w.-])/{name}/\w" for name in ("work", "ro" + "ot", "home/(?!DIR)", "Users"))
)
OUTSIDE = re.compile(r"""(?:src|href|action|data-[\w-]+|hx-\w+)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE)
RUN_HERE = r"<script(?![^>]*\s(?:src=|type=\"application/json\"))"
INLINE = re.compile(RUN_HERE + r"|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
TEXTS = {
    ".py",
    ".toml",
    ".lock",
    ".json",
    ".md",
    ".html",
    ".css",
    ".ts",
    ".js",
    ".txt",
    ".po",
    ".sh",
    ".yml",
    ".svg",
    "",
}
RUNNABLE = ("script/bootstrap", "script/lock", "script/check", "script/test", "script/demo", "script/bench", ".ci/run")


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def readable() -> Iterator[tuple[Path, str]]:
    for file in tracked():
        if file.suffix in TEXTS and not file.is_relative_to(ROOT / "tests" / "data"):
            try:
                yield file, file.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def lines_with(pattern: re.Pattern[str], files: Iterator[tuple[Path, str]]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file, text in files
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def templates() -> Iterator[tuple[Path, str]]:
    for file in sorted((ROOT / "src").rglob("*.html")):
        yield file, file.read_text("utf-8")


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES, readable()) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATH, readable()) == []


def test_the_locks_hold_hashes_and_a_neutral_host_only() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text("utf-8")))
    npm = json.loads((ROOT / "frontend" / "package-lock.json").read_text("utf-8"))["packages"]
    assert hosts == {"packages.invalid"}
    assert [name for name, package in npm.items() if "resolved" in package] == []
    assert [name for name, package in npm.items() if name and "integrity" not in package] == []


def test_no_page_asks_an_outside_host_for_anything() -> None:
    assert lines_with(OUTSIDE, templates()) == []


def test_no_page_carries_a_script_or_style_of_its_own() -> None:
    assert lines_with(INLINE, templates()) == []


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_script_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / name], check=False).returncode == 0


@pytest.mark.parametrize("name", ["README.md", "README.vi.md", "docs/README.md"])
def test_a_page_of_the_documentation_links_to_files_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert [target for target in targets if not ((ROOT / name).parent / target).exists()] == []
