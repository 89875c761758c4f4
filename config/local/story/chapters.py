"""The story itself. Business time begins on 20 November 2026, before a discount ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from subprocess import CompletedProcess
from typing import Any, Final, Protocol

from config.local.story import people
from config.local.story.counter import Counter
from config.local.story.office import Office
from config.local.story.phone import Phone
from config.local.story.teller import StepFailed, Teller

WIB: Final = timezone(timedelta(hours=7))
STORY_BEGINS: Final = datetime(2026, 11, 20, 9, 0, tzinfo=WIB)
NEW_YEAR: Final = datetime(2027, 1, 2, 9, 0, tzinfo=WIB)
CAPTURED_AT: Final = "2026-11-18T09:15:00.000+07:00"
AGENT: Final = "PRS-8271-0001"  # Ternate: islands and fishers
OTHER_AGENT: Final = "PRS-1671-0001"
COUNTER: Final = "60115-007"
SUPERVISOR: Final = "siti.pengawas"
FISHER_OCCUPATION: Final = "DES12"
WORKER_SECONDS: Final = 60


class Services(Protocol):
    """What the story asks of the launcher."""

    def restart(self, *, demo_now: datetime | None = None) -> None:
        """Web, worker and beat anew, with the business clock at an instant."""

    def manage(self, *arguments: str) -> "CompletedProcess[str]":
        """Run a command at the story's present time."""


@dataclass(slots=True)
class Stage:
    """Who and what the chapters share."""

    teller: Teller
    base_url: str
    secrets: dict[str, str]
    services: Services
    phone: Phone
    counter: Counter
    batch: list[dict[str, Any]] = field(default_factory=list)
    village: str = ""
    farmer_id: str = ""
    fisher_id: str = ""


def logs_in_and_pulls(stage: Stage) -> None:
    """An agent logs in and fetches her book."""
    teller = stage.teller
    teller.say("Agen masuk dari ponselnya dan menarik buku binaannya.")
    answer = stage.phone.log_in(AGENT, stage.secrets["AGENT_PASSWORD"])
    teller.equals("agen masuk", answer.status, 200)
    stage.village = answer.json["agent"]["villages"][0]
    page = stage.phone.pull()
    teller.holds(
        f"buku berisi {page['counts'].get('member', 0)} peserta",
        is_true=page["counts"].get("member", 0) > 0,
        seen=page["counts"],
    )


def registers_offline(stage: Stage) -> None:
    """A farmer and a fisher, captured without network, arrive as one batch."""
    teller, phone = stage.teller, stage.phone
    teller.say("Tanpa sinyal, agen mendaftarkan seorang petani dan seorang nelayan; lalu mengirim.")
    stage.farmer_id, stage.fisher_id = people.fresh_id(), people.fresh_id()
    forms = [
        (stage.farmer_id, people.farmer(stage.village)),
        (stage.fisher_id, people.fisher(stage.village, occupation=FISHER_OCCUPATION)),
    ]
    stage.batch = [
        phone.operation("member.register", form, entity_id=member_id, at=CAPTURED_AT)
        for member_id, form in forms
    ]
    results = phone.push(stage.batch)
    teller.equals("keduanya diterima", [r["result"] for r in results], ["applied", "applied"])
    phone.pull()
    row = phone.member(stage.farmer_id)
    teller.holds("KPJ sementara sudah terbit", is_true=row["kpj_provisional"], seen=row["kpj"])
    teller.holds("NIK di ponsel tersensor", is_true=row["nik"].endswith("************"))


def sends_three_times(stage: Stage) -> None:
    """The same batch again and again changes nothing."""
    teller, phone = stage.teller, stage.phone
    teller.say("Jawaban hilang di jalan: kiriman yang sama dikirim dua kali lagi.")
    before = phone.digest()
    for _ in range(2):
        results = phone.push(stage.batch)
        seen = [result["result"] for result in results]
        teller.equals("server mengenalinya", seen, ["duplicate", "duplicate"])
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


