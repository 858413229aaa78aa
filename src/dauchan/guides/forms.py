"""The forms of guides: the library's filters, a new guide, its words in one language, a file, a broadcast."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.guides import reach, rules
from dauchan.guides.languages import SOURCE, languages
from dauchan.guides.models import Audience, Means, Setting, State
from dauchan.guides.pictures import PICTURES
from dauchan.guides.rules import Content, Step, Told
from dauchan.kernel import clock
from dauchan.places.forms import fill_style
from dauchan.units.forms import UnitField

SPARE_ROWS = 3
"""Empty steps that stand below those written already. Ours."""


def language_choices() -> list[tuple[str, str]]:
    return [(one.code, one.own_name) for one in languages().values()]


class LibraryForm(forms.Form):
    """What the public library is narrowed to; a filter that is none narrows nothing."""

    q = forms.CharField(max_length=200, required=False, label=_("Tìm"), widget=forms.SearchInput)
    audience = forms.ChoiceField(required=False, label=_("Dành cho"), choices=[("", _("Mọi người")), *Audience.choices])
    setting = forms.ChoiceField(required=False, label=_("Ở đâu"), choices=[("", _("Mọi nơi")), *Setting.choices[1:]])

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)

    def narrowing(self) -> dict[str, str]:
        given = self.cleaned_data if self.is_valid() else {}
        return {name: given.get(field, "") for name, field in (("text", "q"), *((it, it) for it in self._chosen))}

    _chosen = ("audience", "setting")


class DeskForm(LibraryForm):
    """What the desk's list is narrowed to."""

    state = forms.ChoiceField(required=False, label=_("Tình trạng"), choices=[("", _("Tất cả")), *State.choices])
    field_order = ("q", "audience", "state")
    _chosen = ("audience", "state")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        del self.fields["setting"]


