"""The forms of the rollout's figures: what the list of silent places is narrowed to."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.coverage.silent import NEVER
from dauchan.places.forms import fill_style
from dauchan.units.forms import UnitField
from dauchan.units.models import Sector


class SilentForm(forms.Form):
    """Whose silent places; everything may stay empty."""

    unit = UnitField(required=False, label=_("Đơn vị"))
    sector = forms.ChoiceField(required=False, label=_("Lĩnh vực"), choices=[("", _("Tất cả")), *Sector.choices])
    used = forms.ChoiceField(
        required=False, label=_("Đã từng dùng"), choices=[("", _("Tất cả")), (NEVER, _("Chưa từng dùng"))]
    )
    agency = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        fill_style(self)
