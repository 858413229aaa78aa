"""What citizens type: a phone number, and the code that was sent to it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed


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
