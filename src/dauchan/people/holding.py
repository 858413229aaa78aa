"""Who must not be erased for a while, because an order wants what is kept of them (`tracing.holding` gives orders)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Max

from dauchan.kernel.errors import Conflict
from dauchan.people import queries
from dauchan.people.models import Hold, Person


class PersonHeld(Conflict):
    kind = "person_held"
    vi = (
        "Dữ liệu của người này đang được giữ theo lệnh đến hết ngày {until}, nên chưa xóa được. "
        "Hãy trả lời là không làm được và ghi lý do đó."
    )
    en = (
        "What is kept of this person is held by an order to the end of {until} and can't be erased yet. "
        "Answer that it can't be done, with that reason."
    )


def hold(people: Iterable[UUID], order_number: int, *, until: date) -> int:
    """Hold some people, under every id that was merged, to the end of a day, inside the caller's transaction.

    Whoever erases them locks their rows too, so that either sees what the other did.
    returns  how many ids
    """
    every_id = {each for group in queries.expand(people).values() for each in group}
    list(Person.objects.select_for_update().filter(pk__in=every_id).order_by("pk").values_list("pk"))
    Hold.objects.bulk_create(
        [Hold(person_id=person, order_number=order_number, until=until) for person in sorted(every_id)],
        ignore_conflicts=True,
    )
    return len(every_id)


def let_go(order_numbers: Sequence[int]) -> None:
    """Nobody is held by these orders any more."""
    Hold.objects.filter(order_number__in=order_numbers).delete()


def held_until(people: Iterable[UUID], today: date) -> Mapping[UUID, date]:
    """Those of some people who are held on a day, and to the end of which day."""
    held = Hold.objects.filter(person__in=set(people), until__gte=today)
    return dict(held.values_list("person_id").annotate(Max("until")))


def check_nobody_held(people: Iterable[UUID], today: date) -> None:
    """Refuses when somebody is held.

    raises   PersonHeld
    """
    if held := held_until(people, today):
        raise PersonHeld(until=f"{max(held.values()):%d/%m/%Y}")