class NewGuideForm(forms.Form):
    """What a new guide begins with."""

    title = forms.CharField(label=_("Tiêu đề"), max_length=rules.LONGEST_TITLE)
    audience = forms.ChoiceField(label=_("Dành cho"), choices=Audience.choices)
    settings = forms.MultipleChoiceField(
        label=_("Ở đâu"), choices=Setting.choices, widget=forms.CheckboxSelectMultiple, initial=["general"]
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fill_style(self)
        self.fields["settings"].widget.attrs["class"] = "form-check-input"


class WhereForm(NewGuideForm):
    """For whom and where a guide is."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        del self.fields["title"]


class TextForm(forms.Form):
    """A guide's words in one language: title, summary, steps, what is read aloud.

    The Vietnamese decides which steps there are, in what order and with which pictures; other languages say the same
    steps in their words.
    """

    title = forms.CharField(label=_("Tiêu đề"), max_length=rules.LONGEST_TITLE)
    summary = forms.CharField(
        label=_("Tóm tắt"),
        max_length=rules.LONGEST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("Một hai câu: để làm gì, cho ai."),
    )
    script = forms.CharField(
        label=_("Lời đọc loa"),
        max_length=rules.LONGEST_SCRIPT,
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        help_text=_("Câu ngắn, nghe một lần là hiểu. Để trống nếu không phát loa."),
    )
    official = forms.CharField(
        label=_("Văn bản chính thức"),
        max_length=rules.LONGEST_OFFICIAL,
        required=False,
        help_text=_("Số, ngày và tên văn bản mà hướng dẫn này đi cùng. Để trống nếu không có."),
    )

    def __init__(self, *given: Any, base: Content, language: str, seen: datetime | None, **options: Any) -> None:
        told = base.texts.get(language, Told("", ""))
        begins = {"title": told.title, "summary": told.summary, "script": told.script, "official": told.official}
        super().__init__(*given, **{"initial": begins, **options})
        self.base, self.language, self.is_source = base, language, language == SOURCE
        spare = min(SPARE_ROWS, rules.MOST_STEPS - len(base.steps)) if self.is_source else 0
        self.row_numbers = range(len(base.steps) + spare)
        self.fields["seen"] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial=seen.isoformat() if seen else ""
        )
        for number in self.row_numbers:
            self._add_row(number, base.steps[number] if number < len(base.steps) else Step("circle-check"))
        fill_style(self)

    def _add_row(self, number: int, step: Step) -> None:
        words, few = step.words.get(self.language, ""), step.few.get(self.language, "")
        shown: dict[str, Any] = {
            "required": False,
            "label": _("Lời"),
            "initial": words,
            "max_length": rules.LONGEST_WORDS,
        }
        self.fields[f"words{number}"] = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **shown)
        self.fields[f"few{number}"] = forms.CharField(
            required=False, label=_("Vài chữ trên áp phích"), initial=few, max_length=rules.LONGEST_FEW
        )
        if self.is_source:
            names = [(one.icon, one.name) for one in PICTURES.values()]
            self.fields[f"picture{number}"] = forms.ChoiceField(label=_("Hình"), choices=names, initial=step.picture)
            self.fields[f"order{number}"] = forms.IntegerField(
                label=_("Thứ tự"), initial=number + 1, min_value=1, max_value=99
            )

    def rows(self) -> list[dict[str, Any]]:
        """The steps as the page shows them: their fields, and the Vietnamese words beside a translation."""
        shown = []
        for number in self.row_numbers:
            parts = ("picture", "order", "words", "few") if self.is_source else ("words", "few")
            row: dict[str, Any] = {name: self[f"{name}{number}"] for name in parts}
            step = self.base.steps[number] if number < len(self.base.steps) else None
            shown.append(
                row | {"number": number + 1, "step": step, "source": step.words.get(SOURCE, "") if step else ""}
            )
        return shown

    def content(self) -> Content:
        """The whole draft with these words in it; rows of the Vietnamese that were left empty are gone."""
        given = self.cleaned_data
        told = Told(*(" ".join(given[name].split()) for name in ("title", "summary", "script", "official")))
        steps = [self._step(number) for number in self._in_order()]
        texts = {**self.base.texts, self.language: told}
        return Content(tuple(step for step in steps if step.words.get(SOURCE)), texts)

    def _in_order(self) -> list[int]:
        if not self.is_source:
            return list(self.row_numbers)
        return sorted(self.row_numbers, key=lambda number: (self.cleaned_data[f"order{number}"], number))

    def _step(self, number: int) -> Step:
        given = self.cleaned_data
        old = self.base.steps[number] if number < len(self.base.steps) else Step("circle-check")
        words = {**old.words, self.language: " ".join(given[f"words{number}"].split())}
        few = {**old.few, self.language: " ".join(given[f"few{number}"].split())}
        kept = {code: text for code, text in words.items() if text}, {code: text for code, text in few.items() if text}
        return replace(old, picture=given.get(f"picture{number}", old.picture), words=kept[0], few=kept[1])

    def seen(self) -> datetime | None:
        """When the draft that was changed here had last been saved.

        raises   EditedMeanwhile for a text that is no instant
        """
        text = self.cleaned_data["seen"]
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError as error:
            raise rules.EditedMeanwhile from error


class FileForm(forms.Form):
    """An official document to be laid beside a guide."""

    title = forms.CharField(label=_("Tên văn bản"), max_length=200)
    file = forms.FileField(label=_("Tệp PDF"), help_text=_("Nhiều nhất 10 MB."))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].widget.attrs["accept"] = ".pdf,application/pdf"
        fill_style(self)


class BroadcastForm(forms.Form):
    """How an agency spread a guide."""

    agency = forms.ChoiceField(label=_("Cơ quan"))
    means = forms.ChoiceField(label=_("Bằng cách"), choices=Means.choices)
    language = forms.ChoiceField(label=_("Ngôn ngữ"))
    place = forms.CharField(label=_("Ở đâu"), max_length=200, help_text=_("Ví dụ: loa thôn 3; chợ Gia Nghĩa."))
    unit = UnitField(
        label=_("Xã, phường"), level="commune", required=False, help_text=_("Để trống nếu là địa bàn của cơ quan.")
    )
    day = forms.DateField(label=_("Ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    audience = forms.IntegerField(
        label=_("Khoảng bao nhiêu người nghe, xem"),
        min_value=0,
        max_value=reach.LARGEST_AUDIENCE,
        required=False,
        help_text=_("Ước lượng. Để trống nếu không rõ; đừng ghi 0."),
    )

    def __init__(self, *given: Any, by: Officer, **options: Any) -> None:
        today = clock.local_day(clock.now())
        super().__init__(*given, **{"initial": {"day": today}, **options})
        self.agencies = {str(one.pk): one for one in reach.acts_for(by, today)[:500]}
        self._choose("agency", [(key, one.name) for key, one in self.agencies.items()])
        self._choose("language", language_choices())
        fill_style(self)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def told(self) -> reach.Told:
        given = self.cleaned_data
        return reach.Told(
            agency=self.agencies[given["agency"]],
            means=given["means"],
            place=given["place"],
            day=given["day"],
            language=given["language"],
            unit=given["unit"],
            audience=given["audience"],
        )
