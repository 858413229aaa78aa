"""The forms of documents: their words, addressees, orders, what they rest on; tasks, reminders, calls, asks."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dauchan.coverage.definitions import Indicator, indicator, indicators
from dauchan.directives import rules, wording
from dauchan.directives.asking import AIMS, Wish
from dauchan.directives.models import CitedDocument, Directive
from dauchan.directives.wording import Form, Role
from dauchan.directives.writing import Group, Wanted, Words
from dauchan.kernel.search import search_key
from dauchan.places.forms import fill_style
from dauchan.units.agencies import all_agencies
from dauchan.units.forms import UnitField
from dauchan.units.models import Agency, AgencyKind, Level, Sector

SUGGESTED = 300
"""How many agencies a field suggests; the others are found by their whole name."""
ANY = [("", _("Tất cả"))]


class Day(forms.DateInput):
    """The browser's own way to choose a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AgencyInput(forms.TextInput):
    """A name with suggestions that the browser offers by itself."""

    template_name = "directives/agency_input.html"
    names: tuple[str, ...] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"names": self.names}


def named(agency: Agency) -> str:
    """An agency with its unit: names alone are not unique."""
    return f"{agency.name} ({agency.unit.name})"


class AgencyField(forms.CharField):
    """One of the agencies of a list, by its name, with its unit where several are called so."""

    widget = AgencyInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=300, **options)
        self.choices: QuerySet[Agency] = all_agencies().none()

    def choose_from(self, found: QuerySet[Agency]) -> None:
        self.choices = found.select_related("unit").order_by("search_key", "id")
        picker: Any = self.widget
        picker.names = tuple(named(agency) for agency in self.choices[:SUGGESTED])

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        key = search_key(text)
        alike = list(self.choices.filter(search_key=search_key(text.split(" (")[0]))[:50])
        found = [agency for agency in alike if search_key(named(agency)) == key] or alike
        found = found or list(self.choices.filter(search_key=key)[:2])
        if len(found) != 1:
            raise ValidationError(_("Không có đúng một cơ quan tên như vậy. Hãy chọn trong danh sách gợi ý."))
        return found[0]


class _Styled(forms.Form):
    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)


