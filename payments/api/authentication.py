"""The token of a counter's call: found with its login, counter and partner by one statement."""

from payments.models import PostAgent
from payments.services.counters import token_of_counter
from perisai.api.authentication import DeviceTokenAuthentication, DeviceTokenScheme
from perisai.models import DeviceToken


class CounterAuthentication(DeviceTokenAuthentication):
    """The header as everywhere. The token of a counter brings that counter along."""

    def found(self, digest: str) -> DeviceToken | None:
        """The token with this digest, of a counter or of anybody else."""
        found = token_of_counter(digest)
        if found is None:
            return super().found(digest)
        token, counter = found
        bring_along(token, counter)
        return token


def bring_along(token: DeviceToken, counter: PostAgent) -> None:
    """Let a call's token say whose it is."""
    setattr(token, "_counter", counter)  # noqa: B010  a lower app's row says nothing of counters


def counter_of(token: DeviceToken) -> PostAgent | None:
    """The counter that came with a call's token; None for a login without one."""
    return getattr(token, "_counter", None)


class CounterTokenScheme(DeviceTokenScheme):
    """The same header, and a token of its own: no agent's is taken here."""

    target_class = "payments.api.authentication.CounterAuthentication"
    name = "counter_token"
