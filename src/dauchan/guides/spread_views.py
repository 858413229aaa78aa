"""The desk's pages of who has read a guide, and of how agencies spread it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.guides import queries, reach, reading
from dauchan.guides.desk_views import may, me
from dauchan.guides.forms import BroadcastForm
from dauchan.guides.languages import languages
from dauchan.guides.models import Version
from dauchan.guides.views import page_language, today
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.search import search_key
from dauchan.places.forms import refuse

NAMING = ("agency.name", "agency.edit")
"""Who may read the names of officers who have not confirmed yet; everybody else sees how many."""
PAGE = 100


def readers(request: HttpRequest, slug: str) -> HttpResponse:
    """Agencies and units in one's scope: how many of their officers confirmed the version in use, and who has not."""
    guide, officer, on = queries.guide_named(slug), me(request), today()
    version = queries.in_use(guide)
    if version is None:
        raise NotFound
    shares = reading.shares([version], on, reading.seats_seen(officer, on))
    text, only_missing = search_key(request.GET.get("q", "")[:200]), request.GET.get("missing") == "1"
    asked = [seat for seat, share in shares.items() if share.missing or not only_missing]
    found = [line for line in reading.named(asked) if text in line.key and _key(line) > request.GET.get("after", "")]
    shown = found[:PAGE]
    page = {
        "guide": guide,
        "version": version,
        "title": queries.titles([version.pk], page_language())[version.pk],
        "total": sum(shares.values(), reading.Share()),
        "lines": _lines(request, version, shown, shares),
        "next_after": _key(shown[-1]) if len(found) > PAGE else "",
        "q": request.GET.get("q", ""),
        "only_missing": only_missing,
    }
    return render(request, "guides/readers.html", page)


def _key(line: reading.Named) -> str:
    return f"{line.key}_{line.seat.kind}_{line.seat.id:09d}"


def _lines(
    request: HttpRequest, version: Version, shown: list[reading.Named], shares: dict[reading.Seat, reading.Share]
) -> list[tuple[str, reading.Share, list[str]]]:
    """Name, share and, where this officer may read them, the names of those who have not confirmed."""
    scopes = [reading.seats_seen(me(request), today(), right) for right in NAMING]
    named = {line.seat for line in shown if any(scope is None or line.seat in scope for scope in scopes)}
    late = reading.missing_names(version, today(), named) if named else {}
    return [(line.name, shares[line.seat], late.get(line.seat, [])) for line in shown]


def tell(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down that one's agency spread a guide."""
    guide = queries.guide_named(slug)
    version = queries.public_version(guide)
    form = BroadcastForm(request.POST or None, by=me(request))
    if request.method == "POST" and form.is_valid():
        try:
            reach.tell_broadcast(slug, form.told(), by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã ghi lần phổ biến."))
            return redirect("guides:broadcasts")
    page = {"form": form, "guide": guide, "title": queries.titles([version.pk], page_language())[version.pk]}
    return render(request, "guides/tell.html", page, status=400 if form.errors else 200)


def broadcasts(request: HttpRequest) -> HttpResponse:
    """What agencies in one's scope told of spreading guides, newest first."""
    rows, next_after = reach.page_of(reach.broadcasts(me(request), today()), request.GET.get("after", ""))
    titles = {guide.slug: queries.title_of(guide.slug, page_language()) for guide in {row.guide for row in rows}}
    mine = set(reach.acts_for(me(request), today()).values_list("pk", flat=True)) if rows else set()
    lines = [
        (row, titles[row.guide.slug] or row.guide.slug, languages().get(row.language), row.agency_id in mine)
        for row in rows
    ]
    return render(request, "guides/broadcasts.html", {"lines": lines, "next_after": next_after} | may(request))


@require_POST
def strike(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Take an entry back."""
    reach.strike_broadcast(broadcast_id, by=me(request), now=clock.now())
    messages.success(request, _("Đã bỏ dòng này; nó không còn được tính."))
    return redirect("guides:broadcasts")
