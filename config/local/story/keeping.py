"""Chapters of keeping: an agent is warned, a phone is told, a promise broken, a supervisor told, a
return counted.
"""

import csv
import html
import re
from typing import Any, Final

from config.local.story.deciding import desk_of
from config.local.story.retaining import sweeps_once, work_list
from config.local.story.stage import AFTER_PROMISE, Stage, until
from config.local.story.teller import StepFailed

FISHERS_PHONE: Final = "6281200007002"
SELLERS_NAME: Final = "DEWI CONTOH PEDAGANG"
IDLE_WARNING: Final = "agent_idle_warning"
BRANCH: Final = "TTE"
OPENED_IN: Final = "2027-01"
LOOKED_AT: Final = "2027-02-05"  # the month's follow-ups are thirty days old by then
ESCALATIONS: Final = "/admin/retention/escalation/"
ROW: Final = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
NEXT: Final = re.compile(r'href="\?([^"]*\bafter=[^"]*)"')


def an_agent_is_warned(stage: Stage) -> None:
    """Who brought nothing for two full months hears of it once, before anybody reviews her."""
    teller = stage.teller
    teller.say("Agen yang dua bulan penuh tanpa hasil diperingatkan, sekali sebulan.")
    warned = stage.services.manage("warn")
    teller.equals("peringatan dicatat", warned.returncode, 0)
    sent = stage.services.manage("relay")
    teller.equals("tidak ada yang tertinggal", sent.returncode, 0)
    teller.holds("pesan tiba di ponselnya", is_true=until(lambda: bool(_warnings(stage))))
    texts = {message["text"] for message in _warnings(stage)}
    for text in texts:
        teller.console.print(f"      {text}", style="dim", markup=False)
        teller.holds("menyebut lamanya", is_true="2 bulan penuh" in text, seen=text)
    again = stage.services.manage("warn")
    teller.holds("diminta sekali lagi", is_true=" 0 new" in again.stdout, seen=again.stdout)
    stage.services.manage("relay")
    phones = [message["to"] for message in _warnings(stage)]
    teller.equals("tetap satu pesan per agen", len(phones), len(set(phones)))


def a_phone_is_told(stage: Stage) -> None:
    """The day's plan by a worker, its message by the relay, over HTTP to a gateway."""
    teller = stage.teller
    teller.say("Nelayan diingatkan: pesannya lewat gerbang HTTP sampai di ponselnya.")
    asked = stage.services.manage("remind", "--by-worker")
    teller.equals("perintah mengingatkan masuk antrean", asked.returncode, 0)
    teller.holds("pesan tiba di ponselnya", is_true=until(lambda: bool(_reminders(stage))))
    (message,) = _reminders(stage)
    teller.console.print(f"      {message['text']}", style="dim", markup=False)
    teller.holds("menyebut bulannya", is_true="Desember 2026" in message["text"])
    teller.holds("tanpa nama dan tanpa NIK", is_true=not _names_somebody(message["text"]))
    again = stage.services.manage("remind")
    teller.equals("diminta sekali lagi", again.returncode, 0)
    sent = stage.services.manage("relay")
    teller.equals("tidak ada yang tertinggal", sent.returncode, 0)
    teller.equals("tetap satu pesan sehari", len(_reminders(stage)), 1)


def a_promise_is_broken(stage: Stage) -> None:
    """The day passes, nothing was paid: the next sweep makes it work of its own."""
    teller = stage.teller
    teller.say("Waktu maju ke 16 Januari. Janji 5 Januari lewat tanpa bayar.")
    stage.services.restart(demo_now=AFTER_PROMISE)
    stage.phone.now = AFTER_PROMISE
    sweeps_once(stage)
    (mine,) = [
        item
        for item in work_list(stage, kind="promise_broken")
        if item["member_id"] == stage.fisher_id
    ]
    teller.holds("janji lewat menjadi tindak lanjut", is_true="promise_broken" in mine["kinds"])
    points = mine["priority_parts"].get("promise_broken")
    teller.equals("dan menaikkan urutannya", points, 15)


def the_supervisor_is_told(stage: Stage) -> None:
    """Nobody came to the seller for two weeks: her supervisor hears of it, and sees to it."""
    teller = stage.teller
    teller.say("Pedagang dua minggu belum dikunjungi: pengawas diberi tahu dan bertindak.")
    told = stage.services.manage("escalate")
    teller.equals("eskalasi dicatat", told.returncode, 0)
    desk = desk_of(stage)
    record = _escalation_of(stage, SELLERS_NAME)
    page = desk.page(f"{ESCALATIONS}{record}/change/")
    teller.holds("sebabnya tertulis", is_true="belum ada kunjungan" in page.text)
    act = f"{ESCALATIONS}{record}/act/settle/"
    done = desk.act(act, "selesaikan", settled_as="visit_planned")
    teller.equals("kunjungan dijadwalkan", done.status, 302)
    page = desk.page(f"{ESCALATIONS}{record}/change/")
    teller.holds("tercatat selesai", is_true="diselesaikan" in page.text)
    stage.recovered = _recovered(stage)


def a_return_is_counted(stage: Stage) -> None:
    """Whoever paid within thirty days of the follow-up counts, once, whatever was taken back."""
    teller = stage.teller
    teller.say("Hasil kerja dihitung: satu peserta kembali membayar dalam 30 hari.")
    teller.equals("pemulihan bertambah satu", _recovered(stage), stage.recovered + 1)


def _reminders(stage: Stage) -> list[dict[str, Any]]:
    """What the fisher was reminded of so far."""
    return [
        message
        for message in stage.services.messages()
        if message["to"] == FISHERS_PHONE and message["template"].startswith("reminder")
    ]


def _warnings(stage: Stage) -> list[dict[str, Any]]:
    """What agents were warned of so far."""
    messages = stage.services.messages()
    return [message for message in messages if message["template"] == IDLE_WARNING]


def _names_somebody(text: str) -> bool:
    return "NELAYAN" in text.upper() or re.search(r"\d{8,}", text) is not None


def _escalation_of(stage: Stage, name: str) -> str:
    """The key of the escalation about somebody, on any page of the list. Raises StepFailed."""
    query = "reason=no_attempt"
    while query:
        page = desk_of(stage).page(f"{ESCALATIONS}?{query}")
        for row in ROW.findall(page.text):
            found = re.search(rf"{ESCALATIONS}(\d+)/change/", row)
            if name in row and found:
                return found[1]
        further = NEXT.search(page.text)
        query = html.unescape(further[1]) if further else ""
    raise StepFailed(f"no escalation about {name}")


def _recovered(stage: Stage) -> int:
    """How many of the month's follow-ups were paid within thirty days, as the command prints it."""
    asked = ("--branch", BRANCH, "--month", OPENED_IN, "--as-of", LOOKED_AT)
    printed = stage.services.manage("recovery", *asked)
    stage.teller.equals("laporan pemulihan terbaca", printed.returncode, 0)
    rows = csv.DictReader(printed.stdout.splitlines())
    total = next(row for row in rows if (row["by"], row["key"]) == ("outcome", "total"))
    return int(total["recovered_30"])
