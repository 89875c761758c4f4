"""What the office does about payers: writes them down, names their members, bills them."""

from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from payments.bill_title import check_title
from payments.models import Payer
from payments.quote import PAYERS_WITH_CREDIT
from payments.refusals import title_of
from payments.services.billing import BillOrder
from payments.services.bridge_correction import Bridge
from payments.services.bridging import request_bridge
from payments.services.makers import UserMaker
from payments.services.outcomes import LeftOut
from payments.services.payers import (
    PayerTerms,
    add_payer,
    change_payer,
    lapsed_members_of,
    members_of,
    name_members,
    release_member,
)
from payments.tariff import PayerKind
from perisai import clock
from perisai.clock import official_date
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.agent_forms import DayInput
from supervision.admin.bill_acts import MAKERS, MonthsForm, bill_url, made_bill
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact, Section
from supervision.admin.showing import link, name_for
from supervision.services.scope import offices_visible_to

DECIDERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})
KINDS: Final = [(kind.value, kind.label) for kind in PayerKind if kind is not PayerKind.SELF]
NUMBERS: Final = 5_000
LEFT_OUT_SHOWN: Final = 50


class TermsForm(forms.Form):
    """Name and contract."""

    name = forms.CharField(label=gettext_lazy("Nama pembayar"), max_length=100)
    contract_from = forms.DateField(label=gettext_lazy("Kontrak mulai"), widget=DayInput)
    contract_to = forms.DateField(
        label=gettext_lazy("Kontrak sampai"), widget=DayInput, required=False
    )


class NewPayerForm(TermsForm):
    """Which office's, and of which kind."""

    kind = forms.ChoiceField(label=gettext_lazy("Jenis pembayar"), choices=KINDS)

    def __init__(self, user: User, *sent: Any) -> None:
        super().__init__(*sent)
        offices = offices_visible_to(user).order_by("code")
        self.fields["office"] = forms.ModelChoiceField(
            label=gettext_lazy("Kantor"), queryset=offices
        )
        self.order_fields(["office", "kind", "name", "contract_from", "contract_to"])


class ChangePayerForm(TermsForm):
    """As they are now."""

    def __init__(self, payer: Payer, *sent: Any) -> None:
        super().__init__(*sent)
        for name in self.fields:
            self.initial[name] = getattr(payer, name)


