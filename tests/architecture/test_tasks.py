"""Tasks take text and whole numbers alone: no objects, no days, no people."""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Any, get_type_hints

from config.celery import app
from tests.architecture.tree import APPS, import_everything

ALLOWED = {str, int}


def own_tasks() -> dict[str, Callable[..., Any]]:
    """Our tasks by name, as plain functions."""
    import_everything()
    app.loader.import_default_modules()
    found = {name: task.run for name, task in app.tasks.items() if name.split(".")[0] in APPS}
    assert found
    return found


def ill_typed(task: Callable[..., Any]) -> list[str]:
    """Parameters that are neither text nor whole numbers."""
    hints = get_type_hints(task)
    names = inspect.signature(task).parameters
    return [name for name in names if hints.get(name) not in ALLOWED]


def test_tasks_take_only_text_and_whole_numbers() -> None:
    assert {name: ill_typed(task) for name, task in own_tasks().items() if ill_typed(task)} == {}


def test_every_entry_of_beat_is_a_task() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(own_tasks())


def test_planted_day_and_untyped_parameter_are_found() -> None:
    def planted(code: str, count: int, as_of: date, member) -> None:  # type: ignore[no-untyped-def]
        """Takes too much."""

    assert ill_typed(planted) == ["as_of", "member"]
