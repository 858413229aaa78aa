"""Reads on guides: the public library, one guide with its versions, and what is shown of them on the desk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from dauchan.guides.languages import SOURCE, languages
from dauchan.guides.models import File, Guide, State, Text, Version
from dauchan.guides.rules import Content, Step, Told, distance
from dauchan.kernel.errors import NotFound
from dauchan.kernel.search import search_key

MOST_SHOWN = 300
"""Guides in one list: a library that an officer can keep true has tens of them. Ours."""


@dataclass(frozen=True)
class Shown:
    """One guide as a list shows it: its version in use (none while there is none) in the reader's language."""

    guide: Guide
    version: Version | None
    title: str
    summary: str
    translated: bool


def library(language: str, *, text: str = "", setting: str = "", audience: str = "") -> list[Shown]:
    """The published guides, narrowed; found by words of either language without accents, the nearest first."""
    guides = Guide.objects.filter(versions__state=State.PUBLISHED)
    guides = guides.filter(settings__contains=[setting]) if setting else guides
    guides = guides.filter(audience=audience) if audience else guides
    for word in search_key(text).split():
        found = Text.objects.filter(version__state=State.PUBLISHED, search_key__contains=word)
        guides = guides.filter(pk__in=found.values("version__guide_id"))
    return _nearest(text, _shown(guides, language, State.PUBLISHED))


def everything(language: str, *, text: str = "", audience: str = "", state: str = "") -> list[Shown]:
    """All guides for the desk, also those without a published version: then by their draft, else their last version."""
    guides = Guide.objects.all()
    guides = guides.filter(audience=audience) if audience else guides
    guides = guides.filter(versions__state=state) if state else guides
    for word in search_key(text).split():
        guides = guides.filter(pk__in=Text.objects.filter(search_key__contains=word).values("version__guide_id"))
    found = _shown(guides.distinct(), language, State.PUBLISHED, State.DRAFT, State.WITHDRAWN, State.REPLACED)
    return _nearest(text, found)


def _nearest(text: str, found: list[Shown]) -> list[Shown]:
    """The nearest to a search first, equally near ones and those of no search in the guides' own order."""
    if not text.strip():
        return found
    return sorted(found, key=lambda one: distance(text, content_of(one.version)) if one.version else (2, 2, 1))


def _shown(guides: QuerySet[Guide], language: str, *states: str) -> list[Shown]:
    versions = Version.objects.filter(state__in=states).order_by("-number").prefetch_related("texts")
    ordered = guides.order_by("position", "pk").prefetch_related(Prefetch("versions", versions, to_attr="at_hand"))
    return [_one(guide, language, states) for guide in ordered[:MOST_SHOWN]]


def _one(guide: Any, language: str, states: Sequence[str]) -> Shown:
    version = min(guide.at_hand, key=lambda one: states.index(one.state), default=None)
    if version is None:
        return Shown(guide, None, guide.slug, "", False)
    content = content_of(version)
    translated = content.has(language)
    told = content.texts.get(language if translated else SOURCE) or next(iter(content.texts.values()), Told("", ""))
    return Shown(guide, version, told.title or guide.slug, told.summary, translated)


def guide_named(slug: str) -> Guide:
    """The guide under an address.

    raises   NotFound
    """
    guide = Guide.objects.filter(slug=slug).first()
    if guide is None:
        raise NotFound
    return guide


def in_use(guide: Guide) -> Version | None:
    """The version that counts now; none before the first and after a withdrawal."""
    return guide.versions.filter(state=State.PUBLISHED).prefetch_related("texts").first()


def draft_of(guide: Guide) -> Version | None:
    return guide.versions.filter(state=State.DRAFT).prefetch_related("texts").first()


def public_version(guide: Guide, number: int | None = None) -> Version:
    """A version that anybody may read: the one in use or, by number or when none is in use, an earlier one.

    raises   NotFound for drafts and guides that were never published
    """
    versions = guide.versions.exclude(state=State.DRAFT).prefetch_related("texts")
    if number is not None:
        found = versions.filter(number=number).first()
    else:
        found = versions.filter(state=State.PUBLISHED).first() or versions.order_by("-ended_at", "-number").first()
    if found is None:
        raise NotFound
    return found


def versions_of(guide: Guide, *, drafts: bool = False) -> list[Version]:
    """The versions of a guide, newest first."""
    versions = guide.versions.select_related("published_by", "edited_by", "ended_by").order_by("-number")
    return list(versions if drafts else versions.exclude(state=State.DRAFT))


def content_of(version: Version) -> Content:
    """What a version says."""
    steps = tuple(Step(step["picture"], step["words"], step["few"]) for step in version.steps)
    told = {text.language: Told(text.title, text.summary, text.script, text.official) for text in version.texts.all()}
    return Content(steps, told)


def files_of(guide: Guide) -> QuerySet[File]:
    """The official documents that stand beside a guide, without their bytes."""
    return guide.files.filter(removed_at__isnull=True).defer("content").order_by("pk")


def file_of(guide: Guide, file_id: int) -> File:
    """One of them, with its bytes.

    raises   NotFound
    """
    found = guide.files.filter(pk=file_id, removed_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def title_of(slug: str, language: str) -> str:
    """The title of a published guide in a language, else in Vietnamese; "" when there is none to be shown."""
    texts = Text.objects.filter(version__guide__slug=slug, version__state=State.PUBLISHED)
    titles = dict(texts.filter(language__in=[language, SOURCE]).values_list("language", "title"))
    return str(titles.get(language) or titles.get(SOURCE) or "")


def titles(version_ids: Iterable[int], language: str) -> dict[int, str]:
    """Titles of versions in a language, else in Vietnamese."""
    texts = Text.objects.filter(version__in=list(version_ids), language__in=[language, SOURCE])
    told: dict[int, dict[str, str]] = {}
    for version_id, code, title in texts.values_list("version_id", "language", "title"):
        told.setdefault(version_id, {})[code] = title
    return {version_id: by.get(language) or by.get(SOURCE, "") for version_id, by in told.items()}


def reader_language(asked: str, page_language: str, content: Content) -> str:
    """The language to show: the one asked for, else the page's, if this version is written in it; else Vietnamese."""
    for code in (asked, page_language.partition("-")[0]):
        if code in languages() and content.has(code):
            return code
    return SOURCE
