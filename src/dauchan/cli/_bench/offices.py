"""What surrounds the figures of a rollout, written by sets: agencies and their officers, documents with tasks and
reminders, a register, inspections, guides that were read, reports.

As much of each as a country has; only the register is as large as the places are many.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.reports.actions import Signature, issue, make_report
from dauchan.reports.models import Kind
from dauchan.units.agencies import agencies_in_force
from dauchan.units.models import AgencyKind, Unit

OFFICES = """
with recursive made as (
    insert into units_agency (name, kind, sector, unit_id, parent_id, valid_from, search_key)
    select 'UBND ' || full_name, 'committee', 'administration', id, null, date '2025-07-01',
           'ubnd ' || lower(search_key)
    from units_unit
    where valid_to is null and level in ('province', 'commune')
    on conflict do nothing
    returning id, unit_id
)
select count(*) from made
"""
BELOW = """
update units_agency child
set parent_id = above.id
from units_unit unit
join units_agency above on above.unit_id = unit.parent_id and above.kind = 'committee'
where child.unit_id = unit.id and child.kind = 'committee' and child.parent_id is null and unit.level = 'commune'
"""
DEPARTMENTS = """
insert into units_agency (name, kind, sector, unit_id, parent_id, valid_from, search_key)
select field.name || ' ' || unit.name, 'department', field.sector, unit.id, above.id, date '2025-07-01',
       field.sector || ' ' || unit.search_key
from units_unit unit
join units_agency above on above.unit_id = unit.id and above.kind = 'committee'
cross join (values ('Sở Khoa học và Công nghệ', 'administration'), ('Sở Y tế', 'health'),
                   ('Sở Giáo dục và Đào tạo', 'education'), ('Sở Công thương', 'trade')) as field (name, sector)
where unit.valid_to is null and unit.level = 'province'
on conflict do nothing
"""
GUIDANCE = """
insert into units_guidance (guide_id, guided_id, valid_from)
select guide.id, guided.id, date '2025-07-01'
from units_agency guide
join units_agency above on above.id = guide.parent_id
join units_agency guided on guided.parent_id = above.id and guided.kind = 'committee'
where guide.kind = 'department' and guide.sector = 'administration'
"""
OFFICERS = """
with asked as (
    select agency.id, duty.role from units_agency agency, (values ('focal_officer'), ('agency_head')) duty (role)
), made as (
    insert into accounts_officer (password, email, name, phone, language, is_active, session_epoch, search_key,
                                  created_at)
    select '!', role || '.' || id || '@bench.invalid', 'Cán bộ ' || id, '', 'vi', true, 0, 'can bo ' || id, %(now)s
    from asked
    returning id, email
), held as (
    insert into accounts_role (officer_id, role, scope_kind, scope_id, valid_from, granted_at)
    select id, split_part(email, '.', 1), 'agency', split_part(split_part(email, '.', 2), '@', 1), date '2025-07-01',
           %(now)s
    from made
)
insert into agencies_appointment (agency_id, duty, post, name, phone, email, officer_id, valid_from, named_at)
select split_part(split_part(email, '.', 2), '@', 1)::bigint, split_part(email, '.', 1), 'it', 'Cán bộ', '', '', id,
       date '2025-07-01', %(now)s
from made
where id %% 10 <> 0
"""
ATTESTED = """
insert into agencies_attestation (agency_id, signed_on, due_on, places, places_hash, signed_by_id, signed_at)
select agency.id, %(day)s - ago, %(day)s - ago + 92, 200, '', %(officer)s, %(now)s - make_interval(days => ago)
from units_agency agency, unnest(array[20, 110]) ago
where agency.id %% 5 <> 0
"""
SESSIONS = """
insert into agencies_guidancegiven (agency_id, kind, subject, audience, reached, held_on, "where", by_id, at)
select agency.id, 'training', 'Tập huấn', 'Chủ địa điểm', 40, %(day)s - each, '', %(officer)s, %(now)s
from units_agency agency, generate_series(1, 5) each
"""
OWNED = """
update places_place place
set agency_id = agency.id
from units_agency agency
where agency.unit_id = place.unit_id and agency.kind = 'committee' and place.id %% 10 = 0
  and place.agency_id is null
