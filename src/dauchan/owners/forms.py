"""What owners type: their place, and the window of time that they hand over."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.kernel import clock
from dauchan.places.forms import PlaceForm
from dauchan.places.rules import PlaceInput


class OwnPlaceForm(PlaceForm):
    """A place's particulars without owner and agency: the owner is who signed in."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        for name in ("owner_name", "owner_phone", "agency"):
            del self.fields[name]

    def told(self) -> PlaceInput:
        """The place that the form tells."""
        given = self.cleaned_data
        same = ("name", "address", "opening_hours", "capacity", "latitude", "longitude")
        return PlaceInput(
            **{name: given[name] for name in same}, unit_id=given["unit"].pk, category_id=int(given["category"])
        )


class HandOverForm(Dressed):
    """A window of time, in local time, and why."""

    begins = forms.DateTimeField(label=_("Từ"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    ends = forms.DateTimeField(label=_("Đến hết"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    reason = forms.CharField(
        label=_("Vì sao"), max_length=300, help_text=_("Ví dụ: có khách báo dương tính. Không cần ghi tên ai.")
    )

    def window(self) -> tuple[datetime, datetime]:
        """The instants told; Django reads them in Việt Nam's time."""
        return self.cleaned_data["begins"].astimezone(clock.LOCAL), self.cleaned_data["ends"].astimezone(clock.LOCAL)
