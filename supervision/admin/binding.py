"""Money held for a code: why it waits, how long, and the wish of one person that it be bound."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import CorrectionKind, Payment
from payments.services.binding import is_held, why_held
from payments.services.corrections import CorrectionDraft, request_correction
from perisai import clock
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact
from supervision.admin.showing import instant
from supervision.admin.suspense import NumberField

HELD, TOO_LONG = "held", "too_long"


class BindForm(ReasonForm):
    """Whose it is, where no form has said so."""

    number = NumberField(
        required=False,
        help_text=gettext_lazy("KPJ; kosong bila pendaftaran dengan kode ini sudah diterima."),
    )
    field_order = ("number", "reason")


class AskBinding(Act[Payment]):
    """One person's wish; finance decides, and not the same person."""

    name = "ask-binding"
    title = gettext_lazy("Minta pengikatan titipan")
    doers = frozenset({Role.SUPERVISOR, Role.FINANCE})
    form = BindForm
    explanation = gettext_lazy(
        "Belum ada uang yang berpindah: orang kedua di bagian keuangan yang memutuskan."
    )

    def is_offered(self, record: Payment | None, user: User) -> bool:
        """While the money is held."""
        return record is not None and is_held(record)

    def carry_out(self, record: Payment, asked: Asked) -> Done:
        """Note it, and go on to its page."""
        draft = CorrectionDraft(
            kind=CorrectionKind.BIND,
            payment=record,
            reason=asked.data["reason"],
            details={"number": asked.data["number"]},
        )
        correction = request_correction(draft, by=asked.user)
        page = reverse("admin:payments_correction_change", args=[correction.pk])
        return Done(message=_("Usulan dicatat dan menunggu orang kedua."), next_url=page)


class HeldFilter(SimpleListFilter):
    """Payments that wait for their member, all or those that wait too long for a rule alone."""

    title = gettext_lazy("titipan")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Both."""
        return [
            (HELD, gettext_lazy("menunggu pendaftaran")),
            (TOO_LONG, gettext_lazy("menunggu terlalu lama")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # PaymentQuerySet
        """The chosen ones."""
        if self.value() not in {HELD, TOO_LONG}:
            return queryset
        held = queryset.held()
        if self.value() == HELD:
            return held
        return held.filter(paid_at__lt=clock.now() - settings.EARLY_BIND_WITHIN)


def held_facts(payment: Payment) -> list[Fact]:
    """Which code of whose it is held for, why, until when it is nobody's case; else nothing."""
    code = payment.reservation
    if code is None:
        return []
    facts = [
        Fact(label=_("kode cadangan milik agen"), value=code.agent.number),
        Fact(label=_("kode berlaku sampai"), value=instant(code.expires_at)),
    ]
    if not is_held(payment):
        return facts
    due = payment.paid_at + settings.EARLY_BIND_WITHIN
    return [
        *facts,
        Fact(label=_("titipan menunggu karena"), value=why_held(payment).label),
        Fact(label=_("diputuskan orang sejak"), value=instant(due)),
    ]
