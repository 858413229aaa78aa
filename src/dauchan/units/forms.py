"""A form field that takes a unit: picked from suggestions, or typed as code or name where no script runs."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from dauchan.kernel import clock
from dauchan.kernel.numbers import row_number
from dauchan.units import queries
from dauchan.units.models import Unit

Picked = tuple[str, str]
"""What the page sends: the hidden id of the suggestion taken ("" without script), and the text shown."""


def today() -> date:
    return clock.local_day(clock.now())


class UnitPicker(forms.Widget):
    """A search box with suggestions by htmx, and a hidden field with the id of the one taken."""

    template_name = "units/picker.html"
    level: str = ""
    on: Callable[[], date] = staticmethod(today)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        unit = self._unit(value)
        unit_id, text = value if isinstance(value, tuple) else (str(unit.id), str(unit)) if unit else ("", "")
        picker = {
            "id": unit_id,
            "text": text,
            "code": unit.code if unit and queries.is_in_force(unit, self.on()) else "",
            "level": self.level,
            "on": self.on(),
            "url": reverse_lazy("units:suggest"),
        }
        return context | {"picker": picker}

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Picked:
        return str(data.get(name) or ""), str(data.get(f"{name}_text") or "")

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and f"{name}_text" not in data

    def _unit(self, value: Any) -> Unit | None:
        if isinstance(value, Unit):
            return value
        unit_id = row_number(value[0]) if isinstance(value, tuple) else value
        return Unit.objects.filter(id=unit_id).first() if unit_id else None


class UnitField(forms.Field):
    """The unit that was picked or typed, as a `Unit` in force on the day `on()`; None when empty and not required.

    level     only units of this level ("commune") are taken
    earlier   units of older lists are taken, too, when the page sends their id
    """

    widget = UnitPicker
    default_error_messages = {
        "unknown": _(
            "Không tìm thấy đơn vị “%(text)s”. Hãy gõ tên không cần dấu rồi chọn trong danh sách, hoặc gõ mã."
        ),
        "several": _("Có nhiều đơn vị như “%(text)s”: %(names)s. Hãy gõ thêm tên huyện hoặc tỉnh, hoặc gõ mã."),
    }

    def __init__(
        self, *, level: str = "", on: Callable[[], date] = today, earlier: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.level, self.on, self.earlier = level, on, earlier
        picker: Any = self.widget
        picker.level, picker.on = level, on

    def to_python(self, value: Any) -> Unit | None:
        if value is None or isinstance(value, Unit):
            return value
        unit_id, text = value if isinstance(value, tuple) else (str(value), "")
        picked = self._picked(unit_id, text)
        if unit_id and not text.strip() and picked is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown", params={"text": unit_id[:60]})
        return picked or self._typed(text.strip())

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial.id if isinstance(initial, Unit) else initial
        return str(before or "") != (data[0] if isinstance(data, tuple) else str(data or ""))

    def _picked(self, unit_id: str, text: str) -> Unit | None:
        """The suggestion that was taken, unless the text was changed after it."""
        unit = self._candidates().filter(id=row_number(unit_id)).first()
        return unit if unit and text in ("", str(unit)) else None

    def _typed(self, text: str) -> Unit | None:
        if not text:
            return None
        chosen = queries.units_called(text, self.on(), level=self.level or None)
        if not chosen:
            raise ValidationError(self.error_messages["unknown"], code="unknown", params={"text": text[:60]})
        if len(chosen) > 1:
            names = "; ".join(str(unit) for unit in chosen[:3])
            raise ValidationError(
                self.error_messages["several"], code="several", params={"text": text[:60], "names": names}
            )
        return chosen[0]

    def _candidates(self) -> Any:
        units = Unit.objects.all() if self.earlier else queries.in_force(self.on())
        return units.filter(level=self.level) if self.level else units
