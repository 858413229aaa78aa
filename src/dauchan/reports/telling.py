"""The words of a report: sections of sentences and tables, made from its snapshot alone.

One generator for the page, the document and the workbook, so that no number is retyped and none differs between them.
A sentence whose figure isn't known is left out; a figure that is hidden says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dauchan.coverage.words import number
from dauchan.reports import grids, phrases, rules
from dauchan.reports.grids import Grid
from dauchan.reports.snapshot import Content, Row, Shown, Source

REPEATED = 2
"""From so many days in a row on, a unit at zero is named as one that repeats. Ours."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: its title, sentences, lists of names, tables."""

    title: str
    sentences: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    pictures: tuple[str, ...] = ()


def title(content: Content) -> str:
    """What a report is about: "Tình hình triển khai quét mã QR địa điểm của Tỉnh Đắk Nông ngày 16/12/2021"."""
    words = _("Tình hình triển khai quét mã QR địa điểm của %(subject)s %(period)s")
    return words % {"subject": content.subject.name, "period": phrases.period_words(content)}


def opening(content: Content) -> str:
    """The sentence before the first section."""
    words = _(
        "%(issuer)s báo cáo tình hình triển khai quét mã QR địa điểm của %(subject)s, số liệu %(period)s, "
        "tính đến %(at)s, như sau:"
    )
    return words % {
        "issuer": content.issuer,
        "subject": content.subject.name,
        "period": phrases.period_words(content),
        "at": phrases.at_words(content.as_of),
    }


def trend_title(days: int) -> str:
    return _("Diễn biến %(days)d ngày qua") % {"days": days}


def sections(content: Content) -> tuple[Section, ...]:
    """Every section that has something to say, in the order of the bulletins."""
    told = (
        Section(_("Địa điểm"), _present(_places(content))),
        Section(_("Lượt quét và người đến"), _present(_scans(content)), pictures=("trend", "people")),
        Section(_("Đơn vị không có lượt quét"), _present(_at_zero(content)), grids.unused(content)),
        Section(_("Người dân và ứng dụng"), _present(_citizens(content))),
        Section(_("Đơn vị dẫn đầu và đơn vị chậm"), _present(_league(content)), grids.by_part(content), ("map",)),
        Section(_("Theo lĩnh vực và theo kênh"), (), grids.by_sector_and_channel(content)),
        Section(_("Đôn đốc, kiểm tra, hướng dẫn"), _present(_followed_up(content)), grids.spreading(content)),
        Section(_("Đính chính số liệu báo cáo trước"), _present(_corrected(content)), grids.corrections(content)),
        Section(_("Tổng hợp chỉ tiêu"), (), grids.summary(content)),
    )
    return tuple(one for one in told if one.sentences or one.grids)


def notes(content: Content) -> tuple[str, ...]:
    """How to read the figures: as-of, cut-off, hidden counts, where each definition stands."""
    told = [
        _("Số liệu được chốt lúc %(at)s; lượt quét gửi về sau giờ này được tính vào ngày phát sinh và đính chính ở "
          "báo cáo sau.") % {"at": phrases.at_words(content.as_of)},
        _("Lượt quét, lượt đến và số người là ba số liệu khác nhau: một người có thể quét nhiều lượt trong ngày."),
    ]  # fmt: skip
    if content.suppressed_below:
        told.append(phrases.hidden_means(content))
    if any(known.supplied for known in content.indicators.values()):
        told.append(_("Dân số, điện thoại thông minh, lượt cài đặt và số người của cơ quan là số liệu được cung cấp."))
    told += [_source(content, one) for one in content.sources]
    return tuple(told)


def _source(content: Content, one: Source) -> str:
    name = phrases.name_of(content.indicators[one.indicator]) + (f" ({one.app})" if one.app else "")
    if one.day is None:
        return _("%(name)s: cộng số liệu của các nơi trực thuộc.") % {"name": name}
    words = _("%(name)s: nguồn %(source)s, ngày %(day)s.")
    return words % {"name": name, "source": one.source, "day": phrases.day_words(one.day)}


def _present(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)


