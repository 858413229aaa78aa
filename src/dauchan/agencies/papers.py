"""Printed letters of invitation, one page each, and the sheet by which an agency's own people join it."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from dauchan.accounts.models import Officer
from dauchan.accounts.pages import scope_names
from dauchan.accounts.rules import LETTER_LIFETIME, ROLE_NAMES
from dauchan.agencies.inviting import Letter, write_letters
from dauchan.kernel import clock
from dauchan.kernel.notices import COLLECTED, notice
from dauchan.kernel.printing import QUIET_MODULES, qr_svg, typeset
from dauchan.units.models import Agency

PAPER = Path(__file__).parent / "paper"
CODE_MM = 38


def letters_pdf(invitation_ids: Iterable[int], *, by: Officer, now: datetime) -> bytes:
    """Letters with fresh codes, one page each; the codes stand nowhere else. A last sheet says who is left out and why.

    raises   NotFound when there is nobody to write to, another Problem when nobody's letter can be written
    """
    letters, left_out = write_letters(invitation_ids, by=by, now=now)
    scopes = {(one.invitation.scope_kind, one.invitation.scope_id) for one in letters}
    units = scope_names(scope for scope in scopes if scope[0] == "unit")
    until = clock.local_day(now + LETTER_LIFETIME)
    content = {
        "code_mm": CODE_MM,
        "day": _day(clock.local_day(now)),
        "until": _day(until),
        "letters": [_letter(one, units) for one in letters],
        "left_out": [
            {"name": one.name, "vi": one.problem.text("vi"), "en": one.problem.text("en")} for one in left_out
        ],
    }
    return typeset(PAPER / "letter.typ", content)


def _day(day: object) -> str:
    return f"{day:%d/%m/%Y}"


def _letter(letter: Letter, units: dict[tuple[str, str], str]) -> dict[str, object]:
    one = letter.invitation
    where = one.agency.name if one.agency else units.get((one.scope_kind, one.scope_id), "")
    code = letter.url.rpartition("/")[2]
    vi, en = ROLE_NAMES[one.role]
    return {
        "name": one.name,
        "where": where,
        "role_vi": vi,
        "role_en": en,
        "term": _day(one.until) if one.until else "",
        "code": grouped(code),
        "address": urlsplit(letter.url).netloc + "/loi-moi",
        **_code(letter.url),
    }


def _code(text: str) -> dict[str, object]:
    svg, modules = qr_svg(text)
    return {"qr": svg, "quiet_mm": CODE_MM * QUIET_MODULES / modules}


def grouped(code: str) -> str:
    """A code in fours, as one types it."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def join_sheet_pdf(agency: Agency, code: str, base_url: str, *, now: datetime) -> bytes:
    """The sheet for an agency's notice board."""
    url = f"{base_url.rstrip('/')}/toi/co-quan?ma={code}"
    told = notice(COLLECTED["membership"], clock.local_day(now), days=0)
    content = {
        "code_mm": CODE_MM * 1.6,
        "agency": agency.name,
        "code": grouped(code),
        "address": urlsplit(url).netloc + "/toi/co-quan",
        "notice_vi": list(told.vi),
        "notice_en": list(told.en),
        **_code(url),
    }
    return typeset(PAPER / "join.typ", content)
