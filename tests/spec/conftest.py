"""Every named question is asked of every engine: a test that takes `tracer` runs once for each."""

from collections.abc import Callable

import pytest
from spec.scenes import ENGINES, Tracer


@pytest.fixture(params=sorted(ENGINES))
def tracer(request: pytest.FixtureRequest) -> Callable[[str], Tracer]:
    """Makes a `Tracer` of this engine from lines of stays."""
    if request.param == "postgres":
        request.getfixturevalue("database")
    return lambda lines: Tracer(ENGINES[request.param], lines)