class NumbersForm(forms.Form):
    """Membership numbers."""

    numbers = forms.CharField(
        label=gettext_lazy("KPJ peserta"),
        help_text=gettext_lazy("Sebelas angka, satu per baris"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=NUMBERS * 13,
    )

    def clean_numbers(self) -> list[str]:
        """The numbers, each once."""
        numbers = sorted(set(self.cleaned_data["numbers"].replace(",", " ").split()))
        if any(len(number) != len("26110000017") or not number.isdecimal() for number in numbers):
            raise forms.ValidationError(_("Ada KPJ yang bukan sebelas angka."))
        if len(numbers) > NUMBERS:
            raise forms.ValidationError(_("Paling banyak %(most)s peserta.") % {"most": NUMBERS})
        return numbers


class CollectiveForm(MonthsForm):
    """For how long, under which title, and whether with or without who cannot be billed."""

    title = forms.CharField(
        label=gettext_lazy("Judul tagihan"),
        max_length=100,
        required=False,
        validators=[check_title],
        help_text=gettext_lazy("Tampil di halaman umum: tanpa nama dan nomor orang."),
    )
    skip_refused = forms.BooleanField(
        label=gettext_lazy("Lewati peserta yang tidak dapat ditagih"), required=False
    )


class BridgeForm(ReasonForm):
    """On which paper it rests."""

    document = forms.CharField(
        label=gettext_lazy("Nomor dokumen"),
        help_text=gettext_lazy("Nomor surat saja, tanpa nama orang"),
        max_length=60,
    )
    field_order = ("document", "reason")


class PayerForm(forms.Form):
    """One of the payers of the member's office."""

    def __init__(self, member: Member, *sent: Any) -> None:
        super().__init__(*sent)
        if member.agent_id is None:
            raise AssertionError("the act is offered while she is in somebody's care")
        payers = Payer.objects.of_agent(member.agent_id).paying_on(clock.today()).order_by("name")
        self.fields["payer"] = PayerChoice(label=gettext_lazy("Pembayar"), queryset=payers)


class PayerChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A payer by name and kind."""

    def label_from_instance(self, obj: Any) -> str:
        """As the branch knows it."""
        return f"{obj.name} ({PayerKind(obj.kind).label})"


class AddPayer(Act[Payer]):
    """A payer is written down."""

    name = "add"
    title = gettext_lazy("Catat pembayar")
    doers = DECIDERS
    is_for_list = True

    def make_form(self, record: Payer | None, user: User, *sent: Any) -> forms.Form:
        """With the offices that the user looks after."""
        return NewPayerForm(user, *sent)

    def carry_out(self, record: Payer | None, asked: Asked) -> Done:
        """Add it."""
        said = asked.data
        payer = add_payer(said["office"], PayerKind(said["kind"]), _terms(asked), by=asked.user)
        page = reverse("admin:payments_payer_change", args=[payer.pk])
        return Done(message=_("Pembayar dicatat."), next_url=page)


class ChangePayer(Act[Payer]):
    """Another name or other days."""

    name = "edit"
    title = gettext_lazy("Ubah pembayar")
    doers = DECIDERS

    def make_form(self, record: Payer | None, user: User, *sent: Any) -> forms.Form:
        """With what is on paper now."""
        if record is None:
            raise AssertionError("an act on a record has one")
        return ChangePayerForm(record, *sent)

    def carry_out(self, record: Payer, asked: Asked) -> Done:
        """Change it."""
        change_payer(record.pk, _terms(asked), by=asked.user)
        return Done(message=_("Pembayar diubah."))


class NameMembers(Act[Payer]):
    """Members whom it pays for from now on."""

    name = "members"
    title = gettext_lazy("Tambah peserta")
    doers = DECIDERS
    explanation = gettext_lazy("Hanya peserta dari kantor pembayar ini.")
    form = NumbersForm

    def carry_out(self, record: Payer, asked: Asked) -> Done:
        """Name them."""
        numbers = asked.data["numbers"]
        found = Member.objects.visible_to(asked.user).filter(kpj__in=numbers)
        many = name_members(record, list(found.values_list("pk", flat=True)), by=asked.user)
        message = _("%(many)s dari %(asked)s peserta kini dibayar oleh pembayar ini.")
        return Done(message=message % {"many": many, "asked": len(numbers)})


class BillMembers(Act[Payer]):
    """One bill for all whom it pays for."""

    name = "bill"
    title = gettext_lazy("Buat tagihan kolektif")
    doers = MAKERS
    explanation = gettext_lazy("Untuk semua pesertanya di cabang ini, paling banyak 5.000.")
    form = CollectiveForm

    def is_offered(self, record: Payer | None, user: User) -> bool:
        """While the contract runs."""
        return record is not None and _runs(record)

    def carry_out(self, record: Payer, asked: Asked) -> "Done | Shown":
        """Make it; who was left out is shown once."""
        now = clock.now()
        order = BillOrder(
            maker=UserMaker(user_id=asked.user.pk),
            member_ids=tuple(members_of(record, by=asked.user, on=official_date(now))),
            months=asked.data["months"],
            payer_id=record.pk,
            title=asked.data["title"],
            skip_refused=asked.data["skip_refused"],
            is_collective=True,
        )
        made = made_bill(order, now=now)
        if not made.left_out:
            return Done(message=_("Tagihan siap."), next_url=bill_url(made))
        return _with_left_out(bill_url(made), made.left_out, asked.user)


class AskBridge(Act[Payer]):
    """Late money: the members' episodes are to go on in spite of their lapse."""

    name = "bridge"
    title: ClassVar[Promise] = gettext_lazy("Usulkan tagihan lanjutan")
    doers = MAKERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Untuk pesertanya yang sudah tidak aktif karena dana terlambat: semua bulan yang tertinggal"
        " ditagih dengan harganya sendiri. Berlaku setelah disetujui orang kedua."
    )
    form = BridgeForm

    def is_offered(self, record: Payer | None, user: User) -> bool:
        """For sponsors, while the contract runs."""
        return record is not None and record.kind not in PAYERS_WITH_CREDIT and _runs(record)

    def carry_out(self, record: Payer, asked: Asked) -> Done:
        """Ask for it."""
        now = clock.now()
        bridge = Bridge(
            payer_id=record.pk,
            member_ids=tuple(lapsed_members_of(record, by=asked.user, on=official_date(now))),
            document=asked.data["document"],
        )
        request_bridge(bridge, reason=asked.data["reason"], by=asked.user, now=now)
        return Done(message=_("Usulan dicatat dan menunggu orang kedua."))


class NamePayer(Act[Member]):
    """Who pays for one member from now on."""

    name = "payer"
    title = gettext_lazy("Tetapkan pembayar")
    doers = DECIDERS

    def is_offered(self, record: Member | None, user: User) -> bool:
        """While she is in somebody's care."""
        return record is not None and record.agent_id is not None and record.merged_into_id is None

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """With the payers of her agent's office."""
        if record is None:
            raise AssertionError("an act on a record has one")
        return PayerForm(record, *sent)

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Note it."""
        name_members(asked.data["payer"], [record.pk], by=asked.user)
        return Done(message=_("Pembayar ditetapkan."))


class ReleaseMember(Act[Member]):
    """The member pays alone again."""

    name = "own-payer"
    title = gettext_lazy("Peserta membayar sendiri")
    doers = DECIDERS

    def is_offered(self, record: Member | None, user: User) -> bool:
        """While somebody else is named."""
        return record is not None and getattr(record, "named_payer", None) is not None

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Note it."""
        release_member(record.pk, by=asked.user)
        return Done(message=_("Peserta membayar sendiri lagi."))


def _terms(asked: Asked) -> PayerTerms:
    said = asked.data
    return PayerTerms(
        name=said["name"], contract_from=said["contract_from"], contract_to=said["contract_to"]
    )


def _runs(payer: Payer) -> bool:
    return payer.pays_on(clock.today())


def _with_left_out(page: str, left_out: tuple[LeftOut, ...], user: User) -> Shown:
    named = left_out[:LEFT_OUT_SHOWN]
    people = Member.objects.visible_to(user).in_bulk([one.member_id for one in named])
    return Shown(
        title=_("Tagihan siap, sebagian peserta dilewati"),
        facts=[Fact(label=_("dilewati"), value=len(left_out))],
        sections=[
            Section(
                title=_("Peserta yang dilewati"),
                columns=[_("peserta"), _("sebab")],
                rows=[
                    (
                        link(member, name_for(user, member.full_name)),
                        title_of(one.code),
                    )
                    for one in named
                    if (member := people.get(one.member_id)) is not None
                ],
                note=_("paling banyak %(most)s baris") % {"most": LEFT_OUT_SHOWN},
            )
        ],
    )
