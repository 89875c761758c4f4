"""Shapes of the members' API. The keys of apps above stand beside those of a row here."""

from typing import Any

from rest_framework import serializers

from enrollment.cover import CoverState
from enrollment.models import ClosedReason, ConsentMethod, FieldGroup, Purpose, Relation
from enrollment.nik import Sex
from enrollment.services.member_detail import MemberDetail
from enrollment.services.member_search import Found, Wanted
from enrollment.services.members import ListedMember
from enrollment.services.quality import Quality
from perisai.api.serializers import StrictSerializer


class ListQuerySerializer(serializers.Serializer[Any]):
    """`?state=grace_1&village=3515142001`, both optional."""

    state = serializers.ChoiceField(CoverState.choices, required=False)
    village = serializers.RegexField(r"^[0-9]{10}$", required=False)


class SearchSerializer(StrictSerializer):
    """Exactly one of the three."""

    nik = serializers.CharField(max_length=40, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=100, required=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Refuses none and several."""
        if len(attrs) != 1:
            raise serializers.ValidationError(
                {"nik": serializers.ErrorDetail("", code="exactly_one_required")}
            )
        return attrs

    def to_wanted(self) -> Wanted:
        """What to look for."""
        return Wanted(**self.validated_data)


class NamedOccupationSerializer(serializers.Serializer[Any]):
    """One of one or two occupations (R25)."""

    code = serializers.CharField()
    is_main = serializers.BooleanField()


class MemberSerializer(serializers.Serializer[Any]):
    """A row as in a put, with id and state. NIK masked, year of birth only."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(CoverState.choices)
    rev = serializers.IntegerField()
    nik = serializers.CharField(help_text="Always `3300************`.")
    kpj = serializers.CharField()
    kpj_provisional = serializers.BooleanField()
    name = serializers.CharField()
    sex = serializers.ChoiceField(Sex.choices)
    birth_year = serializers.IntegerField()
    phone = serializers.CharField(allow_null=True)
    phone_owner = serializers.CharField(allow_blank=True)
    village_code = serializers.CharField(allow_null=True)
    address_line = serializers.CharField(allow_null=True)
    rt = serializers.CharField(allow_blank=True)
    rw = serializers.CharField(allow_blank=True)
    occupations = NamedOccupationSerializer(many=True)
    ecosystem = serializers.CharField(allow_blank=True)
    programmes = serializers.ListField(child=serializers.CharField())
    registered_on = serializers.DateField()
    episode = serializers.IntegerField()
    paid_through = serializers.CharField(allow_null=True, help_text="A month, `2026-08`.")
    joined_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    closed_reason = serializers.ChoiceField(ClosedReason.choices, allow_blank=True)
    missing = serializers.ListField(child=serializers.CharField())
    files = serializers.ListField(child=serializers.CharField())
    review = serializers.ListField(child=serializers.CharField())
    reminders = serializers.BooleanField()


class HeirSerializer(serializers.Serializer[Any]):
    """One heir; of a known NIK only `•••`."""

    name = serializers.CharField()
    relation = serializers.ChoiceField(Relation.choices)
    birth_year = serializers.IntegerField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    nik = serializers.CharField(allow_null=True)


class ConsentSerializer(serializers.Serializer[Any]):
    """What the member agreed to."""

    purposes = serializers.ListField(child=serializers.ChoiceField(Purpose.choices))
    text_version = serializers.CharField()
    language = serializers.CharField()
    method = serializers.ChoiceField(ConsentMethod.choices)
    given_at = serializers.DateTimeField()


class WithdrawalSerializer(serializers.Serializer[Any]):
    """What the member took back."""

    purposes = serializers.ListField(child=serializers.ChoiceField(Purpose.choices))
    asked_at = serializers.DateTimeField()


class MemberEditSerializer(serializers.Serializer[Any]):
    """One edit: which fields, when, and whether by this agent, another one or the office."""

    rev = serializers.IntegerField()
    group = serializers.ChoiceField(FieldGroup.choices)
    fields_changed = serializers.ListField(child=serializers.CharField(), source="fields")
    changed_at = serializers.DateTimeField()
    by = serializers.ChoiceField(["self", "agent", "office"])


class MoreOfMemberSerializer(serializers.Serializer[Any]):
    """What a list leaves out. Of the mother's name only `•••`; the family card masked."""

    birth_date = serializers.DateField()
    birthplace = serializers.CharField(allow_null=True, source="member.birthplace")
    mother_maiden_name = serializers.CharField(allow_null=True)
    kk_number = serializers.CharField(allow_null=True)
    postcode = serializers.CharField(allow_blank=True, source="member.postcode")
    no_phone_reason = serializers.CharField(allow_null=True, source="member.no_phone_reason")
    email = serializers.CharField(allow_null=True, source="member.email")
    household_of = serializers.UUIDField(allow_null=True, source="member.household_of_id")
    income_monthly = serializers.IntegerField(allow_null=True, source="member.income_monthly")
    employs_others = serializers.BooleanField(source="member.employs_others")
    workplace = serializers.CharField(allow_null=True, source="member.workplace")
    season_note = serializers.CharField(allow_null=True, source="member.season_note")
    heirs = HeirSerializer(many=True, help_text="In legal order.")
    consents = ConsentSerializer(many=True)
    withdrawals = WithdrawalSerializer(many=True)
    changes = MemberEditSerializer(many=True, help_text="The newest first, at most a hundred.")
    quality = serializers.ListField(child=serializers.ChoiceField(Quality.choices))


class MemberDetailSerializer(MoreOfMemberSerializer, MemberSerializer):
    """A row with what a list leaves out."""


class FoundSerializer(serializers.Serializer[Any]):
    """Own members found; `elsewhere`: the NIK is registered, but not here."""

    results = MemberSerializer(many=True)
    elsewhere = serializers.BooleanField()


def member_body(member: ListedMember) -> dict[str, Any]:
    """A listed member as it is answered."""
    return {"id": str(member.id), "state": member.state.value, **member.row}


def detail_body(detail: MemberDetail) -> dict[str, Any]:
    """One member as it is answered."""
    return {**member_body(detail.listed), **MoreOfMemberSerializer(detail).data}


def found_body(found: Found, members: list[ListedMember]) -> dict[str, Any]:
    """The answer to a search."""
    return {
        "results": [member_body(member) for member in members],
        "elsewhere": found.is_elsewhere,
    }
