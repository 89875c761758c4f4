"""The insured worker: one row per NIK for ever (R23)."""

from collections.abc import Iterable
from typing import Final, Self
from uuid import UUID

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models.hand_over import HandOver
from enrollment.models.occupation import Ecosystem, Occupation
from enrollment.nik import Sex
from perisai.ids import new_id
from perisai.models import Agent, AgentState, Branch, Role, User, Village
from perisai.models.scope import of_office
from perisai.privacy import EncryptedTextField, HasNoByte, blind_index, name_words


class PhoneOwner(models.TextChoices):
    """Whose phone it is: rural people share phones (R26)."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    NEIGHBOUR = "neighbour"
    CADRE = "cadre"


class ClosedReason(models.TextChoices):
    """Why a membership is closed (R20)."""

    DECEASED = "deceased"
    CLAIMED_OUT = "claimed_out"
    MOVED_TO_PU = "moved_to_pu"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class Dukcapil(models.TextChoices):
    """What the civil registry said of the identity (R24)."""

    NOT_CHECKED = "not_checked"
    MATCH = "match"
    MISMATCH = "mismatch"
    UNAVAILABLE = "unavailable"


# What no erased row may hold: its texts are no bytes or null, its indexes are gone.
IS_DESTROYED: Final = Q(
    HasNoByte("nik"),
    HasNoByte("full_name"),
    nik_index__isnull=True,
    name_words__len=0,
    birth_date__month=1,
    birth_date__day=1,
    birthplace__isnull=True,
    mother_maiden_name__isnull=True,
    kk_number__isnull=True,
    village__isnull=True,
    address_line__isnull=True,
    phone__isnull=True,
    no_phone_reason__isnull=True,
    email__isnull=True,
    workplace__isnull=True,
    season_note__isnull=True,
    household_of__isnull=True,
    agent__isnull=True,
)


def lacks_columns(path: str = "") -> Q:
    """What R24 asks for and a member's own row does not say; `path` leads to the member.

    `lacks_data()` asks for the main occupation too.
    """
    return (
        Q(**{f"{path}village__isnull": True})
        | Q(**{f"{path}address_line__isnull": True})
        | Q(**{f"{path}phone_index__isnull": True, f"{path}no_phone_reason__isnull": True})
        | Q(**{f"{path}income_monthly__isnull": True})
        | Q(**{f"{path}programmes": []})
    )


class MemberQuerySet(models.QuerySet["Member"]):
    """Sentences about members."""

    def live(self) -> Self:
        """Not closed."""
        return self.filter(closed_on__isnull=True)

    def served_by(self, agent_id: UUID) -> Self:
        """The members of one agent."""
        return self.filter(agent_id=agent_id)

    def unattended(self) -> Self:
        """Whom no working agent looks after: their branch answers for them (R32)."""
        return self.filter(Q(agent=None) | ~Q(agent__state=AgentState.ACTIVE))

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor his branch, an agent her own, others nobody."""
        if user.role == Role.AGENT:
            return self.filter(agent__user=user)
        return of_office(self, user, branch="branch")

    def unmerged(self) -> Self:
        """Rows that count: not those that were found to be another row's person."""
        return self.filter(merged_into__isnull=True)

    def with_nik(self, nik: str) -> Self:
        """Every row of a NIK (sixteen digits), merged ones too: each kind by its own index."""
        index = blind_index("nik", nik)
        merged = Q(nik_index=index, merged_into__isnull=False)
        return self.filter(Q(nik_index=index, merged_into__isnull=True) | merged)

    def with_phone(self, phone: str) -> Self:
        """Who is reached under a number in E.164; rural people share phones (R26)."""
        return self.filter(phone_index=blind_index("phone", phone))

    def with_name(self, name: str, *, regency_codes: Iterable[str]) -> Self:
        """Whose name has every word of this one, in these regencies; nobody for no whole word."""
        has_all_words = Q()
        for code in regency_codes:
            if words := name_words(name, regency_code=code):
                has_all_words |= Q(name_words__contains=words)
        return self.filter(has_all_words) if has_all_words else self.none()


