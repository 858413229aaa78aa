"""Unmistakable people go every way through the system; then everything that is written down is searched for them.

Logs at their most talkative, addresses, codes, cookies and sessions, job arguments, the audit log, and a whole dump of
the database: no name, number or address, in clear, in hexadecimal or in base 64. The same search finds what may be
found, and the keyring opens what it must, so that this test can fail.
"""

import base64
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from support.canaries import Canary, Watched, found_in
from support.database import RUN, Database
from support.officers import officer_with, signed_in
from support.runs import work_off_runs
from support.town import GIA_NGHIA, Town, build, local
from support.web import serving

from dauchan.accounts.models import AuditRow, Officer
from dauchan.cases.models import Case
from dauchan.cli._children import worker_command
from dauchan.cli._postgres.binaries import find_binaries
from dauchan.kernel import base32, clock
from dauchan.people import queries as people
from dauchan.people.opening import open_people
from dauchan.places import posters
from dauchan.places.models import Point
from dauchan.tracing.models import Release
from dauchan.units.queries import unit_by_code
from dauchan.visits.actions import derive_all

CLOCK = "2026-11-20T12:00+07:00"
CSRF = "x" * 32
OFFICER = "chim.cu@dauchan.test"


BY_PROGRAM = Canary("Vàng Anh Kêu", "0961000017", "067190111017", "17 Ngõ Chim Vàng")
AT_THE_DESK = Canary("Hoàng Yến Hót", "0962000018", "067190111018", "18 Ngõ Chim Yến")
BY_PHONE = Canary("", "0963000019")
BY_DOCUMENT = Canary("", "", "067190111020")
OWNER_BY_PROGRAM = Canary("Bạch Yến Chủ", "0964000021")
OWNER_AT_THE_DESK = Canary("Sơn Ca Chủ", "0965000022")
OWNER_IN_A_FILE = Canary("Chích Choè Chủ", "0966000023")
TOLD_BY_THE_CASE = Canary("Hoạ Mi Vợ", "0967000024", "", "24 Ngõ Hoạ Mi")
IN_ERRORS = Canary("Đại Bàng Lỗi", "0968000025", "067190111025", "25 Ngõ Đại Bàng")
SEARCHED = Canary("", "0969000026", "067190111026")
KNOWN = (BY_PROGRAM, AT_THE_DESK, OWNER_BY_PROGRAM, OWNER_AT_THE_DESK, TOLD_BY_THE_CASE)
EVERYBODY = (*KNOWN, BY_PHONE, BY_DOCUMENT, OWNER_IN_A_FILE, IN_ERRORS, SEARCHED)


@dataclass
class Journey:
    """What was done, and where everything lies afterwards."""

    town: Town
    watched: Watched
    logs: list[Path]
    codes: list[str]
    jobs: str
    sheet: str


@pytest.fixture(scope="module")
def journey(database: Database) -> Iterator[Journey]:
    before = os.environ.get("DAUCHAN_LOG_LEVEL")
    os.environ["DAUCHAN_LOG_LEVEL"] = "DEBUG"
    web, worker, watched = database.data_dir / "web.log", database.data_dir / "worker.log", Watched()
    try:
        with serving(database, web) as address:
            town = build(address, database)
            sheet = everybody_goes_every_way(town, watched)
            everything_goes_wrong(town, watched)
            with connection.cursor() as cursor:
                cursor.execute("select coalesce(string_agg(args::text, ' '), '') from procrastinate_jobs")
                jobs = cursor.fetchone()[0]
            let_the_worker_work(database, worker)
            codes = [posters.code_text(point) for point in Point.objects.all()]
            codes += [people.pass_text(person, 1) for person in town.people.values()]
            yield Journey(town, watched, [web, worker], codes, jobs, sheet)
    finally:
        os.environ.pop("DAUCHAN_LOG_LEVEL") if before is None else os.environ.update(DAUCHAN_LOG_LEVEL=before)


def officer_client(town: Town, watched: Watched) -> httpx.Client:
    """A province's officer at a desk: a session and a form's token, as a browser would have them."""
    name = django_settings.SESSION_COOKIE_NAME
    officer = Officer.objects.filter(email=OFFICER).first() or officer_with("province_health_officer", email=OFFICER)
    cookie = signed_in(officer).cookies[name].value
    return watched.client(
        town.address, cookies={name: cookie, "csrftoken": CSRF}, headers={"X-CSRFToken": CSRF, "accept-language": "vi"}
    )


def program_client(town: Town, watched: Watched) -> httpx.Client:
    return watched.client(town.address, headers={"authorization": f"Bearer {town.integrator_token}"})


def did(answer: httpx.Response, *statuses: int) -> httpx.Response:
    assert answer.status_code in (statuses or (200, 302)), (
        f"{answer.request.url}: {answer.status_code} {answer.text[:900]}"
    )
    return answer


