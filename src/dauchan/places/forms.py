"""The forms of places: filters of the list, particulars of a place, a point, a step, an import."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import refuse as refuse_at_field
from dauchan.accounts.queries import Reach
from dauchan.kernel import clock
from dauchan.kernel.errors import FilterWrong, Problem
from dauchan.places import columns, owners, queries, rules
from dauchan.places.finding import Finder
from dauchan.places.hours import OpeningHours
from dauchan.places.models import Direction, Place, PointKind, State
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.units import agencies
from dauchan.units.forms import UnitField

MODES = {
    rules.FILL_BLANKS: _("Chỉ điền chỗ còn trống của địa điểm đã có"),
    rules.CREATE_ONLY: _("Chỉ thêm địa điểm mới, không đụng đến địa điểm đã có"),
    rules.UPDATE: _("Cập nhật địa điểm đã có theo tệp (ô trống không xóa gì)"),
}

POSTERS = {
    queries.NEEDED: _("Cần áp phích của ta"),
    queries.REPORTED: _("Bị báo không đúng nơi"),
}

MOST_SHOWN = 60
"""Letters of a wrong filter that its page repeats. Ours."""


def fill_style(form: forms.BaseForm) -> None:
    """Give every field the house's look, and name its help for readers of screens."""
    for name, field in form.fields.items():
        look = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        if not isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect):
            field.widget.attrs.setdefault("class", look)
        if field.help_text:
            field.widget.attrs.setdefault("aria-describedby", f"id_{name}_helptext")


def narrowing(form: forms.Form) -> dict[str, Any]:
    """What a form of filters was given: nothing when nobody filled it in.

    raises   FilterWrong: a wrong filter must never mean "all"
    """
    if not form.is_bound:
        return {}
    for name, errors in form.errors.items():
        typed = form[name].value()
        text = (typed[1] or typed[0]) if isinstance(typed, tuple) else typed
        raise FilterWrong(label=form[name].label, typed=str(text)[:MOST_SHOWN], why=errors[0])
    return form.cleaned_data


def category_choices() -> list[tuple[str, Any]]:
    return [(str(category.pk), category) for category in queries.categories()]


def _agency_number() -> forms.IntegerField:
    hidden = forms.HiddenInput
    return forms.IntegerField(required=False, label=_("Cơ quan quản lý"), min_value=1, max_value=2**62, widget=hidden)


class FilterForm(forms.Form):
    """What a list of places is narrowed to; everything may stay empty."""

    q = forms.CharField(max_length=200, required=False, label=_("Tên hoặc địa chỉ"))
    unit = UnitField(required=False, label=_("Đơn vị"), earlier=True)
    category = forms.ChoiceField(required=False, label=_("Loại hình"))
    state = forms.ChoiceField(required=False, label=_("Tình trạng"), choices=[("", _("Tất cả")), *State.choices])

    poster = forms.ChoiceField(required=False, label=_("Áp phích"), choices=[("", _("Tất cả")), *POSTERS.items()])
    agency = _agency_number()
    listed = _agency_number()

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._choices("category", [("", _("Tất cả")), *category_choices()])
        fill_style(self)
        self.fields["q"].widget.input_type = "search"

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def filters(self) -> queries.Filters:
        """The filters; nothing given narrows nothing.

        raises   BadInput
        """
        given = narrowing(self)
        unit, category, agency = given.get("unit"), given.get("category"), given.get("agency")
        today = clock.local_day(clock.now())
        return queries.Filters(
            text=given.get("q", ""),
            unit_ids=queries.units_meant(unit, today) if unit else None,
            category_id=int(category) if category else None,
            state=given.get("state", ""),
            poster=given.get("poster", ""),
            agency=_held_by(agency, today) if agency else None,
            listed=given.get("listed"),
        )

    def agency_name(self) -> str:
        """The agency whose places are asked for; "" for none."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        asked = given.get("listed") or given.get("agency")
        return agencies.name_of(asked) if asked else ""


def _held_by(agency: int, on: date) -> tuple[list[int], list[int]]:
    """The agency with those that belong to it, and the units that they govern."""
    within = agencies.agency_ids_within([agency], on)
    return sorted(within), sorted(agencies.units_governed(within, on))


class _Read(forms.CharField):
    """A text that a rule turns into a value; the rule's own sentence is the error."""

    def __init__(self, convert: Any, **options: Any) -> None:
        super().__init__(**options)
        self.convert = convert

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.convert(text)
        except Problem as problem:
            raise forms.ValidationError(problem.text(get_language() or "vi")) from problem