"""
QUESTIONS = """
insert into agencies_question (place_id, text, asked_at, answer, answered_by_id, answered_at, for_guide)
select id, 'Khách không có điện thoại thì làm thế nào?', %(now)s,
       case when id %% 2 = 0 then 'Ghi vào phiếu giấy.' else '' end,
       case when id %% 2 = 0 then %(officer)s::bigint end,
       case when id %% 2 = 0 then %(now)s::timestamptz end, false
from places_place
order by id
limit %(questions)s
"""
TOLD_OF = """
insert into guides_reading (version_id, officer_id, agency_id, unit_id, at)
select version.id, role.officer_id, role.scope_id::bigint, null, %(now)s
from guides_version version, accounts_role role
where version.state = 'published' and role.scope_kind = 'agency' and (role.officer_id + version.id) %% 10 <> 0
"""
REACHED = """
insert into guides_reach (version_id, day, channel, language, times)
select version.id, %(day)s - back, channel, 'vi', 100
from guides_version version, generate_series(0, 59) back, unnest(array['view', 'paper', 'poster', 'script']) channel
"""
SPREAD = """
insert into guides_broadcast (guide_id, agency_id, unit_id, means, language, place, day, audience, told_at, told_by_id)
select guide.id, agency.id, agency.unit_id, 'loudspeaker', 'vi', 'Loa xã', %(day)s - guide.id::integer %% 60, 500,
       %(now)s, %(officer)s
from guides_guide guide
cross join units_agency agency
where (agency.id + guide.id) %% 3 = 0
"""
DOCUMENTS = """
with issued as (
    select agency.id
    from units_agency agency
    join units_unit unit on unit.id = agency.unit_id
    where agency.kind = 'committee' and unit.level = 'province' and unit.valid_to is null
    order by unit.code <> '68', unit.code
    limit 5
)
insert into directives_directive (purpose, form, issuer_id, number, symbol, place, dated, subject, body, signer_title,
                                  signer_name, filed, state, written_by_id, written_at, sent_by_id, sent_at,
                                  withdrawn_why, search_key)
select case when number > 16 then 'reminder' else 'order' end, 'letter',
       (select id from issued order by id offset number %% 5 limit 1),
       number::text, 'UBND-KGVX', 'Đắk Nông', %(day)s - number, 'V/v sử dụng các giải pháp công nghệ ' || number,
       'Nội dung', 'CHỦ TỊCH', 'Nguyễn Văn A', 'VT', 'sent', %(officer)s, %(now)s, %(officer)s, %(now)s, '',
       'su dung giai phap'
from generate_series(1, 20) number
"""
TASKS = """
with lines as (
    insert into directives_addressee (directive_id, role, words, kind, level, sector)
    select id, 'execute', 'UBND các xã', 'committee', 'commune', '' from directives_directive
    returning id, directive_id
), sent as (
    insert into directives_recipient (directive_id, addressee_id, agency_id, role, notified_at, notified,
                                      acknowledged_at, acknowledged_how, acknowledged_who)
    select line.directive_id, line.id, agency.id, 'execute', %(now)s, 1,
           case when agency.id %% 3 <> 0 then %(now)s::timestamptz end,
           case when agency.id %% 3 <> 0 then 'account' else '' end, ''
    from lines line
    join directives_directive directive on directive.id = line.directive_id
    cross join lateral (
        select other.id
        from units_agency other
        where other.kind = 'committee' and other.parent_id is not null
        order by other.parent_id <> directive.issuer_id, other.id
        limit %(recipients)s
    ) agency
    returning id, directive_id, agency_id
), ordered as (
    insert into directives_order (directive_id, position, text, deadline, indicator, target)
    select id, position, 'Bảo đảm 100%% địa điểm có mã', %(day)s + position * 10 - 10,
           case position when 1 then 'coverage' else '' end, case position when 1 then 100 end
    from directives_directive, generate_series(1, 2) position
    returning id, directive_id, deadline, position
), tasks as (
    insert into directives_task (order_id, recipient_id, agency_id, deadline, state, changed_at, note)
    select ordered.id, sent.id, sent.agency_id, ordered.deadline,
           (array['sent', 'acknowledged', 'in_progress', 'done'])[1 + (sent.agency_id + ordered.id) %% 4], %(now)s, ''
    from ordered
    join sent using (directive_id)
    returning id, state
)
insert into directives_taskchange (task_id, at, by_id, before, after, note)
select id, %(now)s, %(officer)s, 'sent', state, '' from tasks where state <> 'sent'
"""
REMINDED = """
with named as (
    insert into directives_reminded (directive_id, kind, subject_id, name, unit_id, agency_id, figures)
    select directive.id, 'unit', unit.id, unit.full_name, unit.id, agency.id,
           '{"indicator": "coverage", "coverage": {"value": 12.5}}'
    from directives_directive directive
    join directives_recipient recipient on recipient.directive_id = directive.id
    join units_agency agency on agency.id = recipient.agency_id
    join units_unit unit on unit.id = agency.unit_id
    where directive.purpose = 'reminder'
    returning id, directive_id, subject_id, name, unit_id, agency_id
), rungs as (
    insert into directives_ladder (kind, subject_id, name, unit_id, agency_id, indicator, was, reminders, proposed,
                                   last_step_on, left_note)
    select distinct on (subject_id) 'unit', subject_id, name, unit_id, agency_id, 'coverage', 12.5, 2, false,
           %(day)s - 5, ''
    from named
    returning id, subject_id
)
insert into directives_ladderstep (ladder_id, step, reason, directive_id, at, by_id, undone_why)
select rungs.id, 'remind', 'Chậm', named.directive_id, %(now)s, %(officer)s, ''
from rungs
join named using (subject_id)
"""
CALLS = """
insert into directives_call (reminded_id, outcome, note, at, by_id)
select id, 'called', '', %(now)s, %(officer)s from directives_reminded where id %% 2 = 0
"""
ASKS = """
insert into directives_ask
    (unit_id, begins, ends, indicator, value, target, state, asked_by_id, asked_at, agency_id, outcome)
