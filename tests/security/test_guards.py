"""The guards of append-only rows stand aside in few places, each with its reason."""

from perisai.services.guards import guards_aside
from tests.architecture.tree import Source, sources

CALLERS = {
    "enrollment/services/forgetting.py": "an erasure destroys texts",
    "perisai/services/erasures.py": "an erasure destroys explanations of reveals",
    "perisai/services/login_events.py": "a purge deletes old tries to log in",
    "perisai/services/keys.py": "another key wraps the same facts",
    "perisai/services/old_messages.py": "a purge deletes old messages with their reports",
    "retention/services/forgetting.py": "an erasure, or a purge, destroys texts",
    "sync/services/erasure.py": "an erasure destroys what was said to an author",
}
HOME = "perisai/services/guards.py"
WORDS = (guards_aside.__name__, "pgtrigger.ignore")
LIMITS = {"perisai/deadlines.py", "seeds/demo/load.py"}  # name no trigger, so that all act


def callers(files: list[Source]) -> set[str]:
    """Files that name the one place, or the setting behind it."""
    return {file.path for file in files if any(word in file.text for word in WORDS)}


def test_guards_stand_aside_only_where_it_was_reviewed() -> None:
    ours = [file for file in sources() if not file.path.startswith(("tests/", "benchmarks/"))]
    assert callers(ours) - LIMITS - {HOME} == CALLERS.keys()


def test_planted_caller_is_found() -> None:
    text = "with guards_aside(Payment):\n    Payment.objects.update(amount=0)\n"
    assert callers([Source(path="payments/services/trick.py", text=text)]) == {
        "payments/services/trick.py"
    }
