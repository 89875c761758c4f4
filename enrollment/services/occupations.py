"""The list of occupations, for forms."""

from enrollment.models import Occupation
from perisai.models import Language


def named_occupations(language: str) -> list[tuple[str, str]]:
    """Every occupation as code and name, by name, in one of our languages."""
    column = "name_en" if language == Language.ENGLISH else "name_id"
    return list(Occupation.objects.order_by(column, "code").values_list("code", column))
