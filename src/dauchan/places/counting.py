"""Places laid out for counting: temporary tables that go with the transaction, for whoever counts the rollout.

Each place stands as it was at the end of a local day, as far as its history tells: its state, and since when it is
approved. Its unit, agency and setting are the present ones.
"""

from datetime import date, timedelta

from django.db import connection

from dauchan.kernel import clock

PLACES_OF_DAY = """
create temporary table day_place on commit drop as
select place.id as place_id,
       place.unit_id,
       coalesce(place.agency_id, 0) as agency_id,
       category.sector,
       coalesce(later.from_state, place.state) as state,
       (place.created_at at time zone 'Asia/Ho_Chi_Minh')::date as created_day,
       (coalesce(opened.at, place.created_at) at time zone 'Asia/Ho_Chi_Minh')::date as open_from
from places_place place
join places_category category on category.id = place.category_id
left join (
    select distinct on (place_id) place_id, from_state
    from places_placechange
    where at >= %(end)s and from_state <> ''
    order by place_id, at, id
) later on later.place_id = place.id
left join (
    select place_id, max(at) as at
    from places_placechange
    where at < %(end)s and to_state = 'approved' and from_state <> 'approved'
    group by place_id
) opened on opened.place_id = place.id
where place.created_at < %(end)s
"""

POINTS_WITH_SCANS = """
create temporary table day_point on commit drop as
select point.id as point_id, point.place_id
from places_point point
where point.id in (select point_id from day_scan)
"""


def stage_places(day: date) -> None:
    """Make `day_place`: place_id, unit_id, agency_id (0 for none), sector, state, created_day, open_from."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES_OF_DAY, {"end": clock.day_start(day + timedelta(days=1))})
        cursor.execute("analyze day_place")


def stage_points() -> None:
    """Make `day_point` (point_id, place_id) of the points that `day_scan` names (`visits.counting.stage_scans`)."""
    with connection.cursor() as cursor:
        cursor.execute(POINTS_WITH_SCANS)
        cursor.execute("create index on day_point (point_id)")
        cursor.execute("analyze day_point")
