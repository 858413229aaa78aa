"""Forms on a case: its dates, a milestone told by hand, sharing."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.cases.queries import MilestoneEvidence
from dauchan.cases.rules import CaseDates
from dauchan.kernel.numbers import row_number
from dauchan.places.queries import place_cards, points_of
from dauchan.units.forms import UnitField


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """A day, shown by the browser in the reader's own order."""
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def instant_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    """A local instant to the minute."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(
        label=label, required=required, help_text=help_text, widget=widget, input_formats=formats
    )


def text_field(label: Any, *, required: bool = False, help_text: Any = "", longest: int = 300) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=longest, widget=widget)


class DatesForm(forms.Form):
    """The dates that an infectious period is worked out from."""

    onset_on = day_field(_("Ngày khởi phát triệu chứng"), help_text=_("Để trống nếu không có triệu chứng."))
    sampled_on = day_field(_("Ngày lấy mẫu dương tính"), help_text=_("Cần có khi không có triệu chứng."))
    confirmed_on = day_field(_("Ngày xác nhận"), required=True)
    isolated_at = instant_field(
        _("Bắt đầu cách ly lúc"), help_text=_("Để trống nếu chưa cách ly: thời kỳ lây sẽ tính theo quy định.")
    )

    def dates(self) -> CaseDates:
        """The dates as the case takes them.

        raises   NoStartingDate, DatesOutOfOrder
        """
        given = self.cleaned_data
        confirmed: date = given["confirmed_on"]
        isolated: datetime | None = given["isolated_at"]
        return CaseDates(confirmed, given["onset_on"], given["sampled_on"], isolated)


class ToldMilestoneForm(forms.Form):
    """A place that the case told: a registered one by its number, or any by name and commune."""

    place_id = forms.IntegerField(
        label=_("Số của địa điểm đã đăng ký"),
        required=False,
        min_value=1,
        max_value=2**62,
        help_text=_("Số trên áp phích hoặc trang địa điểm; người cùng có mặt lúc đó sẽ được đề xuất."),
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    point_id = forms.TypedChoiceField(
        label=_("Điểm quét"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Để trống: mọi điểm quét của địa điểm."),
        error_messages={"invalid_choice": _("Điểm quét này không thuộc địa điểm đã chọn.")},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    place_name = text_field(_("Tên địa điểm"), help_text=_("Khi địa điểm chưa đăng ký."), longest=200)
    address = text_field(_("Địa chỉ"), longest=300)
    unit = UnitField(label=_("Xã, phường của địa điểm"), level="commune", required=False)
    start = instant_field(_("Từ lúc"), required=True)
    end = instant_field(_("Đến lúc"), required=True)
    note = text_field(_("Ghi chú"), longest=500)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.place = next(iter(place_cards([row_number(str(self["place_id"].value() or "")) or 0]).values()), None)
        points = points_of(self.place.place_id) if self.place else []
        choices: Any = self.fields["point_id"]
        choices.choices = [("", _("Mọi điểm quét")), *((point.pk, point.name) for point in points)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("start") and given.get("end") and given["end"] <= given["start"]:
            self.add_error("end", _("Thời điểm kết thúc phải sau thời điểm bắt đầu."))
        if given.get("place_id") and self.place is None:
            self.add_error("place_id", _("Không có địa điểm mang số này."))
        return given

    def told(self) -> MilestoneEvidence:
        given = self.cleaned_data
        return MilestoneEvidence(
            start=given["start"],
            end=given["end"],
            place_id=given["place_id"],
            point_id=given["point_id"],
            place_name=given["place_name"],
            address=given["address"],
            unit_id=given["unit"].pk if given["unit"] else None,
            note=given["note"],
        )


class ShareForm(forms.Form):
    """Another unit that may work on the case."""

    unit = UnitField(label=_("Chia sẻ với đơn vị"))


class CaseListForm(forms.Form):
    """What the list of cases is narrowed by."""

    code = forms.CharField(required=False, max_length=20)
    unit = UnitField(required=False)
    confirmed_from = forms.DateField(required=False)
    confirmed_to = forms.DateField(required=False)
