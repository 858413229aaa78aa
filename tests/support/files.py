"""Which routes hand out a file, and what stands in a workbook."""

import io
import re
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook
from support.routes import addresses

from dauchan.web.rollout_routes import ROLLOUT_ROUTES

LOOKS_LIKE_A_FILE = re.compile(r"export|xlsx|csv|(?<!-)xuat|spreadsheet|template|faults|download")
READ_ELSEWHERE = frozenset({"api:open-data-csv", "coverage:supplied-faults"})
"""`test_reports_open_data` reads the first whole, `test_rollout_ends` the second, which is posted for."""
PATTERNS = {address.name: address.pattern for address in addresses()}
OF_THE_ROLLOUT = [
    route
    for route in ROLLOUT_ROUTES
    if LOOKS_LIKE_A_FILE.search(f"{route.name} {PATTERNS[route.name]}") and route.name not in READ_ELSEWHERE
]


def cells_of(content: bytes) -> Iterator[Any]:
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            yield from row
