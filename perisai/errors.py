"""Refusals a client can act on: what is refused, under which stable code, and what to do next.

`config/problems.py` alone turns them into HTTP answers. Everything else that is raised is a bug.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Retry = Literal["never", "same_key", "new_key", "ask_status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One fault in the input: where (JSON pointer), which, and in words."""

    pointer: str
    code: str
    detail: str = ""


class DomainError(Exception):
    """A refusal. Subclasses set `code` (snake_case, stable for ever) and `title`."""

    code: ClassVar[str]
    title: ClassVar[Promise | str]
    retry: ClassVar[Retry] = "never"
    retryable: ClassVar[bool] = False

    def __init__(
        self, detail: str = "", *, errors: tuple[FieldError, ...] = (), **context: Any
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.errors = errors
        self.context = context


class NotFound(DomainError):
    """Unknown, or not the caller's: one answer for both (404)."""

    code = "not_found"
    title = _("Tidak ditemukan")


class Conflict(DomainError):
    """The request is fine, the present state says no (409)."""

    code = "conflict"
    title = _("Bertentangan dengan keadaan sekarang")


class Invalid(DomainError):
    """The content breaks a rule (422)."""

    code = "invalid"
    title = _("Data belum benar")


class CursorInvalid(Invalid):
    """Foreign, tampered or garbage: one answer for every cursor that is not ours (400)."""

    code = "cursor_invalid"
    title = _("Penanda tidak berlaku")


class Unavailable(DomainError):
    """Not now: the same request may succeed later (503)."""

    code = "unavailable"
    title = _("Layanan sedang tidak tersedia")
    retry = "same_key"
    retryable = True


class ReadOnly(Unavailable):
    """The database only reads, as a standby before it is promoted: come again later (503)."""

    code = "read_only"
    title = _("Server sedang hanya dapat dibaca")


class OutcomeUnknown(DomainError):
    """The connection was lost in COMMIT: read what became of it before anything else (504)."""

    code = "outcome_unknown"
    title = _("Hasil belum diketahui")
    retry = "ask_status"
    retryable = True


class PayloadTooLarge(Invalid):
    """The body, expanded, is over a cap; `limits` names the caps (413)."""

    code = "payload_too_large"
    title = _("Kiriman terlalu besar")
    retryable = True


class UnsupportedEncoding(Invalid):
    """The body came in an encoding other than plain or gzip (415)."""

    code = "unsupported_encoding"
    title = _("Format kiriman tidak didukung")


class PhoneInvalid(Invalid):
    """Not the number of an Indonesian mobile phone (R26)."""

    code = "phone_invalid"


class AgentNumberTaken(Conflict):
    """Another login has this number."""

    code = "agent_number_taken"
    title = _("Nomor agen sudah dipakai")


class AgentPhoneTaken(Conflict):
    """Another active agent logs in with this phone."""

    code = "agent_phone_taken"
    title = _("Nomor ponsel sudah dipakai agen lain")


class AgentHasEnded(Conflict):
    """An ended agent is neither suspended nor taken back."""

    code = "agent_has_ended"
    title = _("Keagenan sudah berakhir")


class AgentReturnsLater(Conflict):
    """Who was taken out for idleness returns at the earliest after six months (R31)."""

    code = "agent_returns_later"
    title = _("Agen belum boleh kembali")


class ContractsOverlap(Conflict):
    """The office has another contract in these days (R29)."""

    code = "contracts_overlap"
    title = _("Kontrak lain berlaku pada hari-hari itu")


class ContractNumberTaken(Conflict):
    """Another contract has this number."""

    code = "contract_number_taken"
    title = _("Nomor kontrak sudah dipakai")


class DaysOutOfOrder(Invalid):
    """The last day comes before the first."""

    code = "days_out_of_order"
    title = _("Hari terakhir mendahului hari pertama")


class DeviceRevoked(DomainError):
    """The device was reported lost; `context["wipe"]` is what it must do now (403)."""

    code = "device_revoked"
    title = _("Perangkat ini sudah dicabut")


class DeviceLimited(DomainError):
    """The device may only send what it holds (403)."""

    code = "device_limited"
    title = _("Perangkat ini hanya boleh mengirim")


class RevealUnexplained(Invalid):
    """A reveal, or an approval of more, needs a reason in words of some length."""

    code = "reveal_unexplained"
    title = _("Alasan belum cukup jelas")


class RevealQuotaUsed(Conflict):
    """The day's share of reveals is used up: a second person may allow more."""

    code = "reveal_quota_used"
    title = _("Jatah buka data hari ini habis; minta persetujuan orang kedua")


class ApprovedByOneself(Conflict):
    """Nobody approves what he asked for."""

    code = "approved_by_oneself"
    title = _("Persetujuan harus dari orang lain")


class BreachUnexplained(Invalid):
    """A breach record needs words, a kind of data, and a past in order."""

    code = "breach_unexplained"
    title = _("Catatan insiden belum lengkap atau waktunya belum benar")


class InvalidCredentials(DomainError):
    """Login and password do not fit, whatever was wrong (401)."""

    code = "invalid_credentials"
    title = _("Nomor atau kata sandi salah")


class MessageMoved(Conflict):
    """The message is not where it was shown: sent, given up, or on its way again."""

    code = "message_moved"
    title = _("Keadaan pesan sudah berubah")


class SignatureInvalid(DomainError):
    """A report that the message gateway did not sign, or not just now (401)."""

    code = "signature_invalid"
    title = _("Tanda tangan tidak sah")


class FactorCodeWrong(Invalid):
    """A code of the second factor that is wrong, spent or of another minute."""

    code = "factor_code_wrong"
    title = _("Kode salah atau sudah dipakai")


class UserChangeOpen(Conflict):
    """Another proposal about this login waits for its decision."""

    code = "user_change_open"
    title = _("Masih ada usulan untuk pengguna ini yang belum diputuskan")


class UserChangeDecided(Conflict):
    """Somebody decided the proposal already."""

    code = "user_change_decided"
    title = _("Usulan ini sudah diputuskan")


class UsernameTaken(Conflict):
    """Another login has this name."""

    code = "username_taken"
    title = _("Nama pengguna sudah dipakai")


class RateLimited(DomainError):
    """Too many tries; `retry_after` seconds heal it (429)."""

    code = "rate_limited"
    title = _("Terlalu sering")
    retry = "same_key"
    retryable = True


class TokenEnded(DomainError):
    """The token is known and over: log in again, the outbox stays (401)."""

    code = "token_expired"
    title = _("Masuk lagi")
    retryable = True


@contextmanager
def refusing(**refusals: type[DomainError]) -> Iterator[None]:
    """Turn a violated constraint, named by keyword, into its refusal; others stay bugs."""
    try:
        yield
    except IntegrityError as broken:
        diagnosis = getattr(broken.__cause__, "diag", None)
        refusal = refusals.get(getattr(diagnosis, "constraint_name", None) or "")
        if refusal is None:
            raise
        raise refusal from broken
