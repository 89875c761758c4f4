"""What agents are told about their login."""

from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from perisai.models import Agent, AgentEvent, AgentState, LoginCode
from perisai.registry import Message, Urgency, message
from perisai.services.code_requests import LOGIN_CODE
from perisai.services.login_codes import code_of
from perisai.services.password_resets import PASSWORD_RESET


@message(LOGIN_CODE, urgency=Urgency.AT_ONCE)
def login_code(code_id: UUID) -> Message | None:
    """The six digits; nobody is told a code that is over, used, or of an agent who stopped."""
    row = LoginCode.objects.select_related("agent__user").filter(pk=code_id).first()
    if row is None or row.agent is None or not row.is_usable(timezone.now()):
        return None
    text = gettext_noop(
        "Kode masuk Perisai: %(code)s. Berlaku 5 menit. Jangan berikan kepada siapa pun."
    )
    return to_agent(row.agent, "agent_login_code", text, code=code_of(row.pk))


@message(PASSWORD_RESET, urgency=Urgency.AT_ONCE)
def password_was_reset(event_id: UUID) -> Message | None:
    """Her password was changed: if it was not she, she must know at once."""
    event = AgentEvent.objects.select_related("agent__user").filter(pk=event_id).first()
    if event is None:
        return None
    text = gettext_noop(
        "Kata sandi Perisai Anda baru diganti. Bila bukan Anda, hubungi kantor cabang segera."
    )
    return to_agent(event.agent, "agent_password_reset", text)


def to_agent(agent: Agent, template: str, text: str, **values: str) -> Message | None:
    """In the agent's own language; None for who has no phone or works no more."""
    if agent.phone is None or agent.state != AgentState.ACTIVE:
        return None
    with translation.override(agent.user.language):
        said = gettext(text) % values
    return Message(
        phone_e164=agent.phone,
        language=agent.user.language,
        template=template,
        text=said,
        parameters=values,
    )
