"""Refusals of the phone's contract: of a whole call, and of one operation."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, DomainError, Invalid


class InvalidEnvelope(Invalid):
    """The call itself is malformed; nothing of it is processed (400)."""

    code = "invalid_envelope"
    title = _("Kiriman tidak terbaca")


class SequenceGap(Conflict):
    """Places of the outbox are missing before the first one sent; `expected_seq` tells from."""

    code = "sequence_gap"
    title = _("Ada kiriman yang terlewat")
    retryable = True


class SequenceReused(Conflict):
    """A place that is taken came with another operation: the storage was cloned or restored."""

    code = "sequence_reused"
    title = _("Nomor urut sudah dipakai kiriman lain")
    retryable = True


class EpochChanged(Conflict):
    """The cursor is of another database history, or ahead of this one: walk."""

    code = "epoch_changed"
    title = _("Riwayat server berganti, ambil ulang seluruh buku")
    retryable = True


class CursorExpired(Invalid):
    """Older than the oldest drop that is still kept (410)."""

    code = "cursor_expired"
    title = _("Penanda sudah terlalu lama")


class ClientTooOld(Invalid):
    """The app reads no row schema that is still served; sending still works."""

    code = "client_too_old"
    title = _("Aplikasi perlu diperbarui")


class OpIdReuse(Conflict):
    """One operation id with two contents, or another agent's id."""

    code = "op_id_reuse"
    title = _("Nomor kiriman sudah dipakai isi lain")


class UnsupportedKind(Invalid):
    """No handler for this kind and version; it can be replayed after an upgrade."""

    code = "unsupported_kind"
    title = _("Jenis kiriman tidak dikenal")


class SealedUnsupported(Invalid):
    """A sealed body, which this release does not open."""

    code = "sealed_unsupported"
    title = _("Kiriman tersegel belum didukung")


class UnknownDependency(Invalid):
    """It depends on an operation that was never received."""

    code = "unknown_dependency"
    title = _("Kiriman yang ditunggu tidak dikenal")


class DependencyRefused(Conflict):
    """What it waited for was never applied."""

    code = "dependency_refused"
    title = _("Kiriman yang ditunggu tidak diterima")


class CaseRefused(Invalid):
    """A person decided that the operation is not applied; the code is the case's own."""

    code = "case_refused"
    title = _("Ditolak oleh pengawas")


class CaseDecided(Conflict):
    """Somebody has decided the case already; the first word stands."""

    code = "case_decided"
    title = _("Perkara sudah diputus")


class CaseOfAnotherBranch(Conflict):
    """The record that the decision would change belongs to another branch, which decides."""

    code = "case_of_another_branch"
    title = _("Data ini milik kantor cabang lain, yang berhak memutus")


class CaseNotApplicable(Conflict):
    """What was held cannot be applied as it is, or not in this way: refuse it, or decide later."""

    code = "case_not_applicable"
    title = _("Isi perkara ini tidak dapat diterapkan")


class NotInBook(DomainError):
    """Unknown or another agent's record: the same answer for both."""

    code = "not_in_book"
    title = _("Tidak ada di buku Anda")


class OffsetMismatch(Conflict):
    """The piece does not go on where the file stands; `offset` tells where it does."""

    code = "offset_mismatch"
    title = _("Potongan berkas tidak menyambung")
    retryable = True


class HashMismatch(Invalid):
    """The bytes are not those that were declared: the file is sent from its first byte again."""

    code = "hash_mismatch"
    title = _("Isi berkas tidak sama dengan yang didaftarkan")


class AttachmentType(Invalid):
    """No JPEG, PNG or WebP, or not really one: photograph again, under a new id."""

    code = "attachment_type"
    title = _("Berkas ini bukan gambar yang dapat diterima")


class AttachmentTooLarge(Invalid):
    """More bytes than a file may have."""

    code = "attachment_too_large"
    title = _("Berkas terlalu besar")


class AttachmentMismatch(Conflict):
    """One id for ever means one content of one agent, about one record."""

    code = "attachment_mismatch"
    title = _("Nomor berkas sudah dipakai isi lain")


class AttachmentExpired(Invalid):
    """The file was not sent within thirty days of its declaration."""

    code = "attachment_expired"
    title = _("Berkas tidak dikirim pada waktunya")


class TooManyFiles(Conflict):
    """The record has as many files as it may."""

    code = "too_many_files"
    title = _("Terlalu banyak berkas")
