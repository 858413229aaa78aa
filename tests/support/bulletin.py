"""Counts of days as if coverage had counted them: a small table that a test can be checked against by eye."""

from datetime import date, datetime

from dauchan.coverage.models import ChannelDay, DayCounts, SuppliedFigure
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit


def counted(
    subject: Unit | Agency, day: date, *, as_of: datetime | None = None, sector: str = "", **counts: int
) -> None:
    """What was counted of a subject on a day; counting it again replaces it, the columns left out included."""
    kind = "unit" if isinstance(subject, Unit) else "agency"
    key = {"day": day, "kind": kind, "sector": sector, "subject_id": subject.pk}
    DayCounts.objects.filter(**key).delete()
    DayCounts.objects.create(**key, as_of=as_of or clock.now(), **counts)


def supplied(subject: Unit | Agency, indicator: str, value: int, day: date, *, app: str = "") -> None:
    """A figure that somebody entered."""
    kind = "unit" if isinstance(subject, Unit) else "agency"
    SuppliedFigure.objects.create(
        kind=kind,
        subject_id=subject.pk,
        indicator=indicator,
        app=app,
        value=value,
        as_of_day=day,
        source="Bản tin",
        entered_at=clock.now(),
    )


def by_channel(subject: Unit | Agency, day: date, channel: str, *, scans: int, check_ins: int) -> None:
    """What came over one channel on a day."""
    kind = "unit" if isinstance(subject, Unit) else "agency"
    ChannelDay.objects.create(
        day=day, kind=kind, subject_id=subject.pk, channel=channel, scans=scans, check_ins=check_ins
    )
