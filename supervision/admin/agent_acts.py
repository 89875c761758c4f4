"""What a branch does with its agents: each act calls one service."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.services.memberships import name_membership
from perisai import clock
from perisai.models import Agent, AgentState, Device, DeviceState, Office, Role, User, WipeOrder
from perisai.models import RevokedReason as Reason
from perisai.services.agent_states import end_agent, reinstate_agent, suspend_agent
from perisai.services.agents import (
    AgentDraft,
    Decision,
    appoint_agent,
    assign_villages,
    move_agent,
)
from perisai.services.lost_devices import Revocation, revoke_device_for
from perisai.services.one_time import one_time_password
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.agent_forms import (
    AppointForm,
    EndForm,
    LostPhoneForm,
    MembershipForm,
    OfficeForm,
    VillagesForm,
)
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact
from supervision.services.scope import offices_visible_to

DOERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})


def decision_of(asked: Asked) -> Decision:
    """Who decides, now, and why."""
    return Decision(by=asked.user, at=clock.now(), reason=asked.data.get("reason", ""))


class Appoint(Act[Agent]):
    """A new agent with a password that is shown once."""

    name = "appoint"
    title = _("Angkat agen")
    doers = DOERS
    needs_step_up = True
    is_for_list = True

    def make_form(self, record: Agent | None, user: User, *sent: Any) -> forms.Form:
        """With the offices that the user looks after."""
        return AppointForm(offices_visible_to(user), *sent)

    def carry_out(self, record: Agent, asked: Asked) -> Shown:
        """Appoint, and show the first password."""
        said = asked.data
        draft = AgentDraft(
            number=said["number"],
            name=said["name"],
            office=said["office"],
            phone=said["phone"],
            appointed_on=said["appointed_on"],
            village_codes=tuple(said["villages"]),
        )
        password = one_time_password()
        agent = appoint_agent(draft, password=password, by=asked.user)
        return Shown(
            title=_("Agen diangkat"),
            facts=[
                Fact(label=_("nomor"), value=agent.number),
                Fact(label=_("kata sandi pertama"), value=password),
            ],
            note=_("Kata sandi ini hanya tampil sekali. Sampaikan langsung kepada agen."),
        )


class OfWorking(Act[Agent]):
    """Something that is done with an agent who has not ended."""

    doers = DOERS

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """Until the end."""
        return record is not None and record.state != AgentState.ENDED


class Villages(OfWorking):
    """Other villages."""

    name = "villages"
    title = _("Ubah wilayah")

    def make_form(self, record: Agent | None, user: User, *sent: Any) -> forms.Form:
        """With the present ones filled in."""
        return VillagesForm(_known(record), *sent)

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Assign them."""
        assign_villages(record, asked.data["villages"], decision_of(asked))
        return Done(message=_("Wilayah binaan diubah."))


class Move(OfWorking):
    """Another office of the same branch."""

    name = "move"
    title = _("Pindah kantor")

    def make_form(self, record: Agent | None, user: User, *sent: Any) -> forms.Form:
        """With the other offices."""
        return OfficeForm(_known(record), *sent)

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Move her."""
        office: Office = asked.data["office"]
        move_agent(record, office, decision_of(asked))
        return Done(message=_("Agen pindah kantor."))


class NameMembership(OfWorking):
    """Which member she is herself."""

    name = "membership"
    title = _("Kepesertaan agen")
    form = MembershipForm

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Name it."""
        name_membership(record, asked.data["kpj"], decision_of(asked))
        return Done(message=_("Kepesertaan agen dicatat."))


class Suspend(OfWorking):
    """No more work until she is taken back."""

    name = "suspend"
    title = _("Tangguhkan")
    explanation = _("Semua sesi berakhir; ponselnya hanya boleh mengirim yang sudah tercatat.")
    form = ReasonForm

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """Of active agents."""
        return record is not None and record.state == AgentState.ACTIVE

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Suspend her; for idleness a review does."""
        suspend_agent(record, decision_of(asked))
        return Done(message=_("Agen ditangguhkan."))


class Reinstate(OfWorking):
    """Back to work."""

    name = "reinstate"
    title = _("Aktifkan kembali")
    form = ReasonForm

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """Of suspended agents."""
        return record is not None and record.state == AgentState.SUSPENDED

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Take her back."""
        reinstate_agent(record, decision_of(asked))
        return Done(message=_("Agen aktif kembali."))


class End(OfWorking):
    """For ever."""

    name = "end"
    title = _("Akhiri keagenan")
    explanation = _(
        "Untuk selamanya: tidak bisa masuk lagi, ponselnya diperintah menghapus data. "
        "Pesertanya tetap tercatat padanya sampai dialihkan."
    )
    needs_step_up = True
    is_grave = True
    form = EndForm

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """End her."""
        end_agent(record, decision_of(asked), wipe=WipeOrder(asked.data["wipe"]))
        return Done(message=_("Keagenan diakhiri."))


class ReportLost(Act[Device]):
    """A phone out of use."""

    name = "lost"
    title = _("Laporkan hilang")
    explanation = _("Tidak dapat dibatalkan: ponsel ini tidak dapat dipakai lagi.")
    doers = DOERS
    is_grave = True
    form = LostPhoneForm

    def is_offered(self, record: Device | None, user: User) -> bool:
        """Until it is retired; an order may still become stricter."""
        return record is not None and record.state != DeviceState.RETIRED

    def carry_out(self, record: Device, asked: Asked) -> Done:
        """Revoke it."""
        decision = decision_of(asked)
        order = Revocation(
            reason=Reason(asked.data["kind"]),
            wipe=WipeOrder(asked.data["wipe"]),
            lost_at=asked.data["lost_at"] or decision.at,
        )
        revoke_device_for(record, order, decision)
        return Done(message=_("Ponsel dicabut; perintahnya disampaikan saat ia tersambung."))


def _known(record: Agent | None) -> Agent:
    if record is None:
        raise AssertionError("an act on a record has one")
    return record
