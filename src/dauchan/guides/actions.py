"""The verbs of guides: draft, publish, withdraw, bring an earlier version back, lay an official document beside."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of
from dauchan.guides import rules
from dauchan.guides.models import File, Guide, State, Text, Version
from dauchan.guides.pictures import PICTURES
from dauchan.guides.queries import content_of, draft_of, file_of, guide_named, in_use, public_version
from dauchan.guides.rules import Content, Told
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted
from dauchan.kernel.search import search_key
from dauchan.people.rules import normal_text
from dauchan.units.agencies import units_of_agencies
from dauchan.units.models import Level
from dauchan.units.queries import provinces, units_of

LONGEST_SLUG = 60
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


class NameTaken(BadInput):
    vi = "Đã có hướng dẫn mang địa chỉ này. Hãy đặt tiêu đề khác, hoặc mở bản đã có."
    en = "There is a guide under this address. Choose another title, or open the one that is there."


class WhyMissing(BadInput):
    vi = "Hãy ghi vì sao thu hồi: người mở trang cũ sẽ đọc lý do này."
    en = "Say why it is withdrawn: whoever opens the old page reads it."


def require_writer(by: Officer, now: datetime) -> None:
    """Let only those go on who write guides.

    raises   NotPermitted
    """
    if not may_write(by, clock.local_day(now)):
        raise NotPermitted


def may_write(officer: Officer, on: date) -> bool:
    """Whether an officer writes guides, which are the whole province's: by a role at a province or its agency."""
    scope = scope_of(officer, "guide.edit", on)
    if scope.everywhere or any(scope.holds_unit(province.pk) for province in provinces(on)):
        return True
    return any(unit.level == Level.PROVINCE for unit in units_of(units_of_agencies(scope.agency_ids)))


def slug_for(title: str) -> str:
    """The address that a title gives: "Đi chợ an toàn" -> "di-cho-an-toan"."""
    return _NOT_IN_SLUG.sub("-", search_key(title)).strip("-")[:LONGEST_SLUG].strip("-")


@transaction.atomic
def begin_guide(
    title: str, audience: str, settings: Sequence[str], *, answer: str = "", by: Officer, now: datetime
) -> Guide:
    """A new guide with a draft: empty, or with what a place was answered as its first steps.

    raises   NotPermitted, NameTaken, TextMissing
    """
    require_writer(by, now)
    slug = slug_for(title)
    if not slug:
        raise rules.TextMissing(field="title")
    guide, made = Guide.objects.get_or_create(
        slug=slug, defaults={"audience": audience, "settings": list(settings), "made_at": now, "made_by": by}
    )
    if not made:
        raise NameTaken(field="title")
    draft = new_version(guide, Content(rules.steps_from(answer), {"vi": Told(title, "")}), by=by, now=now)
    audit.record("guide.begun", by=by, at=now, detail={"guide": slug, "version": draft.number})
    return guide


@transaction.atomic
def classify(slug: str, audience: str, settings: Sequence[str], *, by: Officer, now: datetime) -> Guide:
    """For whom and where a guide is, from now on.

    raises   NotPermitted, NotFound
    """
    require_writer(by, now)
    guide = guide_named(slug)
    guide.audience, guide.settings = audience, list(settings)
    guide.save(update_fields=["audience", "settings"])
    audit.record("guide.classified", by=by, at=now, detail={"guide": slug})
    return guide


@transaction.atomic
def save_draft(slug: str, content: Content, *, seen: datetime | None, by: Officer, now: datetime) -> Version:
    """Store the draft whole; without one a new version begins.

    seen     when the draft that the writer changed was last saved; None when there was none
    raises   NotPermitted, NotFound, TooLong, TooManySteps, UnknownPicture, EditedMeanwhile
    """
    require_writer(by, now)
    rules.check(content)
    if any(step.picture not in PICTURES for step in content.steps):
        raise rules.UnknownPicture(field="picture")
    guide = _held(slug)
    draft = draft_of(guide)
    if (draft.edited_at if draft else None) != seen:
        raise rules.EditedMeanwhile
    if draft is None:
        return new_version(guide, content, by=by, now=now)
    draft.steps, draft.edited_at, draft.edited_by = [step.as_stored() for step in content.steps], now, by
    draft.save(update_fields=["steps", "edited_at", "edited_by"])
    draft.texts.all().delete()
    _write_texts(draft, content)
    return draft


def _held(slug: str) -> Guide:
    """The guide, and nobody else publishes or saves it meanwhile."""
    guide_named(slug)
    return Guide.objects.select_for_update().get(slug=slug)


def new_version(guide: Guide, content: Content, *, by: Officer | None, now: datetime, **more: Any) -> Version:
    """The next version of a guide, a draft unless `more` says otherwise."""
    last = guide.versions.aggregate(last=Max("number"))["last"] or 0
    made = Version.objects.create(
        guide=guide,
        number=last + 1,
        steps=[step.as_stored() for step in content.steps],
        made_at=now,
        made_by=by,
        edited_at=now,
        edited_by=by,
        **{"state": State.DRAFT, **more},
    )
    _write_texts(made, content)
    return made


