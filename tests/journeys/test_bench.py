"""The benchmark itself: small sizes, every part, every promised figure."""

import json
import os
import subprocess
import sys

from support.keeper import ROOT

from dauchan.cli._bench.figures import Part, Table
from dauchan.cli._bench.machine import cpu_seconds, family, memory_mb
from dauchan.cli._bench.report import KEYS, Run, merged_figures, write

SMALL = ["--visits", "20000", "--seconds", "1", "--rounds", "1"]


def test_every_part_measures_a_small_installation_and_leaves_nothing_behind(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAUCHAN_", "DATABASE_"))}
    asked = [sys.executable, "-m", "dauchan", "bench", *SMALL, "--json", "--scratch", str(tmp_path)]
    where = {**environment, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(asked, env=where, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr[-4000:]
    said = json.loads(ran.stdout)
    assert said.keys() >= set(KEYS)
    assert {name for name in KEYS if said[name] is None} <= {"ingest_single_vs_django_view"}
    assert said["visits"] == 20000
    assert said["ingest_single_per_s"] > 100
    assert said["f2_people"] > 0
    assert ran.stderr.startswith(said["machine"])
    assert list(tmp_path.iterdir()) == []


def test_a_page_keeps_the_newest_run_of_each_part_and_says_which_promises_were_missed(tmp_path):
    def run(name: str, figure: str, value: float) -> Run:
        part = Part(name, {figure: value}, [Table("Scans", ["side", "scans/s"], [["ours", "12"]])], "- How.\n")
        return Run("20/11/2026", f"dauchan bench {name}", "2 × a processor", "PostgreSQL 17", part)

    write(tmp_path, [run("ingest", "ingest_single_vs_pgbench", 0.5), run("pages", "list_page_p95_ms", 99.0)])
    page = write(tmp_path, [run("ingest", "ingest_single_vs_pgbench", 1.25)]).read_text("utf-8")
    assert "| single scans a second, against pgbench's single INSERTs | at least 1 | 1.25 | kept |" in page
    assert "| list pages, p95 in ms | below 200 | 99.00 | kept |" in page
    assert "| time-respecting F2 of about 600 F1, in s | below 4 | not measured |  |" in page
    (tmp_path / "benchmarks.toml").write_text('ingest_single_vs_pgbench = "One slow disk."\nf2_s = "Never said."\n')
    missed = write(tmp_path, [run("ingest", "ingest_single_vs_pgbench", 0.5)]).read_text("utf-8")
    assert "| 0.50 | **missed**: One slow disk. |" in missed
    assert "Never said" not in missed
    assert merged_figures([])["machine"] is None


def test_a_process_that_is_gone_has_used_no_time_and_holds_no_memory():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert (cpu_seconds(gone.pid), memory_mb(gone.pid), family(gone.pid)) == (0.0, 0.0, [])
    assert memory_mb(os.getpid()) > 1
