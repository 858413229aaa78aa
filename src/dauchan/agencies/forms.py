"""What officers type about agencies: filters, particulars, namings, guidance, questions, lists. Checks shape only."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.agencies import queries, rules
from dauchan.agencies.guiding import MOST_REACHED, Session
from dauchan.agencies.models import Duty, Post, SessionKind
from dauchan.agencies.naming import Named
from dauchan.kernel import clock
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import fill_style, narrowing
from dauchan.units import agencies
from dauchan.units.forms import UnitField
from dauchan.units.models import Agency, AgencyKind, Sector
from dauchan.units.queries import unit_ids_within

GAPS = (
    ("", _("Tất cả")),
    (queries.NO_OFFICER, _("Chưa cử cán bộ đầu mối")),
    (queries.NOT_ATTESTED, _("Chưa cam kết danh sách")),
    (queries.DUE_SOON, _("Cam kết sắp hết hạn")),
    (queries.NOT_TAKEN, _("Chưa ký nhận bàn giao")),
)

WHERE = (
    ("agency.act", _("nơi bạn ký thay cơ quan")),
    ("agency.name", _("nơi bạn cử cán bộ đầu mối")),
    ("directive.issue", _("nơi bạn đôn đốc")),
)


def today() -> date:
    return clock.local_day(clock.now())


class Styled(forms.Form):
    """The house's look on every field."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)
        for field in self.fields.values():
            if isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs.setdefault("class", "form-check-input")


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AgencyField(forms.CharField):
    """One agency by its name, or by its number where several are called alike; None when empty and not required."""

    def clean(self, value: Any) -> Agency | None:
        text = super().clean(value).strip()
        if not text:
            return None
        number = row_number(text.removeprefix("#"))
        if number is not None and (by_number := agencies.agency_by_id(number)):
            return by_number
        found = agencies.agencies_named(text, today()) or agencies.search_agencies(text, today(), limit=6)
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("Không có cơ quan nào tên như vậy."))
        several = "; ".join(f"#{one.pk} {one.name} ({one.unit})" for one in found[:5])
        raise forms.ValidationError(_("Có nhiều cơ quan, hãy nhập số: %(several)s"), params={"several": several})


class FilterForm(Styled):
    """What the list is narrowed to; everything may stay empty."""

    q = forms.CharField(max_length=200, required=False, label=_("Tên cơ quan"))
    kind = forms.ChoiceField(required=False, label=_("Loại"), choices=[("", _("Tất cả")), *AgencyKind.choices])
    unit = UnitField(required=False, label=_("Đơn vị"))
    gap = forms.ChoiceField(required=False, label=_("Còn thiếu"), choices=GAPS)
    may = forms.ChoiceField(required=False, label=_("Chỉ"), choices=WHERE, widget=forms.HiddenInput)
    dissolved = forms.BooleanField(required=False, label=_("Đã giải thể"))

    def filters(self) -> queries.Filters:
        """The filters; nothing given narrows nothing.

        raises   BadInput
        """
        given = narrowing(self)
        unit = given.get("unit")
        return queries.Filters(
            text=given.get("q", ""),
            kind=given.get("kind", ""),
            unit_ids=unit_ids_within(unit, today()) if unit else None,
            gap=given.get("gap", ""),
            permission=given.get("may") or "rollout.view",
            dissolved=given.get("dissolved", False),
        )


class AgencyForm(Styled):
    """An agency's particulars."""

    name = forms.CharField(label=_("Tên cơ quan"), max_length=200)
    kind = forms.ChoiceField(label=_("Loại"), choices=AgencyKind.choices)
    sector = forms.ChoiceField(label=_("Lĩnh vực"), choices=Sector.choices)
    unit = UnitField(
        label=_("Đơn vị hành chính"), help_text=_("Nơi cơ quan đóng; Ủy ban nhân dân: đơn vị mình quản lý.")
    )
    parent = AgencyField(label=_("Thuộc cơ quan"), max_length=200, required=False, help_text=_("Tên đầy đủ, hoặc số."))
    begins = forms.DateField(label=_("Hoạt động từ ngày"), widget=day_input(), initial=today)

    def __init__(self, *given: Any, editing: bool = False, **options: Any) -> None:
        super().__init__(*given, **options)
        if editing:
            del self.fields["begins"]

    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "kind", "sector", "unit", "parent")}


