"""What an agency does: names officers, attests, guides, answers questions, hands over; and its join sheet."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import DateField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.agencies import attesting, forms, guiding, handing, joining, naming, queries, tree
from dauchan.agencies.models import HandOver
from dauchan.agencies.papers import join_sheet_pdf
from dauchan.agencies.tree_views import agency_page, seen, tell
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse

PAGE_SIZE = 30


@require_POST
def name_officer(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Name a focal officer or a head."""
    one, form = seen(request, agency_id), forms.AppointmentForm(request.POST)
    if not form.is_valid():
        return agency_page(request, one, appointment_form=form)
    try:
        naming.name_officer(one, form.told(), by=officer_of(request), now=clock.now())
    except Problem as problem:
        refuse(form, problem)
        return agency_page(request, one, appointment_form=form)
    messages.success(request, _("Đã cử. Nếu người này chưa có tài khoản, hãy bấm Mời."))
    return redirect("agencies:agency", one.pk)


@require_POST
def appointment_act(request: HttpRequest, agency_id: int, appointment_id: int) -> HttpResponse:
    """End a term, or go on with it until another day."""
    one, by, now = seen(request, agency_id), officer_of(request), clock.now()
    try:
        if request.POST.get("act") == "end":
            naming.end(appointment_id, by=by, now=now)
        else:
            until = request.POST.get("until", "")
            day = DateField(required=False).clean(until)
            naming.renew(appointment_id, until=day, by=by, now=now)
    except ValidationError:
        messages.error(request, _("Ngày chưa đúng."))
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã ghi."))
    return redirect("agencies:agency", one.pk)


@require_POST
def attest(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Sign that the agency's list of places is complete."""
    one = seen(request, agency_id)
    try:
        attesting.attest(one, seen=request.POST.get("seen", ""), by=officer_of(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã ký cam kết."))
    return redirect("agencies:agency", one.pk)


@require_POST
def log_session(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Write down guidance that was given."""
    one, form = seen(request, agency_id), forms.SessionForm(request.POST)
    if not form.is_valid():
        return agency_page(request, one, session_form=form)
    try:
        guiding.log_session(one, form.told(), by=officer_of(request), now=clock.now())
    except Problem as problem:
        refuse(form, problem)
        return agency_page(request, one, session_form=form)
    messages.success(request, _("Đã ghi buổi hướng dẫn."))
    return redirect("agencies:agency", one.pk)


@require_POST
def join_sheet(request: HttpRequest, agency_id: int) -> HttpResponse:
    """The sheet with the agency's code, to be hung where its own people see it; or a new code."""
    one, now = seen(request, agency_id), clock.now()
    anew = request.POST.get("act") == "anew"
    code = joining.join_code(one, by=officer_of(request), now=now, anew=anew)
    if anew:
        messages.success(request, _("Mã cũ không còn dùng được. Hãy in tờ mới."))
        return redirect("agencies:agency", one.pk)
    content = join_sheet_pdf(one, code, request.build_absolute_uri("/"), now=now)
    name = f"tham-gia-co-quan-{one.pk}.pdf"
    shown = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=shown)


# --- handing over -----------------------------------------------------------------------------------------------------


def hand_over(request: HttpRequest, agency_id: int) -> HttpResponse:
    """What a hand-over would move; POST confirms it."""
    old, me, today = seen(request, agency_id), officer_of(request), forms.today()
    tree.require_at(me, "agency.edit", old, today)
    given = request.POST or request.GET
    form = SuccessorForm(given if "to" in given else None)
    new = form.cleaned_data["to"] if form.is_bound and form.is_valid() else None
    if request.method == "POST" and new is not None:
        keep = [number for text in request.POST.getlist("keep") if (number := row_number(text)) is not None]
        try:
            seen_then = request.POST.get("seen", "")
            made = handing.hand_over(old, new, keep=keep, seen=seen_then, by=me, now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã bàn giao. Biên nhận %(receipt)s.") % {"receipt": made.receipt})
            return redirect("agencies:receipt", made.receipt)
    page = {"agency": old, "form": form, "new": new, "preview": handing.preview(old)}
    return render(request, "agencies/hand_over.html", page, status=400 if form.errors else 200)


class SuccessorForm(forms.Styled):
    to = forms.AgencyField(label=gettext_lazy("Cơ quan kế thừa"), max_length=200)


def receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """The receipt of a hand-over, for both sides."""
    me, today = officer_of(request), forms.today()
    rows = HandOver.objects.select_related("old__unit", "new__unit", "given_by", "taken_by")
    found = rows.filter(receipt=receipt).first()
    visible = queries.visible_to(me, "rollout.view", today)
    if found is None or not visible.filter(pk__in=[found.old_id, found.new_id]).exists():
        raise NotFound()
    takes = queries.scope_of(me, "agency.act", today).holds_agency(found.new)
    return render(request, "agencies/receipt.html", {"one": found, "takes": takes and found.taken_at is None})


@require_POST
def take(request: HttpRequest, receipt: str) -> HttpResponse:
    """Sign for what was handed over."""
    handing.take(receipt, by=officer_of(request), now=clock.now())
    messages.success(request, _("Đã ký nhận."))
    return redirect("agencies:receipt", receipt)


# --- questions --------------------------------------------------------------------------------------------------------


def questions(request: HttpRequest) -> HttpResponse:
    """What places ask, those without an answer first; POST notes one that was asked on the phone."""
    me, today, now = officer_of(request), forms.today(), clock.now()
    form = forms.PhoneQuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            guiding.note_question(told["place_id"], told["text"], by=me, now=now)
        except NotFound:
            form.add_error("place_id", _("Không có địa điểm nào như vậy trong phạm vi của bạn."))
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã ghi câu hỏi."))
            return redirect("agencies:questions")
    answered = request.GET.get("answered") == "1"
    found = guiding.questions_for(me, "agency.act", today).filter(answered_at__isnull=not answered).order_by("-pk")
    before = row_number(request.GET.get("before", ""))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE_SIZE + 1])
    page = {
        "form": form,
        "lines": [(one, forms.AnswerForm(initial={"answer": one.answer, "for_guide": one.for_guide})) for one in rows][
            :PAGE_SIZE
        ],
        "answered": answered,
        "may_guide": has_permission(me, "guide.edit", today),
        "next_before": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
    }
    return render(request, "agencies/questions.html", page, status=400 if form.errors else 200)


@require_POST
def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """Answer a question."""
    form = forms.AnswerForm(request.POST)
    try:
        text = form.cleaned_data["answer"] if form.is_valid() else ""
        ready = bool(form.cleaned_data.get("for_guide"))
        guiding.answer(question_id, text, for_guide=ready, by=officer_of(request), now=clock.now())
    except NotFound:
        raise
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã trả lời. Chủ địa điểm thấy câu trả lời ở trang của mình."))
    return redirect("agencies:questions")
