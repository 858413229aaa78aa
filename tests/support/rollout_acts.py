"""Acts on one object of the rollout, for the test that officers of another unit are refused them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from support.acts import Act, here
from support.guides import agency
from support.scene import Scene, inspection_of_here, place_of_here, register_of_here

from dauchan.guides.reach import Told as Spread
from dauchan.guides.reach import tell_broadcast
from dauchan.kernel import clock
from dauchan.places.models import Category
from dauchan.registers import decisions
from dauchan.registers.models import Entry


def a_broadcast(scene: Scene) -> Act:
    by = here("focal_officer", scene)
    market = agency(f"Ban quản lý chợ {by.pk}", "public_service", scene.here.code)
    told = Spread(market, "loudspeaker", "Loa chợ", clock.local_day(clock.now()))
    return Act({"broadcast_id": tell_broadcast("cho", told, by=by, now=clock.now()).pk})


class SentAgain(SimpleUploadedFile):
    """A file that reads from its beginning each time it is sent."""

    def read(self, *given: Any) -> bytes:
        self.seek(0)
        return super().read(*given)


def register(scene: Scene, **body: Any) -> Act:
    return Act(register_of_here(scene), body)


def an_entry(scene: Scene) -> Act:
    return register(scene, act="close", reason="Đã nghỉ", version=0)


def a_new_place(scene: Scene) -> Act:
    told = dict.fromkeys(("opening_hours", "capacity", "latitude", "longitude", "owner_name", "owner_phone"), "")
    told |= {"category": str(Category.objects.get(code="cafe").pk), "unit": str(scene.here.pk), "another": "1"}
    return register(scene, **told, name="Nơi mới", address="", agency="", unit_text=str(scene.here), version=0)


def other_words(scene: Scene) -> Act:
    told = {"name": "Tên khác", "kind": "schools", "source": "CV 1", "listed_on": "2026-02-01", "agency": ""}
    return register(scene, **told, unit=str(scene.here.pk), unit_text=str(scene.here), licence="", credit="")


def a_decision(scene: Scene) -> Act:
    made, by = register(scene), here("rollout_manager", scene)
    word, entries = decisions.Word("exempt", reason="Thử"), Entry.objects.filter(pk=made.arguments["entry_id"])
    return Act({"decision_id": decisions.say(word, entries, by=by, now=clock.now()).pk})


ROLLOUT_ACTS = {
    "guides:strike": a_broadcast,
    "inspections:take-along": lambda scene: Act({"place_id": place_of_here(scene)["place_id"]}),
    "inspections:tell-owner": lambda scene: Act(inspection_of_here(scene)),
    "registers:undo": a_decision,
    "registers:decide": an_entry,
    "registers:register-place": a_new_place,
    "registers:edit": other_words,
    "registers:say": lambda scene: register(scene, whole="1", act="sector", sector="other"),
    "registers:imports": lambda scene: register(scene, file=SentAgain("x.csv", b"Ten,Xa\nA,24611\n")),
    "registers:search": register,
    "registers:confirm-clear": lambda scene: register(scene, score="80", expected="1"),
}
"""Route name -> an object that lies `here`, and what is asked of it."""