class CloseForm(Styled):
    ends = forms.DateField(
        label=_("Ngày giải thể"),
        widget=day_input(),
        initial=today,
        help_text=_("Từ ngày này cán bộ của cơ quan hết quyền; hồ sơ cũ được giữ."),
    )


class GuidanceForm(Styled):
    """Guidance between this agency and another."""

    direction = forms.ChoiceField(
        label=_("Quan hệ"),
        choices=[("guided_by", _("Được cơ quan sau hướng dẫn")), ("guides", _("Hướng dẫn cơ quan sau"))],
    )
    other = AgencyField(label=_("Cơ quan kia"), max_length=200)


class AppointmentForm(Styled):
    """Who is named."""

    name = forms.CharField(label=_("Họ và tên"), max_length=120)
    duty = forms.ChoiceField(label=_("Cử làm"), choices=Duty.choices)
    post = forms.ChoiceField(
        label=_("Đang làm việc"),
        choices=Post.choices,
        help_text=_("Không có cán bộ công nghệ thông tin thì cử cán bộ văn phòng."),
    )
    phone = forms.CharField(label=_("Điện thoại"), max_length=20, required=False)
    email = forms.EmailField(label=_("Thư điện tử"), max_length=254, required=False)
    until = forms.DateField(label=_("Nhiệm kỳ đến trước ngày"), widget=day_input(), required=False)

    def told(self) -> Named:
        return Named(**self.cleaned_data)


class SessionForm(Styled):
    """Guidance that was given."""

    kind = forms.ChoiceField(label=_("Hình thức"), choices=SessionKind.choices)
    subject = forms.CharField(label=_("Nội dung"), max_length=200)
    audience = forms.CharField(label=_("Cho ai"), max_length=200, help_text=_("Ví dụ: chủ quán ở chợ, giáo viên."))
    reached = forms.IntegerField(label=_("Số người được hướng dẫn"), min_value=0, max_value=MOST_REACHED)
    held_on = forms.DateField(label=_("Ngày"), widget=day_input(), initial=today)
    where = forms.CharField(label=_("Ở đâu"), max_length=200, required=False)

    def told(self) -> Session:
        return Session(**self.cleaned_data)


class QuestionForm(Styled):
    """What a place asks."""

    text = forms.CharField(
        label=_("Câu hỏi"),
        max_length=rules.QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Đừng ghi tên, số điện thoại hay tình trạng sức khỏe của ai."),
    )


class PhoneQuestionForm(QuestionForm):
    """What a place asked on the phone."""

    place_id = forms.IntegerField(label=_("Số hiệu địa điểm"), min_value=1, max_value=10**18)
    field_order = ("place_id", "text")


class AnswerForm(Styled):
    """An answer, and whether others should read it."""

    answer = forms.CharField(
        label=_("Trả lời"), max_length=rules.ANSWER_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )
    for_guide = forms.BooleanField(label=_("Nên thành hướng dẫn cho mọi nơi"), required=False)


class ListForm(Styled):
    """A file of agencies."""

    file = forms.FileField(label=_("Tệp CSV hoặc XLSX"), help_text=_("Dòng đầu là tên cột. Nhiều nhất 5.000 dòng."))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"


class GuestsForm(ListForm):
    """A file of people to invite."""

    letters = forms.BooleanField(label=_("In thư cho tất cả, không gửi thư điện tử hay tin nhắn"), required=False)


class JoinForm(Styled):
    code = forms.CharField(label=_("Mã của cơ quan"), max_length=20, help_text=_("Tám chữ trên tờ của cán bộ đầu mối."))