def everybody_goes_every_way(town: Town, watched: Watched) -> str:
    """Registered, scanned, confirmed, traced, revealed, released; returns the call sheet, where names belong."""
    unit = unit_by_code(GIA_NGHIA, clock.local_day(clock.now()))
    assert unit is not None
    with program_client(town, watched) as program, officer_client(town, watched) as desk:
        register(program, desk, unit.pk)
        scan(town, program)
        return trace(desk, unit.pk)


def register(program: httpx.Client, desk: httpx.Client, unit: int) -> None:
    one = {"name": BY_PROGRAM.name, "phone": BY_PROGRAM.phone, "address": BY_PROGRAM.address, "residence": GIA_NGHIA}
    one |= {"reference": "chim-1", "documents": [{"number": BY_PROGRAM.document}]}
    assert did(program.post("/api/v1/people", json={"people": [one]})).json()["created"] == 1
    place = {"external_code": "to-1", "name": "Quán Tổ", "unit": GIA_NGHIA, "category": "cafe"}
    place |= {"owner_name": OWNER_BY_PROGRAM.name, "owner_phone": OWNER_BY_PROGRAM.phone}
    assert did(program.post("/api/v1/places", json={"places": [place]})).json()["created"] == 1
    form = {"name": AT_THE_DESK.name, "phone": AT_THE_DESK.phone, "document": AT_THE_DESK.document, "residence": unit}
    did(desk.post("/nguoi-dan/dang-ky", data=form | {"address": AT_THE_DESK.address, "residence_text": ""}), 302)
    owned = {"name": "Chợ Tổ", "unit": unit, "category": "1", "unit_text": "", "address": "1 Lê Duẩn"}
    owned |= {"owner_name": OWNER_AT_THE_DESK.name, "owner_phone": OWNER_AT_THE_DESK.phone}
    did(desk.post("/dia-diem/them", data=owned), 302)
    text = (
        f"Tên địa điểm,Xã,Người phụ trách,Điện thoại\nQuán Tệp,24611,{OWNER_IN_A_FILE.name},{OWNER_IN_A_FILE.phone}\n"
    )
    run = did(desk.post("/dia-diem/nhap", files={"file": ("danh sach.csv", text.encode())}), 302).headers["location"]
    columns = {"column_name": "0", "column_unit": "1", "column_owner_name": "2", "column_owner_phone": "3"}
    did(desk.post(run, data=columns | {"mode": "create"}))
    for kind, value in (("phone", SEARCHED.phone), ("document", SEARCHED.document), ("phone", BY_PROGRAM.phone)):
        did(desk.post("/nguoi-dan/tim", data={"kind": kind, "value": value}))


def scan(town: Town, program: httpx.Client) -> None:
    """Two days, by every kind of subject; who comes by phone meets whoever was registered."""
    subjects = (
        {"kind": "phone", "number": BY_PROGRAM.phone},
        {"kind": "phone", "number": AT_THE_DESK.phone},
        {"kind": "phone", "number": BY_PHONE.phone},
        {"kind": "document", "type": "cccd", "number": BY_DOCUMENT.document},
        {"kind": "reference", "value": "chim-1"},
    )
    for day in ("2026-11-18", "2026-11-19"):
        for subject in subjects:
            arrived = town.scan("ana", "market", local(f"{day}T08:00"), subject=subject)
            left = town.scan("ana", "market", local(f"{day}T10:00"), "out", subject=subject)
            assert did(program.post("/api/v1/scans", json={"scans": [arrived, left]})).json()["accepted"] == 2
    derive_all(town.database.keyring, clock.now())


def trace(desk: httpx.Client, unit: int) -> str:
    found = did(desk.post("/ca-benh/moi", data={"find": "1", "find_by": "phone", "find_value": BY_PROGRAM.phone})).text
    (handle,) = set(re.findall(r'value="([0-9A-Z]{26})"', found))
    dates = {"onset_on": "2026-11-19", "confirmed_on": "2026-11-20", "unit": unit, "unit_text": ""}
    case = did(desk.post("/ca-benh/moi", data={"person": handle, **dates}), 302).headers["location"]
    did(desk.post(f"{case}/lap-danh-sach", data={}))
    work_off_runs()
    found_ids = list(Case.objects.get().proposals.values_list("pk", flat=True))
    assert len(found_ids) == 3, "all who were at the market"
    did(desk.post(f"{case}/quyet-dinh", data={"proposal": found_ids, "grade": "close"}), 302)
    told = {"person": "new", "name": TOLD_BY_THE_CASE.name, "phone": TOLD_BY_THE_CASE.phone, "relation": "vợ"}
    told |= {"address": TOLD_BY_THE_CASE.address, "grade": "close", "residence": unit, "residence_text": ""}
    did(desk.post(f"{case}/tiep-xuc/them", data=told | {"last_exposure": "2026-11-19T20:00"}), 302)
    revealed = did(desk.post(f"{case}/danh-tinh", data={"purpose": "Hỏi lịch trình"})).text
    assert BY_PROGRAM.name in revealed
    assert "Xem cả danh sách" in did(desk.post(f"{case}/tiep-xuc", data={"name": BY_PROGRAM.name})).text
    for page in ("", "/tiep-xuc", "/moc-dich-te", "/nguon-lay", "/nhat-ky", "/xuat.xlsx", "/xuat.csv", "?after=1"):
        did(desk.get(f"{case}{page}"))
    sheet = {"grade": "close", "recipient": "Tổ gọi điện", "purpose": "Gọi điện", "confirm": "1", "expected": "4"}
    did(desk.post(f"{case}/danh-sach-goi", data=sheet), 302)
    release = Release.objects.get()
    did(desk.post(f"/danh-sach-goi/{release.pk}/xlsx"))
    return did(desk.post(f"/danh-sach-goi/{release.pk}/in")).text


