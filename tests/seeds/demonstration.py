"""The small demonstration that tests look at."""

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.test import override_settings

AS_OF: Final = date(2026, 11, 20)
SCALE: Final = 0.05
PASSWORDS: Final = {
    "SUPERVISOR_PASSWORD": "pengawas-untuk-uji",
    "AGENT_PASSWORD": "agen-untuk-uji",
    "POST_AGENT_PASSWORD": "loket-untuk-uji",
}


def password_file(folder: Path) -> Path:
    """The file that DEMO_PASSWORDS_FILE names."""
    path = folder / "demo.txt"
    path.write_text("".join(f"{name}={said}\n" for name, said in PASSWORDS.items()))
    return path


def seed_demo(folder: Path, *, scale: float = SCALE, as_of: date = AS_OF) -> str:
    """Run the command; what it printed."""
    printed = StringIO()
    with override_settings(DEMO_PASSWORDS_FILE=str(password_file(folder))):
        call_command("seed", "demo", scale=scale, as_of=as_of.isoformat(), stdout=printed)
    return printed.getvalue()
