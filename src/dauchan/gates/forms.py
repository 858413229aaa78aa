"""What an owner or officer says of a device: its name, and until when it may be used."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.gates import rules
from dauchan.kernel import clock

MOST_DAYS = rules.LONGEST_KEPT.days


class DeviceForm(Dressed):
    """A new device."""

    name = forms.CharField(
        label=_("Tên thiết bị"), max_length=rules.LONGEST_NAME, help_text=_("Ví dụ: điện thoại cổng trước.")
    )
    days = forms.IntegerField(label=_("Dùng trong số ngày"), min_value=1, max_value=MOST_DAYS, initial=rules.USUAL_DAYS)
    paper = forms.BooleanField(label=_("Cho nhập lại phiếu giấy"), required=False)

    def until(self, now: datetime) -> datetime:
        """The end of its last day."""
        return clock.day_start(clock.local_day(now) + timedelta(days=self.cleaned_data["days"]))
