"""Models: no way up by a reverse name, claims as constraint names, words in the glossary."""

import ast
import re

from django.db import models
from django.test.utils import isolate_apps

from tests.architecture.tree import APPS, ROOT, Source, sources
from tests.architecture.tree import models as our_models

MONTHS = frozenset({"month", "paid_through", "unpaid_since"})


def reverse_names_that_point_up(model: type[models.Model]) -> list[str]:
    """Foreign keys to a lower app that could be followed back."""
    found = []
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if not isinstance(field, models.ForeignKey | models.ManyToManyField):
            continue
        if not isinstance(target, type):
            continue
        label = target._meta.app_label if issubclass(target, models.Model) else ""
        crosses = label in APPS and label != model._meta.app_label
        if crosses and not (field.remote_field.related_name or "").endswith("+"):
            found.append(f"{model._meta.label}.{field.name}")
    return found


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def ill_named(model: type[models.Model]) -> list[str]:
    """Constraints and indexes whose name does not start with the model's."""
    claims = [*model._meta.constraints, *model._meta.indexes]
    start = f"{snake(model.__name__)}_"
    return [claim.name for claim in claims if not claim.name.startswith(start)]


def unguarded(model: type[models.Model]) -> list[str]:
    """Columns of an enumeration, or of months, whose claim no check constraint states."""
    checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
    stated = " ".join(str(check.condition) for check in checks)
    found = []
    for field in model._meta.local_fields:
        if field.primary_key:
            continue  # of rows that a migration brings
        if field.choices and f"'{field.name}__in'" not in stated:
            found.append(f"{model._meta.label}.{field.name}")
        if field.name in MONTHS and f"'{field.name}__day'" not in stated:
            found.append(f"{model._meta.label}.{field.name}")
    return found


def undocumented(source: Source) -> list[str]:
    """Classes of a models folder without a docstring."""
    return [
        f"{source.path}:{node.lineno} {node.name}"
        for node in ast.walk(source.tree())
        if isinstance(node, ast.ClassDef) and node.name != "Meta" and not ast.get_docstring(node)
    ]


def missing_words(names: list[str], glossary: str) -> list[str]:
    """Model names that the glossary does not hold as code."""
    known = set(re.findall(r"`([A-Za-z]+)", glossary))
    return sorted(set(names) - known)


def test_lower_app_cannot_reach_up_through_a_foreign_key() -> None:
    assert [found for model in our_models() for found in reverse_names_that_point_up(model)] == []


def test_constraint_names_start_with_their_model() -> None:
    assert [name for model in our_models() for name in ill_named(model)] == []


def test_enumerations_and_months_are_checked_by_the_database() -> None:
    assert [found for model in our_models() for found in unguarded(model)] == []


def test_every_model_says_what_one_row_is() -> None:
    files = [source for source in sources() if "/models/" in source.path]
    assert files
    assert [found for source in files for found in undocumented(source)] == []


def test_every_model_is_in_the_glossary() -> None:
    glossary = (ROOT / "GLOSSARY.md").read_text("utf-8")
    assert missing_words([model.__name__ for model in our_models()], glossary) == []


@isolate_apps("sync", "perisai")
def test_planted_reverse_name_and_bad_constraint_are_found() -> None:
    class Branch(models.Model):
        class Meta:
            app_label = "perisai"

        def __str__(self) -> str:
            return ""

    class PlantedRow(models.Model):
        month = models.DateField()
        word = models.CharField(max_length=1, choices=[("a", "a")])
        branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
        quiet = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "sync"
            constraints = [
                models.CheckConstraint(condition=models.Q(pk__gt=0), name="planted_row_is_fine"),
                models.CheckConstraint(condition=models.Q(pk__gt=0), name="planted_is_not"),
            ]

        def __str__(self) -> str:
            return ""

    assert reverse_names_that_point_up(PlantedRow) == ["sync.PlantedRow.branch"]
    assert ill_named(PlantedRow) == ["planted_is_not"]
    assert unguarded(PlantedRow) == ["sync.PlantedRow.month", "sync.PlantedRow.word"]


def test_planted_class_without_docstring_and_missing_word_are_found() -> None:
    text = 'class A:\n    """One row."""\n    class Meta:\n        x = 1\nclass B:\n    x = 1\n'
    assert undocumented(Source(path="m.py", text=text)) == ["m.py:5 B"]
    assert missing_words(["Bill", "Unheard"], "| Tagihan | `Bill.code` |") == ["Unheard"]
