"""What a phone may say about members: parse, one service, `Result`."""

from enrollment.operations.correcting import correct
from enrollment.operations.registering import read_form, register

__all__ = ["correct", "read_form", "register"]
