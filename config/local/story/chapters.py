"""The chapters in the order in which they are told."""

from collections.abc import Callable
from typing import Final

from config.local.story import deciding, governing, keeping, paying, registering, retaining
from config.local.story.stage import Stage

CHAPTERS: Final[tuple[Callable[[Stage], None], ...]] = (
    registering.logs_in_and_pulls,
    registering.registers_offline,
    registering.sends_three_times,
    registering.gets_refusals,
    paying.asks_for_a_bill,
    paying.pays_at_the_counter,
    paying.refuses_a_wrong_amount,
    paying.loses_an_answer,
    paying.bills_a_group,
    paying.sees_the_cover,
    keeping.an_agent_is_warned,
    retaining.sweeps,
    keeping.a_phone_is_told,
    retaining.records_an_attempt,
    keeping.a_promise_is_broken,
    keeping.the_supervisor_is_told,
    retaining.pays_and_closes,
    retaining.takes_back_and_pays_again,
    keeping.a_return_is_counted,
    retaining.comes_back_after_a_lapse,
    retaining.another_agent_sees_nothing,
    governing.the_office_looks,
    deciding.a_correction_is_approved,
    deciding.a_datum_is_revealed,
    deciding.a_person_is_forgotten,
    deciding.a_lost_phone_is_wiped,
    paying.the_books_are_clean,
)
