"""The project's own files, parsed, for tests that read code as data."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]
APPS = ("perisai", "sync", "enrollment", "payments", "retention", "supervision")
PACKAGES = (*APPS, "config", "seeds", "benchmarks", "faults", "tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file: its path from the root, and its text."""

    path: str
    text: str

    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)


@cache
def sources() -> tuple[Source, ...]:
    """Every file of ours but migrations, which Django writes."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    ours = [path for path in sorted(found) if "migrations" not in path.parts]
    return tuple(
        Source(path=path.relative_to(ROOT).as_posix(), text=path.read_text("utf-8"))
        for path in [ROOT / "manage.py", *ours]
    )


@cache
def import_everything() -> None:
    """Import every module of the six apps, so that all their classes are known."""
    for source in sources():
        if source.path.split("/")[0] in APPS:
            dotted = source.path.removesuffix(".py").replace("/", ".")
            import_module(dotted.removesuffix(".__init__"))


def models() -> list[type[Model]]:
    """Our models."""
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
