"""What officers type about people. Checks shape only; `rules` and `actions` decide."""

import re
from datetime import date, datetime, timedelta

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.forms import Dressed
from dauchan.kernel import clock
from dauchan.people import actions, rules
from dauchan.people.rules import Document, Identity
from dauchan.units.forms import UnitField


class FindForm(Dressed):
    """One exact thing by which somebody is found."""

    kind = forms.ChoiceField(
        label=_("Tìm theo"),
        choices=[("phone", _("Số điện thoại")), ("document", _("Giấy tờ")), ("pass", _("Mã cá nhân"))],
    )
    value = forms.CharField(
        label=_("Số hoặc mã"),
        max_length=500,
        help_text=_("Phải đúng hoàn toàn. Không tìm theo tên; mỗi lần tìm được ghi lại và người đó đọc được."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class SpokenCodeForm(Dressed):
    """The number of somebody who was seen with their papers."""

    phone = forms.CharField(
        label=_("Số điện thoại"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    seen = forms.BooleanField(label=_("Tôi đã xem giấy tờ: đúng là chủ số điện thoại này"))


class RegisterForm(Dressed):
    """A person at the officer's desk."""

    name = forms.CharField(label=_("Họ và tên"), max_length=rules.LONGEST_NAME)
    phone = forms.CharField(
        label=_("Số điện thoại"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    document = forms.CharField(
        label=_("Căn cước, CMND hoặc hộ chiếu"), required=False, max_length=20, help_text=_("Nhận ra theo số chữ số.")
    )
    insurance = forms.CharField(
        label=_("Thẻ bảo hiểm y tế"), required=False, max_length=20, help_text=_("15 ký tự, hoặc 10 chữ số cuối.")
    )
    birth = forms.CharField(label=_("Ngày sinh"), required=False, help_text=_("dd/mm/yyyy, hoặc chỉ năm."))
    sex = forms.ChoiceField(
        label=_("Giới tính"),
        required=False,
        choices=[("", _("Không rõ")), ("female", _("Nữ")), ("male", _("Nam")), ("other", _("Khác"))],
    )
    old_document = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    residence = UnitField(label=_("Xã, phường nơi ở"), level="commune", required=False)
    address = forms.CharField(label=_("Địa chỉ"), required=False, max_length=rules.LONGEST_ADDRESS)

    def clean_birth(self) -> tuple[date | None, int | None]:
        """A whole date, or a year alone."""
        text = self.cleaned_data["birth"].strip()
        if not text:
            return None, None
        if re.fullmatch(r"[0-9]{4}", text):
            return None, int(text)
        match = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
        try:
            day, month, year = map(int, match.groups()) if match else (0, 0, 0)
            return date(year, month, day), year
        except ValueError as error:
            raise forms.ValidationError(_("Hãy nhập ngày dạng dd/mm/yyyy, hoặc năm gồm 4 chữ số.")) from error

    def identity(self) -> Identity:
        """What was typed, one way only.

        raises   BadInput and its kinds, with the field
        """
        said = self.cleaned_data
        documents: list[Document] = []
        for field, kind in (("document", ""), ("insurance", "bhyt"), ("old_document", "cmnd")):
            if said[field].strip():
                documents.append(_document(said[field], kind, field))
        birth_date, birth_year = said["birth"]
        return Identity(
            name=said["name"],
            phone=said["phone"],
            documents=tuple(documents),
            birth_date=birth_date,
            birth_year=birth_year,
            sex=said["sex"],
            address=said["address"],
        )


def typed(identity: Identity) -> dict[str, str]:
    """What the form for registering shows for an identity read from a card."""
    numbers: dict[str, str] = {document.kind: document.number for document in identity.documents}
    first = next((kind for kind in ("cccd", "cmnd", "passport") if kind in numbers), "")
    born = identity.birth_date.strftime("%d/%m/%Y") if identity.birth_date else str(identity.birth_year or "")
    return {
        "name": identity.name,
        "phone": identity.phone,
        "document": numbers.get(first, ""),
        "old_document": numbers.get("cmnd", "") if first == "cccd" else "",
        "insurance": numbers.get("bhyt", ""),
        "birth": born,
        "sex": identity.sex,
        "address": identity.address,
    }


def _document(number: str, kind: str, field: str) -> Document:
    try:
        return rules.identity_document(number, kind)
    except rules.BadDocument as problem:
        raise type(problem)(field=field) from problem


class StandingForm(Dressed):
    """What gates may know of a person, and until when."""

    colour = forms.ChoiceField(
        label=_("Màu"),
        choices=[
            ("green", _("Xanh: mời vào")),
            ("yellow", _("Vàng: hỏi thêm")),
            ("orange", _("Cam: mời sang bàn y tế")),
            ("red", _("Đỏ: không vào, gọi y tế")),
            ("grey", _("Xám: chưa rõ, bỏ màu đã đặt")),
        ],
    )
    action_vi = forms.CharField(
        label=_("Lời cho người trực cổng (tiếng Việt)"), required=False, max_length=actions.LONGEST_ACTION
    )
    action_en = forms.CharField(
        label=_("Lời cho người trực cổng (tiếng Anh)"), required=False, max_length=actions.LONGEST_ACTION
    )
    until = forms.DateField(
        label=_("Đến hết ngày"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MaxValueValidator(clock.LAST_DAY)],
    )
    reason = forms.CharField(
        label=_("Lý do"), max_length=actions.LONGEST_REASON, help_text=_("Được mã hóa; người trực cổng không thấy.")
    )

    def clean_until(self) -> datetime | None:
        """The local midnight that ends the day chosen."""
        day = self.cleaned_data["until"]
        return clock.day_start(day + timedelta(days=1)) if day else None

    @property
    def standing(self) -> str:
        return "unknown" if self.cleaned_data["colour"] == "grey" else "manual"


class ReissueForm(Dressed):
    """Why a pass is ended and given anew."""

    reason = forms.ChoiceField(
        label=_("Vì sao"),
        choices=[("lost", _("Bị mất")), ("stolen", _("Bị lấy cắp")), ("reissued", _("Hỏng, hoặc muốn mã mới"))],
    )


class MergeForm(FindForm):
    """The other one of two people who are one human."""


class EraseForm(Dressed):
    """Whom to forget, on whose wish, and that it can't be undone."""

    handle = forms.CharField(max_length=26, widget=forms.HiddenInput)
    purpose = forms.CharField(
        label=_("Theo yêu cầu nào"),
        max_length=actions.LONGEST_REASON,
        help_text=_("Số đơn hoặc ngày yêu cầu; không ghi tên hay số giấy tờ. Dòng này vào nhật ký."),
    )
    understood = forms.BooleanField(
        label=_("Tôi hiểu: không ai khôi phục được, kể cả từ bản sao lưu"),
    )
