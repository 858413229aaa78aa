"""A log line never repeats what somebody sent: our events alone are written, and errors by kind and place."""

import io
import logging

import pytest

from dauchan.kernel import logs

CANARY = "Nguyễn Thị Chim Hoàng Yến 0999888777"


@pytest.fixture
def written():
    """Logs through the real formatter into a text."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.Formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield output
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_event_of_ours_is_one_line_with_its_time_in_utc(written):
    logging.getLogger("dauchan.visits").warning("partition.waits table=%s attempt=%d", "visits_scan", 2)
    line = written.getvalue()
    assert line.endswith("Z WARNING dauchan.visits partition.waits table=visits_scan attempt=2\n")


def test_an_exception_is_told_by_kind_and_place_and_never_by_what_it_says(written):
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError:
        logging.getLogger("dauchan.web").exception("event %s: unexpected error", "AB12")
    text = written.getvalue()
    assert "builtins.KeyError" in text
    assert "after builtins.ValueError" in text
    assert "test_kernel_logs.py:" in text
    assert CANARY not in text
    assert "Nguyễn" not in text


def test_other_libraries_are_told_by_their_line_of_code_alone(written):
    logging.getLogger("psycopg.pool").warning("error with %s", CANARY)
    logging.getLogger("django.request").warning(f"Not Found: /?q={CANARY}")
    text = written.getvalue()
    assert text.count("at test_kernel_logs.py:") == 2
    assert CANARY not in text


def test_nobody_forges_a_second_line_or_colours_the_terminal(written):
    logging.getLogger("dauchan.web").warning(
        "event %s", "x\r\n2026-01-01T00:00:00Z INFO dauchan all is well\x1b[31m\u2028"
    )
    assert written.getvalue().count("\n") == 1
    assert "\x1b" not in written.getvalue()


def test_several_errors_at_once_are_all_told_and_a_circle_ends(written):
    circle = ValueError(CANARY)
    circle.__cause__ = circle
    try:
        raise ExceptionGroup(CANARY, [circle, TypeError(CANARY)])
    except ExceptionGroup:
        logging.getLogger("dauchan.web").exception("both")
    assert "after builtins.TypeError" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_the_configuration_keeps_others_quiet_and_has_no_access_log():
    configuration = logs.configuration("INFO")
    assert configuration["root"]["level"] == "WARNING"
    assert configuration["loggers"]["uvicorn.access"] == {"handlers": [], "propagate": False}
