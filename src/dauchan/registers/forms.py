"""The forms of registers: what one says of itself, an upload, its columns, filters, what is said in bulk."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.queries import Reach
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.places.finding import Finder
from dauchan.places.forms import ColumnsForm, fill_style, narrowing
from dauchan.places.queries import place_units
from dauchan.registers import importing, queries, rules
from dauchan.registers.actions import Said
from dauchan.registers.decisions import Word
from dauchan.registers.lists import FIELDS
from dauchan.registers.models import Act, Kind, Register, State
from dauchan.units.agencies import all_agencies
from dauchan.units.forms import UnitField
from dauchan.units.models import Agency, Sector

CONDITIONS = (
    (queries.PROPOSED, _("Chờ đối chiếu")),
    (queries.UNMATCHED, _("Chưa thấy nơi đã đăng ký")),
    (queries.MATCHED, _("Đã khớp")),
    (queries.MISSING, _("Không còn trong danh sách mới")),
    (queries.SAME, _("Trùng với danh sách khác")),
    (rules.CLOSED, State.CLOSED.label),
    (rules.EXEMPT, State.EXEMPT.label),
)
SAYS = (
    (Act.SECTOR, Act.SECTOR.label),
    (Act.AGENCY, Act.AGENCY.label),
    (Act.CLOSE, Act.CLOSE.label),
    (Act.EXEMPT, Act.EXEMPT.label),
    (Act.REOPEN, Act.REOPEN.label),
)
MODES = {
    importing.WHOLE: _("Là toàn bộ danh sách: nơi không còn trong tệp được đề nghị ghi đã đóng cửa"),
    importing.PART: _("Chỉ bổ sung: không nói gì về nơi không có trong tệp"),
}


class AgencyField(forms.CharField):
    """The exact name of an agency of today; its row, or None for an empty field."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            found = Finder(clock.local_day(clock.now()), Reach()).agency(text)
        except Problem as problem:
            raise forms.ValidationError(problem.text(get_language() or "vi")) from problem
        return all_agencies().get(pk=found) if found is not None else None


def today() -> Any:
    return clock.local_day(clock.now())


class DayField(forms.DateField):
    """A day in the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class RegisterForm(forms.Form):
    """What a register says of itself."""

    name = forms.CharField(label=_("Tên danh sách"), max_length=200)
    kind = forms.ChoiceField(label=_("Loại danh sách"), choices=Kind.choices)
    source = forms.CharField(
        label=_("Nguồn"), max_length=300, help_text=_("Cơ quan nào lập, số văn bản hay địa chỉ tải về.")
    )
    listed_on = DayField(label=_("Ngày của danh sách"))
    unit = UnitField(label=_("Đơn vị"), required=False)
    agency = AgencyField(label=_("Cơ quan phụ trách"), max_length=200, required=False)
    licence = forms.CharField(label=_("Giấy phép sử dụng"), max_length=100, required=False)
    credit = forms.CharField(
        label=_("Ghi công"), max_length=300, required=False, help_text=_("Hiện trên mọi trang của danh sách này.")
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def said(self) -> Said:
        return Said(**self.cleaned_data)


def register_values(register: Register) -> dict[str, Any]:
    """A register as the form's first values."""
    same = ("name", "kind", "source", "listed_on", "unit", "licence", "credit")
    agency = register.agency.name if register.agency else ""
    return {name: getattr(register, name) for name in same} | {"agency": agency}


class UploadForm(forms.Form):
    """A list to bring in."""

    file = forms.FileField(
        label=_("Tệp CSV, XLSX, GeoJSON hoặc JSON của Overpass"),
        help_text=_("Dòng đầu là tên cột. Nhiều nhất 100.000 dòng."),
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx,.geojson,.json"
        fill_style(self)


class ListForm(ColumnsForm):
    """Which column of a list means what, of which day it is, and whether it is all there is."""

    meanings = FIELDS
    listed_on = DayField(label=_("Ngày của danh sách"))
    mode = forms.ChoiceField(label=_("Tệp này"), choices=list(MODES.items()))


class FilterForm(forms.Form):
    """What a list of entries is narrowed to; everything may stay empty."""

    q = forms.CharField(max_length=200, required=False, label=_("Tên hoặc địa chỉ"))
    unit = UnitField(required=False, label=_("Đơn vị"))
    sector = forms.ChoiceField(required=False, label=_("Lĩnh vực"), choices=[("", _("Tất cả")), *Sector.choices])
    condition = forms.ChoiceField(required=False, label=_("Tình trạng"), choices=[("", _("Tất cả")), *CONDITIONS])

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def filters(self) -> queries.Filters:
        """The filters; nothing given narrows nothing.

        raises   BadInput
        """
        given = narrowing(self)
        unit = given.get("unit")
        return queries.Filters(
            text=given.get("q", ""),
            unit_ids=place_units(unit.code, today()) if unit else None,
            sector=given.get("sector", ""),
            condition=given.get("condition", ""),
        )


class WordForm(forms.Form):
    """What is said of the chosen entries, or of the whole list as it is filtered."""

    act = forms.ChoiceField(label=_("Ghi cho các mục"), choices=SAYS)
    sector = forms.ChoiceField(label=_("Lĩnh vực"), required=False, choices=[("", "–"), *Sector.choices])
    agency = AgencyField(label=_("Cơ quan phụ trách"), max_length=200, required=False)
    reason = forms.CharField(label=_("Lý do (khi đóng cửa, cho miễn)"), max_length=300, required=False)

    def __init__(self, given: Any = None) -> None:
        super().__init__(given, auto_id="word_%s")
        fill_style(self)

    def word(self) -> Word:
        """What is said.

        raises   BadInput
        """
        if not self.is_valid():
            raise BadInput(field=", ".join(str(self.fields[name].label or name) for name in self.errors))
        given = self.cleaned_data
        agency: Agency | None = given["agency"]
        agency_id = agency.pk if agency else None
        return Word(given["act"], reason=given["reason"], sector=given["sector"], agency_id=agency_id)


def filters_of(request: HttpRequest) -> queries.Filters:
    """The filters of an address.

    raises   BadInput
    """
    return FilterForm(request.GET or None).filters()
