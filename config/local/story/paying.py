"""Chapters of money: a bill across a price change, a counter, a lost answer, clean books."""

from typing import Any, Final
from urllib.parse import urlsplit

from config.local.story import people
from config.local.story.counter import PAYMENTS, notice
from config.local.story.stage import Stage
from config.local.story.teller import Web

COUNTER: Final = "60115-007"
GROUP: Final = 12


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
    """The counter sees a masked name and takes the money."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Di loket Pospay: cari dengan KPJ, nama tersensor, lalu bayar.")
    counter.log_in(COUNTER, stage.secrets["POST_AGENT_PASSWORD"])
    kpj = phone.member(stage.farmer_id)["kpj"]
    quote = counter.inquire(kpj, months=3)
    teller.equals("nama tersensor", quote["member"]["name"], "S*** C***** P*****")
    teller.equals("jumlah tagihan", quote["payable"], 33_600)
    paid = counter.pay(notice(quote), key=people.fresh_id())
    teller.equals("pembayaran diterima", paid.status, 201)


def refuses_a_wrong_amount(stage: Stage) -> None:
    """One rupiah off is refused and books nothing."""
    teller, counter = stage.teller, stage.counter
    teller.say("Nelayan membayar satu bulan; jumlah yang salah ditolak.")
    quote = counter.inquire(stage.phone.member(stage.fisher_id)["kpj"], months=1)
    wrong = notice(quote, amount=quote["payable"] - 1)
    refused = counter.pay(wrong, key=people.fresh_id())
    teller.equals("jumlah salah ditolak", refused.json["code"], "amount_mismatch")


def loses_an_answer(stage: Stage) -> None:
    """The line breaks after the money was booked: asking again gives the same receipt."""
    teller, counter = stage.teller, stage.counter
    teller.say("Jumlahnya benar, tetapi jawaban server hilang di jalan.")
    quote = counter.inquire(stage.phone.member(stage.fisher_id)["kpj"], months=1)
    key = people.fresh_id()
    counter.pay_on_a_bad_line(notice(quote), key=key)
    teller.say("Loket mengirim lagi dengan kunci yang sama: uang tidak dibukukan dua kali.")
    advised = counter.pay(notice(quote, advice=True), key=key)
    again = counter.pay(notice(quote), key=key)
    teller.equals("bukan pembayaran baru", (advised.status, again.status), (200, 200))
    teller.equals("jawaban pertama diulang", advised.headers.get("Idempotency-Replayed"), "true")
    teller.equals("nomor struk sama", again.json["receipt_no"], advised.json["receipt_no"])
    prints_and_proves(stage, advised.json)


def prints_and_proves(stage: Stage, payment: dict[str, Any]) -> None:
    """The first paper is the original, the second says copy; anybody may check it."""
    teller, counter = stage.teller, stage.counter
    teller.say("Struk dicetak dua kali; siapa pun dapat memeriksa keasliannya.")
    first, second = (counter.print_receipt(payment["id"]) for _ in range(2))
    marks = ["SALINAN 2" in paper.text for paper in (first, second)]
    teller.equals("cetakan kedua bertanda SALINAN", marks, [False, True])
    receipt = counter.ask("GET", f"{PAYMENTS}/{payment['id']}/receipt").json
    checked = Web(stage.base_url).call("GET", urlsplit(receipt["verify_url"]).path)
    teller.equals("halaman umum mengenali struk", checked.status, 200)
    teller.holds("struk asli", is_true="ASLI" in checked.text)
    forged = Web(stage.base_url).call("GET", f"/k/{payment['receipt_no']}.0000000000")
    teller.equals("struk palsu tidak dikenal", forged.status, 404)


def bills_a_group(stage: Stage) -> None:
    """One bill for a group, without who cannot be billed; the counter takes the money once."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Satu tagihan untuk satu kelompok; yang datanya belum lengkap dilewati.")
    payers = phone.ask("GET", "/api/v1/payers").json["results"]
    group = next(payer for payer in payers if payer["kind"] == "group")
    members = sorted(
        row_id for row_id, row in phone.rows("member").items() if row["paid_through"] == "2026-10"
    )[:GROUP]
    body = {
        "payer_id": group["id"],
        "title": "Kelompok nelayan",
        "months": 1,
        "members": [*members, people.fresh_id()],
        "skip_refused": True,
    }
    made = phone.ask("POST", "/api/v1/bills", body, Idempotency_Key=people.fresh_id())
    teller.equals("tagihan kolektif dibuat", made.status, 201)
    teller.equals("pembayarnya kelompok", made.json["payer_kind"], "group")
    left_out = [one["code"] for one in made.json["left_out"]]
    teller.equals("yang tidak dikenal dilewati", left_out[-1], "member_not_found")
    body = {"bill_code": made.json["bill_code"]}
    shown = counter.ask("POST", "/api/v1/pospay/inquiries", body).json
    teller.equals("loket melihat jumlah peserta", shown["member_count"], made.json["member_count"])
    paid = counter.pay(notice(shown), key=people.fresh_id())
    teller.equals("satu pembayaran untuk semua", paid.status, 201)


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
