"""Who and where."""

from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from perisai.models import Branch


class BranchFactory(DjangoModelFactory[Branch]):
    """A branch without regencies."""

    class Meta:
        model = Branch

    code = Sequence(lambda number: f"T{number:05}")
    name = Sequence(lambda number: f"Cabang Contoh {number}")
