"""Chapters of a day in the village: an agent registers people without network, and sends."""

from typing import Final

from config.local.story import people
from config.local.story.stage import AGENT, CAPTURED_AT, Stage

FISHER_OCCUPATION: Final = "DES12"


def logs_in_and_pulls(stage: Stage) -> None:
    """An agent logs in and fetches her book."""
    teller = stage.teller
    teller.say("Agen masuk dari ponselnya dan menarik buku binaannya.")
    answer = stage.phone.log_in(AGENT, stage.secrets["AGENT_PASSWORD"])
    teller.equals("agen masuk", answer.status, 200)
    stage.village = answer.json["agent"]["villages"][0]
    counts = stage.phone.pull()
    teller.holds(
        f"buku berisi {counts.get('member', 0)} peserta",
        is_true=counts.get("member", 0) > 0,
        seen=counts,
    )


def registers_offline(stage: Stage) -> None:
    """A farmer, a fisher and a seller, captured without network, arrive as one batch."""
    teller, phone = stage.teller, stage.phone
    teller.say("Tanpa sinyal, agen mendaftarkan petani, nelayan, dan pedagang; lalu mengirim.")
    stage.farmer_id, stage.fisher_id = people.fresh_id(), people.fresh_id()
    stage.seller_id = people.fresh_id()
    forms = [
        (stage.farmer_id, people.farmer(stage.village)),
        (stage.fisher_id, people.fisher(stage.village, occupation=FISHER_OCCUPATION)),
        (stage.seller_id, people.seller(stage.village)),
    ]
    stage.batch = [
        phone.operation("member.register", form, entity_id=member_id, at=CAPTURED_AT)
        for member_id, form in forms
    ]
    results = phone.push(stage.batch)
    teller.equals("semuanya diterima", [r["result"] for r in results], ["applied"] * 3)
    phone.pull()
    row = phone.member(stage.farmer_id)
    teller.holds("KPJ sementara sudah terbit", is_true=row["kpj_provisional"], seen=row["kpj"])
    teller.holds("NIK di ponsel tersensor", is_true=row["nik"].endswith("************"))


def sends_three_times(stage: Stage) -> None:
    """The same batch again and again changes nothing."""
    teller, phone = stage.teller, stage.phone
    teller.say("Jawaban hilang di jalan: kiriman yang sama dikirim dua kali lagi.")
    before = phone.digest()
    for is_lost in (True, False):
        phone.never_heard(stage.batch)
        phone.line.loses_next = is_lost
        results = phone.push(stage.batch)
        seen = [result["result"] for result in results]
        teller.equals("server mengenalinya", seen, ["duplicate"] * 3)
    phone.pull()
    teller.equals("buku tidak berubah", phone.digest(), before)


def gets_refusals(stage: Stage) -> None:
    """A bad NIK is rejected; a NIK that exists is kept for a person to decide."""
    teller, phone = stage.teller, stage.phone
    teller.say("NIK yang salah ditolak; NIK yang sudah terdaftar disimpan untuk diputuskan.")
    bad = people.farmer(stage.village) | {"nik": "3300000000000000"}
    again = people.farmer(stage.village) | {"full_name": "SITI CONTOH LAIN"}
    results = phone.push(
        [
            phone.operation("member.register", form, entity_id=people.fresh_id(), at=CAPTURED_AT)
            for form in (bad, again)
        ]
    )
    teller.equals("NIK salah ditolak", results[0]["problem"]["code"], "nik_invalid")
    teller.equals("pendaftaran kedua menjadi perkara", results[1]["code"], "duplicate_identity")
