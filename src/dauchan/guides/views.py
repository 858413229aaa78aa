"""The public library: guides by setting and audience, one guide as short steps, its papers. No cookie, no script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dauchan.guides import papers, queries, reach
from dauchan.guides.forms import LibraryForm
from dauchan.guides.languages import languages
from dauchan.guides.models import Audience, Guide, Setting, State, Version
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound


def page_language() -> str:
    return (get_language() or "vi").partition("-")[0]


def today() -> Any:
    return clock.local_day(clock.now())


def library(request: HttpRequest) -> HttpResponse:
    """The guides in use by audience, narrowed by the address's own words; what a search finds, the nearest first."""
    form = LibraryForm(request.GET or None)
    narrowing = form.narrowing()
    found = queries.library(page_language(), **narrowing)
    by_audience = [
        (str(label), [one for one in found if one.guide.audience == code]) for code, label in Audience.choices
    ]
    groups = [(_("Tìm thấy"), found)] if narrowing["text"] else by_audience
    page = {"form": form, "groups": [group for group in groups if group[1]], "narrowed": any(narrowing.values())}
    return render(request, "guides/library.html", page)


def _wanted(asked: str) -> str:
    """The language that a reader would like: the one asked for, else the page's."""
    return asked if asked in languages() else page_language()


def article(version: Version, asked: str) -> dict[str, Any]:
    """What a page needs to show a version (guide along) in the language asked for."""
    content = queries.content_of(version)
    language = queries.reader_language(asked, page_language(), content)
    told = content.texts[language]
    return {
        "version": version,
        "guide": version.guide,
        "told": told,
        "language": languages()[language],
        "steps": [(step.picture, step.words.get(language, "")) for step in content.steps],
        "spoken": [(one, content.has(one.code)) for one in languages().values()],
        "missing": languages().get(_wanted(asked)) if _wanted(asked) != language else None,
        "seconds": languages()[language].seconds(told.script),
        "files": queries.files_of(version.guide),
        "settings": [Setting(code).label for code in version.guide.settings],
        "is_in_use": version.state == State.PUBLISHED,
        "is_withdrawn": version.state == State.WITHDRAWN,
        "is_draft": version.state == State.DRAFT,
    }


def _counted(request: HttpRequest, version: Version, channel: str, language: str) -> None:
    """Count an opening by somebody: what a browser fetches ahead, or asks the head of, isn't one."""
    ahead = f"{request.headers.get('sec-purpose', '')} {request.headers.get('purpose', '')}"
    if request.method == "GET" and "prefetch" not in ahead:
        reach.count(version, channel, language, today())


def _shown(request: HttpRequest, guide: Guide, number: int | None = None) -> HttpResponse:
    version = queries.public_version(guide, number)
    page = article(version, request.GET.get("lang", ""))
    _counted(request, version, "view", page["language"].code)
    versions = [one for one in queries.versions_of(guide) if one.pk != version.pk]
    return render(request, "guides/guide.html", page | {"others": versions, "in_use": queries.in_use(guide)})


def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """One guide: the version in use, or the last one with the words that it was withdrawn."""
    return _shown(request, queries.guide_named(slug))


def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version, which says what became of it."""
    return _shown(request, queries.guide_named(slug), number)


def paper(request: HttpRequest, slug: str, number: int, kind: str, language: str) -> HttpResponse:
    """A version as a PDF: to be read, to be hung up, or to be read aloud."""
    found = _spoken(slug, number, language)
    if kind not in papers.PAPERS:
        raise NotFound
    channel, printed = papers.PAPERS[kind]
    content = printed(found, language)
    _counted(request, found, channel, language)
    return as_file(content, "application/pdf", f"{slug}-{kind}-{language}.pdf")


def script(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """The words for a loudspeaker as plain text."""
    found = _spoken(slug, number, language)
    content = papers.script_text(found, language)
    _counted(request, found, "script", language)
    return as_file(content.encode(), "text/plain; charset=utf-8", f"{slug}-loa-{language}.txt")


def _spoken(slug: str, number: int, language: str) -> Version:
    """A public version that is asked for in a language of ours.

    raises   NotFound
    """
    if language not in languages():
        raise NotFound
    return queries.public_version(queries.guide_named(slug), number)


def file(request: HttpRequest, slug: str, file_id: int) -> HttpResponse:
    """An official document beside a guide, to be saved: it was made by others."""
    found = queries.guide_named(slug)
    document = queries.file_of(found, file_id)
    _counted(request, queries.public_version(found), "file", page_language())
    return as_file(bytes(document.content), "application/pdf", f"{slug}-{file_id}.pdf", shown="attachment")


def as_file(content: bytes, kind: str, name: str, *, shown: str = "inline") -> HttpResponse:
    """A file under a name of its own."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'{shown}; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
