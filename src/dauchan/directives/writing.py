"""The verbs of writing a document: draft it, say to whom and what, attach files, send it, withdraw it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.coverage.definitions import indicator
from dauchan.directives import rules, scope
from dauchan.directives.models import (
    Addressee,
    Attachment,
    Citation,
    CitedDocument,
    Directive,
    DocumentState,
    Order,
    Recipient,
    Task,
)
from dauchan.directives.wording import Purpose, Role
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.kernel.search import search_key
from dauchan.people.rules import normal_text
from dauchan.units import agencies
from dauchan.units.models import Agency, Unit

INSERTED = 1000


@dataclass(frozen=True)
class Words:
    """What a document says of itself, as the form has it."""

    form: str
    symbol: str
    place: str
    subject: str
    number: str = ""
    dated: date | None = None
    body: str = ""
    signer_title: str = ""
    signer_name: str = ""
    filed: str = "VT"


@dataclass(frozen=True)
class Group:
    """A line of addressees: one agency, or all of a kind."""

    role: str
    words: str
    agency: Agency | None = None
    kind: str = ""
    level: str = ""
    sector: str = ""
    unit: Unit | None = None


@transaction.atomic
def draft(
    issuer: Agency,
    words: Words,
    *,
    by: Officer,
    now: datetime,
    purpose: str = Purpose.ORDER,
    carries_out: Directive | None = None,
) -> Directive:
    """Begin a document; one that carries out another takes over its orders, to be passed on.

    raises   OutOfScope, NumberWrong, SignedInTheFuture
    """
    on = clock.local_day(now)
    scope.require_own(by, scope.ISSUE, issuer.pk, on)
    rules.check_signature(words.number, words.dated, on)
    made = Directive.objects.create(
        issuer=issuer,
        purpose=purpose,
        carries_out=carries_out,
        written_by=by,
        written_at=now,
        search_key=_key(words, issuer),
        **asdict(words),
    )
    if carries_out:
        _take_over(made, carries_out)
    audit.record("directive.drafted", by=by, at=now, unit=issuer.unit_id, detail={"directive": made.pk})
    return made


def _take_over(made: Directive, above: Directive) -> None:
    inherited = [
        Order(
            directive=made,
            position=order.position,
            text=order.text,
            deadline=order.deadline,
            indicator=order.indicator,
            target=order.target,
            carries_out=order,
        )
        for order in above.orders.all()
    ]
    Order.objects.bulk_create(inherited)


def _key(words: Words, issuer: Agency) -> str:
    return search_key(f"{words.number} {words.symbol} {words.subject} {issuer.name}")[:400]


def _draft_of(directive_id: int, by: Officer, on: date) -> Directive:
    """A draft that this officer may change, locked.

    raises   NotFound, NotADraft
    """
    found = scope.own_directive(directive_id, by, on, lock=True)
    if not found.is_draft:
        raise rules.NotADraft
    return found


def edition(directive: Directive) -> str:
    """Names what a document says of itself now: another as soon as somebody has changed a word."""
    told = [str(getattr(directive, name)) for name in Words.__dataclass_fields__]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


@transaction.atomic
def reword(directive_id: int, words: Words, *, seen: str, by: Officer, now: datetime) -> Directive:
    """Change what a draft says of itself.

    seen     the edition that these words were written over
    raises   NotFound, NotADraft, Overtaken, NumberWrong, SignedInTheFuture
    """
    on = clock.local_day(now)
    found = _draft_of(directive_id, by, on)
    rules.check_signature(words.number, words.dated, on)
    if edition(found) != seen:
        raise rules.Overtaken
    for name, value in asdict(words).items():
        setattr(found, name, value)
    found.search_key = _key(words, found.issuer)
    found.save()
    return found


@transaction.atomic
def address(directive_id: int, group: Group, *, by: Officer, now: datetime) -> int:
    """Add a line of addressees; whoever gets the document by an earlier line isn't named twice.

    returns  how many agencies the line added
    raises   NotFound, NotADraft, NobodyFound, TooManyLines
    """
    on = clock.local_day(now)
    found = _draft_of(directive_id, by, on)
    if found.addressees.count() >= rules.ADDRESSEES_MOST:
        raise rules.TooManyLines(limit=rules.ADDRESSEES_MOST)
    allowed = scope.may_be_told(by, found.issuer, on)
    if group.agency:
        meant = allowed.filter(id=group.agency.pk)
    else:
        within = group.unit or found.issuer.unit
        of_kind = agencies.agencies_of_kind(group.kind, on, level=group.level, sector=group.sector, within=within)
        meant = allowed.filter(id__in=of_kind.values("id"))
    ids = list(meant.order_by("search_key", "id").values_list("id", flat=True))
    if not ids:
        raise rules.NobodyFound(field="kind")
    line = Addressee.objects.create(
        directive=found,
        role=group.role,
        words=normal_text(group.words, field="words", longest=200),
        kind=group.kind,
        level=group.level,
        sector=group.sector,
        unit=group.unit,
    )
    before = found.recipients.count()
    rows = [Recipient(directive=found, addressee=line, agency_id=agency, role=group.role) for agency in ids]
    Recipient.objects.bulk_create(rows, batch_size=INSERTED, ignore_conflicts=True)
    return found.recipients.count() - before


@transaction.atomic
def strike(directive_id: int, addressee_id: int, *, by: Officer, now: datetime) -> None:
    """Take a line of addressees out of a draft."""
    found = _draft_of(directive_id, by, clock.local_day(now))
    found.addressees.filter(pk=addressee_id).delete()


@dataclass(frozen=True)
class Wanted:
    """One order as somebody writes it."""

    text: str
    deadline: date
    indicator: str = ""
    target: float | None = None


@transaction.atomic
def add_order(directive_id: int, wanted: Wanted, *, by: Officer, now: datetime) -> Order:
    """Add an order to a draft.

    raises   NotFound, NotADraft, NoOrders, TooManyLines, UnknownIndicator, DeadlinePast, TargetIncomplete, TargetBeyond
    """
    on = clock.local_day(now)
    found = _draft_of(directive_id, by, on)
    if found.purpose != Purpose.ORDER:
        raise rules.NoOrders
    last = found.orders.order_by("-position").values_list("position", flat=True).first() or 0
    if last >= rules.ORDERS_MOST:
        raise rules.TooManyLines(limit=rules.ORDERS_MOST)
    unit = indicator(wanted.indicator).unit if wanted.indicator else ""
    rules.check_order(wanted.deadline, wanted.target, unit, on)
    return Order.objects.create(directive=found, position=last + 1, **asdict(wanted))


@transaction.atomic
def drop_order(directive_id: int, order_id: int, *, by: Officer, now: datetime) -> None:
    """Take an order out of a draft; those behind it move up, as the printed document numbers them."""
    found = _draft_of(directive_id, by, clock.local_day(now))
    found.orders.filter(pk=order_id).delete()
    for position, order in enumerate(found.orders.all(), 1):
        if order.position != position:
            order.position = position
            order.save(update_fields=["position"])


@transaction.atomic
def cite(directive_id: int, cited: CitedDocument, *, by: Officer, now: datetime) -> CitedDocument:
    """Say which document of others a draft carries out; one that is known is taken as it is known.

    cited   not stored yet
    """
    found = _draft_of(directive_id, by, clock.local_day(now))
    known, _made = CitedDocument.objects.get_or_create(
        reference=cited.reference,
        dated=cited.dated,
        defaults={"issuer": cited.issuer, "subject": cited.subject, "link": cited.link},
    )
    Citation.objects.get_or_create(directive=found, cited=known)
    return known


@transaction.atomic
def uncite(directive_id: int, citation_id: int, *, by: Officer, now: datetime) -> None:
    """Take a cited document out of a draft."""
    found = _draft_of(directive_id, by, clock.local_day(now))
    found.citations.filter(pk=citation_id).delete()


@transaction.atomic
def attach(directive_id: int, name: str, content: bytes, *, signed: bool, by: Officer, now: datetime) -> Attachment:
    """Add a file: an annex while it is a draft, the signed scan afterwards too.

    raises   NotFound, NotADraft, FileNotTaken
    """
    on = clock.local_day(now)
    found = scope.own_directive(directive_id, by, on, lock=True) if signed else _draft_of(directive_id, by, on)
    if found.attachments.count() >= rules.FILES_EACH:
        raise rules.FileNotTaken(field="file")
    made = store_file(name, content, by=by, now=now, directive=found, signed=signed)
    audit.record("directive.attached", by=by, at=now, unit=found.issuer.unit_id, detail={"directive": found.pk})
    return made


def store_file(
    name: str,
    content: bytes,
    *,
    by: Officer,
    now: datetime,
    directive: Directive | None = None,
    task: Task | None = None,
    signed: bool = False,
) -> Attachment:
    """Keep a file as it came; its name is only ever shown.

    raises   FileNotTaken
    """
    return Attachment.objects.create(
        directive=directive,
        task=task,
        is_signed=signed,
        name=normal_text(name.rpartition("/")[2][-120:], field="file", longest=120),
        media_type=rules.media_type(name, content),
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=by,
        added_at=now,
    )


@transaction.atomic
def detach(directive_id: int, attachment_id: int, *, by: Officer, now: datetime) -> None:
    """Take a file out of a draft."""
    found = _draft_of(directive_id, by, clock.local_day(now))
    found.attachments.filter(pk=attachment_id).delete()


@transaction.atomic
def send(directive_id: int, *, by: Officer, now: datetime) -> Directive:
    """Send a document that was signed: its orders become tasks of whoever carries it out, and everybody is told.

    raises   NotFound, NotADraft, NotReady
    """
    on = clock.local_day(now)
    found = _draft_of(directive_id, by, on)
    check_ready(found, on)
    found.state, found.sent_by, found.sent_at = DocumentState.SENT, by, now
    found.save(update_fields=["state", "sent_by", "sent_at"])
    count = make_tasks(found, now)
    audit.record(
        "directive.sent", by=by, at=now, unit=found.issuer.unit_id, detail={"directive": found.pk}, count=count
    )
    app.configure_task("directives.announce").defer(directive_id=found.pk)
    return found


def check_ready(found: Directive, on: date) -> None:
    """Whether a draft may go out.

    raises   NotReady
    """
    missing = missing_from(found, on)
    if missing:
        vi, en = zip(*missing, strict=True)
        raise rules.NotReady(field="number", missing=", ".join(vi), missing_en=", ".join(en))


def missing_from(found: Directive, on: date) -> list[tuple[str, str]]:
    """What a draft lacks before it may go out, in both languages; an order that is passed on late keeps its day."""
    lapsed = found.orders.filter(deadline__lt=on, carries_out=None)
    lacks = [
        (not found.number, "số văn bản", "the number"),
        (not found.dated, "ngày ký", "the date of signing"),
        (not found.recipients.exists(), "nơi nhận", "addressees"),
        (found.purpose == Purpose.ORDER and not found.orders.exists(), "nhiệm vụ", "an order"),
        (lapsed.exists(), "hạn mới cho nhiệm vụ đã quá hạn", "new deadlines for the orders whose day is past"),
    ]
    return [(vi, en) for is_missing, vi, en in lacks if is_missing]


def make_tasks(found: Directive, now: datetime) -> int:
    """A task for each order and each agency that carries it out.

    returns  how many
    """
    executing = list(found.recipients.filter(role=Role.EXECUTE).values_list("id", "agency_id"))
    rows = [
        Task(order=order, recipient_id=recipient, agency_id=agency, deadline=order.deadline, changed_at=now)
        for order in found.orders.all()
        for recipient, agency in executing
    ]
    Task.objects.bulk_create(rows, batch_size=INSERTED)
    return len(rows)


@transaction.atomic
def withdraw(directive_id: int, why: str, *, by: Officer, now: datetime) -> Directive:
    """Take back a document that was sent: its tasks are nobody's any more, its words stay to be read.

    raises   NotFound, ReasonMissing
    """
    found = scope.own_directive(directive_id, by, clock.local_day(now), lock=True)
    reason = normal_text(why, field="why", longest=rules.NOTE_LENGTH)
    if not reason:
        raise rules.ReasonMissing(field="why")
    if found.state != DocumentState.SENT:
        raise NotFound
    found.state, found.withdrawn_why = DocumentState.WITHDRAWN, reason
    found.save(update_fields=["state", "withdrawn_why"])
    audit.record("directive.withdrawn", by=by, at=now, unit=found.issuer.unit_id, detail={"directive": found.pk})
    return found
