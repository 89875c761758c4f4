"""The day that cover is judged on (R13, R14)."""

from datetime import date

import pytest
from pytest_django import Settings

from enrollment.cover import CoverDay
from enrollment.errors import DueDateMissing
from enrollment.models import DueDate
from enrollment.services.cover_days import cover_day

pytestmark = pytest.mark.django_db


def test_r13_a_day_has_the_published_due_date_of_its_month(settings: Settings) -> None:
    settings.COVER_LAPSE_AFTER_ENDED_MONTHS = 4
    assert cover_day(date(2026, 11, 20)) == CoverDay(
        as_of=date(2026, 11, 20), due_on=date(2026, 11, 16), lapse_after=4
    )


def test_a_month_without_a_due_date_is_said_by_name() -> None:
    DueDate.objects.filter(month=date(2026, 11, 1)).delete()
    with pytest.raises(DueDateMissing) as caught:
        cover_day(date(2026, 11, 20))
    assert caught.value.context == {"month": "2026-11"}
