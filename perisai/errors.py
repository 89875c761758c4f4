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


class PayloadTooLarge(Invalid):
    """The body, expanded, is over a cap; `limits` names the caps (413)."""

    code = "payload_too_large"
    title = _("Kiriman terlalu besar")
    retryable = True


class UnsupportedEncoding(Invalid):
    """The body came in an encoding other than plain or gzip (415)."""

    code = "unsupported_encoding"
    title = _("Format kiriman tidak didukung")


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
