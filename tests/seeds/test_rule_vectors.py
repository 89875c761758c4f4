"""Every row of the project's own vector files is a case under its own id."""

from pathlib import Path

import pytest

from seeds.rule_checks.catalogue import KNOWN, NOT_YET
from seeds.rule_checks.check import Vector, compare, read_vectors
from seeds.rule_checks.rulebook import installed_rulebook

RULES = Path(__file__).parents[2] / "seeds" / "rules"
ROWS = {
    "age": 16,
    "bills": 35,
    "cover_states": 58,
    "due_dates": 36,
    "jkm_tier": 12,
    "masking": 12,
    "nik_vectors": 78,
    "phone_vectors": 65,
    "tariff": 65,
}
VECTORS = [
    pytest.param(name, vector, id=f"{name}-{vector.row_id}")
    for name, rule in KNOWN.items()
    for vector in read_vectors(RULES / f"{name}.csv", rule)
]


@pytest.mark.parametrize(("name", "vector"), VECTORS)
def test_product_answers_as_the_vector_says(name: str, vector: Vector) -> None:
    assert compare(vector, KNOWN[name], installed_rulebook()).problems == ()


def test_no_row_and_no_file_got_lost() -> None:
    assert {name: sum(case.values[0] == name for case in VECTORS) for name in KNOWN} == ROWS
    assert {file.stem for file in RULES.glob("*.csv")} == {*KNOWN, *NOT_YET}


@pytest.mark.parametrize("name", KNOWN)
def test_answer_covers_every_expected_column(name: str) -> None:
    rule = KNOWN[name]
    answered: set[str] = set()
    for vector in read_vectors(RULES / f"{name}.csv", rule):
        answered |= rule.answer(vector.row, installed_rulebook()).keys()
    assert answered == set(rule.answers)
