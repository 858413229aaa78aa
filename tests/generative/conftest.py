"""Generated stays are asked of every engine; the one over the visit table needs the module's database."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("engines", suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@pytest.fixture(autouse=True)
def database_of_the_engine(request: pytest.FixtureRequest) -> None:
    """Opens the module's database for tests that are parametrised with the postgres engine."""
    spec = getattr(request.node, "callspec", None)
    if spec and spec.params.get("engine") == "postgres":
        request.getfixturevalue("database")
