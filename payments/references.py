"""Reference files of the tariff and the calendar, and the codes of who pays."""

from collections.abc import Iterator

from payments.services.holidays import known_holidays
from payments.services.phone_tariff import tariff_rows
from payments.tariff import PayerKind
from perisai.publishing import Reference, code_list, publishes

code_list("payer_kind", {one.value: one.label for one in PayerKind})


@publishes("tariff")
def tariff() -> Iterator[Reference]:
    """The rows that the server prices with; a price on a phone is a preview."""
    yield Reference(name="tariff", content=tariff_rows())


@publishes("holidays")
def holidays() -> Iterator[Reference]:
    """Days on which nothing falls due."""
    content = [
        {"day": row.day.isoformat(), "kind": row.kind, "name": row.name, "basis": row.basis}
        for row in known_holidays()
    ]
    yield Reference(name="holidays", content={"holidays": content})
