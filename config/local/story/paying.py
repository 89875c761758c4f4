"""Chapters of money: a bill across a price change, a counter, a lost answer, clean books."""

from typing import Final

from config.local.story import people
from config.local.story.stage import Stage

COUNTER: Final = "60115-007"


def asks_for_a_bill(stage: Stage) -> None:
    """Three months across the end of the discount, each at its own price."""
    teller, phone = stage.teller, stage.phone
    teller.say("Agen minta tagihan tiga bulan; potongan iuran berakhir di tengahnya.")
    body = {"member_id": stage.farmer_id, "months": 3}
    answer = phone.ask("POST", "/api/v1/bills", body, Idempotency_Key=people.fresh_id())
    teller.equals("tagihan dibuat", answer.status, 201)
    prices = [
        (line["month"], line["jkk"] + line["jkm"] + line["jht"]) for line in answer.json["lines"]
    ]
    teller.equals(
        "harga per bulan benar: 8.400, 8.400, 16.800",
        prices,
        [("2026-11", 8_400), ("2026-12", 8_400), ("2027-01", 16_800)],
    )


def pays_at_the_counter(stage: Stage) -> None:
    """The counter sees a masked name, takes the money, and the repeat is the same receipt."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Di loket Pospay: cari dengan KPJ, nama tersensor, lalu bayar.")
    counter.log_in(COUNTER, stage.secrets["POST_AGENT_PASSWORD"])
    kpj = phone.member(stage.farmer_id)["kpj"]
    quote = counter.inquire(kpj, months=3)
    teller.equals("nama tersensor", quote["member"]["name"], "S*** C***** P*****")
    teller.equals("jumlah tagihan", quote["payable"], 33_600)
    key, paid_at = people.fresh_id(), "2026-11-20T09:00:00+07:00"
    paid = counter.pay(quote, amount=33_600, key=key, paid_at=paid_at)
    teller.equals("pembayaran diterima", paid.status, 201)
    teller.say("Jawaban hilang, loket membayar lagi dengan kunci yang sama.")
    again = counter.pay(quote, amount=33_600, key=key, paid_at=paid_at)
    teller.equals("bukan pembayaran baru", again.status, 200)
    teller.equals("nomor struk sama", again.json["receipt_no"], paid.json["receipt_no"])
    receipt = counter.ask("GET", f"/api/v1/pospay/payments/{paid.json['id']}/receipt")
    teller.equals("struk dapat dibaca", receipt.json["receipt_no"], paid.json["receipt_no"])


def refuses_a_wrong_amount(stage: Stage) -> None:
    """One rupiah off is refused and books nothing; then the fisher pays one month."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Nelayan membayar satu bulan; jumlah yang salah ditolak.")
    quote = counter.inquire(phone.member(stage.fisher_id)["kpj"], months=1)
    paid_at = "2026-11-20T09:00:00+07:00"
    wrong = counter.pay(quote, amount=quote["payable"] - 1, key=people.fresh_id(), paid_at=paid_at)
    teller.equals("jumlah salah ditolak", wrong.json["code"], "amount_mismatch")
    right = counter.pay(quote, amount=quote["payable"], key=people.fresh_id(), paid_at=paid_at)
    teller.equals("jumlah yang benar diterima", right.status, 201)


def sees_the_cover(stage: Stage) -> None:
    """The pull brings the new cover to the phone."""
    teller, phone = stage.teller, stage.phone
    teller.say("Agen menarik lagi: perlindungan baru tampak di ponsel.")
    phone.pull()
    teller.equals("petani lunas", phone.member(stage.farmer_id)["paid_through"], "2027-01")
    teller.equals("nelayan lunas", phone.member(stage.fisher_id)["paid_through"], "2026-11")


def the_books_are_clean(stage: Stage) -> None:
    """Every check of the ledger holds."""
    stage.teller.say("Pemeriksaan uang: buku besar bersih.")
    done = stage.services.manage("check_money")
    for line in done.stdout.strip().splitlines():
        stage.teller.console.print(f"      {line}", style="dim", markup=False)
    stage.teller.equals("check_money tanpa temuan", done.returncode, 0)
