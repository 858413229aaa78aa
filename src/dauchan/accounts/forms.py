"""What officers type: colleagues, roles and scopes, credentials, new passwords. Checks shape only; actions decide."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts import rules
from dauchan.accounts.actions import Scope
from dauchan.kernel import base32, clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.numbers import row_number
from dauchan.units import queries as units
from dauchan.units.models import Unit


def in_words(names: tuple[str, str]) -> str:
    """The Vietnamese or the English one of a pair, by the page's language."""
    return names[0] if (get_language() or "vi").startswith("vi") else names[1]


def refuse(form: Any, problem: Problem) -> None:
    """Show a problem on the field it names, by the field's label, else above the form."""
    field = str(problem.detail.get("field", ""))
    if field in form.fields:
        problem.detail["field"] = form[field].label
    form.add_error(field if field in form.fields else None, problem.text(get_language() or "vi"))


def role_choices() -> list[tuple[str, str]]:
    return [(role, in_words(names)) for role, names in rules.ROLE_NAMES.items()]


def credential_scopes() -> list[tuple[str, str]]:
    return [(scope, in_words(names)) for scope, names in rules.CREDENTIAL_SCOPES.items()]


class Dressed(forms.Form):
    """Bootstrap's classes on every field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _dress_of(field.widget))


def _dress_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def find_unit(text: str, on: date) -> Unit:
    """The one unit that a typed code or name means on a day.

    raises   ValidationError when none or several do, with the several
    """
    unit = units.unit_by_code(text.strip(), on)
    if unit is not None:
        return unit
    found = units.search_units(text, on, limit=6)
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(_("Không có đơn vị nào tên như vậy. Hãy nhập tên khác hoặc mã đơn vị."))
    several = "; ".join(f"{unit.full_name} ({unit.code})" for unit in found)
    raise forms.ValidationError(_("Có nhiều đơn vị, hãy nhập mã: %(units)s"), params={"units": several})


class ScopeForm(Dressed):
    """A role and where it is held."""

    role = forms.ChoiceField(label=_("Vai trò"), choices=role_choices)
    scope_kind = forms.ChoiceField(
        label=_("Phạm vi"),
        choices=[
            ("unit", _("Một đơn vị hành chính")),
            ("place", _("Một địa điểm")),
            ("agency", _("Một cơ quan")),
            ("all", _("Toàn hệ thống")),
        ],
    )
    scope_name = forms.CharField(
        label=_("Đơn vị, địa điểm hoặc cơ quan"),
        required=False,
        max_length=120,
        help_text=_("Đơn vị: tên hoặc mã. Địa điểm, cơ quan: số hiệu. Toàn hệ thống: để trống."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        try:
            said["scope"] = self._scope(said.get("scope_kind", ""), said.get("scope_name", "").strip())
        except forms.ValidationError as error:
            self.add_error("scope_name", error)
        return said

    def _scope(self, kind: str, name: str) -> Scope:
        if kind == "all":
            return Scope("all")
        if not name:
            raise forms.ValidationError(_("Hãy cho biết vai trò này ở đâu."))
        if kind == "unit":
            return Scope("unit", str(find_unit(name, clock.local_day(clock.now())).pk))
        number = row_number(name)
        if number is None:
            raise forms.ValidationError(_("Hãy nhập số hiệu, ví dụ 12."))
        return Scope(kind, str(number))


class InviteForm(ScopeForm):
    email = forms.EmailField(label=_("Thư điện tử của cán bộ"), max_length=254)
    field_order = ("email", "role", "scope_kind", "scope_name")


class AcceptForm(Dressed):
    """Name (and e-mail for the first administrator) and a password, twice."""

    name = forms.CharField(label=_("Họ và tên"), max_length=120)
    email = forms.EmailField(label=_("Thư điện tử"), max_length=254)
    password = forms.CharField(
        label=_("Mật khẩu mới"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Ít nhất 12 ký tự. Một câu dễ nhớ tốt hơn một từ khó."),
    )
    again = forms.CharField(
        label=_("Nhập lại mật khẩu"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, kind: str, knows_email: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_email:
            del self.fields["email"]
        if kind in ("reset", "recovery"):
            del self.fields["name"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("password") != said.get("again"):
            self.add_error("again", _("Hai mật khẩu khác nhau."))
        return said


class CodeForm(Dressed):
    """The code of a printed letter."""

    code = forms.CharField(label=_("Mã trong thư mời"), max_length=80, help_text=_("Bỏ qua dấu gạch và khoảng trắng."))

    def clean_code(self) -> str:
        return base32.tidy(self.cleaned_data["code"])


class RecoveryForm(Dressed):
    """For whom a new second factor is asked, and why."""

    email = forms.EmailField(label=_("Thư điện tử của cán bộ"), max_length=254)
    reason = forms.CharField(
        label=_("Lý do"),
        max_length=300,
        help_text=_("Bạn đã gặp hay gọi điện cho chính người đó chưa? Ghi rõ đã kiểm tra thế nào."),
    )


class CredentialForm(Dressed):
    """A new gate or integrator."""

    kind = forms.ChoiceField(
        label=_("Loại"), choices=[("gate", _("Thiết bị ở cổng")), ("integrator", _("Ứng dụng tích hợp"))]
    )
    name = forms.CharField(label=_("Tên để nhận ra"), max_length=120)
    scopes = forms.MultipleChoiceField(
        label=_("Được làm gì"), choices=credential_scopes, widget=forms.CheckboxSelectMultiple, initial=["scans:write"]
    )
    place_id = forms.IntegerField(
        label=_("Số hiệu địa điểm"),
        required=False,
        min_value=1,
        max_value=10**18,
        help_text=_("Bắt buộc với thiết bị ở cổng."),
    )
    unit = forms.CharField(
        label=_("Đơn vị quản lý"), required=False, max_length=120, help_text=_("Tên hoặc mã; để trống: toàn hệ thống.")
    )
    expires_on = forms.DateField(
        label=_("Dùng đến hết ngày"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MaxValueValidator(clock.LAST_DAY)],
        initial=lambda: clock.local_day(clock.now()) + rules.CREDENTIAL_USUAL,
    )

    def clean_unit(self) -> int | None:
        text = self.cleaned_data["unit"]
        return find_unit(text, clock.local_day(clock.now())).pk if text.strip() else None

    def expires_at(self) -> datetime:
        """Local midnight at the end of the last day."""
        return clock.day_start(self.cleaned_data["expires_on"] + timedelta(days=1))
