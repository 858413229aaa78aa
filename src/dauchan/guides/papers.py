"""Guides on paper: the steps on A4, a poster of pictograms with few words, and the script for a loudspeaker.

Each page says which version it is and from when; an old or withdrawn one says that, too. The same version, language and
paper give the same file, so a few are kept in memory.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from dauchan import config
from dauchan.guides import rules
from dauchan.guides.languages import languages
from dauchan.guides.models import State, Version
from dauchan.guides.pictures import svg
from dauchan.guides.queries import content_of
from dauchan.guides.rules import Content
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.kernel.printing import qr_svg, typeset

FOLDER = Path(__file__).parent / "paper"
FILES_IN_MEMORY = 64
"""Some 60 kB each. Ours."""
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+")
COLUMNS_FROM = (0, 4, 9)
"""From how many pictures on a poster has one, two and three columns, so that each is as large as it can be. Ours."""


def paper_pdf(version: Version, language: str) -> bytes:
    """The steps of a version (guide along), to be read and handed out: A4."""
    return _printed("steps", version, language)


def poster_pdf(version: Version, language: str) -> bytes:
    """The pictograms of a version with few words, to be hung up: A4 or, enlarged, A3."""
    return _printed("poster", version, language)


def script_pdf(version: Version, language: str) -> bytes:
    """What is read aloud over a loudspeaker, in large letters, with its length.

    raises   NotFound for a version without a script in this language
    """
    return _printed("script", version, language)


PAPERS: dict[str, tuple[str, Callable[[Version, str], bytes]]] = {
    "ban-in": ("paper", paper_pdf),
    "ap-phich": ("poster", poster_pdf),
    "loa": ("script", script_pdf),
}
"""By its word in addresses: the channel that it counts for, and who makes it."""


def script_text(version: Version, language: str) -> str:
    """The script as plain text, its length first.

    raises   NotFound for a version without a script in this language
    """
    told = _content(version, language).texts[language]
    if not told.script:
        raise NotFound
    with override(_page_language(language)):
        length = _("Đọc chậm: khoảng %(seconds)d giây") % {"seconds": languages()[language].seconds(told.script)}
        return "\n\n".join([told.title, f"[{length}]", told.script, _mark(version)]) + "\n"


def _content(version: Version, language: str) -> Content:
    content = content_of(version)
    if not content.has(language):
        raise NotFound
    return content


def _printed(kind: str, version: Version, language: str) -> bytes:
    content = _content(version, language)
    if kind == "script" and not content.texts[language].script:
        raise NotFound
    with override(_page_language(language)):
        told = _told(version, content, language)
    return _typeset(kind, json.dumps(told, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=FILES_IN_MEMORY)
def _typeset(kind: str, told: str) -> bytes:
    return typeset(FOLDER / f"{kind}.typ", json.loads(told))


def _page_language(language: str) -> str:
    """The product's own language that the words around a text are in."""
    return language if languages()[language].ready else "vi"


def _told(version: Version, content: Content, language: str) -> dict[str, Any]:
    told, address = content.texts[language], _address(version)
    qr, modules = qr_svg(f"https://{address}") if address else ("", 0)
    seconds = languages()[language].seconds(told.script)
    return {
        "language": language,
        "title": told.title,
        "summary": rules.plain(told.summary),
        "official": told.official,
        "official_label": _("Văn bản chính thức"),
        "steps": [
            {
                "picture": svg(step.picture),
                "runs": rules.runs(step.words[language]),
                "few": step.few.get(language) or rules.plain(step.words[language]),
            }
            for step in content.steps
        ],
        "columns": sum(len(content.steps) >= more for more in COLUMNS_FROM),
        "sentences": _SENTENCE_ENDS.split(told.script),
        "length": _("Đọc chậm: khoảng %(seconds)d giây") % {"seconds": seconds},
        "how_to_read": _("Đọc hai lần, nghỉ một nhịp ở mỗi dấu chấm. Chỉ đọc những gì ghi dưới đây."),
        "mark": _mark(version),
        "old": version.state != State.PUBLISHED,
        "address": address,
        "qr": qr,
        "modules": modules,
        "more": _("Bản mới nhất"),
        "page": _("trang"),
    }


def _address(version: Version) -> str:
    """Where the newest version is read; "" while the installation has no public address."""
    host = config.load().public_host
    return f"{host.lower()}/huong-dan/{version.guide.slug}" if host else ""


def _mark(version: Version) -> str:
    """Which version this is, from when, and whether it still counts."""
    day = clock.local_day(version.published_at or version.edited_at)
    told = {"number": version.number, "day": f"{day:%d/%m/%Y}"}
    if version.state == State.WITHDRAWN:
        return _("BẢN %(number)d, ngày %(day)s: ĐÃ THU HỒI, đừng làm theo") % told
    if version.state == State.REPLACED:
        return _("BẢN %(number)d, ngày %(day)s: BẢN CŨ, đã có bản mới") % told
    if version.state == State.DRAFT:
        return _("BẢN NHÁP %(number)d, sửa ngày %(day)s: chưa công bố") % told
    return _("Bản %(number)d, ngày %(day)s") % told
