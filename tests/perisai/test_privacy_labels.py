"""Labels of encrypted fields are frozen: a changed one would make every stored value unreadable."""

from pathlib import Path

from perisai.privacy.fields import LABEL_SHAPE, encrypted_columns

FROZEN = Path(__file__).with_name("labels.txt").read_text(encoding="utf-8").split()


def labels() -> list[str]:
    """The labels of all models, with repetitions; copies in a history keep the original's."""
    columns = encrypted_columns().items()
    originals = (fields for model, fields in columns if not hasattr(model, "sealed_for"))
    return [field.label for fields in originals for field in fields]


def test_labels_are_frozen() -> None:
    """A new field adds its label to labels.txt; no label ever leaves it or changes."""
    assert sorted(labels()) == FROZEN


def test_label_is_used_once_in_the_project() -> None:
    assert len(set(labels())) == len(labels())


def test_label_is_two_lower_case_words() -> None:
    assert [label for label in labels() if not LABEL_SHAPE.fullmatch(label)] == []
