"""A list that an officer asked for: waits, is made once by the worker, says how far it is, and what it came to."""

import asyncio
import re
import threading
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list, work_off_runs

from dauchan.accounts.models import AuditRow
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.tracing import jobs, proposing, runs
from dauchan.tracing.models import Run

CLOCK = "2021-08-17T09:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database)
    town.add_people("An", "Bình", "Chi")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:10-09:00")
    town.stay("Chi", "chợ", "08:10-08:20")
    return town


@pytest.fixture
def case(outbreak) -> Iterator[Case]:
    made = outbreak.case("An")
    yield made
    Case.objects.all().delete()


@pytest.fixture
def page(outbreak) -> Client:
    return signed_in(outbreak.tracer)


def work_off_jobs() -> None:
    """The queue as the worker does it, until it is empty."""

    async def work() -> None:
        worker_app = app.with_connector(app.connector.get_worker_connector())
        async with worker_app.open_async():
            await worker_app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(work())


def shown(page: Client, case: Case) -> str:
    return re.sub(r"\s+", " ", page.get(f"/ca-benh/{case.code}").content.decode())


def test_a_list_is_asked_for_made_by_the_worker_and_told(page, case, outbreak, at):
    at(CLOCK)
    assert page.post(f"/ca-benh/{case.code}/lap-danh-sach").status_code == 302
    waiting = shown(page, case)
    assert f"Đang lập danh sách ({outbreak.tracer}, 09:00 17/08/2021)." in waiting
    assert "Chưa lập danh sách" not in waiting
    assert f'action="/ca-benh/{case.code}/lap-danh-sach"' not in waiting, "it is asked for already"
    asked_again = page.get(f"/ca-benh/{case.code}/lap-danh-sach/tien-do")
    assert "Đang lập danh sách" in asked_again.content.decode()
    work_off_jobs()
    asks = re.findall(r'hx-get="([^"]+tien-do[^"]*)"', waiting)[0]
    assert page.get(asks).headers["hx-refresh"] == "true"
    listed = shown(page, case)
    assert "Đã lập danh sách: thêm 2, thay đổi 0, bỏ 0;" in listed
    assert "Lập lại danh sách tiếp xúc" in listed
    run = case.runs.get()
    assert (run.state, run.found, run.written) == ("done", 2, 2)


def test_asking_twice_makes_one_list_and_one_audit_row(page, case):
    for _ in range(2):
        page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    run = case.runs.get()
    before = AuditRow.objects.filter(event="contacts.proposed").count()
    first, second = work_off_runs(), runs.work_on(run.pk, now=clock.now())
    assert (len(first), second) == (1, None)
    assert AuditRow.objects.filter(event="contacts.proposed").count() == before + 1
    work_off_jobs()
    assert AuditRow.objects.filter(event="contacts.proposed").count() == before + 1


def test_how_far_a_list_is_can_be_seen_before_it_is_written(page, case, outbreak, monkeypatch):
    seen: list[tuple[int, int, int]] = []
    write = proposing.write

    def watched(*given):
        *others, told = given

        def tell(written: int) -> None:
            told(written)
            with psycopg.connect(outbreak.database.dsn) as other:
                seen.append(other.execute(PROGRESS, [case.pk]).fetchone())

        return write(*others, tell)

    monkeypatch.setattr(proposing, "write", watched)
    monkeypatch.setattr(proposing, "BATCH", 1)
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    assert seen == [(2, 1, 0), (2, 2, 0)], "found, written, and no half of a list"


