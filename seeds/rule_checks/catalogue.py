"""Which vector files are known, by name: their columns and who answers them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from seeds.rule_checks import cover, money, people
from seeds.rule_checks.cells import Row
from seeds.rule_checks.rulebook import Rulebook

NOT_YET: Final = MappingProxyType({"incentives": "not checked yet (incentives follow)"})
"""Files that belong to the rules but have nothing here to be checked against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A known file: what it gives, what it expects, and the product's own answer to a row."""

    inputs: tuple[str, ...]
    answers: tuple[str, ...]
    answer: Callable[[Row, Rulebook], Row]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be there; others are for readers."""
        return (*self.inputs, *self.answers)


KNOWN: Final[Mapping[str, RuleFile]] = MappingProxyType(
    {
        "age": RuleFile(
            inputs=cover.AGE_INPUTS, answers=cover.AGE_ANSWERS, answer=cover.answer_age
        ),
        "bills": RuleFile(
            inputs=money.BILL_INPUTS, answers=money.BILL_ANSWERS, answer=money.answer_bill
        ),
        "cover_states": RuleFile(
            inputs=cover.COVER_INPUTS,
            answers=cover.COVER_ANSWERS,
            answer=cover.answer_cover_state,
        ),
        "due_dates": RuleFile(
            inputs=cover.DUE_INPUTS, answers=cover.DUE_ANSWERS, answer=cover.answer_due_date
        ),
        "jkm_tier": RuleFile(
            inputs=cover.JKM_INPUTS, answers=cover.JKM_ANSWERS, answer=cover.answer_jkm_tier
        ),
        "masking": RuleFile(
            inputs=people.MASK_INPUTS, answers=people.MASK_ANSWERS, answer=people.answer_masked
        ),
        "nik_vectors": RuleFile(
            inputs=people.NIK_INPUTS, answers=people.NIK_ANSWERS, answer=people.answer_nik
        ),
        "phone_vectors": RuleFile(
            inputs=people.PHONE_INPUTS, answers=people.PHONE_ANSWERS, answer=people.answer_phone
        ),
        "tariff": RuleFile(
            inputs=money.TARIFF_INPUTS, answers=money.TARIFF_ANSWERS, answer=money.answer_tariff
        ),
    }
)
