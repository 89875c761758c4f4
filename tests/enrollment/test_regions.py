"""The regions that a NIK is judged by, kept in the process until a load replaces them (R22)."""

import pytest
from pytest_django import DjangoAssertNumQueries

from enrollment.services.regions import known_regions
from perisai.models import District, ReferenceLoad

pytestmark = pytest.mark.django_db


def test_r22_regions_are_read_once_per_load(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = known_regions()
    assert "351514" in first.districts
    assert "9101" in first.legacy
    with django_assert_num_queries(1):
        assert known_regions() is first


def test_r22_a_new_load_is_seen_at_once() -> None:
    known_regions()
    District.objects.create(code="351599", regency_id="3515", name="Baru", lat=0, lon=0)
    load = ReferenceLoad.objects.order_by("name")[0]
    load.sha256 = "0" * 64
    load.save(update_fields=["sha256"])
    assert "351599" in known_regions().districts