def _figure(content: Content, code: str) -> Shown:
    return content.subject.figures.get(code, Shown())


def _whole(clauses: Iterable[str]) -> str:
    """Clauses as one sentence; "" when the first has nothing to say."""
    said = list(clauses)
    return "; ".join(clause for clause in said if clause) + "." if said and said[0] else ""


def _counted(content: Content, code: str, noun: phrases.Noun) -> str:
    shown = _figure(content, code)
    if shown.hidden:
        return _("%(sign)s (xem ghi chú)") % {"sign": phrases.HIDDEN}
    return "" if shown.value is None else noun(shown.value)


def _change(content: Content, code: str, noun: phrases.Noun) -> str:
    """How a figure has changed and from what: "giảm 1.559 địa điểm so với ngày hôm trước"."""
    change = _figure(content, code).change
    return "" if change is None else f"{phrases.changed(change, noun)} {phrases.against(content)}"


def _mean(content: Content, code: str, noun: phrases.Noun) -> str:
    mean = _figure(content, code).mean
    return "" if mean is None else _("bình quân 7 ngày %(count)s") % {"count": noun(mean)}


def _is_day(content: Content) -> bool:
    return content.first == content.last


def _after(words: str, value: str) -> str:
    """Words with a value in their one gap; "" without the value."""
    return words % {"value": value} if value else ""


# --- the sections -----------------------------------------------------------------------------------------------------


def _places(content: Content) -> Iterable[str]:
    whole = _counted(content, "should_exist", phrases.places)
    yield _whole(
        (
            _after(_("Tổng số địa điểm đăng ký mã QR: %(value)s"), _counted(content, "registered", phrases.places)),
            _share(content, "coverage", _("đạt %(value)s số nơi phải có mã (%(whole)s)"), whole=whole) if whole else "",
        )
    )
    during = _("Đăng ký mới trong ngày: %(value)s") if _is_day(content) else _("Đăng ký mới trong kỳ: %(value)s")
    yield _whole(
        (
            _after(during, _counted(content, "new_places", phrases.places)),
            _change(content, "new_places", phrases.places),
            _mean(content, "new_places", phrases.places),
        )
    )
    yield _active(content)
    yield _whole(
        (
            _after(_("Hoạt động trong 7 ngày qua: %(value)s"), _counted(content, "active_7d", phrases.places)),
            _change(content, "active_7d", phrases.places),
        )
    )
    yield from (_whole((_after(words, _counted(content, code, phrases.places)),)) for code, words in _silent_words())


def _silent_words() -> tuple[tuple[str, str], ...]:
    return (
        ("reporting_zero", _("Báo không có khách: %(value)s")),
        ("not_reporting", _("Không báo cáo: %(value)s")),
        ("silent_places", _("Im lặng nhiều ngày: %(value)s")),
        ("never_used", _("Chưa từng có lượt quét: %(value)s")),
    )


def _active(content: Content) -> str:
    words = (
        _("Địa điểm có ít nhất một lượt quét trong ngày: %(value)s")
        if _is_day(content)
        else _("Địa điểm có ít nhất một lượt quét, bình quân mỗi ngày: %(value)s")
    )
    return _whole(
        (
            _after(words, _counted(content, "active_day", phrases.places)),
            _share(content, "active_day_share", _("bằng %(value)s số địa điểm đã duyệt")),
            _change(content, "active_day", phrases.places),
            _mean(content, "active_day", phrases.places) if _is_day(content) else "",
        )
    )