select unit_id, %(day)s - 3, %(day)s + 4, 'active_day_share', 80, 'Mọi khách đều quét',
       case when id %% 2 = 0 then 'asked' else 'assigned' end,
       %(officer)s, %(now)s, case when id %% 2 = 1 then id end, ''
from units_agency
order by id
limit 200
"""
LISTED = """
insert into registers_register (name, kind, source, licence, credit, listed_on, made_at, sort_key)
values ('Đăng ký kinh doanh', 'businesses', 'Sở Tài chính', '', '', %(day)s - 30, %(now)s, 'dang ky kinh doanh')
"""
REGISTER = """
insert into registers_entry (register_id, line, identity, code, name, address, phone, category_id, sector, unit_id,
                             agency_id, listed_from, missing_since, state, state_from, reason, place_id, matched_on,
                             stands_alone, best_score, version, search_key, sort_key, name_key, address_key)
select register.id, place.id, md5(place.id::text), 'p' || place.id, place.name, 'Số ' || place.id %% 400, '',
       place.category_id, category.sector, place.unit_id, place.agency_id, %(day)s - 30, null,
       case place.id %% 50 when 1 then 'closed' when 2 then 'exempt' else 'open' end,
       case when place.id %% 50 in (1, 2) then %(day)s end,
       case when place.id %% 50 in (1, 2) then 'Đã nghỉ' else '' end,
       case when place.id %% 10 < 7 then place.id end, case when place.id %% 10 < 7 then %(day)s - 20 end,
       false, case when place.id %% 10 in (7, 8) then 80 + place.id %% 20 end, 0,
       ' dia diem ' || place.id, 'dia diem ' || lpad(place.id::text, 9, '0'), 'dia diem ' || place.id,
       'so ' || place.id %% 400
from registers_register register
cross join places_place place
join places_category category on category.id = place.category_id
where not exists (select from registers_entry entry where entry.line = place.id)
"""
CANDIDATES = """
insert into registers_candidate (entry_id, place_id, score, evidence)
select id, line, best_score, '{"name": 90, "address": 80, "phone": false, "distance_m": null, "setting": true}'
from registers_entry entry
where best_score is not null and not exists (select from registers_candidate where entry_id = entry.id)
"""
PLANS = """
with planned as (
    insert into inspections_plan (unit_id, stratify, half_width, size, seed, frame, inspector_id, first_day, made_by_id,
                                  made_at)
    select unit.id, 'setting', 0.1, 50, 1,
           json_build_object('', (select coalesce(json_agg(id), '[]') from (
               select id from places_place where unit_id = unit.id limit 200) drawn)),
           %(officer)s, %(day)s - 20, %(officer)s, %(now)s
    from units_unit unit
    where unit.level = 'commune' and unit.valid_to is null
    order by unit.code not like '22%%', unit.id
    limit 200
    returning id, frame
)
insert into inspections_assignment (plan_id, place_id, stratum, inspector_id, day, position, done_at)
select planned.id, place_id::bigint, '', %(officer)s, %(day)s - 20 + number::integer / 10, number,
       case when number < 40 then %(now)s::timestamptz end
