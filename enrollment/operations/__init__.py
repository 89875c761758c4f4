"""What a phone may say about members: parse, one service, `Result`."""

from enrollment.operations.attaching import attach_to_consent, attach_to_record
from enrollment.operations.closing import close
from enrollment.operations.consenting import record, withdraw
from enrollment.operations.correcting import correct
from enrollment.operations.heir_setting import set_list
from enrollment.operations.prospecting import record_contact
from enrollment.operations.registering import read_form, register
from enrollment.operations.rulings import judge_death

__all__ = [
    "attach_to_consent",
    "attach_to_record",
    "close",
    "correct",
    "judge_death",
    "read_form",
    "record",
    "record_contact",
    "register",
    "set_list",
    "withdraw",
]