def _scans(content: Content) -> Iterable[str]:
    yield _whole(
        (
            _after(_("Tổng số lượt quét: %(value)s"), _counted(content, "scans", phrases.scans)),
            _change(content, "scans", phrases.scans),
            _mean(content, "scans", phrases.scans),
        )
    )
    yield _whole(
        (
            _after(_("Lượt đến: %(value)s"), _counted(content, "check_ins", phrases.scans)),
            _change(content, "check_ins", phrases.scans),
            _after(_("lượt đi: %(value)s"), _counted(content, "check_outs", phrases.scans)),
        )
    )
    words = (
        _("Số người đến trong ngày, mỗi người tính một lần: %(value)s")
        if _is_day(content)
        else _("Số người đến mỗi ngày, mỗi người tính một lần, bình quân trong kỳ: %(value)s")
    )
    yield _whole(
        (
            _after(words, _counted(content, "people", phrases.people)),
            _change(content, "people", phrases.people),
            _mean(content, "people", phrases.people) if _is_day(content) else "",
        )
    )
    yield _whole((_share(content, "reachable_share", _("Tỷ lệ người có số điện thoại liên hệ được: %(value)s")),))
    yield _whole((_share(content, "exit_share", _("Tỷ lệ quét khi rời đi (lượt đi trên lượt đến): %(value)s")),))


def _share(content: Content, code: str, words: str, **more: str) -> str:
    shown = _figure(content, code)
    return "" if shown.value is None else words % (more | {"value": phrases.percent(shown.value)})


def at_zero(content: Content) -> tuple[list[tuple[Row, int]], int]:
    """Communes without a scan on the last day, with their days in a row, the longest first.

    returns  those that have registered places; how many have none
    """
    lasting = [(row, row.figures["days_at_zero"].value) for row in content.rows if "days_at_zero" in row.figures]
    silent = [(row, int(value)) for row, value in lasting if value and row.level == "commune"]
    found = [(row, days) for row, days in silent if row.figures.get("registered", Shown()).value != 0]
    return sorted(found, key=lambda one: -one[1]), len(silent) - len(found)


def _at_zero(content: Content) -> Iterable[str]:
    count = _figure(content, "communes_at_zero").value
    if count is None:
        return
    found, without_places = at_zero(content)
    if count > without_places:
        yield from _silent(content, found, count - without_places)
    elif not count:
        yield _("Tất cả đơn vị cấp xã đều có lượt quét.")
    if without_places:
        yield _("Chưa khai nơi nào nên không có lượt quét: %(units)s.") % {"units": phrases.units(without_places)}


def _silent(content: Content, found: Sequence[tuple[Row, int]], count: float) -> Iterable[str]:
    words = _("Có %(units)s không có lượt quét nào trong ngày %(day)s")
    named = "; ".join(f"{row.name} ({_where(content, row)}{phrases.days(lasting)})" for row, lasting in found)
    told = words % {"units": phrases.units(count), "day": phrases.day_words(content.last)}
    yield f"{told}: {named}." if named else f"{told}."
    again = sum(lasting >= REPEATED for _row, lasting in found)
    if again:
        yield _("Trong đó %(units)s lặp lại từ %(days)s trở lên.") % {
            "units": phrases.units(again),
            "days": phrases.days(REPEATED),
        }


def _where(content: Content, commune: Row) -> str:
    """The district of a commune in front of its days, where there is one between it and the subject."""
    above = next((row.name for row in content.rows if row.id == commune.parent), "")
    return f"{above}; " if above else ""


def _citizens(content: Content) -> Iterable[str]:
    phones, residents = _("điện thoại thông minh"), _("người dân")
    installs, passes, staff = _("Lượt cài ứng dụng"), _("Người dân có mã cá nhân"), _("Người làm việc có mã cá nhân")
    of_all = _share(content, "install_people_share", _("bằng %(value)s dân số"))
    yield _part_of(content, ("installs", "smartphones", "install_share"), installs, phones, of_all)
    yield _part_of(content, ("residents_with_pass", "population", "pass_share"), passes, residents)
    yield _part_of(content, ("staff_with_pass", "headcount", "staff_pass_share"), staff, _("người làm việc"))


