"""Reference data: complete, repeatable, and refused whole when a file is wrong (R28)."""

import gzip
import shutil
from pathlib import Path

import pytest

from perisai.models import District, LegacyRegionCode, Province, Regency, Village
from seeds.reference import load_regions
from seeds.region_codes import REGIONS_FOLDER
from seeds.region_files import BadRegionFile, read_region_tree


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the region files that a test may spoil."""
    return Path(shutil.copytree(REGIONS_FOLDER, tmp_path / "regions"))


def spoil(path: Path, old: str, new: str) -> None:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    assert text.count(old) == 1
    changed = text.replace(old, new).encode()
    path.write_bytes(gzip.compress(changed) if path.suffix == ".gz" else changed)


@pytest.mark.slow
@pytest.mark.django_db
def test_all_83762_villages_are_loaded_and_loading_again_changes_nothing() -> None:
    said: list[str] = []
    load_regions(read_region_tree(), say=said.append)
    assert (
        Province.objects.count(),
        Regency.objects.count(),
        District.objects.count(),
        Village.objects.count(),
        LegacyRegionCode.objects.count(),
    ) == (38, 514, 7_285, 83_762, 620)
    load_regions(read_region_tree(), say=said.append)
    assert said[-1] == "regions: already loaded"
    assert Village.objects.count() == 83_762


def test_a_village_without_its_district_is_refused_with_its_line(folder: Path) -> None:
    line = "3515142001,351514,Wilayut,desa"
    spoil(folder / "villages.csv.gz", line, line.replace("351514,", "351599,"))
    with pytest.raises(BadRegionFile, match=r"villages\.csv\.gz line \d+: parent 351599"):
        read_region_tree(folder)


def test_a_code_that_stands_twice_is_refused_with_its_line(folder: Path) -> None:
    spoil(folder / "regencies.csv", "\n1102,", "\n1101,")
    with pytest.raises(BadRegionFile, match=r"regencies\.csv line 3: code 1101 stands twice"):
        read_region_tree(folder)


def test_a_missing_row_is_refused(folder: Path) -> None:
    path = folder / "provinces.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadRegionFile, match=r"provinces\.csv: 37 rows, the edition has 38"):
        read_region_tree(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\n1101,11,", "\n110A,11,", "line 2: code 110A has not 4 digits"),
        ("\n1101,11,", "\n1101,12,", "line 2: code 1101 does not begin with 12"),
        ("code,province_code", "code,parent", "line 1: the columns must be"),
    ],
)
def test_a_row_of_the_wrong_shape_is_refused(folder: Path, old: str, new: str, told: str) -> None:
    spoil(folder / "regencies.csv", old, new)
    with pytest.raises(BadRegionFile, match=told):
        read_region_tree(folder)


@pytest.mark.django_db
def test_a_bad_file_loads_nothing(folder: Path) -> None:
    before = Village.objects.count()
    (folder / "villages.csv.gz").write_bytes(b"not gzip")
    with pytest.raises(BadRegionFile, match="cannot be read"):
        read_region_tree(folder)
    assert Village.objects.count() == before
