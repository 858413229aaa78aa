"""What may stand in a log: our own typed events, and of everybody else where it happened and what kind of error it was.

An allow-list. Our events hold counts, ids and kinds, never names, numbers, tokens, answers or coordinates; of other
libraries' messages we can't know that, so only the line of code that spoke is kept. No exception's message is written,
for databases and parsers repeat in it what they were given. Times are UTC.
"""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any

OURS = ("dauchan", "uvicorn.error")
"""Whose messages are written as they are: our own, and the server's, which speak of itself alone."""
MOST_CAUSES = 8
MOST_FRAMES = 40

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Formatter(logging.Formatter):
    """One line an event; below it, for an exception, its kind and the lines of code it came through."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{at} {record.levelname} {record.name} {_CONTROL.sub(_escaped, _said(record))}"
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        return "\n".join([line, *(_told(error) if error is not None else ())])


def configuration(level: str) -> dict[str, Any]:
    """The logging of every process of ours, for `logging.config.dictConfig`.

    level   of our own events; others speak from warnings on, unless we look at everything ("DEBUG")
    """
    quiet: dict[str, Any] = {"handlers": [], "propagate": True, "level": "NOTSET"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"events": {"()": "dauchan.kernel.logs.Formatter"}},
        "handlers": {"events": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["events"], "level": "DEBUG" if level == "DEBUG" else "WARNING"},
        "loggers": {
            "dauchan": {"level": level},
            "django": quiet,
            "django.server": quiet,
            "uvicorn": quiet,
            "uvicorn.error": quiet,
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def _said(record: logging.LogRecord) -> str:
    if record.name.startswith(OURS):
        return record.getMessage()
    return f"at {Path(record.pathname).name}:{record.lineno}"


def _told(error: BaseException) -> Iterator[str]:
    """The exception and what caused it, newest first, by kind and line of code."""
    for number, each in enumerate(_causes(error)):
        yield f"  {'' if number == 0 else 'after '}{type(each).__module__}.{type(each).__qualname__}"
        frames = list(walk_tb(each.__traceback__))[-MOST_FRAMES:]
        yield from (f"    {frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames)


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_CAUSES:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inside = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        waiting.extend([*inside, *(cause for cause in (each.__cause__, each.__context__) if cause is not None)])


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
