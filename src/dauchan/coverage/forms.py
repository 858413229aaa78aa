"""The forms of the rollout's figures: what the list of silent places is narrowed to; figures that others counted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.coverage import definitions
from dauchan.coverage.models import AGENCY, SOURCE_LENGTH, UNIT
from dauchan.coverage.silent import NEVER, OPEN
from dauchan.coverage.supplying import APP_LENGTH, LARGEST, OF_AGENCIES, OF_UNITS, Told
from dauchan.places.forms import fill_style
from dauchan.units.forms import UnitField
from dauchan.units.models import Agency, Sector


class SilentForm(forms.Form):
    """Whose silent places; everything may stay empty."""

    unit = UnitField(required=False, label=_("Đơn vị"))
    sector = forms.ChoiceField(required=False, label=_("Lĩnh vực"), choices=[("", _("Tất cả")), *Sector.choices])
    used = forms.ChoiceField(
        required=False,
        label=_("Nơi nào"),
        choices=[("", _("Im lặng")), (NEVER, _("Chưa từng dùng")), (OPEN, _("Mọi nơi đang mở"))],
    )
    agency = forms.IntegerField(
        required=False, label=_("Cơ quan quản lý"), min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)


class SuppliedForm(forms.Form):
    """One figure that others counted: whose, which, how much, as of when, from where."""

    unit = UnitField(required=True, label=_("Đơn vị"))
    indicator = forms.ChoiceField(label=_("Chỉ tiêu"))
    app = forms.CharField(
        required=False, max_length=APP_LENGTH, label=_("Ứng dụng"), help_text=_("Chỉ ghi khi nhập lượt cài ứng dụng.")
    )
    value = forms.IntegerField(min_value=0, max_value=LARGEST, label=_("Giá trị"))
    sure = forms.BooleanField(required=False, label=_("Số này đúng"))
    as_of_day = forms.DateField(label=_("Ngày số liệu"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    source = forms.CharField(
        max_length=SOURCE_LENGTH, label=_("Nguồn"), help_text=_("Ví dụ: Niên giám thống kê 2025, trang 12.")
    )

    def __init__(self, *given: Any, agency: Agency | None, **options: Any) -> None:
        super().__init__(*given, **options)
        self.agency = agency
        if agency:
            del self.fields["unit"]
            del self.fields["app"]
        codes = OF_AGENCIES if agency else OF_UNITS
        field = self.fields["indicator"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, definitions.indicator(code).name) for code in codes]
        fill_style(self)
        self.fields["sure"].widget.attrs["class"] = "form-check-input"

    def told(self) -> Told:
        """The figure as it was told."""
        given = self.cleaned_data
        kind, subject_id = (AGENCY, self.agency.pk) if self.agency else (UNIT, given["unit"].pk)
        return Told(
            kind,
            subject_id,
            given["indicator"],
            given["value"],
            given["as_of_day"],
            given["source"],
            given.get("app", ""),
            given["sure"],
        )


class SuppliedFileForm(forms.Form):
    """A file of figures."""

    file = forms.FileField(label=_("Tệp CSV hoặc XLSX"))
    dry_run = forms.BooleanField(required=False, initial=True, label=_("Chỉ xem thử, chưa ghi gì"))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"
        fill_style(self)
        self.fields["dry_run"].widget.attrs["class"] = "form-check-input"
