"""Agencies that issue and receive reports, and reports made in one line."""

from datetime import date

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.search import search_key
from dauchan.reports import actions
from dauchan.reports.models import Report
from dauchan.reports.snapshot import read
from dauchan.reports.telling import sections
from dauchan.units.models import Agency, Unit

SIGNATURE = actions.Signature("BC-STTTT", "GIÁM ĐỐC", "Nguyễn Văn A")


def office(name: str, unit: Unit, *, kind: str = "department", sector: str = "administration") -> Agency:
    """An agency of all days."""
    since = date(2020, 1, 1)
    return Agency.objects.create(
        name=name, kind=kind, sector=sector, unit=unit, valid_from=since, search_key=search_key(name)
    )


def drafted(subject: Unit | Agency, issuer: Agency, day: date, by: Officer, *, kind: str = "daily") -> Report:
    """A draft of a day, or of the week that ends with it."""
    first, last = actions.rules.period_of(kind, day)
    return actions.make_report(kind, subject, issuer, first=first, last=last, by=by, now=clock.now())


def issued(subject: Unit | Agency, issuer: Agency, day: date, by: Officer, *, kind: str = "daily") -> Report:
    """An issued report."""
    draft = drafted(subject, issuer, day, by, kind=kind)
    return actions.issue(draft.pk, SIGNATURE, by=by, now=clock.now())


def words(report: Report) -> str:
    """All sentences of a report."""
    return "\n".join(sentence for section in sections(read(report.content)) for sentence in section.sentences)