from planned
cross join lateral json_array_elements_text(frame::json -> '') with ordinality as drawn (place_id, number)
where number <= 50
"""
INSPECTED = """
insert into inspections_inspection (client_id, body_hash, place_id, assignment_id, by_id, at, day, received_at,
       poster_shown, right_size, own_code, readable, right_place, exits_scanned, staff_remind, scanning, reasons, note,
       result, displayed, due_on, is_latest, counted_from, counted_to, visitors, seen_scans, ledger_scans)
select gen_random_uuid(), '', assignment.place_id, assignment.id, %(officer)s, %(now)s - make_interval(days => 5),
       %(day)s - 5, %(now)s, true, true, true, true, true, assignment.id %% 2 = 0, true, 'some', '{}', '',
       case when assignment.id %% 3 = 0 then 'missing' else 'good' end, assignment.id %% 3 <> 0, %(day)s + 3, true,
       %(now)s - interval '121 hours', %(now)s - interval '120 hours', 40, 12, 11
from inspections_assignment assignment
where assignment.done_at is not null
"""
ONCE = (
    OFFICES, BELOW, DEPARTMENTS, GUIDANCE, OFFICERS, ATTESTED, SESSIONS, QUESTIONS, TOLD_OF, REACHED, SPREAD,
    DOCUMENTS, TASKS, REMINDED, CALLS, ASKS, LISTED, PLANS, INSPECTED,
)  # fmt: skip
OF_PLACES = (OWNED, REGISTER, CANDIDATES)
QUESTIONS_ASKED = 2000
RECIPIENTS = 500


def write_offices(by: Officer, *, day: date, now: datetime) -> None:
    """Write what surrounds the figures; places must be there."""
    _write(ONCE, by, day, now)


def write_register(by: Officer, *, day: date, now: datetime) -> None:
    """Give some places that have none an agency, and list all that are not listed yet; seven in ten are matched."""
    _write(OF_PLACES, by, day, now)


@transaction.atomic
def _write(parts: Iterable[str], by: Officer, day: date, now: datetime) -> None:
    asked: dict[str, int | date | datetime] = {"day": day, "now": now, "officer": by.pk}
    asked |= {"recipients": RECIPIENTS, "questions": QUESTIONS_ASKED}
    with connection.cursor() as cursor:
        for part in parts:
            cursor.execute(part, asked)


REPORTS = """
insert into reports_report (kind, unit_id, agency_id, issuer_id, schedule_id, first_day, last_day, as_of, content,
                            sha256, definitions, state, made_by_id, made_at, year, number, symbol, issued_at,
                            issued_by_id, signer_title, signer_name)
select 'daily', unit_id, agency_id, issuer_id, null, day, day, as_of,
       jsonb_set(jsonb_set(content, '{first}', to_jsonb(day)), '{last}', to_jsonb(day)), sha256, definitions, 'issued',
       made_by_id, made_at, extract(year from day), 1000 + back, symbol, issued_at, issued_by_id, signer_title,
       signer_name
from reports_report
cross join generate_series(1, %(days)s) back
cross join lateral (select last_day - back as day) earlier
where state = 'issued' and last_day = %(day)s
"""
SYMBOL = Signature("BC-UBND", "CHỦ TỊCH", "Nguyễn Văn A")


def write_reports(by: Officer, provinces: Iterable[Unit], *, days: int, now: datetime) -> None:
    """Make and issue a daily report of each of these provinces, and copy it to so many days before."""
    today = clock.local_day(now)
    for province in provinces:
        issuer = agencies_in_force(today).filter(unit=province, kind=AgencyKind.COMMITTEE)[0]
        made = make_report(Kind.DAILY, province, issuer, first=today, last=today, by=by, now=now)
        issue(made.pk, SYMBOL, by=by, now=now)
    with connection.cursor() as cursor:
        cursor.execute(REPORTS, {"day": today, "days": days})