class WordsForm(_Styled):
    """What a document says of itself."""

    issuer = AgencyField(label=_("Cơ quan ban hành"))
    form = forms.ChoiceField(label=_("Loại văn bản"), choices=Form.choices)
    symbol = forms.CharField(label=_("Ký hiệu"), max_length=40, help_text=_("Ví dụ: STTTT-CNTT"))
    number = forms.CharField(label=_("Số"), max_length=20, required=False, help_text=_("Điền sau khi ký."))
    dated = forms.DateField(label=_("Ngày ký"), widget=Day(), required=False, help_text=_("Điền sau khi ký."))
    place = forms.CharField(label=_("Địa danh"), max_length=80)
    subject = forms.CharField(label=_("Trích yếu"), max_length=300)
    body = forms.CharField(
        label=_("Nội dung"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Mỗi dòng một đoạn. Các nhiệm vụ được đánh số và in dưới nội dung."),
    )
    signer_title = forms.CharField(
        label=_("Quyền hạn, chức vụ người ký"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Mỗi dòng một vế, ví dụ: KT. GIÁM ĐỐC, rồi PHÓ GIÁM ĐỐC"),
    )
    signer_name = forms.CharField(label=_("Người ký"), max_length=120, required=False)
    filed = forms.CharField(label=_("Lưu tại"), max_length=80, initial="VT")

    def __init__(self, *given: Any, issuers: QuerySet[Agency], usual: Agency | None = None, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["issuer"]
        assert isinstance(field, AgencyField)
        field.choose_from(issuers)
        if usual:
            self.initial["issuer"] = named(usual)

    def words(self) -> Words:
        return Words(**{name: value for name, value in self.cleaned_data.items() if name != "issuer"})


def words_of(directive: Directive) -> dict[str, Any]:
    """A document as the form's first values."""
    names = [name for name in WordsForm.base_fields if name != "issuer"]
    return {name: getattr(directive, name) for name in names} | {"issuer": named(directive.issuer)}


class GroupForm(_Styled):
    """A line of addressees: one agency by name, or all of a kind."""

    role = forms.ChoiceField(label=_("Vai trò"), choices=Role.choices)
    agency = AgencyField(label=_("Một cơ quan"), required=False)
    kind = forms.ChoiceField(label=_("Hoặc cả loại"), required=False, choices=[("", "–"), *AgencyKind.choices])
    level = forms.ChoiceField(label=_("Cấp"), required=False, choices=[*ANY, *Level.choices])
    sector = forms.ChoiceField(label=_("Lĩnh vực"), required=False, choices=[*ANY, *Sector.choices])
    unit = UnitField(label=_("Trong đơn vị"), required=False)
    words = forms.CharField(
        label=_("Ghi trên văn bản"),
        max_length=200,
        required=False,
        help_text=_("Ví dụ: Ủy ban nhân dân các xã, phường, thị trấn"),
    )

    def __init__(self, *given: Any, allowed: QuerySet[Agency], **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["agency"]
        assert isinstance(field, AgencyField)
        field.choose_from(allowed)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("agency")) == bool(given.get("kind")) and "agency" not in self.errors:
            raise ValidationError(_("Hãy chọn một cơ quan, hoặc một loại cơ quan."))
        return given

    def group(self) -> Group:
        given: Mapping[str, Any] = self.cleaned_data
        agency: Agency | None = given["agency"]
        words = given["words"] or (agency.name if agency else str(AgencyKind(given["kind"]).label))
        return Group(**{**given, "words": words})


def _indicator_choices() -> list[tuple[str, str]]:
    return [
        ("", "–"),
        *((one.code, amount_name(one)) for one in indicators().values() if one.better and not one.is_mean),
    ]


class OrderForm(_Styled):
    """One order."""

    text = forms.CharField(label=_("Nhiệm vụ"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    deadline = forms.DateField(label=_("Hạn"), widget=Day())
    indicator = forms.ChoiceField(label=_("Chỉ tiêu đo được"), required=False)
    target = forms.FloatField(label=_("Mức phải đạt"), required=False, min_value=0, max_value=10**9)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["indicator"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _indicator_choices()

    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)


class CitedForm(_Styled):
    """A document of others that this one carries out."""

    reference = forms.CharField(label=_("Số, ký hiệu"), max_length=60, help_text=_("Ví dụ: 1324/BTTTT-THH"))
    dated = forms.DateField(label=_("Ngày ký"), widget=Day(), required=False)
    issuer = forms.CharField(label=_("Cơ quan ban hành"), max_length=200, required=False)
    subject = forms.CharField(label=_("Trích yếu"), max_length=300, required=False)
    link = forms.URLField(label=_("Địa chỉ trên mạng"), max_length=400, required=False, assume_scheme="https")

    def cited(self) -> CitedDocument:
        return CitedDocument(**self.cleaned_data)


class FileForm(_Styled):
    """A file."""

    file = forms.FileField(label=_("Tệp"), help_text=_("PDF, DOCX, XLSX, PNG hoặc JPG, lớn nhất 8 MB."))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".pdf,.docx,.xlsx,.png,.jpg,.jpeg"


class StepForm(_Styled):
    """A step of a task: words, and a file as evidence."""

    note = forms.CharField(
        label=_("Kết quả, ghi chú"),
        max_length=rules.NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label=_("Tệp bằng chứng"), required=False, help_text=_("PDF, DOCX, XLSX, PNG hoặc JPG, lớn nhất 8 MB.")
    )


class ByHandForm(_Styled):
    """An acknowledgement told by other ways."""

    who = forms.CharField(label=_("Ai báo đã nhận"), max_length=120)
    how = forms.ChoiceField(
        label=_("Bằng cách nào"), choices=[choice for choice in wording.CHANNELS if choice[0] != rules.ACCOUNT]
    )
    at = forms.DateField(label=_("Ngày nhận"), widget=Day())


class CallForm(_Styled):
    """What came of a call."""

    outcome = forms.ChoiceField(label=_("Kết quả cuộc gọi"), choices=[("", _("Chọn kết quả")), *wording.OUTCOMES])
    note = forms.CharField(label=_("Ghi chú"), max_length=rules.NOTE_LENGTH, required=False)
    next_call = forms.DateField(label=_("Gọi lại ngày"), widget=Day(), required=False)


class AskForm(_Styled):
    """What health asks for: days and target; the place comes with the link, or a unit is chosen."""

    unit = UnitField(label=_("Xã, phường"), required=False)
    begins = forms.DateField(label=_("Từ ngày"), widget=Day())
    ends = forms.DateField(label=_("Đến hết ngày"), widget=Day())
    indicator = forms.ChoiceField(label=_("Cần đạt gì"), required=False)
    value = forms.FloatField(label=_("Mức phải đạt"), required=False, min_value=0, max_value=10**9)
    target = forms.CharField(
        label=_("Ghi thêm, vài chữ"),
        max_length=120,
        required=False,
        help_text=_("Ví dụ: mọi người vào và ra đều quét. Đừng ghi tên người, mã ca bệnh hay lý do y tế."),
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["indicator"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *((code, amount_name(indicator(code))) for code in AIMS)]

    def wish(self, place_id: int | None) -> Wish:
        return Wish(**self.cleaned_data, place_id=place_id)


def amount_name(one: Indicator) -> str:
    """An indicator's name, with the sign of what its amounts are given in."""
    return f"{one.name} (%)" if one.unit == "percent" else one.name


class AssignForm(_Styled):
    """To whom an ask is handed."""

    agency = AgencyField(label=_("Giao cho cơ quan"))

    def __init__(self, *given: Any, allowed: QuerySet[Agency], **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["agency"]
        assert isinstance(field, AgencyField)
        field.choose_from(allowed)
