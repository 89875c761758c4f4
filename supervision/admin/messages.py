"""Messages on their way to phones: dead letters first, with what people may do about them.

No personal datum is here: a message is a kind and an id, and is written when it leaves.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.models import (
    MessageDecisionReason,
    MessageState,
    OutboxMessage,
    Role,
    User,
    message_state,
)
from perisai.services.message_decisions import MessageOrder, give_up, send_again
from perisai.services.relay_pauses import is_paused, lift_pauses
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.filters import WordFilter
from supervision.admin.message_words import CODES, DECISIONS, KINDS, REASONS, STATES, TONES
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, instant
from supervision.admin.words import say

DOERS: Final = frozenset({Role.FINANCE, Role.NATIONAL})
SEND_REASONS: Final = (MessageDecisionReason.GATEWAY_MENDED, MessageDecisionReason.DATA_MENDED)
END_REASONS: Final = (
    *(MessageDecisionReason.TOLD_OTHERWISE, MessageDecisionReason.OUTDATED),
    MessageDecisionReason.WRONG,
)


def reason_form(reasons: Iterable[MessageDecisionReason]) -> type[forms.Form]:
    """A form that asks for one of these reasons: no words, which could name somebody."""
    choices = [(reason.value, REASONS[reason]) for reason in reasons]
    field = forms.ChoiceField(label=gettext_lazy("Alasan"), choices=choices)
    return type("MessageReasonForm", (forms.Form,), {"reason": field})


class SendAgain(Act[OutboxMessage]):
    """What stood in the way is gone."""

    name = "send-again"
    title = gettext_lazy("Kirim lagi")
    doers = DOERS
    form = reason_form(SEND_REASONS)
    explanation = gettext_lazy("Dikirim dengan nomor yang sama: yang sudah sampai tidak berulang.")

    def is_offered(self, record: OutboxMessage | None, user: User) -> bool:
        """For dead letters, and for who had no phone then."""
        return _state_of(record) in {MessageState.DEAD, MessageState.NOBODY}

    def carry_out(self, record: OutboxMessage, asked: Asked) -> Done:
        """Let it start anew."""
        send_again(record.pk, _order(asked), now=timezone.now())
        return Done(message=_("Pesan masuk antrean lagi."))


class GiveUp(Act[OutboxMessage]):
    """Nobody needs to be told any more."""

    name = "give-up"
    title = gettext_lazy("Hentikan pengiriman")
    doers = DOERS
    is_grave = True
    form = reason_form(END_REASONS)

    def is_offered(self, record: OutboxMessage | None, user: User) -> bool:
        """While it waits."""
        return _state_of(record) == MessageState.WAITING

    def carry_out(self, record: OutboxMessage, asked: Asked) -> Done:
        """End it."""
        give_up(record.pk, _order(asked), now=timezone.now())
        return Done(message=_("Pesan tidak dikirim lagi."))


class Resume(Act[OutboxMessage]):
    """The quota was raised, or the token mended, before the pause ends by itself."""

    name = "resume"
    title = gettext_lazy("Lanjutkan pengiriman sekarang")
    doers = DOERS
    is_for_list = True
    explanation = gettext_lazy("Semua pesan sedang ditahan karena gerbang tidak menerima.")

    def is_offered(self, record: OutboxMessage | None, user: User) -> bool:
        """While a pause runs."""
        return is_paused(timezone.now())

    def carry_out(self, record: OutboxMessage, asked: Asked) -> Done:
        """End every pause."""
        lift_pauses(by=asked.user, now=timezone.now())
        return Done(message=_("Pengiriman berjalan lagi."))


Rows = QuerySet[Any]


class StateFilter(SimpleListFilter):
    """Dead letters unless something else is chosen; each choice has an index to go by."""

    title = gettext_lazy("keadaan")
    parameter_name = "state"
    ways: ClassVar[dict[str, tuple[Promise, Callable[[Rows], Rows]]]] = {
        "waiting": (
            gettext_lazy("menunggu"),
            lambda rows: rows.filter(sent_at__isnull=True, given_up_at__isnull=True),
        ),
        "failed": (
            gettext_lazy("dilaporkan gagal"),
            lambda rows: rows.filter(deliveries__state__in=["failed", "unknown_number"]).distinct(),
        ),
        "any": (gettext_lazy("semua pesan"), lambda rows: rows),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """The dead letters need no choice."""
        return [(code, title) for code, (title, _choose) in self.ways.items()]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The list begins with the dead letters, and says so."""
        first, *others = super().choices(changelist)
        yield dict(first) | {"display": STATES[MessageState.DEAD]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """The chosen ones; nobody is in an unknown state."""
        chosen = self.value()
        if not chosen:
            return queryset.dead()  # type: ignore[attr-defined,no-any-return]  # of this page alone
        return self.ways[chosen][1](queryset) if chosen in self.ways else queryset.none()


class MessageKindFilter(WordFilter):
    """By what is told."""

    title = gettext_lazy("jenis")
    parameter_name = "kind"
    words = KINDS


class OutboxMessageAdmin(ScopedAdmin[OutboxMessage]):
    """The newest first."""

    title = gettext_lazy("Pesan")
    readers = frozenset({Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
    acts = (Resume(), SendAgain(), GiveUp())
    list_display = (
        "kind_word",
        column("subject_id", gettext_lazy("tentang")),
        "state_badge",
        column("attempts", gettext_lazy("percobaan")),
        "error_word",
        "made",
    )
    list_filter = (StateFilter, MessageKindFilter)

    def scoped(self, user: User) -> QuerySet[OutboxMessage]:
        """All: they are of no branch."""
        return OutboxMessage.objects.visible_to(user).annotate(state=message_state())

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, message: OutboxMessage) -> str:
        """What is told."""
        return say(KINDS, message.kind)

    @admin.display(description=gettext_lazy("keadaan"))
    def state_badge(self, message: OutboxMessage) -> SafeString:
        """Where it stands."""
        return _badge_of(message)

    @admin.display(description=gettext_lazy("kendala terakhir"))
    def error_word(self, message: OutboxMessage) -> str:
        """Why it did not leave at the last try."""
        return say(CODES, message.last_error) or NOTHING

    @admin.display(description=gettext_lazy("dibuat"))
    def made(self, message: OutboxMessage) -> str:
        """When."""
        return instant(message.created_at)

    def called(self, record: OutboxMessage, user: User) -> str:
        """By kind and number."""
        return f"{say(KINDS, record.kind)} {record.pk}"

    def detail(self, record: OutboxMessage, user: User) -> Detail:
        """Its life so far."""
        next_at = record.due_at if _state_of(record) == MessageState.WAITING else None
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=_badge_of(record)),
                Fact(label=_("tentang"), value=record.subject_id),
                Fact(label=_("percobaan"), value=record.attempts),
                Fact(label=_("kendala terakhir"), value=self.error_word(record)),
                Fact(label=_("dibuat"), value=instant(record.created_at)),
                Fact(label=_("percobaan berikutnya"), value=instant(next_at)),
                Fact(label=_("terkirim"), value=instant(record.sent_at)),
                Fact(label=_("menyerah"), value=instant(record.given_up_at)),
                Fact(label=_("nomor di gerbang"), value=record.gateway_id or NOTHING),
            ],
            sections=[_reports(record), _decisions(record)],
        )


def _state_of(record: Any) -> str:  # a message with its annotated state, or none
    return record.state if record is not None else ""


def _badge_of(record: Any) -> SafeString:  # a message with its annotated state
    return badge(say(STATES, record.state), TONES.get(record.state, "quiet"))


def _order(asked: Asked) -> MessageOrder:
    return MessageOrder(by=asked.user, reason=MessageDecisionReason(asked.data["reason"]))


def _reports(message: OutboxMessage) -> Section:
    reports = message.deliveries.order_by("pk")
    return Section(
        title=_("Laporan gerbang"),
        columns=[_("laporan"), _("diterima")],
        rows=[(say(STATES, one.state), instant(one.reported_at)) for one in reports],
    )


def _decisions(message: OutboxMessage) -> Section:
    return Section(
        title=_("Keputusan"),
        columns=[_("keputusan"), _("alasan"), _("percobaan"), _("kendala"), _("oleh"), _("waktu")],
        rows=[
            (
                say(DECISIONS, one.kind),
                say(REASONS, one.reason),
                one.attempts,
                say(CODES, one.last_error) or NOTHING,
                one.decided_by.username,
                instant(one.decided_at),
            )
            for one in message.decisions.select_related("decided_by").order_by("pk")
        ],
    )
