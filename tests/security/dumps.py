"""Reading a dump as its thief would: plain, in hex, in base64; and as who has the keys too."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from django.db import connection

from config.local.binaries import postgres_bin
from perisai.privacy import Sealed
from perisai.privacy.fields import encrypted_columns, key_name
from tests.conftest import DJANGO_TABLES, REFERENCE_TABLES

# Enough that chance does not spell a word in megabytes of ciphertext.
LONG_ENOUGH: Final = 5
WORDS: Final = re.compile(r"[^\W\d_]{3,}")


def dumped(*options: str, only: str = "") -> str:
    """What pg_dump writes of the database, or of one table; without the reference data."""
    database = connection.settings_dict
    history = {f"{name}version" for name in REFERENCE_TABLES}  # of holidays, rates and the like
    made_of_them = {"perisai_referencefile"}  # which is there only if somebody published it
    public = REFERENCE_TABLES | history | DJANGO_TABLES | made_of_them
    wanted = [f"--table={only}"] if only else [f"--exclude-table-data={name}" for name in public]
    done = subprocess.run(  # noqa: S603  our own program with our own arguments
        [
            str(postgres_bin() / "pg_dump"),
            f"--host={database['HOST']}",
            f"--port={database['PORT']}",
            f"--username={database['USER']}",
            f"--dbname={database['NAME']}",
            *sorted(wanted),
            *options,
        ],
        env=os.environ | {"PGPASSWORD": str(database["PASSWORD"])},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def restored(dump: str) -> None:
    """Put the rows of a dump (data only) into the tables, which must be empty."""
    database = connection.settings_dict
    done = subprocess.run(  # noqa: S603  our own program with our own arguments
        [
            str(postgres_bin() / "psql"),
            f"--host={database['HOST']}",
            f"--port={database['PORT']}",
            f"--username={database['USER']}",
            f"--dbname={database['NAME']}",
            *("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"),
        ],
        env=os.environ | {"PGPASSWORD": str(database["PASSWORD"])},
        input=dump,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def found_in(dump: str, secrets: Iterable[str]) -> set[str]:
    """Those secrets that a reader of the dump finds: plain in any case, in hex, or in base64."""
    spoken = {word.upper() for word in WORDS.findall(dump)}
    return {secret for secret in set(secrets) if secret.upper() in spoken or _lies_in(dump, secret)}


def _lies_in(dump: str, secret: str) -> bool:
    return len(secret) >= LONG_ENOUGH and any(form in dump for form in forms_of(secret))


def forms_of(secret: str) -> Iterator[str]:
    """The ways in which a text may lie in a dump."""
    plain = secret.encode()
    if not secret.isalpha():
        yield secret
    yield plain.hex()
    for shift in range(3):
        # Only the letters that do not depend on what stands before and after.
        coded = base64.b64encode(bytes(shift) + plain).decode().rstrip("=")
        yield coded[shift + 1 if shift else 0 : -1]


def words_of(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in WORDS.findall(name)}


def spellings_of(phones: Iterable[str | None]) -> set[str]:
    """A number in E.164, and its digits without the country."""
    known = {phone for phone in phones if phone}
    return known | {phone.removeprefix("+62") for phone in known}


def opened_values() -> Iterator[str]:
    """Every encrypted value of the database, opened: JSON as its text."""
    for model, fields in encrypted_columns().items():
        names = [field.attname for field in fields]
        for pk, *values in model._base_manager.values_list(key_name(model), *names).iterator(1000):
            opened = [cast("Sealed[Any]", value).open(pk) for value in values if value is not None]
            yield from (json.dumps(value, ensure_ascii=False) for value in opened)
