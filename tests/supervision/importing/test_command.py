"""`manage.py import_people`: what it prints, what it leaves, and how it ends."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from enrollment.models import Member
from perisai.models import Agent, ImportRun, User
from tests.factories.enrollment import invented_nik
from tests.factories.payments import NOW
from tests.supervision.importing.files import csv_file, member_line, never_paid

pytestmark = pytest.mark.django_db


def told(file: Path | str, importer: User, /, **options: Any) -> str:
    """What the command prints."""
    out = StringIO()
    said = {
        "kind": "members",
        "by": importer.username,
        "basis": "contract",
        "processes": 1,
    } | options
    with time_machine.travel(NOW, tick=False):
        call_command("import_people", str(file), stdout=out, stderr=StringIO(), **said)
    return out.getvalue()


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    file = folder / "peserta.csv"
    file.write_bytes(csv_file(lines).getvalue())
    return file


def test_dry_run_loads_nothing_and_the_second_run_all_of_it(
    agent: Agent, importer: User, second: User, tmp_path: Path
) -> None:
    file = written(tmp_path, [member_line(agent, 1), never_paid(agent, 2)])

    first = told(file, importer, dry_run=True)
    assert "2 baris dibaca." in first
    assert Member.objects.count() == 0

    with pytest.raises(CommandError, match="import_needs_second_person"):
        told(file, importer)
    assert Member.objects.count() == 0

    done = told(file, importer, confirm_by=second.username)
    assert "2 dimuat, 1 dengan lunas sampai." in done
    assert "2 peserta masuk buku agen." in done
    assert "tidak ada yang berubah" in told(file, importer)
    assert (Member.objects.count(), ImportRun.objects.count()) == (2, 1)


def test_faults_are_told_by_line_and_column_without_a_value(
    agent: Agent, importer: User, tmp_path: Path
) -> None:
    file = written(tmp_path, [never_paid(agent, 1, nama="Siti123"), never_paid(agent, 1)])
    out = StringIO()

    with pytest.raises(CommandError) as failed:
        call_command(
            "import_people",
            str(file),
            kind="members",
            by=importer.username,
            basis="contract",
            processes=1,
            stdout=out,
            stderr=StringIO(),
        )

    assert failed.value.returncode == 3
    assert "2: nama: Nama tidak sah. [name_invalid]" in out.getvalue()
    assert "Siti123" not in out.getvalue()
    assert invented_nik(1) not in out.getvalue()


def test_reader_gets_her_own_language(agent: Agent, importer: User, tmp_path: Path) -> None:
    importer.language = "en"
    importer.save(update_fields=["language"])

    said = told(written(tmp_path, [never_paid(agent)]), importer, dry_run=True)

    assert "1 lines read." in said


def test_bad_input_is_one_line(agent: Agent, importer: User, tmp_path: Path) -> None:
    empty = tmp_path / "kosong.csv"
    empty.touch()
    good = written(tmp_path, [never_paid(agent)])
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "tidak-ada.csv", {}, "No such file"),
        (empty, {}, "Berkas kosong."),
        (good, {"by": "siapa"}, "there is no active login siapa"),
        (good, {"kind": None}, "say FILE, --kind and --by"),
        (good, {"basis": None}, "import_not_allowed"),
        (good, {"kind": "offices", "basis": None}, "Ada kolom yang tidak dikenal"),
    ]
    for file, options, text in cases:
        with pytest.raises(CommandError, match=text) as refused:
            told(file, importer, **options)
        assert "\n" not in str(refused.value)

    assert ImportRun.objects.standing().count() == 0
    assert Member.objects.count() == 0


def test_template_is_printed() -> None:
    out = StringIO()

    call_command("import_people", template="agents", stdout=out)

    assert out.getvalue().startswith("nomor_agen,nama,kode_kantor,")
