"""The token of a pull: found with where its device and its book stand, by one statement."""

from perisai.models import DeviceToken
from sync.services.standing import Standing, token_with_standing


def token_bringing_standing(digest: str) -> DeviceToken | None:
    """The token with this digest, live or not; that of a phone brings where its book stands."""
    token, standing = token_with_standing(digest)
    if token is not None:
        setattr(token, "_standing", standing)  # noqa: B010  a lower app's row knows no book
    return token


def standing_with(token: DeviceToken) -> Standing | None:
    """What came with a call's token; None where no book is open yet."""
    return getattr(token, "_standing", None)
