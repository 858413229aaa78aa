"""What citizens type: a phone number, and the code that was sent to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.citizens.models import Kind
from dauchan.people.forms import RegisterForm


class PhoneForm(Dressed):
    """The number that somebody can be reached at."""

    phone = forms.CharField(
        label=_("Số điện thoại"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}),
    )


class CodeForm(Dressed):
    """The code of a message, or one that an officer or gate keeper spoke."""

    code = forms.CharField(
        label=_("Mã trong tin nhắn"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class OwnIdentityForm(RegisterForm):
    """Who somebody is, told by themselves; their number is known already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["phone"]

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or {}), "phone": ""}


class MemberForm(OwnIdentityForm):
    """A child or somebody old, told by whoever looks after them; they live with their carer as far as is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["residence"], self.fields["address"]
        self.fields["birth"].required = True

    def clean(self) -> dict[str, Any]:
        return {**super().clean(), "address": ""}


class ProofForm(Dressed):
    """What only the person themselves is likely to know."""

    birth_date = forms.CharField(
        label=_("Ngày sinh"), required=False, max_length=10, help_text=_("dd/mm/yyyy"), widget=forms.TextInput()
    )
    document = forms.CharField(
        label=_("Hoặc số giấy tờ đã đăng ký"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RequestForm(Dressed):
    """What somebody asks about their own data."""

    kind = forms.ChoiceField(label=_("Bạn muốn"), choices=Kind.choices)
    words = forms.CharField(
        label=_("Cụ thể (không bắt buộc)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
