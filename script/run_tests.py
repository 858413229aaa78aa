"""Runs the tests kind after kind, says how long each kind took, and ends with one closing line for all of them.

Kinds are the folders of tests/. Those that share a machine well run on two workers, the kinds with long files first, so
that no worker waits for the other at the end; `faults` and `browser` run after, one by one. A run without tests counts
as nothing; a run that broke before reporting counts as one error.
"""

import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".tools" / "reports"
TOGETHER = ("journeys", "generative", "house", "spec", "unit")
ALONE = ("faults", "browser")
ON_TWO_WORKERS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5
WIDTH = 100


@dataclass
class Tally:
    """What the runs so far brought: outcomes, and seconds of test time by kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    failed: bool = False


def main(options: list[str]) -> int:
    began = time.monotonic()
    tally = Tally()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    run("together", [kind for kind in TOGETHER if has_tests(kind)], [*ON_TWO_WORKERS, *options], tally)
    for kind in filter(has_tests, ALONE):
        if kind == "browser" and not shutil.which("chromium"):
            print("dauchan: the browser tests need Chromium; on Debian: apt-get install chromium", flush=True)
            tally.outcomes["error"] += 1
            tally.failed = True
        else:
            run(kind, [kind], ["-n", "0", *options], tally)
    conclude(tally, time.monotonic() - began)
    return int(tally.failed)


def has_tests(kind: str) -> bool:
    return any((ROOT / "tests" / kind).rglob("test_*.py"))


def run(name: str, kinds: list[str], options: list[str], tally: Tally) -> None:
    """One pytest run over some kinds, added to the tally."""
    report = REPORTS / f"{name}.xml"
    command = [sys.executable, "-m", "pytest", *(f"tests/{kind}" for kind in kinds), f"--junit-xml={report}", *options]
    print(f"-- {' '.join(kinds)}", flush=True)
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    tally.failed |= code not in (0, NO_TESTS)
    if report.exists():
        count(report, tally)
    elif code != NO_TESTS:
        tally.outcomes["error"] += 1


def count(report: Path, tally: Tally) -> None:
    for case in ElementTree.parse(report).iter("testcase"):
        marks = {mark.tag for mark in case}
        outcome = next((tag for tag in ("error", "failure", "skipped") if tag in marks), "passed")
        tally.outcomes[outcome] += 1
        tally.seconds[kind_of(case)] += float(case.get("time", "0"))


def kind_of(case: ElementTree.Element) -> str:
    """The folder below tests/, read from names like "tests.unit.test_clock"."""
    parts = case.get("classname", "").split(".")
    return next((part for part in parts if part in TOGETHER + ALONE), "other")


def conclude(tally: Tally, seconds: float) -> None:
    """Time by kind, then the sum in the words that pytest itself uses."""
    print("\ntime by kind (summed over workers):")
    for kind, spent in tally.seconds.most_common():
        print(f"  {kind:<12}{spent:8.1f} s")
    counts = tally.outcomes
    words = [
        f"{counts[key]} {word}{'s' if key == 'error' and counts[key] > 1 else ''}"
        for key, word in (("failure", "failed"), ("passed", "passed"), ("skipped", "skipped"), ("error", "error"))
        if counts[key]
    ]
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f" ({hours}:{minutes:02}:{rest:02})" if seconds >= 60 else ""
    print(f" {', '.join(words) or 'no tests ran'} in {seconds:.2f}s{clock} ".center(WIDTH, "="), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
