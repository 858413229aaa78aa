"""Forms of tracing: who the person is, when a case was ill, what to propose, filter, decide and release."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.cases.forms import DatesForm, day_field, instant_field, text_field
from dauchan.kernel.errors import Problem
from dauchan.kernel.intervals import Interval
from dauchan.kernel.search import search_key
from dauchan.people import actions as people
from dauchan.people import queries, rules
from dauchan.people.queries import Masked
from dauchan.places.queries import places_named
from dauchan.tracing import rulesets
from dauchan.tracing.actions import Override
from dauchan.tracing.evidence import Told
from dauchan.tracing.models import EvidenceClass, Grade, Mark
from dauchan.tracing.queries import UNASSIGNED, ContactFilter, FilterNotUnderstood, ProposalFilter
from dauchan.tracing.release import LONGEST_PURPOSE, LONGEST_RECIPIENT
from dauchan.units.forms import UnitField
from dauchan.units.models import Unit

FIND_BY = [("phone", _("Số điện thoại")), ("document", _("Số giấy tờ")), ("pass", _("Mã QR cá nhân"))]
NEW = "new"
BIGGEST_ID = 2**62
MOST_PLACES = 1000  # our number: so many places are looked for in evidence at once
RESIDENCE = r"^(none|[0-9]{1,12})$"
_SELECT = {"class": "form-select"}


def choice_field(label: Any, choices: Any, *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=forms.Select(attrs=_SELECT))


class PersonForm(forms.Form):
    """Who is meant: found by phone, document or pass and chosen among those found, or registered on the spot."""

    find_by = choice_field(_("Tìm theo"), FIND_BY)
    find_value = text_field(_("Số hoặc mã"), longest=300)
    person = forms.CharField(required=False, widget=forms.HiddenInput)
    name = text_field(_("Họ và tên"), longest=100)
    phone = text_field(_("Số điện thoại"), longest=20)
    document = text_field(_("Số giấy tờ (CCCD, CMND, thẻ BHYT, hộ chiếu)"), longest=40)
    birth_year = forms.IntegerField(
        label=_("Năm sinh"), required=False, widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    sex = choice_field(_("Giới tính"), [("", "–"), ("female", _("Nữ")), ("male", _("Nam")), ("other", _("Khác"))])
    address = text_field(_("Địa chỉ"), longest=300)
    residence = UnitField(label=_("Xã, phường nơi ở"), level="commune", required=False)

    def find(self, *, by: Officer, now: datetime) -> list[Masked]:
        """Those whom the number or code names, masked; empty when nobody is known by it. Every search is audited.

        raises   BadInput and its kinds, CodeProblem, NotPermitted
        """
        value = str(self.data.get("find_value", "")).strip()
        return people.search(str(self.data.get("find_by", "")), value, by=by, now=now) if value else []

    @property
    def chosen(self) -> str:
        return str(self.data.get("person", ""))

    def take_person(self, *, by: Officer, now: datetime) -> UUID:
        """The person chosen, registered now when new.

        raises   NotFound, NotPermitted, BadInput and its kinds, DocumentTaken
        """
        if self.chosen != NEW:
            return queries.by_handle(self.chosen).pk
        given = self.cleaned_data
        documents = (rules.normal_document(given["document"]),) if given["document"] else ()
        identity = rules.Identity(
            name=given["name"],
            phone=given["phone"],
            documents=documents,
            birth_year=given["birth_year"],
            sex=given["sex"],
            address=given["address"],
        )
        residence = given["residence"].pk if given["residence"] else None
        return people.register_person(identity, residence, by=by, now=now).pk


class OverrideForm(DatesForm):
    """Dates of a case, and what the officer changes of what the rules say."""

    ruleset = choice_field(_("Bộ quy định"), [])
    period_start = instant_field(_("Thời kỳ lây từ"), help_text=_("Để trống: tính theo quy định."))
    period_end = instant_field(_("đến"))
    reason = text_field(_("Lý do thay đổi"), help_text=_("Bắt buộc khi đổi thời kỳ lây hoặc bộ quy định."), longest=500)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: Any = self.fields["ruleset"]
        choices.choices = [("", _("Theo ngày xác nhận")), *ruleset_choices()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("period_start"), given.get("period_end")
        if bool(start) != bool(end):
            self.add_error("period_end", _("Cần cả hai thời điểm, hoặc để trống cả hai."))
        elif start and end and end <= start:
            self.add_error("period_end", _("Thời điểm kết thúc phải sau thời điểm bắt đầu."))
        return given

    def override(self) -> Override:
        given = self.cleaned_data
        start, end = given["period_start"], given["period_end"]
        return Override(given["ruleset"], Interval(start, end) if start and end else None, given["reason"])


def ruleset_choices() -> list[tuple[str, str]]:
    """Every ruleset with its title in the reader's language."""
    vietnamese = (get_language() or "vi").startswith("vi")
    loaded = [rulesets.load(name) for name in rulesets.names()]
    return [(each.name, each.title_vi if vietnamese else each.title_en) for each in loaded]


