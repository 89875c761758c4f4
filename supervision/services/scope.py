"""What office staff may see of records that know no branch themselves."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import Member
from payments.models import PostAgent
from perisai.models import Agent, Branch, Device, Office, Role, TotpDevice, User
from retention.models import Attempt
from sync.models import Conflict, Operation, ResultWord

VOID = "void"  # fills the place of an operation that a phone has lost
TROUBLED = [ResultWord.CONFLICT, ResultWord.REJECTED, ResultWord.BLOCKED]


def branches_visible_to(user: User) -> QuerySet[Branch]:
    """Every branch for national roles, his own for a supervisor, none for others."""
    if user.role in {Role.NATIONAL, Role.AUDITOR}:
        return Branch.objects.all()
    if user.role == Role.SUPERVISOR:
        return Branch.objects.filter(users=user)
    return Branch.objects.none()


def offices_visible_to(user: User) -> QuerySet[Office]:
    """Offices of the branches that the user may see."""
    return Office.objects.filter(branch__in=branches_visible_to(user))


def outlets_visible_to(user: User) -> QuerySet[PostAgent]:
    """All counters for who reads all money, those of his branch for a supervisor."""
    if user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}:
        return PostAgent.objects.all()
    return PostAgent.objects.filter(branch__in=branches_visible_to(user))


def office_users_visible_to(user: User) -> QuerySet[User]:
    """Every office login for national roles, his branch's supervisors for one of them.

    `has_app` says whether an authenticator app is in use.
    """
    in_use = TotpDevice.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)
    office = User.objects.filter(role__in=User.OFFICE_ROLES).annotate(has_app=Exists(in_use))
    if user.role in {Role.NATIONAL, Role.AUDITOR}:
        return office
    if user.role == Role.SUPERVISOR:
        return office.filter(role=Role.SUPERVISOR, branch=user.branch_id)
    return office.none()


def devices_visible_to(user: User) -> QuerySet[Device]:
    """Devices of the agents that the user may see."""
    return Device.objects.filter(agent__in=Agent.objects.visible_to(user))


def troubled_operations_visible_to(user: User) -> QuerySet[Operation]:
    """What was kept and not applied, or lost on the phone, of the agents that the user may see."""
    is_troubled = Q(result__in=TROUBLED) | Q(kind=VOID)
    of_agents = Operation.objects.filter(agent__in=Agent.objects.visible_to(user), same_as=None)
    return of_agents.filter(is_troubled).defer("body", "digest")


def attempts_visible_to(user: User) -> QuerySet[Attempt]:
    """Attempts on the members that the user may see; their notes stay closed."""
    return Attempt.objects.filter(member__in=Member.objects.visible_to(user)).defer("note")


def cases_visible_to(user: User) -> QuerySet[Conflict]:
    """Cases of the agents that the user may see, and cases about members that he may see."""
    members = Member.objects.visible_to(user).values("pk")
    is_about = Q(entity="member") & (Q(entity_id__in=members) | Q(other_id__in=members))
    is_of_agent = Q(agent__in=Agent.objects.visible_to(user))
    return Conflict.objects.filter(is_of_agent | is_about).defer("details")
