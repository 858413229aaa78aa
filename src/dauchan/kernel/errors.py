"""Expected failures, each with a sentence for the person holding the phone, in both languages.

Pages, API and command line each own one table from `kind` to status or exit code. Anything that is not a `Problem`
is a bug and may crash.
"""

from typing import Any, ClassVar


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


class Problem(Exception):
    """Something the caller can mend; `detail` fills the sentences and never holds personal data."""

    kind: ClassVar[str] = "problem"
    vi: ClassVar[str] = "Không làm được việc này."
    en: ClassVar[str] = "This could not be done."

    def __init__(self, vi: str = "", en: str = "", **detail: Any) -> None:
        super().__init__(en or self.en)
        self._vi, self._en, self.detail = vi or self.vi, en or self.en, detail

    def text(self, language: str) -> str:
        """The sentence in Vietnamese or English ("vi…" or anything else)."""
        sentence = self._vi if language.startswith("vi") else self._en
        return sentence.format_map(_Shown(self.detail))

    def __str__(self) -> str:
        return self.text("en")


class NotPermitted(Problem):
    kind = "not_permitted"
    vi = "Tài khoản của bạn không có quyền làm việc này. Hãy hỏi quản trị viên của đơn vị."
    en = "Your account may not do this. Ask the administrator of your unit."


class NotFound(Problem):
    kind = "not_found"
    vi = "Không tìm thấy, hoặc nằm ngoài phạm vi của bạn."
    en = "Not found, or outside your scope."


class BadInput(Problem):
    kind = "bad_input"
    vi = "Dữ liệu chưa đúng: {field}."
    en = "Something in the input is not right: {field}."


class FilterWrong(BadInput):
    """A filter of a list, by its label, what was typed and why that means nothing; its page offers the whole list."""

    vi = "Bộ lọc “{label}” không nhận “{typed}”. {why}"
    en = "The filter “{label}” does not take “{typed}”. {why}"


class Conflict(Problem):
    kind = "conflict"
    vi = "Việc này mâu thuẫn với điều đã ghi trước đó."
    en = "This contradicts what was recorded before."


class TooMany(Problem):
    kind = "too_many"
    vi = "Quá nhiều yêu cầu. Hãy thử lại sau {seconds} giây."
    en = "Too many requests. Try again in {seconds} seconds."


class Unavailable(Problem):
    kind = "unavailable"
    vi = "Hệ thống đang bận. Hãy thử lại sau {seconds} giây; những gì đã nhận vẫn được giữ."
    en = "The system is busy. Try again in {seconds} seconds; what was accepted is kept."
