"""What came of the work, for a branch: who paid again, who stayed, who came back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.tariff import PayerKind
from perisai import clock
from perisai.models import Branch, Role, User
from perisai.months import add_months, format_month, month_of, parse_month
from retention.services.cohorts import AFTER, Cohort, CohortBy, KeptAt, cohorts
from retention.services.recovery import (
    FEW,
    OTHERS,
    Asked,
    Rate,
    RecoveryBy,
    RecoveryLine,
    Within,
    recovery,
    stayed,
    total,
    without_small,
    won_back,
)
from supervision.admin.scoped import Section, must_be_read, office_user
from supervision.admin.showing import NOTHING
from supervision.admin.showing import month as month_word
from supervision.admin.words import CONTACTS, DECISIONS, Words, say
from supervision.services.scope import branches_visible_to

TITLE: Final = gettext_lazy("Hasil tindak lanjut")
READERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
MONTHS: Final = 12
OUTCOMES: Final[Words] = {**CONTACTS, **DECISIONS, "": gettext_lazy("tanpa kunjungan")}
REMINDED: Final[Words] = {
    "sent": gettext_lazy("pengingat terkirim"),
    "none": gettext_lazy("tanpa pengingat"),
    "unknown": gettext_lazy("tidak diketahui lagi"),
}
TITLES: Final[dict[RecoveryBy, Promise]] = {
    RecoveryBy.OUTCOME: gettext_lazy("Menurut hasil kunjungan terakhir"),
    RecoveryBy.REMINDER: gettext_lazy("Menurut pengingat"),
    RecoveryBy.AGENT: gettext_lazy("Menurut agen saat itu"),
    RecoveryBy.VILLAGE: gettext_lazy("Menurut desa/kelurahan"),
}
COHORTS: Final[dict[CohortBy, Promise]] = {
    CohortBy.MONTH: gettext_lazy("Bertahan menurut bulan pertama"),
    CohortBy.AGENT: gettext_lazy("Bertahan menurut agen bulan pertama"),
    CohortBy.PAYER: gettext_lazy("Bertahan menurut pembayar bulan pertama"),
}


def may_read_recovery(request: HttpRequest) -> bool:
    """Whether the menu names it."""
    return getattr(request.user, "role", None) in READERS


def recovery_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page of one branch; it changes nothing."""
    must_be_read(request)
    user = office_user(request)
    if user.role not in READERS:
        raise PermissionDenied
    branches = list(branches_visible_to(user))
    branch = _chosen(branches, request.GET.get("branch", ""))
    today = clock.today()
    months = {format_month(month): month for month in _months(today)}
    chosen = request.GET.get("month", "")
    page = {
        "title": TITLE,
        "branches": branches,
        "branch": branch,
        "months": [(code, month_word(month)) for code, month in months.items()],
        "chosen": chosen if chosen in months else "",
        "sections": [] if branch is None else _sections(branch, months.get(chosen), today, user),
    }
    return TemplateResponse(request, "supervision/recovery.html", context | page)


def _chosen(branches: Sequence[Branch], code: str) -> Branch | None:
    """Another's branch is as good as none: the first one."""
    return next((branch for branch in branches if branch.code == code), next(iter(branches), None))


def _months(today: date) -> list[date]:
    return [add_months(month_of(today), -back) for back in range(MONTHS)]


def _sections(branch: Branch, month: date | None, today: date, user: User) -> list[Section]:
    asked = Asked(branch_id=branch.pk, as_of=today, month=month)
    why = _why_nothing(month)
    tables = [replace(_table(by, recovery(asked, by), user), empty=why) for by in RecoveryBy]
    stayed_in = _who_stayed(branch, month or add_months(month_of(today), -1), today)
    began = cohorts(branch.pk, as_of=today)
    return [stayed_in, *tables, *(_cohorts(by, began[by]) for by in CohortBy)]


def _why_nothing(month: date | None) -> str:
    if month is None:
        return _("Tidak ada tindak lanjut iuran yang mulai dalam 12 bulan terakhir.")
    return _("Tidak ada tindak lanjut iuran yang mulai pada %(month)s.") % {
        "month": month_word(month)
    }