class PlaceForm(forms.Form):
    """A place's particulars."""

    name = forms.CharField(label=_("Tên địa điểm"), max_length=rules.NAME_LENGTH)
    category = forms.ChoiceField(label=_("Loại hình"))
    unit = UnitField(label=_("Xã, phường"), level="commune")
    address = forms.CharField(label=_("Địa chỉ"), max_length=rules.ADDRESS_LENGTH, required=False)
    opening_hours = _Read(
        columns.hours,
        label=_("Giờ mở cửa"),
        required=False,
        max_length=300,
        help_text=_("Ví dụ: 07:00-21:00, hoặc T2-T6 07:00-17:00; T7 07:00-11:00. Để trống nếu không rõ."),
    )
    capacity = forms.IntegerField(label=_("Sức chứa"), required=False, min_value=1, max_value=rules.CAPACITY_LIMIT)
    owner_name = forms.CharField(label=_("Người phụ trách"), max_length=100, required=False)
    owner_phone = _Read(
        owners.check_phone,
        label=_("Điện thoại người phụ trách"),
        required=False,
        max_length=40,
        help_text=_("Chỉ cán bộ có quyền mới xem được đầy đủ; trên trang luôn được che bớt."),
    )
    agency = forms.CharField(label=_("Cơ quan quản lý"), max_length=200, required=False)
    latitude = _Read(columns.number, label=_("Vĩ độ"), required=False, max_length=20)
    longitude = _Read(columns.number, label=_("Kinh độ"), required=False, max_length=20)

    def __init__(self, *given: Any, reach: Reach = Reach(), **options: Any) -> None:
        super().__init__(*given, **options)
        self.reach = reach
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Chọn loại hình")), *category_choices()]
        fill_style(self)

    def clean_agency(self) -> int | None:
        finder = Finder(clock.local_day(clock.now()), self.reach)
        try:
            return finder.agency(self.cleaned_data["agency"])
        except Problem as problem:
            raise forms.ValidationError(problem.text(get_language() or "vi")) from problem

    def told(self) -> PlaceInput:
        """The place that the form tells."""
        given = self.cleaned_data
        same = ("name", "address", "opening_hours", "capacity", "owner_name", "owner_phone", "latitude", "longitude")
        return PlaceInput(
            **{name: given[name] for name in same},
            unit_id=given["unit"].pk,
            category_id=int(given["category"]),
            agency_id=given["agency"],
        )


def place_values(place: Place) -> dict[str, Any]:
    """A place as the form's first values; its owner is never filled in."""
    hours = OpeningHours.read(place.opening_hours).text() if place.opening_hours else ""
    return {
        "name": place.name,
        "category": place.category_id,
        "unit": place.unit,
        "address": place.address,
        "opening_hours": hours,
        "capacity": place.capacity,
        "agency": place.agency.name if place.agency else "",
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


class PointForm(forms.Form):
    """A further point of a place."""

    name = forms.CharField(label=_("Tên điểm quét"), max_length=rules.POINT_NAME_LENGTH, required=False)
    kind = forms.ChoiceField(label=_("Loại"), choices=PointKind.choices)
    direction = forms.ChoiceField(label=_("Chiều"), choices=Direction.choices)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def told(self) -> PointInput:
        given = self.cleaned_data
        return PointInput(given["name"], given["kind"], given["direction"])


class UploadForm(forms.Form):
    """A file of places."""

    file = forms.FileField(label=_("Tệp CSV hoặc XLSX"), help_text=_("Dòng đầu là tên cột. Nhiều nhất 100.000 dòng."))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"
        fill_style(self)


class ColumnsForm(forms.Form):
    """Which column of a file means what; a list of another kind has other `fields`."""

    meanings: Mapping[str, tuple[str, str]] = columns.FIELDS

    def __init__(self, *given: Any, header: tuple[str, ...], mapping: dict[str, int], **options: Any) -> None:
        super().__init__(*given, **options)
        titles = [("", "–"), *((str(column), title or f"{column + 1}") for column, title in enumerate(header))]
        vietnamese = (get_language() or "vi").startswith("vi")
        for name, words in self.meanings.items():
            label = words[0] if vietnamese else words[1]
            field = forms.ChoiceField(label=label, choices=titles, required=False, initial=str(mapping.get(name, "")))
            self.fields[f"column_{name}"] = field
        fill_style(self)

    def mapping(self) -> dict[str, int]:
        given = self.cleaned_data
        chosen = {name: given.get(f"column_{name}", "") for name in self.meanings}
        return {name: int(column) for name, column in chosen.items() if column}

    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{name}"] for name in self.meanings]


class MappingForm(ColumnsForm):
    """Which column means what, and what happens to places that are there already."""

    mode = forms.ChoiceField(label=_("Địa điểm đã có"), choices=list(MODES.items()), initial=rules.FILL_BLANKS)


def refuse(form: forms.Form, problem: Problem) -> None:
    """Show a problem on the field it names, else above the form; a place's form names two fields otherwise."""
    own = {"phone": "owner_phone", "unit_id": "unit"}.get(str(problem.detail.get("field", "")), "")
    if own in form.fields:
        problem.detail["field"] = own
    refuse_at_field(form, problem)


def query_without(request: HttpRequest, *names: str) -> str:
    """The query string of a list's own filters, without some names: for links to the next page and to exports."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()