def _write_texts(version: Version, content: Content) -> None:
    Text.objects.bulk_create(
        Text(
            version=version,
            language=language,
            title=told.title,
            summary=told.summary,
            script=told.script,
            official=told.official,
            search_key=search_key(rules.plain(content.search_text(language))),
        )
        for language, told in content.texts.items()
    )


@transaction.atomic
def drop_draft(slug: str, *, by: Officer, now: datetime) -> None:
    """Throw the draft away; what is in use stays.

    raises   NotPermitted, NotFound
    """
    require_writer(by, now)
    guide = _held(slug)
    draft = draft_of(guide)
    if draft is None:
        raise NotFound
    draft.delete()
    audit.record("guide.draft_dropped", by=by, at=now, detail={"guide": slug})
    if not guide.versions.exists():
        guide.delete()


@transaction.atomic
def publish(slug: str, number: int, *, by: Officer, now: datetime) -> Version:
    """Put the draft of this number into use: whoever confirmed an earlier version is asked again.

    raises   NotPermitted, NotFound, NotInState, TextMissing
    """
    require_writer(by, now)
    guide = _held(slug)
    draft = draft_of(guide)
    if draft is None or draft.number != number:
        raise rules.NotInState
    rules.check_complete(content_of(draft))
    _replace(guide, by=by, now=now)
    draft.state, draft.published_at, draft.published_by = State.PUBLISHED, now, by
    draft.save(update_fields=["state", "published_at", "published_by"])
    audit.record("guide.published", by=by, at=now, detail={"guide": slug, "version": number})
    return draft


def _replace(guide: Guide, *, by: Officer, now: datetime) -> None:
    guide.versions.filter(state=State.PUBLISHED).update(state=State.REPLACED, ended_at=now, ended_by=by)


@transaction.atomic
def withdraw(slug: str, why: str, *, by: Officer, now: datetime) -> Version:
    """Take the version in use out of use: its page says so and why, and nobody is asked to read it any more.

    raises   NotPermitted, NotFound, NotInState, WhyMissing, BadText
    """
    require_writer(by, now)
    told = normal_text(why, field="why", longest=300)
    if not told:
        raise WhyMissing(field="why")
    version = in_use(_held(slug))
    if version is None:
        raise rules.NotInState
    version.state, version.ended_at, version.ended_by, version.withdrawn_why = State.WITHDRAWN, now, by, told
    version.save(update_fields=["state", "ended_at", "ended_by", "withdrawn_why"])
    audit.record("guide.withdrawn", by=by, at=now, detail={"guide": slug, "version": version.number})
    return version


@transaction.atomic
def bring_back(slug: str, number: int, *, by: Officer, now: datetime) -> Version:
    """Put an earlier or withdrawn version back into use: the undo of publishing and of withdrawing.

    Who had confirmed it has confirmed it.
    raises   NotPermitted, NotFound, NotInState
    """
    require_writer(by, now)
    guide = _held(slug)
    version = public_version(guide, number)
    if version.state == State.PUBLISHED:
        raise rules.NotInState
    _replace(guide, by=by, now=now)
    version.state, version.ended_at, version.ended_by, version.withdrawn_why = State.PUBLISHED, None, None, ""
    version.published_at, version.published_by = now, by
    version.save()
    audit.record("guide.brought_back", by=by, at=now, detail={"guide": slug, "version": number})
    return version


@transaction.atomic
def add_file(slug: str, title: str, content: bytes, *, by: Officer, now: datetime) -> File:
    """Lay an official document beside a guide; the same bytes are there once.

    raises   NotPermitted, NotFound, NotADocument, TextMissing, BadText
    """
    require_writer(by, now)
    rules.check_document(content)
    told = normal_text(title, field="title", longest=200)
    if not told:
        raise rules.TextMissing(field="title")
    guide, digest = _held(slug), hashlib.sha256(content).hexdigest()
    there = guide.files.filter(sha256=digest, removed_at__isnull=True).first()
    if there:
        return there
    made = File.objects.create(
        guide=guide, title=told, content=content, size=len(content), sha256=digest, added_at=now, added_by=by
    )
    audit.record("guide.file_added", by=by, at=now, detail={"guide": slug, "file": made.pk, "sha256": digest})
    return made


@transaction.atomic
def remove_file(slug: str, file_id: int, *, by: Officer, now: datetime) -> None:
    """Take an official document away from a guide; the row is kept, with who did it.

    raises   NotPermitted, NotFound
    """
    require_writer(by, now)
    found = file_of(guide_named(slug), file_id)
    found.removed_at, found.removed_by = now, by
    found.save(update_fields=["removed_at", "removed_by"])
    audit.record("guide.file_removed", by=by, at=now, detail={"guide": slug, "file": file_id})
