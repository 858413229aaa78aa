"""What is kept of how far the rollout is: counts that tell of nobody, and who entered a supplied figure."""

from dauchan.coverage.models import ChannelDay, CountedDay, DayCounts, PlaceDay, PlaceUse, Suppression
from dauchan.kernel.inventory import DataClass, Table

_BASIS = "prevention of infectious diseases (Law 114/2025/QH15): the authority follows whether its measures are used"


def _plain(
    model: type[PlaceDay | PlaceUse | DayCounts | ChannelDay | CountedDay | Suppression],
) -> dict[str, DataClass]:
    return {field.column: "none" for field in model._meta.concrete_fields if field.column}


TABLES = (
    Table(
        name="coverage_placeday",
        lifetime="800 days after the day: two winters can be compared; the scans it counts are gone long before",
        purpose="which places were used on a day, and how; counts, nobody can be told from them",
        basis=_BASIS,
        columns=_plain(PlaceDay),
    ),
    Table(
        name="coverage_placeuse",
        lifetime="with the place",
        purpose="which places are silent or were never used",
        basis=_BASIS,
        columns=_plain(PlaceUse),
    ),
    Table(
        name="coverage_daycounts",
        lifetime="without end: counts of units and agencies, the history of the rollout",
        purpose="the figures of a day by unit, agency and sector",
        basis=_BASIS,
        columns=_plain(DayCounts),
    ),
    Table(
        name="coverage_channelday",
        lifetime="without end: counts of units and agencies",
        purpose="by which way scans came in",
        basis=_BASIS,
        columns=_plain(ChannelDay),
    ),
    Table(
        name="coverage_countedday",
        lifetime="without end",
        purpose="which days were counted, and when last",
        basis=_BASIS,
        columns=_plain(CountedDay),
    ),
    Table(
        name="coverage_suppression",
        lifetime="without end: what was hidden must stay hidden",
        purpose="which counts are not shown because a count of few people could be worked out from them",
        basis=_BASIS,
        columns=_plain(Suppression),
    ),
    Table(
        name="coverage_suppliedfigure",
        lifetime="without end: what a published share was divided by must stay known",
        purpose="figures that others counted (population, phones, installs, staff), with source and who entered them",
        basis=_BASIS,
        columns={
            "id": "none",
            "kind": "none",
            "subject_id": "none",
            "indicator": "none",
            "app": "none",
            "value": "none",
            "as_of_day": "none",
            "source": "none",
            "entered_by_id": "officer",
            "entered_at": "none",
        },
    ),
)
