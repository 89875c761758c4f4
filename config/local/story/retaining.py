"""Chapters of the new year: who stopped is found, visited, and pays; nobody else sees it."""

from typing import Any, Final

from config.local.story import people
from config.local.story.counter import notice
from config.local.story.phone import Phone
from config.local.story.stage import AFTER_PROMISE, NEW_YEAR, OTHER_AGENT, Stage, until
from config.local.story.teller import StepFailed

LAPSED_WITH: Final = "2026-09"  # the last month of who is lapsed in January
BORN_FROM: Final = 1965


def sweeps(stage: Stage) -> None:
    """Business time moves; a real Celery worker sweeps; a follow-up appears."""
    teller, phone = stage.teller, stage.phone
    teller.say("Waktu maju ke 1 Januari 2027. Pekerja Celery menyisir yang menunggak.")
    stage.services.restart(demo_now=NEW_YEAR)
    phone.now = NEW_YEAR
    sweeps_once(stage)
    items = work_list(stage)
    mine = [item for item in items if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan ada di daftar kerja", len(mine), 1)
    teller.equals("sejak bulan", mine[0]["unpaid_since"], "2026-12")


def sweeps_once(stage: Stage) -> None:
    """A real Celery worker sweeps the story's present day to its end."""
    teller = stage.teller
    queued = stage.services.manage("sweep", "--by-worker")
    teller.equals("perintah menyisir masuk antrean", queued.returncode, 0)
    teller.holds("pekerja menyelesaikan penyisiran", is_true=until(lambda: _is_swept(stage)))


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
    paid_at = AFTER_PROMISE.isoformat()
    paid = counter.pay(notice(quote, paid_at=paid_at), key=people.fresh_id())
    teller.equals("pembayaran diterima", paid.status, 201)
    still = [item for item in work_list(stage) if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan hilang dari daftar kerja", still, [])
    phone.pull()
    teller.equals("lunas sampai", phone.member(stage.fisher_id)["paid_through"], "2027-01")
    stage.payment_id = paid.json["id"]


def takes_back_and_pays_again(stage: Stage) -> None:
    """The clerk reverses the payment: the work is there again, and ends with the next one."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Loket membatalkan pembayaran itu: tindak lanjut terbuka lagi, tanpa ditulis.")
    wish = {"payment_id": stage.payment_id, "reason": "wrong_amount"}
    undone = counter.ask("POST", "/api/v1/pospay/reversals", wish, key=people.fresh_id())
    teller.equals("pembayaran dibatalkan", undone.json.get("state"), "reversed")
    again = [item for item in work_list(stage) if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan kembali di daftar kerja", len(again), 1)
    teller.equals("sejak bulan", again[0]["unpaid_since"], "2026-12")
    phone.pull()
    teller.equals("lunas sampai", phone.member(stage.fisher_id)["paid_through"], "2026-11")
    teller.say("Ia membayar lagi dengan tagihan baru.")
    quote = counter.inquire(phone.member(stage.fisher_id)["kpj"], months=2)
    said = notice(quote, paid_at=AFTER_PROMISE.isoformat())
    teller.equals("diterima", counter.pay(said, key=people.fresh_id()).status, 201)
    still = [item for item in work_list(stage) if item["member_id"] == stage.fisher_id]
    teller.equals("nelayan hilang dari daftar kerja", still, [])


def comes_back_after_a_lapse(stage: Stage) -> None:
    """Who lapsed pays the running month alone and begins a new episode (R17)."""
    teller, phone, counter = stage.teller, stage.phone, stage.counter
    teller.say("Seorang peserta yang sudah tidak aktif kembali: tunggakan lama tidak ditagih.")
    phone.pull()
    member_id = _lapsed_one(phone)
    before = phone.member(member_id)
    quote = counter.inquire(before["kpj"], months=1)
    asked = (quote["kind"], quote["first_month"], quote["last_month"])
    teller.equals("hanya bulan berjalan", asked, ("reentry", "2027-01", "2027-01"))
    said = notice(quote, paid_at=AFTER_PROMISE.isoformat())
    teller.equals("diterima", counter.pay(said, key=people.fresh_id()).status, 201)
    phone.pull()
    after = phone.member(member_id)
    teller.equals("lunas sampai", after["paid_through"], "2027-01")
    teller.equals("masa kepesertaan baru", after["episode"], before["episode"] + 1)


def another_agent_sees_nothing(stage: Stage) -> None:
    """Another agent's calls find nothing of hers."""
    teller = stage.teller
    teller.say("Agen lain tidak melihat apa pun dari buku ini.")
    other = Phone(teller, stage.base_url, now=AFTER_PROMISE)
    answer = other.log_in(OTHER_AGENT, stage.secrets["AGENT_PASSWORD"])
    teller.equals("agen lain masuk", answer.status, 200)
    foreign = other.ask("GET", f"/api/v1/members/{stage.fisher_id}")
    unknown = other.ask("GET", f"/api/v1/members/{people.fresh_id()}")
    teller.equals("peserta agen lain: tidak ditemukan", foreign.status, 404)
    teller.equals("jawabannya sama dengan yang tidak ada", _bare(foreign.json), _bare(unknown.json))
    data = {"member_id": stage.fisher_id, "unpaid_since": "2026-12", "channel": "visit"}
    made_at = AFTER_PROMISE.isoformat(timespec="milliseconds")
    attempt = other.operation(
        "follow_up.attempt",
        data | {"contact": "not_home"},
        entity_id=people.fresh_id(),
        at=made_at,
    )
    results = other.push([attempt])
    teller.equals("kirimannya ditolak", results[0]["problem"]["code"], "not_in_book")


def _lapsed_one(phone: Phone) -> str:
    """Somebody of the book who is young enough and owes for more than three ended months."""
    for member_id, row in sorted(phone.rows("member").items()):
        if row["closed_on"] or row["birth_year"] < BORN_FROM:
            continue
        if row["paid_through"] and row["paid_through"] <= LAPSED_WITH:
            return member_id
    raise StepFailed("nobody in this book has lapsed")


def work_list(stage: Stage, *, kind: str = "arrears") -> list[dict[str, Any]]:
    """The agent's list of one kind, all pages of it. Raises StepFailed."""
    found: list[dict[str, Any]] = []
    path = f"/api/v1/follow-ups?kind={kind}"
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


def _bare(problem: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in problem.items() if k not in {"request_id", "instance"}}
