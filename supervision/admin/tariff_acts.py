"""Proposing a change of the tariff or the calendar, and deciding about it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.programmes import Programme
from payments.models import (
    Discount,
    Holiday,
    HolidayKind,
    ProgrammeRate,
    TariffBracket,
    TariffProposal,
)
from payments.services.tariff_changes import (
    CONFIRMERS,
    PROPOSERS,
    confirm_change,
    propose_change,
    refuse_change,
)
from payments.services.tariff_checks import must_be_as_printed
from payments.tariff import BracketRow, DiscountRow, PayerKind, RateRow, Sector
from payments.tariff_drafts import (
    BracketTable,
    HolidayChange,
    HolidayRow,
    TariffChange,
    TariffTable,
    Withdrawal,
)
from payments.tariff_sheets import read_brackets, read_holidays
from perisai import clock
from perisai.models import User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.tariff_forms import (
    BracketsForm,
    DiscountForm,
    HolidayForm,
    HolidaysForm,
    RateForm,
    SourceForm,
)

SECOND: Final = gettext_lazy("Berlaku setelah disetujui oleh orang lain di kantor pusat.")


class ProposeChange(Act[Any]):
    """One change, proposed by one person; nothing is priced by it yet."""

    name: ClassVar[str] = "propose"
    title: ClassVar[Promise | str] = gettext_lazy("Usulkan")
    explanation = SECOND
    doers = PROPOSERS
    needs_step_up = True
    is_for_list: ClassVar[bool] = True

    def change(self, record: Any, said: Mapping[str, Any]) -> TariffChange:
        """What is proposed. Raises TariffFaulty."""
        raise NotImplementedError  # each subclass says it

    def carry_out(self, record: Any, asked: Asked) -> Done:
        """Propose it, and go on to the proposal."""
        proposal = propose_change(
            self.change(record, asked.data),
            source=asked.data["source"],
            by=asked.user,
            now=clock.now(),
        )
        page = reverse("admin:payments_tariffproposal_change", args=[proposal.pk])
        return Done(message=_("Usulan dicatat dan menunggu orang kedua."), next_url=page)


class ProposeTable(ProposeChange):
    """A new table of brackets."""

    title = gettext_lazy("Usulkan tabel baru")
    form = BracketsForm

    def change(self, record: Any, said: Mapping[str, Any]) -> BracketTable:
        """All rows of the paste; printed amounts must be base times rate."""
        start = said["valid_from"]
        pasted = read_brackets(said["rows"])
        must_be_as_printed(pasted, valid_from=start)
        rows = tuple(
            BracketRow(valid_from=start, min_income=row.min_income, base_income=row.base_income)
            for row in pasted
        )
        return BracketTable(valid_from=start, rows=rows, verified=said["verified"])


class ProposeRate(ProposeChange):
    """A new rate."""

    title = gettext_lazy("Usulkan tarif baru")
    form = RateForm

    def change(self, record: Any, said: Mapping[str, Any]) -> RateRow:
        """Percent or flat: the service asks for one of them."""
        return RateRow(
            programme=Programme(said["programme"]),
            valid_from=said["valid_from"],
            basis_points=said["basis_points"],
            flat_amount=said["flat_amount"],
        )


class ProposeDiscount(ProposeChange):
    """A new discount; months that were paid already get credit."""

    title = gettext_lazy("Usulkan diskon baru")
    explanation = gettext_lazy(
        "Berlaku setelah disetujui oleh orang lain di kantor pusat. Bulan yang sudah dibayar"
        " penuh menjadi saldo peserta."
    )
    form = DiscountForm

    def change(self, record: Any, said: Mapping[str, Any]) -> DiscountRow:
        """As the form says it."""
        return DiscountRow(
            code=said["code"],
            programmes=frozenset(Programme(name) for name in said["programmes"]),
            sector=Sector(said["sector"]) if said["sector"] else None,
            month_from=said["month_from"],
            month_to=said["month_to"],
            percent_off=said["percent_off"],
            excluded_payers=frozenset(PayerKind(kind) for kind in said["excluded_payers"]),
        )


class ProposeHolidays(ProposeChange):
    """The days that a decree lists."""

    title = gettext_lazy("Usulkan hari libur")
    form = HolidaysForm

    def change(self, record: Any, said: Mapping[str, Any]) -> HolidayChange:
        """All rows of the paste; days that are there are set right, others stay."""
        kinds = frozenset(HolidayKind.values)
        return HolidayChange(put=read_holidays(said["rows"], basis=said["basis"], kinds=kinds))


class ProposeWithdrawal(ProposeChange):
    """Rows that no price came from, taken back."""

    name = "withdraw"
    title = gettext_lazy("Usulkan penarikan")
    is_for_list = False
    is_grave = True
    form = SourceForm

    def is_offered(self, record: Any, user: User) -> bool:
        """For what was brought by a proposal and is not used."""
        return record is not None and record.brought_at is not None and not record.is_used

    def change(self, record: Any, said: Mapping[str, Any]) -> Withdrawal:
        """Of the whole table, where it is a bracket."""
        if isinstance(record, TariffBracket):
            return Withdrawal(table=TariffTable.BRACKETS, valid_from=record.valid_from)
        if isinstance(record, ProgrammeRate):
            return Withdrawal(
                table=TariffTable.RATE,
                valid_from=record.valid_from,
                programme=Programme(record.programme),
            )
        if isinstance(record, Discount):
            return Withdrawal(table=TariffTable.DISCOUNT, code=record.code)
        raise AssertionError("only dated rows are withdrawn")


class ProposeDay(ProposeChange):
    """One day said otherwise."""

    name = "change-day"
    title = gettext_lazy("Usulkan perbaikan")
    is_for_list = False
    form = HolidayForm

    def make_form(self, record: Any, user: User, *sent: Any) -> forms.Form:
        """With what is there now."""
        form = self.form(*sent)
        if isinstance(record, Holiday):
            names = ("day", "kind", "name", "basis")
            form.initial = {name: getattr(record, name) for name in names}
        return form

    def change(self, record: Holiday, said: Mapping[str, Any]) -> HolidayChange:
        """The day as it is to be; the old one goes where day or kind are others."""
        put = HolidayRow(day=said["day"], kind=said["kind"], name=said["name"], basis=said["basis"])
        is_same = (put.day, put.kind) == (record.day, record.kind)
        return HolidayChange(put=(put,), gone=() if is_same else (_row_of(record),))


class ProposeNoDay(ProposeChange):
    """A day that is no holiday after all."""

    name = "remove-day"
    title = gettext_lazy("Usulkan penghapusan")
    is_for_list = False
    is_grave = True
    form = SourceForm

    def change(self, record: Holiday, said: Mapping[str, Any]) -> HolidayChange:
        """It goes."""
        return HolidayChange(gone=(_row_of(record),))


class ConfirmProposal(Act[TariffProposal]):
    """The second person says yes."""

    name = "confirm"
    title: ClassVar[Promise] = gettext_lazy("Setujui")
    doers = CONFIRMERS
    needs_step_up = True

    def is_offered(self, record: TariffProposal | None, user: User) -> bool:
        """While it waits, to somebody else."""
        return record is not None and not record.decision and record.proposed_by_id != user.pk

    def carry_out(self, record: TariffProposal, asked: Asked) -> Done:
        """Prices know it from now on."""
        confirm_change(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Usulan disetujui dan berlaku."))


class RefuseProposal(Act[TariffProposal]):
    """Puts a proposal aside; its maker may do so too."""

    name = "refuse"
    title: ClassVar[Promise] = gettext_lazy("Tolak")
    is_grave = True
    doers = PROPOSERS

    def is_offered(self, record: TariffProposal | None, user: User) -> bool:
        """While it waits, to who decides and to who proposed it."""
        if record is None or record.decision:
            return False
        return user.role in CONFIRMERS or record.proposed_by_id == user.pk

    def carry_out(self, record: TariffProposal, asked: Asked) -> Done:
        """Refuse."""
        refuse_change(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Usulan ditolak."))


def _row_of(holiday: Holiday) -> HolidayRow:
    return HolidayRow(day=holiday.day, kind=holiday.kind, name=holiday.name, basis=holiday.basis)