def _part_of(content: Content, codes: tuple[str, str, str], name: str, whole_name: str, more: str = "") -> str:
    """A part of a whole, its share, rank and change: "Lượt cài ứng dụng: 10 trên 20 điện thoại thông minh, đạt 50%"."""
    part, whole, share = (_figure(content, code) for code in codes)
    if part.value is None or whole.value is None or share.value is None:
        return ""
    words = _("%(name)s: %(part)s trên %(whole)s %(whole_name)s, đạt %(share)s") % {
        "name": name,
        "part": number(part.value),
        "whole": number(whole.value),
        "whole_name": whole_name,
        "share": phrases.percent(share.value),
    }
    ranked = content.ranks.get(codes[2])
    rank = _("xếp thứ %(rank)d trong %(all)d đơn vị") % {"rank": ranked[0], "all": ranked[1]} if ranked else ""
    change = "" if part.change is None else f"{_signed(part.change)} {phrases.against(content)}"
    return _whole((words, more, rank, change))


def _signed(change: float) -> str:
    return phrases.changed(change, lambda value: number(value, 0))


def _league(content: Content) -> Iterable[str]:
    parts = {row.id: row for row in grids.parts_of(content)}
    for code in ("active_day_share", "install_share", "pass_share"):
        if code not in content.indicators:
            continue
        values = {key: row.figures.get(code, Shown()).value for key, row in parts.items()}
        first, last = rules.league(values, content.indicators[code].better)
        name = phrases.inside(phrases.name_of(content.indicators[code]))
        for words, end in ((_("Dẫn đầu về %(indicator)s: %(rows)s."), first),
                           (_("Chậm nhất về %(indicator)s: %(rows)s."), last)):  # fmt: skip
            if named := _named(end, parts, code):
                yield words % {"indicator": name, "rows": named}


def _named(end: rules.End, parts: Mapping[int, Row], code: str) -> str:
    """Who stands at an end of a league; equal ones of whom not all have room are counted: "20 đơn vị cùng mức 0%"."""
    rows = [parts[key] for key in end.keys]
    named = [f"{phrases.row_name(row)} ({phrases.percent(row.figures[code].value or 0)})" for row in rows]
    if end.tied:
        value, count = end.tied
        named.append(
            _("%(count)s đơn vị cùng mức %(value)s") % {"count": number(count), "value": phrases.percent(value)}
        )
    return "; ".join(named)


def _followed_up(content: Content) -> Iterable[str]:
    if content.reminders:
        yield _("Văn bản đôn đốc đã gửi trong kỳ: %(count)s, đối với %(subjects)s đơn vị, cơ quan, địa điểm.") % {
            "count": number(content.reminders["sent"]),
            "subjects": number(content.reminders["subjects"]),
        }
    if content.inspections:
        yield _("Số lượt kiểm tra tại chỗ trong kỳ: %(count)s; có treo mã: %(shown)s; không treo mã: %(missing)s.") % {
            name: number(content.inspections[key])
            for name, key in (("count", "made"), ("shown", "displayed"), ("missing", "missing"))
        }

    if content.spreading:
        yield _whole(_guided(content.spreading))


def _guided(told: Mapping[str, int]) -> Iterable[str]:
    """The sessions, and the share of confirmations where any is expected."""
    values = {name: number(count) for name, count in told.items()}
    yield _("Buổi hướng dẫn đã tổ chức trong kỳ: %(sessions)s, với %(people)s người") % values
    if told["expected"]:
        words = _("lượt xác nhận đã đọc và hiểu hướng dẫn của cán bộ: %(read)s trên %(expected)s (%(share)s)")
        yield words % (values | {"share": phrases.percent(100 * told["read"] / told["expected"])})


def _corrected(content: Content) -> Iterable[str]:
    former = content.former
    if former is None:
        return
    values = {
        "number": former.number,
        "issued": phrases.day_words(former.issued_on),
        "at": phrases.at_words(former.as_of),
    }
    days = {one.day for one in content.corrections}
    if former.last in days:
        yield (
            _("Báo cáo số %(number)s ngày %(issued)s được đính chính như bảng dưới, do có lượt quét gửi về sau %(at)s.")
            % values
        )
    else:
        yield _("Số liệu của báo cáo số %(number)s ngày %(issued)s không thay đổi.") % values
    if earlier := sorted(days - {former.last}):
        yield _("Số liệu đã báo cáo của %(days)s cũng được đính chính như bảng dưới, do có lượt quét gửi về muộn.") % {
            "days": ", ".join(phrases.day_words(day) for day in earlier)
        }
