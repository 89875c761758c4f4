"""The receipt that a member is sent, in the words of R39."""

from datetime import date, datetime
from typing import Any

import pytest
import time_machine

from enrollment.cover import CoverDay
from payments.messages import payment_posted, payment_reversed, standing_words
from payments.models import Payment
from payments.services.posting import pay
from payments.services.reversal import reverse
from perisai.registry import Message
from perisai.services import messages
from tests.factories.enrollment import ConsentFactory, MemberFactory
from tests.factories.payments import (
    NOW,
    WIB,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    imported_member,
    office_maker,
    paid,
    reversal_of,
)
from tests.factories.perisai import AgentFactory

pytestmark = pytest.mark.django_db
END_OF_WAITING = datetime(2100, 1, 1, tzinfo=WIB)  # rows are due by the machine's clock


@time_machine.travel(NOW, tick=False)
def test_relay_sends_the_receipt_without_a_name_or_a_number_of_the_member(
    sent_messages: list[tuple[str, Message]],
) -> None:
    member = cared_for_member(full_name="Siti Aminah", phone="+6281234567890")
    payment = paid(member, PostAgentFactory.create(), months=3)

    assert messages.relay(END_OF_WAITING, limit=10) == 1

    message = sent_messages[0][1]
    assert (message.phone_e164, message.template) == ("+6281234567890", "payment_posted")
    assert message.text == (
        "Iuran BPU Rp33.600 diterima untuk November 2026 sampai Januari 2027, "
        f"struk {payment.receipt_no}. Anda terlindungi sampai akhir Januari 2027."
    )
    assert dict(message.parameters) == {
        "amount": "Rp33.600",
        "first": "November 2026",
        "last": "Januari 2027",
        "no": payment.receipt_no,
        "standing": "Anda terlindungi sampai akhir Januari 2027.",
    }
    for secret in (member.nik, member.kpj, "Siti", "Aminah"):
        assert secret not in f"{message.text} {message.parameters}"


@time_machine.travel(NOW, tick=False)
def test_the_receipt_is_in_the_language_of_the_newest_consent() -> None:
    member = cared_for_member(paid_through=date(2026, 8, 1), episode_started_on=date(2026, 1, 5))
    ConsentFactory.create(
        member=member, agent=member.agent, language="en", text_version_id="2026-09-en"
    )
    payment = paid(member, PostAgentFactory.create())

    message = payment_posted(payment.pk)

    assert message is not None
    assert (message.language, message.text) == (
        "en",
        "BPU contribution of Rp8.400 received for September 2026 to September 2026, "
        f"receipt {payment.receipt_no}. "
        "Months unpaid: 1 (October 2026). Pay before 1 January 2027; no fine.",
    )


@time_machine.travel(NOW, tick=False)
def test_whoever_still_owes_a_month_is_not_told_that_she_is_covered() -> None:
    member = cared_for_member(paid_through=date(2026, 8, 1), episode_started_on=date(2026, 1, 5))
    payment = paid(member, PostAgentFactory.create())

    message = payment_posted(payment.pk)

    assert message is not None
    assert message.text.endswith(
        "1 bulan belum dibayar (Oktober 2026). Bayar sebelum 1 Januari 2027, tanpa denda."
    )
    assert "terlindungi" not in message.text


@time_machine.travel(NOW, tick=False)
def test_nobody_is_told_without_a_phone_after_closing_or_for_many() -> None:
    agent, outlet = AgentFactory.create(), PostAgentFactory.create()
    silent = paid(cared_for_member(agent, phone=None, no_phone_reason="tidak punya"), outlet)
    gone = cared_for_member(agent)
    last = paid(gone, outlet)
    gone.closed_on, gone.closed_reason = NOW.date(), "deceased"
    gone.save(update_fields=["closed_on", "closed_reason"])
    together = bill_for(*(cared_for_member(agent) for _ in range(2)), maker=office_maker())
    pay(command_for(together, outlet), now=NOW)
    many = Payment.objects.get(bill=together)

    assert [payment_posted(payment.pk) for payment in (silent, last, many)] == [None] * 3


