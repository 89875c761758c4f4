"""Answers for `tariff.csv` (R1-R4) and `bills.csv` (R5-R9)."""

from enrollment.programmes import parse_programmes
from payments.quote import Quote, Quoted, quote_months
from payments.tariff import PayerKind, Sector, Terms, price
from perisai.errors import DomainError
from seeds.rule_checks.cells import Row, cell, cell_if_filled, day, flag, month, month_text
from seeds.rule_checks.rulebook import Rulebook

TARIFF_INPUTS = ("month", "income", "programmes", "sector", "payer", "is_employer")
TARIFF_ANSWERS = ("base_income", "jkk", "jkm", "jht", "total", "error")
BILL_INPUTS = (
    "as_of",
    "paid_through",
    "months",
    "members",
    "income",
    "programmes",
    "sector",
    "payer",
    "credit",
    "closed_reason",
)
BILL_ANSWERS = (
    "error",
    "kind",
    "first_month",
    "last_month",
    "jkk",
    "jkm",
    "jht",
    "gross",
    "credit_applied",
    "total",
)


def answer_tariff(row: Row, rulebook: Rulebook) -> Row:
    """The price of one month, or the code of the refusal."""
    asked = cell(row, "month", month)
    try:
        terms = _terms(row, is_employer=cell(row, "is_employer", flag))
        found = price(asked, terms, rates=rulebook.rates)
    except DomainError as refused:
        return _refused(TARIFF_ANSWERS, refused)
    return {
        "base_income": str(found.base_income),
        "jkk": str(found.jkk),
        "jkm": str(found.jkm),
        "jht": str(found.jht),
        "total": str(found.total),
        "error": "",
    }


def answer_bill(row: Row, rulebook: Rulebook) -> Row:
    """The quote of a member's next months, for all members of the row together."""
    as_of, months = cell(row, "as_of", day), cell(row, "months", int)
    members = cell(row, "members", int)
    try:
        member = Quoted(
            paid_through=cell_if_filled(row, "paid_through", month),
            closed_on=as_of if row["closed_reason"] else None,
            terms=_terms(row, is_employer=False),
            credit=cell(row, "credit", int),
        )
        quote = quote_months(
            member, months, as_of=as_of, rates=rulebook.rates, rules=rulebook.bills
        )
    except DomainError as refused:
        return _refused(BILL_ANSWERS, refused)
    return _bill(quote, members)


def _bill(quote: Quote, members: int) -> Row:
    prices = [line.price for line in quote.lines]
    return {
        "error": "",
        "kind": quote.kind.value,
        "first_month": month_text(quote.first_month),
        "last_month": month_text(quote.last_month),
        "jkk": str(members * sum(found.jkk for found in prices)),
        "jkm": str(members * sum(found.jkm for found in prices)),
        "jht": str(members * sum(found.jht for found in prices)),
        "gross": str(members * quote.gross),
        "credit_applied": str(members * quote.credit),
        "total": str(members * quote.payable),
    }


def _terms(row: Row, *, is_employer: bool) -> Terms:
    return Terms(
        income=cell(row, "income", int),
        programmes=parse_programmes(row["programmes"].split("+")),
        sector=cell(row, "sector", Sector),
        payer=cell(row, "payer", PayerKind),
        is_employer=is_employer,
    )


def _refused(columns: tuple[str, ...], refused: DomainError) -> Row:
    return {**dict.fromkeys(columns, ""), "error": refused.code}
