"""The programme's rules that an operator may set (docs/rules.md), read from the environment.

`config.settings` takes all of them over; code asks `django.conf.settings`.
"""

import re
from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()

_REMINDER_DAY = re.compile(r"due(-([1-9]|1[0-4]))?|grace|lapse-([1-9]|1\d|2[0-7])")

CLOCK_OFFICIAL_ZONE = env.str("CLOCK_OFFICIAL_ZONE", default="Asia/Jakarta")  # R38
CLOCK_SKEW_FLAG = timedelta(minutes=10)  # R38
SYNC_LATE_DAYS = env.int("SYNC_LATE_DAYS", default=30)  # R38, from capture to receipt
BILL_PERIODS = tuple(env.list("BILL_PERIODS", cast=int, default=[1, 2, 3, 6, 12]))  # R6, months
BILL_MAX_MONTHS_AHEAD = env.int("BILL_MAX_MONTHS_AHEAD", default=12)  # R6
BILL_VALID_FOR = timedelta(hours=env.int("BILL_VALID_FOR", default=72))  # R10
BILL_RESERVED_CODE_VALID_FOR = timedelta(
    days=env.int("BILL_RESERVED_CODE_VALID_FOR", default=90)
)  # R10
BILL_RESERVED_CODES_PER_DEVICE = env.int("BILL_RESERVED_CODES_PER_DEVICE", default=50)  # R10
BILL_RESERVED_CODES_PER_AGENT = env.int("BILL_RESERVED_CODES_PER_AGENT", default=200)  # R10
EARLY_BIND_WITHIN = timedelta(days=env.int("EARLY_BIND_WITHIN", default=30))  # R10
CARRY_AUTO_POST = env.bool("CARRY_AUTO_POST", default=True)  # R9
DUE_DAY_OF_MONTH = env.int("DUE_DAY_OF_MONTH", default=15)  # R13
DUE_CUTI_BERSAMA_COUNTS = env.bool("DUE_CUTI_BERSAMA_COUNTS", default=True)  # R13
COVER_LAPSE_AFTER_ENDED_MONTHS = env.int("COVER_LAPSE_AFTER_ENDED_MONTHS", default=3)  # R14
if COVER_LAPSE_AFTER_ENDED_MONTHS not in {2, 3, 4}:
    raise ImproperlyConfigured("COVER_LAPSE_AFTER_ENDED_MONTHS must be 2, 3 or 4 (R15)")
JKM_FULL_AFTER = env.int("JKM_FULL_AFTER", default=3)  # R19, calendar months
JKM_FULL = env.int("JKM_FULL", default=42_000_000)  # R19, rupiah
JKM_UNDER = env.int("JKM_UNDER", default=10_000_000)  # R19, rupiah
AGE_MIN = env.int("AGE_MIN", default=18)  # R21, years
AGE_MAX_EXCLUSIVE = env.int("AGE_MAX_EXCLUSIVE", default=65)  # R21
NIK_UNKNOWN_PROVINCE = env.str("NIK_UNKNOWN_PROVINCE", default="refuse")  # R22
if NIK_UNKNOWN_PROVINCE not in {"refuse", "warn"}:
    raise ImproperlyConfigured("NIK_UNKNOWN_PROVINCE must be refuse or warn (R22)")
NIK_PLAUSIBLE_AGE = (15, 64)  # R22
REGISTRATION_MAX_OCCUPATIONS = env.int("REGISTRATION_MAX_OCCUPATIONS", default=2)  # R25
AGENT_IDLE_MONTHS = env.int("AGENT_IDLE_MONTHS", default=3)  # R31, full calendar months
AGENT_IDLE_WARN = env.int("AGENT_IDLE_WARN", default=2)  # R31, full calendar months
AGENT_IDLE_TEST = env.str("AGENT_IDLE_TEST", default="both")  # R31, what of it is zero
if AGENT_IDLE_TEST not in {"both", "acquisition"}:
    raise ImproperlyConfigured("AGENT_IDLE_TEST must be both or acquisition (R31)")
AGENT_RETURN_AFTER = env.int("AGENT_RETURN_AFTER", default=6)  # R31, months
FOLLOWUP_OPENS_AFTER_ENDED = env.int("FOLLOWUP_OPENS_AFTER_ENDED", default=1)  # R16, months
FOLLOWUP_FIRST_PAYMENT_AFTER = timedelta(days=7)  # R16
REMINDER_DAYS = tuple(
    env.list("REMINDER_DAYS", default=["due-5", "due", "grace", "lapse-7"])
)  # R33
if not all(_REMINDER_DAY.fullmatch(word) for word in REMINDER_DAYS):
    raise ImproperlyConfigured(
        "REMINDER_DAYS: due, due-1 to due-14, grace, lapse-1 to lapse-27 (R33)"
    )
REMINDER_QUIET = env.str("REMINDER_QUIET", default="20:00-08:00")  # R33, in the member's zone
if not re.fullmatch(r"(1[2-9]|2[0-2]):[0-5]\d-(0[5-9]|1[01]):[0-5]\d", REMINDER_QUIET):
    raise ImproperlyConfigured(
        "REMINDER_QUIET: from 12:00-22:59 in the evening to 05:00-11:59 in the morning (R33)"
    )
REMINDER_PER_PHONE_PER_DAY = env.int("REMINDER_PER_PHONE_PER_DAY", default=1)  # R33
if REMINDER_PER_PHONE_PER_DAY not in {0, 1}:
    raise ImproperlyConfigured("REMINDER_PER_PHONE_PER_DAY must be 1, or 0 for none (R33)")
SPONSOR_ALERT_DAYS = tuple(
    sorted(set(env.list("SPONSOR_ALERT_DAYS", cast=int, default=[60, 30])), reverse=True)
)  # R34, before the last day that a sponsor pays for
if not SPONSOR_ALERT_DAYS or not set(SPONSOR_ALERT_DAYS) <= set(range(1, 181)):
    raise ImproperlyConfigured("SPONSOR_ALERT_DAYS: one or more days from 1 to 180 (R34)")
NOTICE_PRICE_CHANGE_DAYS = timedelta(days=env.int("NOTICE_PRICE_CHANGE_DAYS", default=42))  # R35
if NOTICE_PRICE_CHANGE_DAYS.days not in range(121):
    raise ImproperlyConfigured("NOTICE_PRICE_CHANGE_DAYS: 1 to 120, or 0 for none (R35)")
FOLLOWUP_ESCALATE_AFTER = env.int("FOLLOWUP_ESCALATE_AFTER", default=14)  # R16, days
FOLLOWUP_MOST_PER_AGENT = env.int("FOLLOWUP_MOST_PER_AGENT", default=100)  # R32, open ones
AGENT_SILENT_AFTER = env.int("AGENT_SILENT_AFTER", default=14)  # R16, days
for _name, _least, _most in (
    ("FOLLOWUP_ESCALATE_AFTER", 1, 90),
    ("FOLLOWUP_MOST_PER_AGENT", 1, 3_000),
    ("AGENT_SILENT_AFTER", 1, 90),
    ("AGENT_IDLE_MONTHS", 2, 12),
    ("AGENT_IDLE_WARN", 1, 11),
    ("AGENT_RETURN_AFTER", 1, 24),
):
    if not _least <= globals()[_name] <= _most:
        raise ImproperlyConfigured(f"{_name} must be from {_least} to {_most}")
if AGENT_IDLE_WARN >= AGENT_IDLE_MONTHS:
    raise ImproperlyConfigured("AGENT_IDLE_WARN must be less than AGENT_IDLE_MONTHS (R31)")
