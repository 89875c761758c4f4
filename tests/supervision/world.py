"""Two branches with one of everything, so that each page has something to show and to hide."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from django.db.models import Model
from django.urls import reverse

from enrollment.models import HandOverProposal, Member, SubjectRequest
from payments.models import (
    Correction,
    Discount,
    Holiday,
    LateMoney,
    MoneyCheckRun,
    PartnerChange,
    Payer,
    Payment,
    PostAgent,
    ProgrammeRate,
    TariffBracket,
    TariffProposal,
)
from perisai.ids import new_id
from perisai.models import (
    Agent,
    AgentVillage,
    Branch,
    Breach,
    Device,
    ImportRun,
    Office,
    OutboxMessage,
    RevealLog,
    Role,
    User,
    UserChange,
)
from retention.models import Escalation, FollowUp, Reminder, SponsorAlert, SweepFault, SweepRun
from supervision.models import AgentReview, KeptBecause, ReviewDecision
from sync.models import Conflict, Operation
from tests.factories.enrollment import ConsentFactory, HandOverProposalFactory, MemberFactory
from tests.factories.payments import (
    NOW,
    CorrectionFactory,
    PartnerChangeFactory,
    PayerFactory,
    PostAgentFactory,
    TariffProposalFactory,
    cared_for_member,
    paid,
)
from tests.factories.perisai import (
    AgentFactory,
    BranchFactory,
    BreachFactory,
    DeviceFactory,
    ImportRunFactory,
    OutboxMessageFactory,
    RevealLogFactory,
    UserChangeFactory,
    UserFactory,
)
from tests.factories.retention import (
    AttemptFactory,
    EscalationFactory,
    FollowUpFactory,
    ReminderLineFactory,
    SponsorAlertFactory,
    SweepFaultFactory,
)
from tests.factories.subject_requests import SubjectRequestFactory
from tests.payments.late import booked, notice_of

PHONE: Final = "+6281298765432"
NOTE: Final = "catatan-rahasia"
ADDRESS: Final = "Dusun Rahasia"
AGENT_NAME: Final = "WULAN PENDAMPING"
AUGUST: Final = date(2026, 8, 1)
TODAY: Final = "2026-11-20T09:00:00+07:00"
SWEPT_ON: Final = date(2026, 11, 1)
PAGES: Final = (
    "enrollment_member",
    "retention_followup",
    "retention_reminder",
    "retention_escalation",
    "retention_sponsoralert",
    "payments_bill",
    "payments_payment",
    "payments_correction",
    "payments_payer",
    "payments_latemoney",
    "sync_operation",
    "sync_conflict",
    "perisai_agent",
    "supervision_agentreview",
    "perisai_device",
    "perisai_reveallog",
    "enrollment_subjectrequest",
    "perisai_office",
    "payments_postagent",
    "perisai_importrun",
    "perisai_user",
    "enrollment_handoverproposal",
)
# Suspended money is nobody's yet, so it is of no branch.
PAGES_OF_A_BRANCH: Final = tuple(page for page in PAGES if page != "payments_latemoney")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """One branch: its supervisor, an agent, and what hangs on them."""

    branch: Branch
    supervisor: User
    agent: Agent
    device: Device
    member: Member
    follow_up: FollowUp
    reminder: Reminder
    payment: Payment
    outlet: PostAgent
    operation: Operation
    revealed: RevealLog
    proposal: UserChange
    request: SubjectRequest
    breach: Breach

    @property
    def case(self) -> Conflict:
        """The case that the operation opened."""
        return Conflict.objects.get(operation=self.operation)

    import_run: ImportRun
    hand_over: HandOverProposal
    money_check: MoneyCheckRun
    sponsor: Payer
    partner_change: PartnerChange
    correction: Correction
    tariff_proposal: TariffProposal
    late_money: LateMoney
    sweep_fault: SweepFault
    dead_letter: OutboxMessage

    def records(self) -> dict[str, Model]:
        """By page, the one record that its detail shows."""
        return {
            "enrollment_member": self.member,
            "retention_followup": self.follow_up,
            "retention_reminder": self.reminder,
            "retention_escalation": Escalation.objects.get(follow_up=self.follow_up),
            "payments_bill": self.payment.paid_bill,
            "payments_payment": self.payment,
            "sync_operation": self.operation,
            "sync_conflict": self.case,
            "perisai_agent": self.agent,
            "supervision_agentreview": AgentReview.objects.get(agent=self.agent),
            "perisai_device": self.device,
            "perisai_reveallog": self.revealed,
            "perisai_user": self.supervisor,
            "perisai_userchange": self.proposal,
            "enrollment_subjectrequest": self.request,
            "perisai_breach": self.breach,
            "perisai_office": self.agent.office,
            "payments_postagent": self.outlet,
            "payments_payer": self.sponsor,
            "perisai_importrun": self.import_run,
            "enrollment_handoverproposal": self.hand_over,
            "payments_latemoney": self.late_money,
            "perisai_outboxmessage": self.dead_letter,
            "payments_journalentry": self.payment.entries.get(),
            "payments_moneycheckrun": self.money_check,
            "payments_paymentpartner": self.outlet.partner,
            "payments_partnerchange": self.partner_change,
            "payments_correction": self.correction,
            "payments_tariffproposal": self.tariff_proposal,
            "retention_sponsoralert": SponsorAlert.objects.get(payer=self.sponsor),
            "retention_sweepfault": self.sweep_fault,
            "retention_sweeprun": SweepRun.objects.get(as_of=self.sweep_fault.as_of),
            **_of_the_law(),
        }

    def detail_url(self, page: str) -> str:
        """Where a page shows this corner's record."""
        return detail_url(page, self.records()[page].pk)