def _cohorts(by: CohortBy, found: Sequence[Cohort]) -> Section:
    """Who is still covered, by how they began."""
    return Section(
        title=COHORTS[by],
        columns=[
            _("bulan pertama") if by is CohortBy.MONTH else _("kelompok"),
            _("peserta"),
            *(_("setelah %(number)s bulan") % {"number": months} for months in AFTER),
        ],
        rows=[
            (
                _cohort_word(by, cohort.key),
                cohort.people,
                *(_kept(kept) for kept in cohort.kept),
            )
            for cohort in found
        ],
        note=_("masih terlindungi / peserta"),
        empty=_(
            "Belum ada pembayaran pertama dalam 24 bulan terakhir; peserta impor tidak dihitung."
        ),
    )


def _cohort_word(by: CohortBy, key: str) -> str:
    if by is CohortBy.MONTH:
        return month_word(parse_month(key))
    if by is CohortBy.PAYER:
        return str(PayerKind(key).label)
    return key or _("tanpa agen")


def _kept(kept: KeptAt) -> str:
    """`3 / 12 (25%)`; of months that have not ended yet nothing is known."""
    if not kept.old_enough:
        return _("terlalu baru")
    return f"{kept.covered} / {kept.old_enough} ({_percent(kept.covered / kept.old_enough)})"


def _who_stayed(branch: Branch, month: date, today: date) -> Section:
    """The retention rates of a month, and who came back."""
    found, back = stayed(branch.pk, month=month), won_back(branch.pk, as_of=today)
    return Section(
        title=_("Retensi %(month)s") % {"month": month_word(month)},
        columns=[
            _("ukuran"),
            _("peserta"),
            _("dari"),
            _("tingkat"),
            _("tetap terlindungi"),
            _("tingkat tanpa peserta baru"),
        ],
        rows=[
            _rate_row(_("dibanding bulan sebelumnya"), found.month_before),
            _rate_row(_("dibanding setahun sebelumnya"), found.year_before),
            (
                _("kembali setelah tidak aktif, 12 bulan sampai hari ini"),
                back.came_back,
                back.lapsed,
                _of_base(back.share()),
                NOTHING,
                NOTHING,
            ),
        ],
        note=_("bulan ini belum selesai") if month == month_of(today) else "",
    )


def _rate_row(word: str, rate: Rate) -> tuple[object, ...]:
    return (
        word,
        rate.covered,
        rate.base(),
        _of_base(rate.rate()),
        rate.kept,
        _of_base(rate.kept_rate()),
    )


def _table(by: RecoveryBy, lines: Sequence[RecoveryLine], user: User) -> Section:
    """One way of telling follow-ups apart; by village, few people are hidden from others."""
    is_hidden = by is RecoveryBy.VILLAGE and user.role != Role.SUPERVISOR
    shown = without_small(lines) if is_hidden else lines
    rows = [_row(_word(by, line), line, is_hidden=is_hidden) for line in shown]
    if lines and not is_hidden:
        rows.append(_row(_("Jumlah"), total(lines), is_hidden=False))
    return Section(
        title=TITLES[by],
        columns=[_("kelompok"), _("tindak lanjut"), _("30 hari"), _("60 hari"), _("90 hari")],
        rows=rows,
        note=_("terpulihkan / cukup umur"),
    )


def _row(word: str, line: RecoveryLine, *, is_hidden: bool) -> tuple[object, ...]:
    windows = (_within(window, is_hidden=is_hidden) for window in line.windows)
    return (word, _number(line.opened, is_hidden=is_hidden), *windows)


def _within(window: Within, *, is_hidden: bool) -> str:
    """`3 / 12 (25 %)`: recovered, old enough, share; a share that would tell is left out."""
    if not window.old_enough:
        return _("terlalu baru")
    numbers = [_number(one, is_hidden=is_hidden) for one in (window.recovered, window.old_enough)]
    said = " / ".join(numbers)
    return said if "<" in said else f"{said} ({_percent(window.share())})"


def _number(number: int, *, is_hidden: bool) -> str:
    return f"<{FEW}" if is_hidden and 0 < number < FEW else str(number)


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.0%}"


def _of_base(share: float | None) -> str:
    """A rate without anybody to compare with is none."""
    return _("belum ada pembanding") if share is None else _percent(share)


def _word(by: RecoveryBy, line: RecoveryLine) -> str:
    if line.key == OTHERS:
        return _("desa/kelurahan lain")
    if by is RecoveryBy.OUTCOME:
        return say(OUTCOMES, line.key)
    if by is RecoveryBy.REMINDER:
        return say(REMINDED, line.key)
    if not line.key:
        return _("tanpa agen") if by is RecoveryBy.AGENT else _("tidak diketahui")
    return line.name or line.key