class Member(models.Model):
    """One informal worker (peserta BPU), from first registration to closing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", help_text="Answers for the member."
    )
    rev = models.PositiveIntegerField(default=1, help_text="Raised by each edit of a person.")

    nik = EncryptedTextField(label="member.nik")
    nik_index = models.BinaryField(
        max_length=16, null=True, help_text="Blind index of the encrypted NIK; null: erased."
    )
    full_name = EncryptedTextField(label="member.full_name", padded=True)
    name_words = ArrayField(models.BinaryField(max_length=6), default=list)
    birth_date = models.DateField()
    sex = models.CharField(max_length=6, choices=Sex)
    birthplace = EncryptedTextField(label="member.birthplace", padded=True, null=True, blank=True)
    mother_maiden_name = EncryptedTextField(
        label="member.mother_maiden_name", padded=True, null=True, blank=True
    )
    kk_number = EncryptedTextField(label="member.kk_number", null=True, blank=True)

    village = models.ForeignKey(
        Village, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    regency_code = models.CharField(max_length=4, help_text="Copied from the village: sweep shard.")
    address_line = EncryptedTextField(
        label="member.address_line", padded=True, null=True, blank=True
    )
    rt = models.CharField(max_length=3, blank=True, default="")
    rw = models.CharField(max_length=3, blank=True, default="")
    postcode = models.CharField(max_length=5, blank=True, default="")
    phone = EncryptedTextField(label="member.phone", null=True, blank=True)
    phone_index = models.BinaryField(max_length=16, null=True, blank=True)
    phone_owner = models.CharField(max_length=10, choices=PhoneOwner, blank=True, default="")
    no_phone_reason = EncryptedTextField(
        label="member.no_phone_reason", padded=True, null=True, blank=True
    )
    email = EncryptedTextField(label="member.email", padded=True, null=True, blank=True)

    ecosystem = models.CharField(max_length=10, choices=Ecosystem, blank=True, default="")
    income_monthly = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Stated income, rupiah; null while a draft."
    )
    programmes = ArrayField(models.CharField(max_length=3), default=list)
    employs_others = models.BooleanField(default=False, help_text="Makes JHT compulsory (R1).")
    workplace = EncryptedTextField(label="member.workplace", padded=True, null=True, blank=True)
    season_note = EncryptedTextField(label="member.season_note", padded=True, null=True, blank=True)
    household_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    kpj = models.CharField(max_length=11, unique=True)
    kpj_provisional = models.BooleanField(default=True)
    dukcapil = models.CharField(max_length=12, choices=Dukcapil, default=Dukcapil.NOT_CHECKED)
    registered_on = models.DateField(help_text="Day of capture in the official zone.")
    paid_through = models.DateField(
        null=True, blank=True, help_text="Last month covered without a gap; null: never paid."
    )
    episode_no = models.PositiveSmallIntegerField(default=0, help_text="0: never paid (R17).")
    episode_started_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_reason = models.CharField(max_length=12, choices=ClosedReason, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since then a pseudonym (R36)."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["nik_index"],
                condition=Q(merged_into__isnull=True),
                name="member_once_per_nik",  # for ever: who comes back is reopened
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_reason="")
                | Q(closed_on__isnull=False, closed_reason__in=ClosedReason.values),
                name="member_closed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(closed_reason=ClosedReason.DUPLICATE),
                name="member_merged_as_duplicate",
            ),
            models.CheckConstraint(
                condition=Q(paid_through__isnull=True) | Q(paid_through__day=1),
                name="member_paid_through_is_first_day",
            ),
            models.CheckConstraint(
                condition=Q(paid_through__isnull=True, episode_no=0)
                | Q(paid_through__isnull=False, episode_no__gte=1),
                name="member_episode_from_first_payment",
            ),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="member_sex_is_known"),
            models.CheckConstraint(
                condition=Q(dukcapil__in=Dukcapil.values), name="member_dukcapil_is_known"
            ),
            models.CheckConstraint(
                condition=Q(phone_owner="") | Q(phone_owner__in=PhoneOwner.values),
                name="member_phone_owner_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ecosystem="") | Q(ecosystem__in=Ecosystem.values),
                name="member_ecosystem_is_known",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_index__isnull=True)
                | Q(phone__isnull=False, phone_index__isnull=False),
                name="member_phone_is_indexed",
            ),
            models.CheckConstraint(
                condition=Q(kpj__regex=r"^[0-9]{11}$"), name="member_kpj_has_its_shape"
            ),
            models.CheckConstraint(
                condition=Q(programmes__contained_by=["JKK", "JKM", "JHT"]),
                name="member_programmes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, nik_index__isnull=False)
                | (Q(erased_at__isnull=False, closed_on__isnull=False) & IS_DESTROYED),
                name="member_erased_wholly",
            ),
        ]
        triggers = [
            # What points to a member without a foreign key relies on it; an erasure keeps the row.
            pgtrigger.Protect(
                name="member_is_kept", operation=pgtrigger.Delete | pgtrigger.UpdateOf("id")
            ),
            pgtrigger.Trigger(
                name="member_stays_erased",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__erased_at__isnull=False),
                func="""
                    IF TG_OP = 'DELETE' OR NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN
                        RAISE EXCEPTION 'an erased member is not brought back'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes = [
            models.Index(
                fields=["regency_code", "paid_through"],
                condition=Q(closed_on__isnull=True),
                name="member_live_by_regency",  # the sweep's way to those in arrears
            ),
            models.Index(
                fields=["regency_code", "registered_on"],
                condition=Q(closed_on__isnull=True, paid_through__isnull=True),
                name="member_never_paid_by_regency",
            ),
            models.Index(
                fields=["regency_code", "paid_through"],
                condition=Q(closed_on__isnull=True, paid_through__isnull=False) & lacks_columns(),
                name="member_lacking_by_regency",
            ),
            models.Index(fields=["agent", "id"], name="member_by_agent"),
            models.Index(fields=["branch", "id"], name="member_by_branch"),
            models.Index(
                fields=["nik_index"],
                condition=Q(merged_into__isnull=False),
                name="member_merged_by_nik",
            ),
            models.Index(fields=["phone_index"], name="member_by_phone"),
            models.Index(
                fields=["closed_on"],
                condition=Q(closed_on__isnull=False, erased_at__isnull=True),
                name="member_closed_by_age",
            ),
            GinIndex(fields=["name_words"], name="member_by_name_words"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class MemberOccupation(models.Model):
    """One of the one or two occupations of a member; the main one decides the sector (R25)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="occupations")
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="+")
    is_main = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "occupation"], name="member_occupation_once"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(is_main=True), name="member_occupation_one_main"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.occupation_id}"


class Relation(models.TextChoices):
    """What an heir is to the member."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    GRANDCHILD = "grandchild"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    PARENT_IN_LAW = "parent_in_law"
    WILL = "will"
    OTHER = "other"


class Heir(models.Model):
    """One heir (ahli waris) that a member named; of minors only name, relation, birth year."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="heirs")
    position = models.PositiveSmallIntegerField()
    name = EncryptedTextField(label="heir.name", padded=True)
    relation = models.CharField(max_length=13, choices=Relation)
    birth_year = EncryptedTextField(label="heir.birth_year", null=True, blank=True)
    phone = EncryptedTextField(label="heir.phone", null=True, blank=True)
    nik = EncryptedTextField(label="heir.nik", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "position"], name="heir_once_per_place"),
            models.CheckConstraint(
                condition=Q(relation__in=Relation.values), name="heir_relation_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Assignment(models.Model):
    """Since when an agent looks after a member; the latest one counts (R32)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="assignments")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    hand_over = models.ForeignKey(
        HandOver,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        help_text="Empty: by a registration.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "from_on"], name="assignment_once_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.from_on}"