PROGRESS = """
select found, written, (select count(*) from tracing_proposal where case_id = run.case_id)
from tracing_run run where case_id = %s
"""


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Retries at once instead of after seconds."""
    monkeypatch.setattr(jobs.PATIENCE, "exponential_wait", 0)


def test_a_list_that_can_not_be_made_says_so_and_leaves_the_old_one(page, case, outbreak, monkeypatch, impatient, at):
    at(CLOCK)
    make_list(case, by=outbreak.tracer)
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    tries = []

    def broken(*_, **__):
        tries.append(1)
        raise RuntimeError("no")

    monkeypatch.setattr(runs, "find_contacts", broken)
    for _ in range(jobs.RETRIES + 2):
        work_off_jobs()
    assert len(tries) == jobs.RETRIES + 1
    assert [run.state for run in case.runs.order_by("pk")] == ["done", "failed"]
    told = shown(page, case)
    assert "Không lập được danh sách (yêu cầu lúc 09:00 17/08/2021)" in told
    assert case.proposals.count() == 2
    assert page.get(f"/ca-benh/{case.code}/lap-danh-sach/tien-do").headers["hx-refresh"] == "true"
    monkeypatch.undo()
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    work_off_runs()
    assert "Không lập được" not in shown(page, case)


def test_what_is_asked_for_while_a_list_is_being_made_makes_another_list(page, case, monkeypatch):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    find, asked = runs.find_contacts, []

    def found_and_asked(*given, **options):
        found = find(*given, **options)
        if not asked:
            asked.append(1)
            ask = threading.Thread(target=page.post, args=[f"/ca-benh/{case.code}/lap-danh-sach"])
            ask.start()
            ask.join(20)
        return found

    monkeypatch.setattr(runs, "find_contacts", found_and_asked)
    work_off_jobs()
    assert [run.state for run in case.runs.order_by("pk")] == ["done", "done"], "the second read it anew"


def test_a_run_whose_job_was_lost_is_taken_up_again(page, case):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs where task_name = 'tracing.propose'")
    Run.objects.filter(case=case).update(state="running")
    assert (runs.ask_again(), runs.ask_again()) == (1, 0)
    work_off_jobs()
    assert case.runs.get().state == "done"


def test_a_list_that_kills_its_worker_each_time_is_given_up(page, case):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set attempts = %s where task_name = 'tracing.propose' and status = 'todo'",
            [jobs.RETRIES + 1],
        )
    work_off_jobs()
    assert case.runs.get().state == "failed"


def test_the_worker_looks_for_lost_work_every_minute():
    regular = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert {"tracing.ask_again", "web.take_up_again"} <= regular


def test_an_officer_who_comes_while_a_list_is_being_made_is_told_so_after_a_while(page, case, outbreak, monkeypatch):
    make_list(case, by=outbreak.tracer)
    monkeypatch.setattr("dauchan.cases.actions.PATIENCE", "200ms")
    chosen = case.proposals.values_list("pk", flat=True)[0]
    with psycopg.connect(outbreak.database.dsn) as other:
        other.execute("select from cases_case where id = %s for no key update", [case.pk])
        busy = page.post(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": [chosen], "grade": "close"})
    assert busy.status_code == 409
    assert "đang được lập" in busy.content.decode()
    assert not case.contacts.exists()


def test_a_job_whose_worker_was_killed_is_handed_out_again(page, case):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')")
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = (select max(id) from procrastinate_workers) "
            "where task_name = 'tracing.propose' and args = jsonb_build_object('run_id', %s)",
            [case.runs.get().pk],
        )
        assert cursor.rowcount == 1
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args) "
            "values ('default', 'web.take_up_again', '{\"timestamp\": 0}')"
        )
    work_off_jobs()
    assert case.runs.get().state == "done"


def test_dates_changed_while_a_list_waits_are_those_it_is_made_with(page, case, outbreak):
    page.post(f"/ca-benh/{case.code}/lap-danh-sach")
    given = {"onset_on": "2021-08-16", "sampled_on": "", "confirmed_on": "2021-08-17", "reason": "lời kể"}
    given |= {"period_start": "2021-08-15T08:15", "period_end": "2021-08-15T08:40"}
    preview = page.post(f"/ca-benh/{case.code}/sua", given).content.decode()
    (seen,) = re.findall(r'name="seen" value="(\w+)"', preview)
    assert page.post(f"/ca-benh/{case.code}/sua", given | {"apply": "1", "seen": seen}).status_code == 302
    work_off_runs()
    assert sorted(case.proposals.values_list("certain_minutes", flat=True)) == [5, 25]


def test_how_far_a_list_is_is_told_to_nobody_else(case):
    stranger = signed_in(officer_with("auditor"))
    assert stranger.get(f"/ca-benh/{case.code}/lap-danh-sach/tien-do").status_code in (403, 404)
    assert Run.objects.filter(case=case).count() == 0
