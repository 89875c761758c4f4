"""What somebody wanted about a partner or a counter, and who else agreed."""

from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from payments.models.frozen import Frozen
from payments.models.kept import Kept
from payments.models.partner import MOST_FEE, PaymentPartner, PostAgent
from perisai.ids import new_id
from perisai.models import Branch, Role, User
from perisai.models.decided import Decided, Decision, decided_by_somebody
from perisai.privacy import EncryptedTextField


class PartnerChangeKind(models.TextChoices):
    """What is to become of a partner or a counter."""

    NEW_PARTNER = "new_partner"
    TERMS = "terms"
    OPEN_PARTNER = "open_partner"
    CLOSE_PARTNER = "close_partner"
    NEW_COUNTER = "new_counter"
    OPEN_COUNTER = "open_counter"
    CLOSE_COUNTER = "close_counter"
    EDIT_COUNTER = "edit_counter"
    NEW_LOGIN = "new_login"
    NEW_PASSWORD = "new_password"  # noqa: S105  of a counter or of a partner's own login


ALONE: Final = (
    PartnerChangeKind.CLOSE_PARTNER,
    PartnerChangeKind.CLOSE_COUNTER,
    PartnerChangeKind.EDIT_COUNTER,
)
"""What opens no way for money: one person does it at once."""

OF_PARTNER: Final = (
    PartnerChangeKind.TERMS,
    PartnerChangeKind.OPEN_PARTNER,
    PartnerChangeKind.CLOSE_PARTNER,
)
OF_COUNTER: Final = (
    PartnerChangeKind.OPEN_COUNTER,
    PartnerChangeKind.CLOSE_COUNTER,
    PartnerChangeKind.EDIT_COUNTER,
    PartnerChangeKind.NEW_PASSWORD,
)
WITH_TERMS: Final = (PartnerChangeKind.NEW_PARTNER, PartnerChangeKind.TERMS)
NEW: Final = (PartnerChangeKind.NEW_PARTNER, PartnerChangeKind.NEW_COUNTER)
WITH_LOGIN: Final = (PartnerChangeKind.NEW_COUNTER, PartnerChangeKind.NEW_LOGIN)
NAMED: Final = (*WITH_TERMS, *WITH_LOGIN, PartnerChangeKind.EDIT_COUNTER)


class PartnerChangeQuerySet(models.QuerySet["PartnerChange"]):
    """Sentences about what was wanted."""

    def visible_to(self, user: User) -> Self:
        """All for who reads all money, none for others."""
        reads_all = user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}
        return self if reads_all else self.none()


class PartnerChange(Decided):
    """One change of one partner or counter; what opens a way for money waits for a second person.

    `code` is the new partner's or counter's; of the other columns those that its kind has.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=13, choices=PartnerChangeKind)
    partner = models.ForeignKey(
        PaymentPartner, on_delete=models.PROTECT, null=True, blank=True, related_name="changes"
    )
    outlet = models.ForeignKey(
        PostAgent, on_delete=models.PROTECT, null=True, blank=True, related_name="changes"
    )
    code = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=100, blank=True, default="")
    admin_fee = models.PositiveIntegerField(null=True, blank=True, help_text="Rupiah (R11).")
    cutoff_time = models.TimeField(null=True, blank=True, help_text="Official time (R12).")
    username = models.CharField(max_length=60, blank=True, default="", help_text="The new login.")
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = EncryptedTextField(label="partner_change.reason", padded=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PartnerChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PartnerChangeKind.values), name="partner_change_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=PartnerChangeKind.NEW_PARTNER, partner__isnull=True, outlet__isnull=True
                )
                | Q(
                    kind__in=[*OF_PARTNER, *WITH_LOGIN],
                    partner__isnull=False,
                    outlet__isnull=True,
                )
                | Q(kind__in=OF_COUNTER, partner__isnull=True, outlet__isnull=False),
                name="partner_change_names_its_target",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=NEW) & ~Q(code="")) | (~Q(kind__in=NEW) & Q(code="")),
                name="partner_change_code_of_what_is_new",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=NAMED) & ~Q(name="")) | (~Q(kind__in=NAMED) & Q(name="")),
                name="partner_change_name_where_it_changes",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WITH_TERMS, admin_fee__isnull=False, cutoff_time__isnull=False)
                | (~Q(kind__in=WITH_TERMS) & Q(admin_fee__isnull=True, cutoff_time__isnull=True)),
                name="partner_change_terms_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(admin_fee__isnull=True) | Q(admin_fee__lte=MOST_FEE),
                name="partner_change_fee_is_no_slip",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=WITH_LOGIN) & ~Q(username=""))
                | (~Q(kind__in=WITH_LOGIN) & Q(username="")),
                name="partner_change_login_of_a_new_one",
            ),
            decided_by_somebody("partner_change_decided_by_somebody"),
            models.CheckConstraint(
                condition=Q(kind__in=ALONE)
                | ~Q(decision=Decision.CONFIRMED)
                | ~Q(decided_by=F("proposed_by")),
                name="partner_change_opening_needs_second_person",
            ),
            models.UniqueConstraint(
                fields=["partner"],
                condition=Q(decided_at__isnull=True, kind__in=OF_PARTNER),
                name="partner_change_once_open_per_partner",
            ),
            models.UniqueConstraint(
                fields=["outlet"],
                condition=Q(decided_at__isnull=True),
                name="partner_change_once_open_per_counter",
            ),
        ]
        triggers = [
            Kept(name="partner_change_is_kept", operation=pgtrigger.Delete),
            Frozen("decided_at", "decided_by_id", "decision", name="partner_change_decided_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
