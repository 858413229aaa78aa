"""What journeys share: each begins in Vietnamese, whatever language the test before it read its pages in."""

import pytest
from django.conf import settings
from django.utils import translation


@pytest.fixture(autouse=True)
def house_language() -> None:
    translation.activate(settings.LANGUAGE_CODE)
