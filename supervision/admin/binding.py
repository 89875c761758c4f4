"""Money held for a code: why it waits, how long, and the wish of one person that it be bound."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from payments.models import Correction, CorrectionKind, Payment
from payments.services.bind_correction import owner_of
from payments.services.binding import is_held, why_held
from payments.services.corrections import CorrectionDraft, request_correction
from perisai import clock
from perisai.models import Role, User
from perisai.privacy import mask
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact
from supervision.admin.showing import NOTHING, instant, link, name_for
from supervision.admin.suspense import NumberField

HELD, PERSON = "held", "person"


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
    """Payments that wait for their member, all or those that only two persons move on."""

    title = gettext_lazy("titipan")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Both."""
        return [
            (HELD, gettext_lazy("menunggu pendaftaran")),
            (PERSON, gettext_lazy("perlu diputuskan")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # PaymentQuerySet
        """The chosen ones."""
        if self.value() == HELD:
            return queryset.held()
        if self.value() == PERSON:
            return queryset.held_for_a_person(clock.now())
        return queryset


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


def binding_facts(correction: Correction, user: User) -> list[Fact]:
    """For whom the second person decides: the code, whom the first one named, whose it is now."""
    payment = correction.payment
    if correction.kind != CorrectionKind.BIND or payment is None:
        return []
    number = correction.details.get("number", "")
    owner = owner_of(correction)
    return [
        *held_facts(payment),
        Fact(label=_("KPJ menurut pengusul"), value=mask("kpj", number) if number else NOTHING),
        Fact(label=_("peserta"), value=_owner(owner, user) if owner else NOTHING),
    ]


def _owner(member_id: UUID, user: User) -> str:
    """A link with the name; for finance the id alone."""
    if user.role == Role.FINANCE:
        return str(member_id)
    member = Member.objects.visible_to(user).filter(pk=member_id).first()
    return link(member, name_for(user, member.full_name)) if member else NOTHING
