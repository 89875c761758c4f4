"""Which pages there are, in the order of the menu."""

from django.contrib import admin

from enrollment.models import HandOverProposal, Member, SubjectRequest
from payments.models import (
    Bill,
    Correction,
    Discount,
    Holiday,
    JournalEntry,
    LateMoney,
    MoneyCheckRun,
    PartnerChange,
    Payer,
    Payment,
    PaymentPartner,
    PostAgent,
    ProgrammeRate,
    TariffBracket,
    TariffProposal,
)
from perisai.models import (
    Agent,
    Breach,
    Device,
    ImportRun,
    Office,
    OutboxMessage,
    RevealLog,
    User,
    UserChange,
)
from retention.models import (
    Escalation,
    FollowUp,
    PoolMember,
    Reminder,
    SponsorAlert,
    SweepFault,
    SweepRun,
)
from supervision.admin.agent_reviews import AgentReviewAdmin
from supervision.admin.agents import AgentAdmin
from supervision.admin.breaches import BreachAdmin
from supervision.admin.cases import CaseAdmin
from supervision.admin.corrections import CorrectionAdmin
from supervision.admin.counters import PostAgentAdmin
from supervision.admin.devices import DeviceAdmin
from supervision.admin.escalations import EscalationAdmin
from supervision.admin.hand_overs import HandOverAdmin
from supervision.admin.imports import ImportRunAdmin
from supervision.admin.inbox import OperationAdmin
from supervision.admin.journal import JournalEntryAdmin
from supervision.admin.members import MemberAdmin
from supervision.admin.messages import OutboxMessageAdmin
from supervision.admin.money import BillAdmin, PaymentAdmin
from supervision.admin.money_checks import MoneyCheckRunAdmin
from supervision.admin.offices import OfficeAdmin
from supervision.admin.partner_changes import PartnerChangeAdmin
from supervision.admin.partners import PartnerAdmin
from supervision.admin.payers import PayerAdmin
from supervision.admin.pool import PoolAdmin
from supervision.admin.reminders import ReminderAdmin
from supervision.admin.reveals import RevealLogAdmin
from supervision.admin.sponsors import SponsorAlertAdmin
from supervision.admin.subject_requests import SubjectRequestAdmin
from supervision.admin.suspense import LateMoneyAdmin
from supervision.admin.sweeps import SweepFaultAdmin, SweepRunAdmin
from supervision.admin.tariff import (
    DiscountAdmin,
    HolidayAdmin,
    ProgrammeRateAdmin,
    TariffBracketAdmin,
    TariffProposalAdmin,
)
from supervision.admin.users import UserAdmin, UserChangeAdmin
from supervision.admin.work import FollowUpAdmin
from supervision.models import AgentReview
from sync.models import Conflict, Operation

admin.site.register(Member, MemberAdmin)
admin.site.register(FollowUp, FollowUpAdmin)
admin.site.register(Reminder, ReminderAdmin)
admin.site.register(SweepRun, SweepRunAdmin)
admin.site.register(SweepFault, SweepFaultAdmin)
admin.site.register(Escalation, EscalationAdmin)
admin.site.register(SponsorAlert, SponsorAlertAdmin)
admin.site.register(PoolMember, PoolAdmin)
admin.site.register(Conflict, CaseAdmin)
admin.site.register(Bill, BillAdmin)
admin.site.register(Payment, PaymentAdmin)
admin.site.register(Correction, CorrectionAdmin)
admin.site.register(Payer, PayerAdmin)
admin.site.register(LateMoney, LateMoneyAdmin)
admin.site.register(JournalEntry, JournalEntryAdmin)
admin.site.register(MoneyCheckRun, MoneyCheckRunAdmin)
admin.site.register(Operation, OperationAdmin)
admin.site.register(Agent, AgentAdmin)
admin.site.register(HandOverProposal, HandOverAdmin)
admin.site.register(AgentReview, AgentReviewAdmin)
admin.site.register(Device, DeviceAdmin)
admin.site.register(RevealLog, RevealLogAdmin)
admin.site.register(SubjectRequest, SubjectRequestAdmin)
admin.site.register(Breach, BreachAdmin)
admin.site.register(Office, OfficeAdmin)
admin.site.register(PaymentPartner, PartnerAdmin)
admin.site.register(PostAgent, PostAgentAdmin)
admin.site.register(PartnerChange, PartnerChangeAdmin)
admin.site.register(TariffBracket, TariffBracketAdmin)
admin.site.register(ProgrammeRate, ProgrammeRateAdmin)
admin.site.register(Discount, DiscountAdmin)
admin.site.register(Holiday, HolidayAdmin)
admin.site.register(TariffProposal, TariffProposalAdmin)
admin.site.register(OutboxMessage, OutboxMessageAdmin)
admin.site.register(ImportRun, ImportRunAdmin)
admin.site.register(User, UserAdmin)
admin.site.register(UserChange, UserChangeAdmin)