class NewCaseForm(PersonForm, OverrideForm):
    """A confirmed case: the person, the managing unit, the dates."""

    unit = UnitField(label=_("Đơn vị quản lý ca bệnh"), required=True)
    field_order = ("find_by", "find_value", "onset_on", "sampled_on", "confirmed_on", "isolated_at", "unit")


class ToldContactForm(PersonForm):
    """A contact that the case told of."""

    relation = text_field(_("Quan hệ với ca bệnh"), required=True, help_text=_("Ví dụ: vợ, đồng nghiệp, hàng xóm."))
    first_exposure = instant_field(_("Tiếp xúc lần đầu"), help_text=_("Nếu biết."))
    last_exposure = instant_field(_("Tiếp xúc lần cuối"), required=True)
    note = text_field(_("Ghi chú"), longest=500)
    grade = choice_field(_("Mức độ"), Grade.choices, required=True)

    def told(self) -> Told:
        given = self.cleaned_data
        return Told(given["relation"], given["last_exposure"], given["first_exposure"], given["note"])


def row_field(label: Any) -> forms.IntegerField:
    """The number of a row in an address."""
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=BIGGEST_ID)


BESIDE = ("after",)
"""What stands in a list's address beside its filter: where the next page begins."""


def parameters(form: forms.Form) -> set[str]:
    """The names under which a form is sent; a unit is two, one of them its text."""
    return {*form.fields, *(f"{name}_text" for name, field in form.fields.items() if isinstance(field, UnitField))}