def everything_goes_wrong(town: Town, watched: Watched) -> None:
    """Refusals of every kind and real crashes, each fed with somebody's particulars."""
    bad = {"reference": "chim-9", "name": IN_ERRORS.name + "\0", "phone": IN_ERRORS.phone + "9"}
    bad |= {"address": IN_ERRORS.address, "documents": [{"number": IN_ERRORS.document + "9", "kind": "cccd"}]}
    spoken = " ".join(IN_ERRORS.texts)
    with program_client(town, watched) as program, officer_client(town, watched) as desk:
        did(program.post("/api/v1/people", json={"people": [bad]}))
        did(program.post("/api/v1/people", json={"people": [{**bad, "sex": IN_ERRORS.name}]}), 422)
        did(program.post("/api/v1/people", content=f'{{"people": "{spoken}'.encode()), 400)
        did(program.post("/api/v1/scans", content=f'{{"scans": "{spoken}"'.encode()), 400)
        subject = {"kind": "phone", "number": IN_ERRORS.phone + "1"}
        did(program.post("/api/v1/scans", json=town.scan("ana", "market", "08:00", subject=subject)))
        did(program.post("/api/v1/people/find", json={"kind": "phone", "value": IN_ERRORS.phone}), 401)
        did(desk.post("/api/v1/people", json={"people": [bad]}), 401)
        did(desk.post("/nguoi-dan/dang-ky", data={"name": IN_ERRORS.name, "phone": IN_ERRORS.phone + "9"}), 400)
        did(desk.post("/nguoi-dan/tim", data={"kind": "phone", "value": IN_ERRORS.phone + "9"}), 400)
        did(desk.post("/khong-co-trang-nay", data={"name": spoken}), 404)
        did(desk.post("/nguoi-dan/dang-ky", data={"name": spoken}, headers={"X-CSRFToken": "y" * 32}), 403)
        did(desk.put("/nguoi-dan/dang-ky", content=spoken.encode()), 403, 405)
        for table in ("people_blind_index", "accounts_auditrow"):
            with_table_away(town, table, lambda: provoke(program, desk))


def provoke(program: httpx.Client, desk: httpx.Client) -> None:
    one = {"reference": "chim-10", "name": IN_ERRORS.name, "phone": IN_ERRORS.phone, "address": IN_ERRORS.address}
    did(program.post("/api/v1/people", json={"people": [one]}), 500)
    did(desk.post("/nguoi-dan/tim", data={"kind": "phone", "value": IN_ERRORS.phone}), 500)


def with_table_away(town: Town, table: str, act) -> None:
    """Do something while a table is missing: nothing has foreseen that."""
    with psycopg.connect(town.database.dsn, autocommit=True) as owner:
        owner.execute(f"alter table {table} rename to away")
        try:
            act()
        finally:
            owner.execute(f"alter table away rename to {table}")


