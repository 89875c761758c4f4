"""The small reference set that the tests live in: all of the tree but the villages."""

from seeds.reference import load_reference
from seeds.region_files import read_region_tree

# Sidoarjo, Palembang, Ternate, Jayapura: three time zones, desa, kelurahan and desa adat.
REGENCIES = frozenset({"3515", "1671", "8271", "9103"})


def load_small_reference() -> None:
    """Called once, after the migrations of the template database."""
    load_reference(read_region_tree().only_villages_of(REGENCIES), say=lambda _: None)