def sweeps(stage: Stage) -> None:
    """Business time moves; a real Celery worker sweeps; a follow-up appears."""
    teller, phone = stage.teller, stage.phone
    teller.say("Waktu maju ke 2 Januari 2027. Pekerja Celery menyisir yang menunggak.")
    stage.services.restart(demo_now=NEW_YEAR)
    phone.now = NEW_YEAR
    queued = stage.services.manage("sweep", "--by-worker")
    teller.equals("perintah menyisir masuk antrean", queued.returncode, 0)
    teller.holds("pekerja menyelesaikan penyisiran", is_true=_until(lambda: _is_swept(stage)))
    items = _work_list(stage)
    mine = [item for item in items if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan ada di daftar kerja", len(mine), 1)
    teller.equals("sejak bulan", mine[0]["unpaid_since"], "2026-12")


def records_an_attempt(stage: Stage) -> None:
    """The agent notes her visit."""
    teller, phone = stage.teller, stage.phone
    teller.say("Agen mengunjungi nelayan dan mencatat janjinya.")
    data = {
        "member_id": stage.fisher_id,
        "unpaid_since": "2026-12",
        "channel": "visit",
        "contact": "met_member",
        "decision": "promised",
        "promise_on": "2027-01-05",
    }
    made_at = NEW_YEAR.isoformat(timespec="milliseconds")
    attempt = phone.operation("follow_up.attempt", data, entity_id=people.fresh_id(), at=made_at)
    results = phone.push([attempt])
    teller.equals("catatan diterima", results[0]["result"], "applied")
    phone.pull()
    row = phone.member(stage.fisher_id)
    teller.equals("janji tampak di ponsel", row["promise_on"], "2027-01-05")


def pays_and_closes(stage: Stage) -> None:
    """The member pays, and the follow-up is closed without anyone writing it."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Nelayan membayar dua bulan; tindak lanjut tertutup sendiri.")
    quote = counter.inquire(phone.member(stage.fisher_id)["kpj"], months=2)
    teller.equals("harga Desember dan Januari", quote["payable"], 8_400 + 16_800)
    paid_at = NEW_YEAR.isoformat()
    paid = counter.pay(quote, amount=quote["payable"], key=people.fresh_id(), paid_at=paid_at)
    teller.equals("pembayaran diterima", paid.status, 201)
    still = [item for item in _work_list(stage) if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan hilang dari daftar kerja", still, [])
    phone.pull()
    teller.equals("lunas sampai", phone.member(stage.fisher_id)["paid_through"], "2027-01")


def another_agent_sees_nothing(stage: Stage) -> None:
    """Another agent's calls find nothing of hers."""
    teller = stage.teller
    teller.say("Agen lain tidak melihat apa pun dari buku ini.")
    other = Phone(teller, stage.base_url, now=NEW_YEAR)
    answer = other.log_in(OTHER_AGENT, stage.secrets["AGENT_PASSWORD"])
    teller.equals("agen lain masuk", answer.status, 200)
    foreign = other.ask("GET", f"/api/v1/members/{stage.fisher_id}")
    unknown = other.ask("GET", f"/api/v1/members/{people.fresh_id()}")
    teller.equals("peserta agen lain: tidak ditemukan", foreign.status, 404)
    teller.equals("jawabannya sama dengan yang tidak ada", _bare(foreign.json), _bare(unknown.json))
    data = {"member_id": stage.fisher_id, "unpaid_since": "2026-12", "channel": "visit"}
    made_at = NEW_YEAR.isoformat(timespec="milliseconds")
    attempt = other.operation(
        "follow_up.attempt",
        data | {"contact": "not_home"},
        entity_id=people.fresh_id(),
        at=made_at,
    )
    results = other.push([attempt])
    teller.equals("kirimannya ditolak", results[0]["problem"]["code"], "not_in_book")


def the_office_looks(stage: Stage) -> None:
    """The supervisor's pages answer."""
    teller = stage.teller
    teller.say("Pengawas membuka halaman-halamannya.")
    office = Office(teller, stage.base_url)
    answer = office.log_in(SUPERVISOR, stage.secrets["SUPERVISOR_PASSWORD"])
    teller.equals("pengawas masuk", answer.status, 302)
    for path in OFFICE_PAGES:
        office.page(path)


def the_books_are_clean(stage: Stage) -> None:
    """Every check of the ledger holds."""
    stage.teller.say("Pemeriksaan uang: buku besar bersih.")
    done = stage.services.manage("check_money")
    for line in done.stdout.strip().splitlines():
        stage.teller.console.print(f"      {line}", style="dim", markup=False)
    stage.teller.equals("check_money tanpa temuan", done.returncode, 0)


OFFICE_PAGES: Final = (
    "/admin/",
    "/admin/perisai/agent/",
    "/admin/enrollment/member/",
    "/admin/payments/payment/",
    "/admin/retention/followup/",
)
CHAPTERS: Final[tuple[Callable[[Stage], None], ...]] = (
    logs_in_and_pulls,
    registers_offline,
    sends_three_times,
    gets_refusals,
    asks_for_a_bill,
    pays_at_the_counter,
    refuses_a_wrong_amount,
    sees_the_cover,
    sweeps,
    records_an_attempt,
    pays_and_closes,
    another_agent_sees_nothing,
    the_office_looks,
    the_books_are_clean,
)


def _work_list(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path = "/api/v1/follow-ups?kind=arrears"
    while path:
        answer = stage.phone.ask("GET", path, short="daftar kerja")
        if answer.status != 200:  # noqa: PLR2004
            raise StepFailed(answer.text)
        found += answer.json["results"]
        path = answer.json["next"] or ""
    return found


def _is_swept(stage: Stage) -> bool:
    done = stage.services.manage("sweep", "--status")
    return done.returncode == 0


def _until(condition: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < give_up_at:
        if condition():
            return True
        time.sleep(1)
    return False


def _bare(problem: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in problem.items() if k not in {"request_id", "instance"}}
