"""What the ledger keeps: who was where and when, under tokens that only the day's key opens."""

from dauchan.kernel.inventory import DataClass, Table

_UNTIL = "retention_days, 30 unless set; then the day's key is destroyed and its partition dropped"
_PURPOSE = "find who shared a place and time with a confirmed case"
_BASIS = "control of an infectious disease (law on disease prevention); duty or consent is a dated setting"
_SCAN: dict[str, DataClass] = {
    "id": "pseudonym",
    "token": "pseudonym",
    "point_id": "location",
    "direction": "location",
    "at": "location",
    "received_at": "none",
    "credential": "none",
    "confidence": "none",
    "body_hash": "pseudonym",
    "group_token": "pseudonym",
    "proxy_token": "pseudonym",
}
_STAY: dict[str, DataClass] = {
    "day": "none",
    "token": "pseudonym",
    "point_id": "location",
    "place_id": "location",
    "departed_by": "none",
    "confidence": "none",
    "doubts": "none",
}

TABLES = (
    Table("visits_scan", _UNTIL, _PURPOSE, _BASIS, {"day": "none", **_SCAN, "backfilled": "none"}),
    Table(
        "visits_visit",
        _UNTIL,
        _PURPOSE,
        _BASIS,
        {
            **_STAY,
            "arrived_at": "location",
            "seen_until": "location",
            "departed_at": "location",
            "latest_departure": "location",
            "continues_before": "none",
            "continues_after": "none",
        },
    ),
    Table(
        "visits_carry",
        _UNTIL,
        "stays that go on over midnight",
        _BASIS,
        {**_STAY, "assumed_until": "location", "latest_until": "location", "seen_after": "none"},
    ),
    Table(
        "visits_dirty",
        "seconds, until the deriver has done its work",
        "which person-days to derive again",
        _BASIS,
        {"id": "none", "day": "none", "token": "pseudonym"},
    ),
    Table(
        "visits_parked",
        _UNTIL,
        "which person-days could not be derived and must be looked at",
        _BASIS,
        {"day": "none", "token": "pseudonym"},
    ),
    Table(
        "visits_closed_day",
        _UNTIL,
        "which days were handed over at midnight",
        "no personal data",
        {"day": "none", "closed_at": "none"},
    ),
    Table(
        "visits_kept",
        "as long as visits, from receipt on",
        "scans outside their source's rules, until an officer decides",
        _BASIS,
        {
            "received_day": "none",
            **_SCAN,
            "reason": "none",
            "state": "none",
            "decided_by_id": "officer",
            "decided_at": "officer",
            "decision_reason": "none",
        },
    ),
    Table(
        "visits_retention_run",
        "400 days",
        "showing that what has expired was destroyed",
        _BASIS,
        dict.fromkeys(("id", "started_at", "finished_at", "days_destroyed", "people_erased", "error"), "none"),
    ),
)