def _of_the_law() -> dict[str, Model]:
    """Rows that are the same for everybody."""
    models = (TariffBracket, ProgrammeRate, Discount, Holiday)
    return {
        f"payments_{model._meta.model_name}": model._default_manager.order_by("pk")[0]
        for model in models
    }


def list_url(page: str) -> str:
    """Where a page lists."""
    return reverse(f"admin:{page}_changelist")


def detail_url(page: str, key: object) -> str:
    """Where a page shows a record."""
    return reverse(f"admin:{page}_change", args=[key])


def make_corner(name: str = "SITI CONTOH", *, branch: Branch | None = None) -> Corner:
    """A branch with an agent, a member who owes since September, and one who has paid."""
    branch = branch or BranchFactory.create()
    agent = AgentFactory.create(office__branch=branch, name=AGENT_NAME)
    AgentVillage.objects.create(agent=agent, village_id="3515142001")
    device = DeviceFactory.create(agent=agent, model="SM-A055F")
    member = make_debtor(agent, name)
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
    outlet = PostAgentFactory.create(branch=branch)
    payer = cared_for_member(agent, full_name=name, phone=PHONE, paid_through=date(2026, 10, 1))
    payment = paid(payer, outlet)
    make_review(agent, supervisor)
    return Corner(
        branch=branch,
        supervisor=supervisor,
        agent=agent,
        device=device,
        member=member,
        follow_up=make_follow_up(member),
        reminder=ReminderLineFactory.create(member=member).reminder,
        payment=payment,
        outlet=outlet,
        sponsor=make_sponsor(agent.office),
        operation=make_operation(device, member=member),
        breach=BreachFactory.create(),
        request=SubjectRequestFactory.create(member=member, taken_by=supervisor),
        revealed=RevealLogFactory.create(actor=supervisor, branch=branch, entity_id=member.pk),
        import_run=make_import_run(branch),
        proposal=UserChangeFactory.create(),
        hand_over=HandOverProposalFactory.create(from_agent=agent, proposed_by=supervisor),
        money_check=MoneyCheckRun.objects.create(started_at=NOW, ended_at=NOW),
        partner_change=PartnerChangeFactory.create(),
        correction=CorrectionFactory.create(payment=payment),
        tariff_proposal=TariffProposalFactory.create(),
        late_money=make_late_money(outlet),
        sweep_fault=make_sweep_fault(member),
        dead_letter=make_dead_letter(),
    )


