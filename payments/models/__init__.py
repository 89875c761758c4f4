"""What a month costs, what was paid, and the ledger."""

from payments.models.bill import Bill, BillLine, BillQuerySet, CancelReason
from payments.models.correction import Correction, CorrectionKind, CorrectionQuerySet
from payments.models.credited_month import CreditedMonth, CreditRun
from payments.models.holiday import Holiday, HolidayBasis, HolidayKind
from payments.models.journal import Account, EntryKind, JournalAccount, JournalEntry, JournalLine
from payments.models.late_money import LateMoney, Release
from payments.models.money_check import MoneyCheckResult, MoneyCheckRun
from payments.models.opening_cover import OpeningCover
from payments.models.partner import PaymentPartner, PostAgent
from payments.models.partner_change import PartnerChange, PartnerChangeKind
from payments.models.payer import MemberPayer, Payer, PayerContact, PayerQuerySet
from payments.models.payment import (
    Channel,
    CoverMonth,
    IdempotencyKey,
    Payment,
    waits_for_a_person,
)
from payments.models.rate import Discount, DiscountSector, ProgrammeRate, TariffBracket
from payments.models.receipt_print import ReceiptPrint
from payments.models.reserved_code import ReservedCode
from payments.models.reversal import Reversal, ReversalReason
from payments.models.tariff_proposal import (
    TariffChangeKind,
    TariffProposal,
    TariffProposalQuerySet,
)
from payments.models.terminal_reset import TerminalReset

__all__ = [
    "Account",
    "Bill",
    "BillLine",
    "BillQuerySet",
    "CancelReason",
    "Channel",
    "Correction",
    "CorrectionKind",
    "CorrectionQuerySet",
    "CoverMonth",
    "CreditRun",
    "CreditedMonth",
    "Discount",
    "DiscountSector",
    "EntryKind",
    "Holiday",
    "HolidayBasis",
    "HolidayKind",
    "IdempotencyKey",
    "JournalAccount",
    "JournalEntry",
    "JournalLine",
    "LateMoney",
    "MemberPayer",
    "MoneyCheckResult",
    "MoneyCheckRun",
    "OpeningCover",
    "PartnerChange",
    "PartnerChangeKind",
    "Payer",
    "PayerContact",
    "PayerQuerySet",
    "Payment",
    "PaymentPartner",
    "PostAgent",
    "ProgrammeRate",
    "ReceiptPrint",
    "Release",
    "ReservedCode",
    "Reversal",
    "ReversalReason",
    "TariffBracket",
    "TariffChangeKind",
    "TariffProposal",
    "TariffProposalQuerySet",
    "TerminalReset",
    "waits_for_a_person",
]