WORDS: list[tuple[Any, datetime, str]] = [
    (
        None,
        NOW,
        "Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar.",
    ),
    (date(2026, 11, 1), NOW, "Anda terlindungi sampai akhir November 2026."),
    (
        date(2026, 10, 1),
        datetime(2026, 11, 16, tzinfo=WIB),
        "Iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026.",
    ),
    (
        date(2026, 10, 1),
        NOW,
        "Iuran November 2026 sudah lewat jatuh tempo. Bayar sekarang supaya tidak terputus.",
    ),
    (
        date(2026, 8, 1),
        NOW,
        "2 bulan belum dibayar (September 2026, Oktober 2026). "
        "Bayar sebelum 1 Desember 2026, tanpa denda.",
    ),
    (
        date(2026, 7, 1),
        NOW,
        "Tidak aktif sejak 1 November 2026. Bisa mulai lagi hari ini; iuran lama tidak ditagih. "
        "Masa tiga bulan santunan kematian penuh dihitung lagi.",
    ),
]


@pytest.mark.parametrize(("paid_through", "at", "words"), WORDS)
def test_r39_words_say_where_a_member_stands(paid_through: Any, at: datetime, words: str) -> None:
    member = MemberFactory.create(paid_through=paid_through)
    day = CoverDay(as_of=at.date(), due_on=date(2026, 11, 16))

    assert standing_words(member, day) == words


@pytest.mark.parametrize(
    ("paid_through", "stands"),
    [
        (date(2026, 10, 1), "Iuran November 2026 sudah lewat jatuh tempo. Bayar sekarang supaya"),
        (date(2026, 8, 1), "2 bulan belum dibayar (September 2026, Oktober 2026). Bayar sebelum"),
        (date(2026, 5, 1), "Tidak aktif sejak 1 September 2026. Bisa mulai lagi hari ini;"),
    ],
    ids=["overdue", "grace", "lapsed"],
)
@time_machine.travel(NOW, tick=False)
def test_whose_payment_is_taken_back_hears_where_she_stands_and_of_no_cover(
    paid_through: date, stands: str
) -> None:
    member = imported_member(paid_through=paid_through, phone="+6281234567890")
    payment = paid(member, PostAgentFactory.create())
    reverse(reversal_of(payment), now=NOW)

    message = payment_reversed(payment.pk)

    assert message is not None
    assert (message.phone_e164, message.template) == ("+6281234567890", "payment_reversed")
    first, rest = message.text.split(" dibatalkan. ")
    assert first.startswith("Pembayaran Rp8.400 untuk ")
    assert first.endswith(f", struk {payment.receipt_no},")
    assert rest.startswith(stands)
    assert "terlindungi" not in message.text


@time_machine.travel(NOW, tick=False)
def test_whose_first_payment_is_taken_back_is_registered_as_before() -> None:
    member = cared_for_member()
    ConsentFactory.create(
        member=member, agent=member.agent, language="en", text_version_id="2026-09-en"
    )
    payment = paid(member, PostAgentFactory.create(), months=3)
    reverse(reversal_of(payment), now=NOW)

    message = payment_reversed(payment.pk)

    assert message is not None
    assert message.text == (
        "The payment of Rp33.600 for November 2026 to January 2027, "
        f"receipt {payment.receipt_no}, was reversed. "
        "Registration received. Cover begins when the first contribution is paid."
    )


@time_machine.travel(NOW, tick=False)
def test_nobody_is_told_of_a_reversal_who_has_no_phone_or_was_one_of_many() -> None:
    outlet = PostAgentFactory.create()
    silent = paid(cared_for_member(phone=None, no_phone_reason="tidak punya"), outlet)
    bill = bill_for(cared_for_member(), cared_for_member(), maker=office_maker())
    pay(command_for(bill, outlet), now=NOW)
    many = Payment.objects.get(bill=bill)
    for payment in (silent, many):
        reverse(reversal_of(payment), now=NOW)

    assert [payment_reversed(payment.pk) for payment in (silent, many)] == [None, None]
