"""How the machinery stands, for those who watch it: read anew each time, without a broker too."""

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.rupiah import format_rupiah
from perisai import clock
from perisai.models import LoginStep, Role
from supervision.admin.scoped import Detail, Fact, Section, must_be_read, office_user
from supervision.admin.showing import NOTHING, badge, day, instant
from supervision.admin.words import Words, say
from supervision.services.machinery import Machinery, machinery

TITLE: Final = gettext_lazy("Keadaan sistem")
READERS: Final = frozenset({Role.NATIONAL, Role.AUDITOR})
QUEUE_WORDS: Final[Words] = {
    "default": gettext_lazy("pekerjaan umum"),
    "sweep": gettext_lazy("penyapuan"),
    "notify": gettext_lazy("pesan"),
    "files": gettext_lazy("berkas"),
}
STEP_WORDS: Final[Words] = {
    LoginStep.AGENT: gettext_lazy("agen"),
    LoginStep.TERMINAL: gettext_lazy("loket"),
    LoginStep.OFFICE: gettext_lazy("kata sandi kantor"),
    LoginStep.FACTOR: gettext_lazy("faktor kedua"),
    LoginStep.PAPER: gettext_lazy("kode pemulihan"),
}


def may_read(request: HttpRequest) -> bool:
    """Whether the menu names it."""
    return getattr(request.user, "role", None) in READERS


def machinery_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page; it changes nothing."""
    must_be_read(request)
    if office_user(request).role not in READERS:
        raise PermissionDenied
    found = machinery(now=timezone.now(), today=clock.today())
    shown = Detail(
        title=str(TITLE),
        facts=[*_facts_of_work(found), *_facts_of_people(found)],
        sections=[_queues(found), _failed_logins(found)],
    )
    page = {"title": TITLE, "detail": shown}
    return TemplateResponse(request, "supervision/machinery.html", context | page)


def _facts_of_work(found: Machinery) -> list[Fact]:
    outbox, suspense = found.outbox, found.suspense
    return [
        Fact(label=_("dilihat"), value=instant(found.seen_at)),
        Fact(label=_("perantara antrean"), value=_broker(found)),
        Fact(label=_("jadwal terakhir terlihat"), value=_beat(found)),
        Fact(label=_("pesan menunggu"), value=outbox.waiting),
        Fact(label=_("pesan tertua menunggu"), value=_outbox_age(found)),
        Fact(label=_("pesan yang menyerah"), value=outbox.dead),
        Fact(label=_("kiriman yang terhenti"), value=found.parked),
        Fact(
            label=_("kabupaten/kota belum disapu"),
            value=f"{found.unswept}, {day(found.day)}",
        ),
        Fact(
            label=_("Titipan tanpa pemilik"),
            value=f"{suspense.count}, {format_rupiah(suspense.rupiah)}",
        ),
        Fact(label=_("titipan tertua"), value=instant(suspense.oldest)),
    ]


def _facts_of_people(found: Machinery) -> list[Fact]:
    return [
        Fact(label=_("HP hilang yang mungkin masih memegang data"), value=found.phones_given_up),
        Fact(
            label=_("data dibuka hari ini"),
            value=_("%(shown)d oleh %(people)d orang, terbanyak %(most)d")
            % {
                "shown": found.reveals.shown,
                "people": found.reveals.people,
                "most": found.reveals.most,
            },
        ),
    ]


def _broker(found: Machinery) -> SafeString:
    if found.queues is None:
        return badge(_("tidak menjawab"), "bad")
    return badge(_("menjawab"), "good")


def _beat(found: Machinery) -> SafeString | str:
    if found.beat_at is None:
        return NOTHING
    return badge(instant(found.beat_at), "bad" if found.is_beat_silent else "good")


def _outbox_age(found: Machinery) -> SafeString | str:
    if found.outbox.oldest_at is None:
        return NOTHING
    seconds = round(found.outbox.oldest_seconds(found.seen_at))
    said = _("%(seconds)d detik") % {"seconds": seconds}
    return badge(said, "bad" if found.is_outbox_late else "good")


def _queues(found: Machinery) -> Section:
    queues = found.queues
    waiting = (
        [] if queues is None else [(say(QUEUE_WORDS, k), n) for k, n in queues.waiting.items()]
    )
    taken = [] if queues is None else [(_("sedang dikerjakan"), queues.taken)]
    return Section(
        title=_("Antrean"), columns=[_("antrean"), _("pekerjaan")], rows=[*waiting, *taken]
    )


def _failed_logins(found: Machinery) -> Section:
    return Section(
        title=_("Gagal masuk"),
        columns=[_("langkah"), _("percobaan")],
        rows=[(say(STEP_WORDS, step), n) for step, n in sorted(found.failed_logins.items())],
        note=_("15 menit terakhir"),
    )