def understood(form: forms.Form, beside: Iterable[str]) -> dict[str, Any]:
    """What a filter's form holds; `beside` names what may be sent with it.

    raises   FilterNotUnderstood, with what is wrong by field, or with the names that mean nothing here
    """
    strange = form.data.keys() - parameters(form) - set(beside)
    if strange:
        raise FilterNotUnderstood(what=", ".join(sorted(strange))[:200])
    if not form.is_valid():
        wrong = (f"{form[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        raise FilterNotUnderstood(what="; ".join(wrong))
    return form.cleaned_data


SURENESS = [("yes", _("Có lượt đủ chắc")), ("no", _("Chỉ có lượt chưa chắc"))]


class FilterForm(forms.Form):
    """The filters above a case's proposals; everything stands in the address."""

    state = choice_field(_("Tình trạng"), [("", ""), ("open", ""), ("decided", ""), ("all", "")])
    generation = forms.IntegerField(label=_("Bậc"), required=False, min_value=1, max_value=9)
    evidence_class = choice_field(_("Bằng chứng"), [("", ""), *EvidenceClass.choices])
    place = row_field(_("Địa điểm"))
    place_name = text_field(
        _("Địa điểm khác"), help_text=_("Vài chữ trong tên hoặc địa chỉ, không cần dấu."), longest=100
    )
    place_unit = row_field(_("Xã của địa điểm"))
    other_unit = UnitField(label=_("Đơn vị khác của địa điểm"), required=False)
    residence = forms.RegexField(RESIDENCE, label=_("Nơi ở"), required=False)
    day = forms.DateField(label=_("Ngày"), required=False)
    group = row_field(_("Nhóm theo địa điểm đông người"))
    mark = choice_field(_("Dấu"), [("", ""), *Mark.choices])
    sure = choice_field(_("Độ chắc"), [("", ""), *SURENESS])

    def given(self) -> list[tuple[str, str]]:
        """The parameters that are part of the filter, to be sent again."""
        known = parameters(self)
        return [(name, value) for name, value in self.data.items() if name in known]

    def clean_place_name(self) -> tuple[int, ...] | None:
        """The places that the words name; None without words."""
        text = self.cleaned_data["place_name"]
        if not text:
            return None
        if not any(len(word) > 2 for word in search_key(text).split()):
            raise forms.ValidationError(_("Hãy gõ ít nhất một từ có ba chữ cái."))
        found = places_named(text, limit=MOST_PLACES + 1)
        if len(found) > MOST_PLACES:
            raise forms.ValidationError(_("Quá nhiều địa điểm khớp. Hãy gõ thêm chữ."))
        return tuple(found)

    def clean_other_unit(self) -> int | None:
        unit = self.cleaned_data["other_unit"]
        if unit is None and self.data.get("other_unit"):
            raise forms.ValidationError(_("Không có đơn vị này."))
        if unit is not None and self.cleaned_data.get("place_unit"):
            raise forms.ValidationError(_("Chỉ chọn một đơn vị của địa điểm."))
        return unit.pk if unit else None

    def wanted(self, beside: Iterable[str] = BESIDE) -> ProposalFilter:
        """The filter. Undecided proposals unless told otherwise.

        raises   FilterNotUnderstood: a name or value that makes no sense must not mean everybody
        """
        given = understood(self, beside)
        state = given.get("state") or "open"
        return ProposalFilter(
            place_id=given.get("place"),
            place_ids=given.get("place_name"),
            place_unit=given.get("place_unit") or given.get("other_unit"),
            residence=given.get("residence") or "",
            day=given.get("day"),
            generation=given.get("generation"),
            evidence_class=given.get("evidence_class") or "",
            group_id=given.get("group"),
            state="" if state == "all" else state,
            mark=given.get("mark") or "",
            weak=given["sure"] == "no" if given.get("sure") else None,
        )


class ContactFilterForm(forms.Form):
    """The filters above lists of contacts."""

    grade = choice_field(_("Nhóm"), [("", ""), *Grade.choices])
    generation = forms.IntegerField(label=_("Bậc"), required=False, min_value=1, max_value=9)
    residence = forms.RegexField(RESIDENCE, label=_("Nơi ở"), required=False)
    mark = choice_field(_("Dấu"), [("", ""), *Mark.choices])

    def wanted(self) -> ContactFilter:
        """The filter.

        raises   FilterNotUnderstood
        """
        given = understood(self, BESIDE)
        return ContactFilter(
            grades=[given["grade"]] if given["grade"] else (),
            generation=given["generation"],
            residence=given["residence"],
            mark=given["mark"],
        )


class NameForm(forms.Form):
    """A name to be looked for in a list; never part of an address."""

    name = text_field(
        _("Tên trong danh sách này"),
        required=True,
        help_text=_("Không cần dấu. Chỉ tìm trong ca bệnh này; mỗi người tìm thấy đọc được là đã có người tìm."),
        longest=100,
    )
    name.widget.attrs["data-search"] = ""


class AssignForm(forms.Form):
    """The commune that is to look after contacts; it stands in a form with other acts, which need none."""

    use_required_attribute = False
    unit = UnitField(
        label=_("Xã, phường được giao"),
        level="commune",
        required=True,
        error_messages={"required": _("Hãy chọn xã, phường để giao.")},
    )

    def unit_given(self) -> Unit:
        """The commune.

        raises   ValidationError
        """
        if not self.is_valid():
            raise ValidationError([str(error) for error in self.errors["unit"]])
        unit: Unit = self.cleaned_data["unit"]
        return unit


class PurposeForm(forms.Form):
    """Why an identity is looked at; the person will be able to read it."""

    purpose = text_field(_("Mục đích"), required=True, help_text=_("Người đó sẽ đọc được dòng này."), longest=300)


class ReleaseForm(forms.Form):
    """A call sheet: for whom and why."""

    recipient = text_field(
        _("Người hoặc đội nhận"),
        required=True,
        help_text=_("In trên mỗi trang của danh sách."),
        longest=LONGEST_RECIPIENT,
    )
    purpose = text_field(_("Mục đích"), required=True, longest=LONGEST_PURPOSE)
    grade = choice_field(_("Nhóm"), Grade.choices, required=True)
    residence = forms.RegexField(r"^(none|\d{1,12})$", required=False, widget=forms.HiddenInput)

    def clean_recipient(self) -> str:
        return self._readable("recipient", LONGEST_RECIPIENT)

    def clean_purpose(self) -> str:
        return self._readable("purpose", LONGEST_PURPOSE)

    def _readable(self, name: str, longest: int) -> str:
        """Everybody on the sheet reads it, so that it must be readable before anybody approves."""
        try:
            return rules.normal_text(self.cleaned_data[name], field=name, longest=longest)
        except rules.BadText as wrong:
            raise ValidationError(_("Có ký tự ẩn hoặc không đọc được. Hãy xóa dòng này rồi gõ lại.")) from wrong


class HoldForm(forms.Form):
    """An order to keep what a case needs: by which document, to the end of which day."""

    reason = text_field(
        _("Lý do"),
        required=True,
        help_text=_("Văn bản nào, của ai: công văn, quyết định, yêu cầu điều tra."),
        longest=500,
    )
    until = day_field(_("Giữ đến hết ngày"), required=True)


class OutbreakForm(forms.Form):
    """A declared outbreak, by a document."""

    unit = UnitField(label=_("Đơn vị"), required=True)
    reference = text_field(_("Văn bản công bố dịch"), required=True, longest=200)
    declared_on = day_field(_("Từ ngày"), required=True)


def shown(problem: Problem) -> str:
    """A problem's sentence in the reader's language."""
    return problem.text(get_language() or "vi")


assert UNASSIGNED == "none"  # RESIDENCE says so