def let_the_worker_work(database: Database, log: Path) -> None:
    """The real worker, until the queue is empty and the audit is chained."""
    environment = {**os.environ, **database.environment, "DAUCHAN_LOG_LEVEL": "DEBUG"}
    with log.open("ab") as output:
        process = subprocess.Popen(worker_command(), env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not worked_off():
            assert process.poll() is None, log.read_text("utf-8")[-3000:]
            time.sleep(0.2)
        assert worked_off(), log.read_text("utf-8")[-3000:]
    finally:
        process.terminate()
        process.wait(30)


def worked_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where status in ('todo', 'doing')")
        return cursor.fetchone()[0] == 0 and not AuditRow.objects.filter(seq__isnull=True).exists()


@pytest.fixture(scope="module")
def dumped(journey: Journey) -> str:
    """The whole database as SQL text, as somebody without the keyring would have it."""
    done = subprocess.run(
        [find_binaries().program("pg_dump"), "--inserts", journey.town.database.dsn], capture_output=True, check=True
    )
    return done.stdout.decode()


# --- the search itself works ------------------------------------------------------------------------------------------


def test_the_search_finds_whom_it_should_in_every_spelling():
    for spelled in (
        f"… {AT_THE_DESK.name} …",
        AT_THE_DESK.name.encode().hex(),
        base64.b64encode(f"xx{AT_THE_DESK.name}".encode()).decode(),
        base64.b64encode(f"x{AT_THE_DESK.name}, 30".encode()).decode(),
        "hoang yen hot",
        quote(AT_THE_DESK.name),
        json.dumps(AT_THE_DESK.name),
    ):
        assert found_in(spelled, *EVERYBODY) == [AT_THE_DESK.name], spelled
    assert found_in("0961 000 017", BY_PROGRAM) == [BY_PROGRAM.phone]


def test_with_the_keyring_everybody_is_opened(journey):
    for canary in KNOWN:
        (person,) = people.find_by_phone(canary.phone)
        identity = open_people([person])[person].identity
        assert (identity.name, identity.phone, identity.address) == (canary.name, canary.phone, canary.address)
    assert set(found_in(journey.sheet, *KNOWN)) >= {AT_THE_DESK.name, AT_THE_DESK.phone, TOLD_BY_THE_CASE.name}


def test_the_dump_is_whole(journey, dumped):
    for table in ("people_identity", "visits_scan", "visits_visit", "tracing_contact", "accounts_auditrow"):
        assert re.search(rf"INSERT INTO public\.{table}\w* ", dumped), table
    assert OFFICER in dumped
    assert {200, 302, 400, 401, 403, 404, 422, 500} <= journey.watched.statuses


# --- nobody stands where they shouldn't -------------------------------------------------------------------------------


def test_nobody_is_in_the_database_without_the_keyring(dumped):
    assert found_in(dumped, *EVERYBODY) == []


def test_nobody_is_in_any_log(journey):
    texts = {log.name: log.read_text("utf-8", "replace") for log in journey.logs}
    for name, text in texts.items():
        assert "DEBUG" in text, f"{name} was not at its most talkative"
        assert found_in(text, *EVERYBODY) == [], name
    assert "unexpected error" in texts["web.log"]
    assert "psycopg.errors.UndefinedTable" in texts["web.log"]
    for log in Path(os.environ[RUN]).rglob("*.log"):
        assert found_in(log.read_text("utf-8", "replace"), *EVERYBODY) == [], log.name


def test_logs_hold_no_query_no_token_and_no_body(journey):
    for log in journey.logs:
        text = log.read_text("utf-8", "replace")
        assert journey.town.integrator_token not in text
        assert CSRF not in text
        assert "after=1" not in text


def test_nobody_is_in_an_address_or_a_cookie(journey):
    assert len(journey.watched.addresses) > 50
    assert found_in("\n".join(journey.watched.addresses), *EVERYBODY) == []
    assert found_in("\n".join(journey.watched.cookies), *EVERYBODY) == []


def test_nobody_is_in_a_code_or_a_session_or_the_arguments_of_a_job(journey):
    decoded = [base32.decode(code).decode("latin-1") for code in journey.codes]
    assert found_in("\n".join([*journey.codes, *decoded]), *EVERYBODY) == []
    assert found_in("\n".join(str(row.get_decoded()) for row in Session.objects.all()), *EVERYBODY) == []
    assert "run_id" in journey.jobs
    assert found_in(journey.jobs, *EVERYBODY) == []


def test_nobody_is_in_the_audit_log_though_everything_is(journey):
    rows = list(AuditRow.objects.all())
    assert {"person.revealed", "case.confirmed", "people.searched"} & {row.event for row in rows}
    text = "\n".join(" ".join(map(str, (row.event, row.detail, row.purpose, row.case_ref, row.role))) for row in rows)
    assert found_in(text, *EVERYBODY) == []


def test_no_token_links_two_days(journey):
    with connection.cursor() as cursor:
        for table in ("visits_scan", "visits_visit", "visits_carry"):
            cursor.execute(f"select count(distinct day), count(distinct token) from {table}")
            days, tokens = cursor.fetchone()
            cursor.execute(f"select token from {table} group by token having count(distinct day) > 1")
            assert cursor.fetchall() == [], table
            assert table == "visits_carry" or (days >= 2 and tokens >= 8), table


def test_the_masks_hide_whoever_was_not_revealed(journey):
    with officer_client(journey.town, Watched()) as desk:
        for page in ("/ca-benh", f"/ca-benh/{Case.objects.get().code}", "/tiep-xuc", "/dia-diem", "/ban-lam-viec"):
            shown = did(desk.get(page)).text
            assert found_in(shown, *EVERYBODY) == [], page
