"""The forms of reports: filters of the list, a new one, issuing, sending, the schedule."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.places.forms import fill_style, narrowing
from dauchan.reports import queries, rules
from dauchan.reports.actions import PeriodWrong, Signature
from dauchan.reports.models import WEEKDAYS, Kind, Report, State
from dauchan.units.forms import UnitField
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import unit_ids_within


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class FilterForm(forms.Form):
    """What the list is narrowed to; everything may stay empty."""

    kind = forms.ChoiceField(required=False, label=_("Loại báo cáo"), choices=[("", _("Tất cả")), *Kind.choices])
    unit = UnitField(required=False, label=_("Đơn vị"))
    state = forms.ChoiceField(required=False, label=_("Tình trạng"), choices=[("", _("Tất cả")), *State.choices])

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def filters(self, *, mine: bool) -> queries.Filters:
        """The filters; nothing given narrows nothing.

        raises   BadInput
        """
        given = narrowing(self)
        unit = given.get("unit")
        within = tuple(unit_ids_within(unit, clock.local_day(clock.now()))) if unit else None
        return queries.Filters(given.get("kind", ""), within, mine, given.get("state", ""))


class _SubjectForm(forms.Form):
    """About whom, and in whose name."""

    unit = UnitField(required=False, label=_("Đơn vị hành chính"))
    agency = forms.ChoiceField(required=False, label=_("hoặc cơ quan"))
    issuer = forms.ChoiceField(label=_("Cơ quan ban hành"))

    def __init__(self, *given: Any, officer: Officer, on: date, **options: Any) -> None:
        super().__init__(*given, **options)
        self.agencies = {str(one.pk): one for one in queries.agencies_offered(officer, on)}
        named = [(key, one.name) for key, one in self.agencies.items()]
        _choose(self, "agency", [("", _("(cả đơn vị)")), *named])
        _choose(self, "issuer", [("", _("Chọn cơ quan")), *named])
        fill_style(self)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if bool(told.get("unit")) == bool(told.get("agency")) and "unit" not in self.errors:
            self.add_error("unit", _("Hãy chọn một đơn vị, hoặc một cơ quan."))
        return told

    def subject(self) -> Unit | Agency:
        told: Unit | None = self.cleaned_data["unit"]
        return told or self.agencies[self.cleaned_data["agency"]]

    def chosen_issuer(self) -> Agency:
        return self.agencies[self.cleaned_data["issuer"]]


class NewForm(_SubjectForm):
    """A new report: its kind, about whom, which days."""

    kind = forms.ChoiceField(label=_("Loại báo cáo"), choices=Kind.choices)
    first = _day(_("Từ ngày (báo cáo đột xuất)"), required=False)
    last = _day(_("Ngày số liệu, hoặc ngày cuối"))

    field_order = ("kind", "unit", "agency", "last", "first", "issuer")

    def period(self) -> tuple[date, date]:
        """First and last day.

        raises   PeriodWrong
        """
        told = self.cleaned_data
        kind, last = told["kind"], told["last"]
        if not clock.LAST_DAY > last >= rules.FIRST_DAY:
            raise PeriodWrong(field="last", days=rules.LONGEST_PERIOD)
        return (told.get("first") or last, last) if kind == Kind.AD_HOC else rules.period_of(kind, last)


class ScheduleForm(_SubjectForm):
    """A new row of the schedule."""

    kind = forms.ChoiceField(label=_("Loại báo cáo"), choices=[one for one in Kind.choices if one[0] != Kind.AD_HOC])
    at = forms.TimeField(
        label=_("Giờ chốt số liệu"),
        initial=time(16),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("Số liệu được tính lại và chốt vào giờ này."),
    )
    weekday = forms.TypedChoiceField(
        label=_("Ngày trong tuần (báo cáo tuần)"),
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        required=False,
        empty_value=None,
    )
    to = forms.MultipleChoiceField(
        label=_("Nơi nhận"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )

    field_order = ("kind", "unit", "agency", "issuer", "at", "weekday", "to")

    def __init__(self, *given: Any, offered: list[Agency], **options: Any) -> None:
        super().__init__(*given, **options)
        self.offered = {str(one.pk): one for one in offered}
        _choose(self, "to", [(key, one.name) for key, one in self.offered.items()])

    def recipients(self) -> list[Agency]:
        return [self.offered[key] for key in self.cleaned_data["to"]]


class IssueForm(forms.Form):
    """Under which symbol, signed by whom."""

    symbol = forms.CharField(
        label=_("Ký hiệu"), max_length=60, help_text=_("Số do hệ thống cấp tiếp theo trong năm; ví dụ BC-STTTT.")
    )
    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=120)
    signer_name = forms.CharField(label=_("Họ tên người ký"), max_length=120)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def signature(self) -> Signature:
        told = self.cleaned_data
        return Signature(told["symbol"], told["signer_title"], told["signer_name"])


def usual_signature(report: Report) -> dict[str, str]:
    """What the issuer's last report was signed with, else a symbol made of its name."""
    last = queries.last_issued_by(report.issuer)
    if last is None:
        return {"symbol": f"BC-{rules.abbreviation(report.issuer.name)}"}
    return {"symbol": last.symbol, "signer_title": last.signer_title, "signer_name": last.signer_name}