def make_review(agent: Agent, supervisor: User) -> AgentReview:
    """She was on leave in the summer, and went on."""
    review: AgentReview = AgentReview.objects.create(
        agent=agent,
        month=AUGUST,
        decision=ReviewDecision.KEPT,
        kept_because=KeptBecause.ON_LEAVE,
        active_on=date(2026, 4, 20),
        decided_by=supervisor,
        decided_at=datetime(2026, 8, 3, 2, 0, tzinfo=UTC),
    )
    return review


def make_sponsor(office: Office) -> Payer:
    """A district's budget, of whose end the branch was told."""
    payer: Payer = PayerFactory.create(office=office)
    SponsorAlertFactory.create(payer=payer)
    return payer


def make_sweep_fault(member: Member) -> SweepFault:
    """A row that the database refused, in the one run of its night."""
    SweepRun.objects.get_or_create(
        as_of=SWEPT_ON,
        regency_code=member.regency_code,
        defaults={"rows": 12, "faults": 1, "seconds": 0.02},
    )
    return SweepFaultFactory.create(member=member, as_of=SWEPT_ON)


def make_follow_up(member: Member) -> FollowUp:
    """One that the supervisor was told of."""
    follow_up = FollowUpFactory.create(member=member)
    EscalationFactory.create(follow_up=follow_up)
    return follow_up


def make_debtor(agent: Agent, name: str) -> Member:
    """Somebody who agreed, was tried once, and owes since September."""
    member: Member = MemberFactory.create(
        agent=agent, full_name=name, phone=PHONE, address_line=ADDRESS, paid_through=AUGUST
    )
    ConsentFactory.create(member=member, agent=agent)
    AttemptFactory.create(member=member, note=NOTE)
    return member


def make_dead_letter() -> OutboxMessage:
    """A message that the gateway would not take."""
    letter: OutboxMessage = OutboxMessageFactory.create(
        attempts=1, given_up_at=NOW, last_error="gateway_refused_422"
    )
    return letter


def make_late_money(outlet: PostAgent) -> LateMoney:
    """Money that the counter's partner took for nobody knows whom."""
    late = booked(notice_of(outlet.partner, "", 8_400), now=NOW)
    return LateMoney.objects.get(pk=late.money_id)


def make_import_run(branch: Branch) -> ImportRun:
    """One of a colleague's, read without a fault, which says what was paid."""
    colleague = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
    return ImportRunFactory.create(
        branch=branch,
        made_by=colleague,
        read_at=datetime(2026, 11, 19, 2, 0, tzinfo=UTC),
        rows=1,
        fault_count=0,
        brings_cover=True,
    )


def make_operation(device: Device, *, member: Member, seq: int = 1) -> Operation:
    """One that was kept and not applied, with the case that it opened."""
    now, case_id = datetime(2026, 11, 19, 2, 0, tzinfo=UTC), new_id()
    said = {"nik": member.nik, "full_name": member.full_name, "phone": member.phone}
    faults = [{"pointer": "/data/nik", "code": "nik_known"}]
    operation = Operation.objects.create(
        device=device,
        agent=device.agent,
        seq=seq,
        op_id=new_id(),
        kind="member.register",
        v=1,
        entity_id=new_id(),
        body={"data": said},
        digest=b"0" * 32,
        made_at=now,
        adjusted_at=now,
        received_at=now,
        result="conflict",
        code="duplicate_identity",
        outcome={"conflict_id": str(case_id), "problem": {"errors": faults}},
    )
    Conflict.objects.create(
        id=case_id,
        kind="duplicate_identity",
        entity="member",
        entity_id=operation.entity_id,
        other_id=member.pk,
        agent=device.agent,
        operation=operation,
        details=said,
    )
    return operation
