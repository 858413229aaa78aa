"""What owners type: their place, who looks after it with them, and the window of time that they hand over."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.kernel import clock
from dauchan.places.forms import PlaceForm
from dauchan.places.rules import PlaceInput

USUAL = timedelta(days=30)
"""For how long staff are named at first: as long as a gate device. Ours."""


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


class StaffForm(Dressed):
    """Who looks after the place too, by phone number, and until which day."""

    phone = forms.CharField(
        label=_("Số điện thoại"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        help_text=_("Người này đăng nhập bằng mã gửi tới số đó, như bạn."),
    )
    name = forms.CharField(
        label=_("Tên để bạn nhận ra"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Ví dụ: Lan, ca sáng."),
    )
    last_day = forms.DateField(
        label=_("Đến hết ngày"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MaxValueValidator(clock.LAST_DAY)],
        initial=lambda: clock.local_day(clock.now()) + USUAL,
    )

    def until(self) -> datetime:
        """Local midnight at the end of the last day."""
        return clock.day_start(self.cleaned_data["last_day"] + timedelta(days=1))
