"""Log files of the embedded servers: rotated at each start, five kept."""

from pathlib import Path

KEPT = 5


def rotated(log: Path) -> Path:
    """Move the last run's log to `.1`, that one to `.2`, and drop the oldest."""
    for number in range(KEPT - 1, 0, -1):
        older = log if number == 1 else log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    return log


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for a person."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-count:])
