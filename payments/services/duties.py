"""What is not settled between a member and the programme."""

from django.db.models import Max, Sum

from payments.models import Account, Bill, JournalLine, Payment
from perisai.clock import official_date
from perisai.erasing import Hold, Subject


def open_duty(subject: Subject) -> Hold | None:
    """The first duty that forbids to forget the members; None if all is settled.

    An open bill may be paid at a counter until it expires. Money that is held for the code of a
    member's form waits to be bound or taken back. A balance (2200) is owed to the member: it is
    used up or paid back first.
    """
    payable = Bill.objects.open(subject.at).filter(lines__member__in=subject.ids)
    expires_at = payable.aggregate(last=Max("expires_at"))["last"]
    if expires_at is not None:
        return Hold(reason="open_bill", until=official_date(expires_at))
    if Payment.objects.held().filter(reservation__member__in=subject.ids).exists():
        return Hold(reason="open_balance", until=None)
    lines = JournalLine.objects.filter(member__in=subject.ids, account=Account.MEMBER_CREDIT)
    if lines.aggregate(balance=Sum("amount"))["balance"]:
        return Hold(reason="open_balance", until=None)
    return None
