"""Officers' pages of scans: those kept apart, taken or left out; and a paper form typed in for a place."""

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.kernel.keyring import open_keyring
from dauchan.places.queries import visible_to
from dauchan.visits import queries
from dauchan.visits.review import decide_kept
from dauchan.visits.sheet_page import sheet_page

REASONS = {
    "backlog": gettext_lazy("Đến muộn hơn thời hạn của thiết bị"),
    "burst": gettext_lazy("Quá nhiều lượt chưa xác minh cùng lúc ở một nơi"),
    "point_closed": gettext_lazy("Điểm quét đã đóng, tạm dừng hoặc không được duyệt"),
}


def kept(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, newest first."""
    officer, today = cast(Officer, request.user), clock.local_day(clock.now())
    page = queries.kept_waiting(officer, today, after=request.GET.get("after", ""))
    lines = [(line, REASONS.get(line.reason, line.reason)) for line in page.lines]
    return render(request, "visits/kept.html", {"lines": lines, "next_after": page.next_after})


def decide(request: HttpRequest) -> HttpResponse:
    """Take the chosen scans into the ledger, or leave them out."""
    accept = request.POST.get("act") == "accept"
    done = decide_kept(
        _chosen(request),
        accept=accept,
        reason=request.POST.get("reason", ""),
        by=cast(Officer, request.user),
        keyring=open_keyring(settings.INSTALLATION.keyring_dir),
        now=clock.now(),
    )
    said = (
        ngettext("Đã nhận %(count)d lượt quét.", "Đã nhận %(count)d lượt quét.", done.decided)
        if accept
        else ngettext("Đã bỏ %(count)d lượt quét.", "Đã bỏ %(count)d lượt quét.", done.decided)
    )
    messages.success(request, said % {"count": done.decided})
    if done.expired:
        messages.warning(request, _("%(count)d lượt đã quá thời hạn lưu, không nhận được.") % {"count": done.expired})
    return redirect("visits:kept")


@never_cache
@sensitive_post_parameters()
def type_in_sheet(request: HttpRequest, place_id: int) -> HttpResponse:
    """The lines of a paper form of a place that this officer looks after."""
    officer = cast(Officer, request.user)
    mine = visible_to(officer, "place.edit", clock.local_day(clock.now()))
    place = mine.select_related("unit").filter(pk=place_id).first()
    if place is None:
        raise NotFound
    return sheet_page(request, place, "visits/type_in.html", by=officer)


def _chosen(request: HttpRequest) -> list[UUID]:
    chosen = []
    for text in request.POST.getlist("scan")[: queries.PAGE_SIZE]:
        try:
            chosen.append(UUID(text))
        except ValueError:
            continue
    return chosen
