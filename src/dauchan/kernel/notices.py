"""What people are told where something about them is collected: who controls it, for what, by which law, how long, and
their rights. Screens, posters and paper take their two lines from here, so that no two of them say something else.

Controller and law are dated settings. Which page shows which notice is not decided here.
"""

from dataclasses import dataclass
from datetime import date

ALWAYS = date.min

CONTROLLERS = ((ALWAYS, "Sở Y tế", "Department of Health"),)
"""Which agency of a province controls what is collected, from which day. Source: docs/reference/codes-poster.md."""
LAWS = (
    (date(2026, 7, 1), "Luật Phòng bệnh 114/2025/QH15", "Law on Disease Prevention 114/2025/QH15"),
    (
        ALWAYS,
        "Luật Phòng, chống bệnh truyền nhiễm 03/2007/QH12",
        "Law on Prevention and Control of Infectious Diseases 03/2007/QH12",
    ),
)
"""On which law it is collected, from which day. Source: docs/reference/codes-poster.md."""


@dataclass(frozen=True)
class Collected:
    """What is collected, for what, and how long it is kept: in Vietnamese, then in English."""

    what: tuple[str, str]
    purpose: tuple[str, str]
    kept: tuple[str, str]


VISITS = Collected(
    ("Dữ liệu cá nhân", "Personal data"),
    ("truy vết dịch bệnh", "contact tracing"),
    ("lượt đến được lưu {days} ngày", "visits are kept {days} days"),
)
PERSON = Collected(
    ("Dữ liệu cá nhân", "Personal data"),
    ("truy vết và phòng dịch", "contact tracing and prevention"),
    (
        "danh tính được mã hóa, giữ cho đến khi xóa; lượt đến được lưu {days} ngày",
        "identities are encrypted and kept until erased; visits are kept {days} days",
    ),
)
PLACE_OWNER = Collected(
    ("Tên và số điện thoại người phụ trách", "Name and phone of the person in charge"),
    ("liên hệ khi phòng chống dịch", "reaching them in disease control"),
    (
        "được mã hóa, giữ chừng nào địa điểm còn đăng ký",
        "they are encrypted and kept as long as the place is registered",
    ),
)
MEMBERSHIP = Collected(
    ("Việc bạn làm ở cơ quan này", "That you work at this agency"),
    ("đếm bao nhiêu người của cơ quan có mã cá nhân", "counting how many of the agency's people have a pass"),
    ("không ai thấy danh sách, xóa ngay khi bạn rút", "nobody sees a list, and it is deleted when you leave"),
)
OFFICER = Collected(
    ("Họ tên và liên hệ của cán bộ được cử", "Name and contact of the officer named"),
    ("liên hệ công vụ khi phòng chống dịch", "official contact in disease control"),
    ("giữ đến 5 năm sau nhiệm kỳ", "they are kept until 5 years after the term"),
)
COLLECTED = {
    "visits": VISITS,
    "person": PERSON,
    "place_owner": PLACE_OWNER,
    "membership": MEMBERSHIP,
    "officer": OFFICER,
}
RIGHTS = (
    "Mỗi người có quyền xem, sửa, yêu cầu xóa dữ liệu về mình và biết ai đã xem",
    "Everyone may see, correct and ask to erase what is kept about them, and learn who looked",
)


@dataclass(frozen=True)
class Notice:
    """Two lines in each language: what is done with it; the rights."""

    vi: tuple[str, str]
    en: tuple[str, str]

    def lines(self, language: str) -> tuple[str, str]:
        return self.vi if language.startswith("vi") else self.en


def notice(collected: Collected, on: date, *, days: int, province: str = "", host: str = "") -> Notice:
    """The notice for what is collected on a local day.

    days      how long this installation keeps visits
    province  whose agency controls it; "" where the page speaks for no one place
    host      where the rights can be used, as far as a paper must say so; "" on a screen
    """
    agency_vi, agency_en = in_force(CONTROLLERS, on)
    law_vi, law_en = in_force(LAWS, on)
    controller_vi = f"{agency_vi} {province}" if province else f"{agency_vi} của tỉnh, thành phố"
    controller_en = f"the {agency_en} of {province}" if province else f"the province's {agency_en}"
    (what_vi, what_en), (purpose_vi, purpose_en) = collected.what, collected.purpose
    kept_vi, kept_en = (text.format(days=days) for text in collected.kept)
    return Notice(
        (
            f"{what_vi}: {controller_vi} kiểm soát, chỉ dùng để {purpose_vi}, theo {law_vi}; {kept_vi}.",
            f"{RIGHTS[0]}, tại {host}." if host else f"{RIGHTS[0]}.",
        ),
        (
            f"{what_en}: controlled by {controller_en}, used for {purpose_en} only, under the {law_en}; {kept_en}.",
            f"{RIGHTS[1]}.",
        ),
    )


def in_force(dated: tuple[tuple[date, str, str], ...], on: date) -> tuple[str, str]:
    """Of words that hold from a day on, latest first: those of a day, in Vietnamese and English."""
    return next((vi, en) for begins, vi, en in dated if begins <= on)
