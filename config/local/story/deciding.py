"""Chapters of the branch's duties: a correction, a reveal, a person forgotten, a phone wiped."""

from typing import Final

from config.local.story import people
from config.local.story.office import NIK_SHAPE, Office
from config.local.story.stage import AFTER_PROMISE, Stage
from tests.phone.advice import Do

SUPERVISOR: Final = "umar.pengawas"  # of the branch of the story's agent
NATIONAL: Final = "nasional"  # has the duties of privacy
MADE_AT: Final = AFTER_PROMISE.isoformat(timespec="milliseconds")
BETTER_NAME: Final = "SITI CONTOH PETANI JAYA"


def a_correction_is_approved(stage: Stage) -> None:
    """Who has paid is corrected by a supervisor's word alone."""
    teller, phone = stage.teller, stage.phone
    teller.say("Agen memperbaiki nama petani yang sudah membayar; pengawas yang memutuskan.")
    phone.pull()
    fix = phone.operation(
        "member.correct",
        {"group": "identity", "set": {"full_name": BETTER_NAME}},
        entity_id=stage.farmer_id,
        at=MADE_AT,
        base_rev=phone.member(stage.farmer_id)["rev"],
    )
    (result,) = phone.push([fix])
    teller.equals("perbaikan menunggu pengawas", result.get("code"), "review_required")
    desk = desk_of(stage)
    case = f"/admin/sync/conflict/{result['conflict_id']}"
    desk.page(f"{case}/change/")
    decided = desk.act(f"{case}/act/apply/", "terapkan", reason="Sesuai kartu yang diperlihatkan.")
    teller.equals("pengawas menerapkannya", decided.status, 302)
    phone.pull()
    teller.equals("nama baru di ponsel", phone.member(stage.farmer_id)["name"], BETTER_NAME)
    said = phone.app.result_of(fix["op_id"]) or {}
    teller.equals("agen membaca keputusannya", said.get("result"), "applied")


def a_datum_is_revealed(stage: Stage) -> None:
    """One datum, once, after the log has its row."""
    teller = stage.teller
    teller.say("Pengawas membuka satu NIK dengan alasan; pembukaan itu tercatat lebih dahulu.")
    desk = desk_of(stage)
    url = f"/admin/enrollment/member/{stage.farmer_id}/act/reveal/"
    shown = desk.act(
        url,
        "buka data",
        datum="nik",
        reason="data_check",
        explanation="NIK dicocokkan dengan KTP di kantor.",
    )
    teller.equals("dijawab sekali", shown.status, 200)
    nik = NIK_SHAPE.search(shown.text)
    teller.holds("NIK tampil utuh", is_true=nik is not None)
    teller.holds("tidak disimpan peramban", is_true="no-store" in shown.headers["Cache-Control"])
    log = desk.page("/admin/perisai/reveallog/")
    teller.holds("tercatat atas namanya", is_true=SUPERVISOR in log.text)
    asked = stage.phone.ask("GET", f"/api/v1/members/{stage.farmer_id}", short="di ponsel agen")
    teller.holds("agen tidak pernah melihatnya", is_true=str(nik and nik[0]) not in asked.text)


def a_person_is_forgotten(stage: Stage) -> None:
    """A seller asks to be erased; within the hours that the law gives, she is."""
    teller, phone = stage.teller, stage.phone
    teller.say("Seorang pedagang minta datanya dihapus; agen mencatat, kantor pusat memenuhi.")
    request = {"id": people.fresh_id(), "kind": "erasure", "identity_check": "in_person"}
    asked = phone.ask("POST", f"/api/v1/members/{stage.seller_id}/subject-requests", request)
    teller.equals("permintaan dicatat, 72 jam berjalan", asked.status, 201)
    centre = _logged_in(stage, NATIONAL)
    decided = centre.act(
        f"/admin/enrollment/subjectrequest/{request['id']}/act/decide/",
        "putuskan",
        outcome="done",
        reason="Belum pernah membayar, tidak ada sengketa.",
    )
    teller.equals("kantor pusat memenuhinya", decided.status, 302)
    phone.pull()
    teller.equals("ponsel menghapus barisnya", phone.why_gone("member", stage.seller_id), "erased")
    captured = phone.app.outbox.op(stage.batch[-1]["op_id"])
    teller.holds("juga formulirnya di kotak keluar", is_true=captured is None)
    gone = phone.ask("GET", f"/api/v1/members/{stage.seller_id}", short="tidak ditemukan")
    teller.equals("server tidak mengenalnya lagi", gone.status, 404)
    page = centre.page(f"/admin/enrollment/member/{stage.seller_id}/change/")
    teller.holds("halamannya tanpa nama", is_true="DEWI" not in page.text)


def a_lost_phone_is_wiped(stage: Stage) -> None:
    """The supervisor gives the order, the phone hears it, says so, and is out for good."""
    teller, phone = stage.teller, stage.phone
    teller.say("Ponsel agen hilang: pengawas memerintahkan hapus, ponsel melaksanakan dan melapor.")
    desk = desk_of(stage)
    device = f"/admin/perisai/device/{phone.device_id}"
    order = desk.act(
        f"{device}/act/lost/",
        "cabut",
        kind="lost",
        wipe="drain_then_wipe",
        reason="Agen melapor lewat telepon kantor.",
    )
    teller.equals("perintah diterima", order.status, 302)
    refused = phone.ask("GET", "/api/v1/sync/changes")
    teller.equals("ponsel tidak menerima data lagi", refused.status, 403)
    teller.equals("dan mendengar perintahnya", refused.json.get("wipe"), "drain_then_wipe")
    outcome = phone.synchronise()
    teller.equals("ponsel melapor dan menghapus semuanya", outcome.stopped_by, Do.OBEY)
    said = [result["result"] for result in phone.line.results.values()][-1]
    teller.equals("laporan terhapus diterima", said, "applied")
    teller.equals("tidak ada peserta di ponsel", phone.rows("member"), {})
    over = phone.ask("GET", "/api/v1/sync/changes")
    teller.equals("ponsel itu berakhir", over.status, 401)
    page = desk.page(f"{device}/change/")
    teller.holds("tampak di halaman pengawas", is_true="badge" in page.text)


def desk_of(stage: Stage) -> Office:
    """The supervisor of the agent's branch, logged in once."""
    if stage.desk is None:
        stage.desk = _logged_in(stage, SUPERVISOR)
    return stage.desk


def _logged_in(stage: Stage, username: str) -> Office:
    office = Office(stage.teller, stage.base_url)
    password = stage.secrets["SUPERVISOR_PASSWORD"]
    answer = office.log_in(username, password, stage.app.code())
    stage.teller.equals(f"{username} masuk", answer.status, 302)
    return office
