"""Chapters of the new year: who stopped is found, visited, and pays; nobody else sees it."""

from typing import Any

from config.local.story import people
from config.local.story.counter import notice
from config.local.story.phone import Phone
from config.local.story.stage import NEW_YEAR, OTHER_AGENT, Stage, until
from config.local.story.teller import StepFailed


def sweeps(stage: Stage) -> None:
    """Business time moves; a real Celery worker sweeps; a follow-up appears."""
    teller, phone = stage.teller, stage.phone
    teller.say("Waktu maju ke 2 Januari 2027. Pekerja Celery menyisir yang menunggak.")
    stage.services.restart(demo_now=NEW_YEAR)
    phone.now = NEW_YEAR
    queued = stage.services.manage("sweep", "--by-worker")
    teller.equals("perintah menyisir masuk antrean", queued.returncode, 0)
    teller.holds("pekerja menyelesaikan penyisiran", is_true=until(lambda: _is_swept(stage)))
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
    paid = counter.pay(notice(quote, paid_at=paid_at), key=people.fresh_id())
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


def _bare(problem: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in problem.items() if k not in {"request_id", "instance"}}
