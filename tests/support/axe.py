"""What axe-core finds wrong with a page that is open: violations that lock somebody out, as lines to read."""

from pathlib import Path

from playwright.sync_api import Page
from support.keeper import ROOT

SCRIPT = ROOT / ".tools" / "axe.min.js"
"""Laid there by the build of the front end, from the version that its lock names; never part of the package."""
GRAVE = ("serious", "critical")
RUN = """
async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
  const told = violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) =>
    [impact, `${id}: ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ").trim()}`]));
  return { told, passes: passes.length };
}
"""


def grave_faults(page: Page) -> list[str]:
    """Violations of impact serious or critical on the page as it stands."""
    assert SCRIPT.is_file(), f"run script/bootstrap: {Path(SCRIPT.name)} is missing"
    page.evaluate(SCRIPT.read_text("utf-8"))
    found = page.evaluate(RUN)
    assert found["passes"] > 5, "axe looked at nothing"
    return [line for impact, line in found["told"] if impact in GRAVE]
