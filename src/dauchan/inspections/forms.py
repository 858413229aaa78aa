"""Forms on inspections: what the list is narrowed to, and how a plan is drawn."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_holding, reach_of
from dauchan.inspections.models import Result, Stratify
from dauchan.inspections.queries import Filters
from dauchan.inspections.rules import REASONS
from dauchan.kernel import clock
from dauchan.places.queries import place_units
from dauchan.units.forms import UnitField

WIDTHS = {"0.15": _("± 15 điểm"), "0.1": _("± 10 điểm"), "0.075": _("± 7,5 điểm"), "0.05": _("± 5 điểm")}


class FilterForm(Dressed):
    """What the list of inspections is narrowed to; everything may stay empty."""

    unit = UnitField(required=False, label=_("Đơn vị"))
    result = forms.ChoiceField(required=False, label=_("Kết quả"), choices=[("", _("Tất cả")), *Result.choices])
    reason = forms.ChoiceField(required=False, label=_("Lý do"))
    due = forms.ChoiceField(required=False, label=_("Kiểm tra lại"), choices=[("", _("Tất cả")), ("on", _("Đến hạn"))])

    def __init__(self, *given: Any, language: str, **options: Any) -> None:
        super().__init__(*given, **options)
        at = 0 if language.startswith("vi") else 1
        reason: Any = self.fields["reason"]
        reason.choices = [("", _("Tất cả")), *((code, words[at]) for code, words in REASONS.items())]

    def filters(self) -> Filters:
        """The filters; a wrong one leaves nothing."""
        if not self.is_valid():
            return Filters(unit_ids=())
        given, today = self.cleaned_data, clock.local_day(clock.now())
        unit = given["unit"]
        within = place_units(unit.code, today) if unit else None
        return Filters(within, given["result"], given["reason"], today if given["due"] else None)


class PlanForm(Dressed):
    """A sample of a commune's places: how close, divided by what, for whom, from which day."""

    unit = UnitField(level="commune", label=_("Xã, phường"))
    half_width = forms.ChoiceField(
        label=_("Độ chính xác"),
        choices=WIDTHS.items(),
        initial="0.1",
        help_text=_("Của tỷ lệ nơi treo mã, tin cậy 95 %. Xã có 225 nơi: ± 10 điểm cần xem 68 nơi."),
    )
    stratify = forms.ChoiceField(
        label=_("Chia nhóm"),
        choices=Stratify.choices,
        help_text=_("Nơi im lặng: 7 ngày không có lượt đến; hai phần ba số nơi được rút từ nhóm này."),
    )
    inspector = forms.TypedChoiceField(label=_("Người kiểm tra"), coerce=int)
    first_day = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    a_day = forms.IntegerField(label=_("Số nơi mỗi ngày"), min_value=1, max_value=40, initial=12)

    def __init__(self, *given: Any, officer: Officer, **options: Any) -> None:
        super().__init__(*given, **options)
        today = clock.local_day(clock.now())
        found = officers_holding("inspection.do", reach_of(officer, "inspection.do", today), today)
        others = [(each.pk, each.name) for each in found if each.pk != officer.pk]
        inspector: Any = self.fields["inspector"]
        inspector.choices = [(officer.pk, officer.name), *others]
        self.fields["first_day"].initial = today

    def clean_first_day(self) -> Any:
        day, today = self.cleaned_data["first_day"], clock.local_day(clock.now())
        if not 0 <= (day - today).days <= 90:
            raise forms.ValidationError(_("Hãy chọn một ngày từ hôm nay đến 90 ngày tới."))
        return day
