"""What enrollment refuses, under codes that clients act on."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, Invalid, Unavailable


class NikInvalid(Invalid):
    """No NIK can look like this (R22); `context["reason"]` says why, and no digit is repeated."""

    code = "nik_invalid"
    title = _("NIK tidak sah")


class NameInvalid(Invalid):
    """Not a name of 1 to 100 letters, blanks, apostrophes, full stops, commas, dashes (R27)."""

    code = "name_invalid"
    title = _("Nama tidak sah")


class EmailInvalid(Invalid):
    """Not the shape of an e-mail address."""

    code = "email_invalid"
    title = _("Alamat surel tidak sah")


class AgeNotAllowed(Conflict):
    """Too young or too old to join or to come back (R21)."""

    code = "age_not_allowed"
    title = _("Usia tidak memenuhi syarat")


class MemberClosed(Conflict):
    """The member is closed: no bill and no edit any more (R20)."""

    code = "member_closed"
    title = _("Kepesertaan sudah ditutup")


class CannotReopen(Conflict):
    """The row counts no more: it was merged into another one, or erased."""

    code = "cannot_reopen"
    title = _("Kepesertaan ini tidak dapat dibuka lagi")


class ProgrammeUnknown(Invalid):
    """A programme that informal workers cannot join, such as JP (R1)."""

    code = "programme_unknown"
    title = _("Program tidak dikenal")


class JkkJkmRequired(Conflict):
    """JKK and JKM go together, always (R1)."""

    code = "jkk_jkm_required"
    title = _("JKK dan JKM wajib diikuti bersama")


class JhtRequired(Conflict):
    """Who employs others must take JHT too (R1)."""

    code = "jht_required"
    title = _("Pemberi kerja wajib mengikuti JHT")


class AgeOutOfRange(Invalid):
    """Not of an age to join on the day of capture (R21); `context["reason"]` says which way."""

    code = "age_out_of_range"
    title = _("Usia tidak memenuhi syarat untuk mendaftar")


class ConsentMissing(Invalid):
    """Nobody is registered without having agreed to it (R36)."""

    code = "consent_missing"
    title = _("Persetujuan peserta belum ada")


class UnknownConsentText(Invalid):
    """The text that somebody is said to have agreed to did not exist then (R36)."""

    code = "unknown_consent_text"
    title = _("Teks persetujuan tidak dikenal")


class SoftCheckUnconfirmed(Invalid):
    """Something about the NIK is odd and was not confirmed from the card (R22).

    `context["unconfirmed"]` names the checks.
    """

    code = "soft_check_unconfirmed"
    title = _("Periksa kembali NIK pada kartu")


class MemberIdTaken(Invalid):
    """Another row has the id that a phone made; a phone that works cannot cause it."""

    code = "member_id_taken"
    title = _("Nomor formulir sudah dipakai")


class DuplicateIdentity(Conflict):
    """The NIK belongs to a member already; whose it is, is never said (R23)."""

    code = "duplicate_identity"
    title = _("NIK sudah terdaftar")


class AgentTakesNobody(Conflict):
    """Only an agent who works can look after members (R32)."""

    code = "agent_takes_nobody"
    title = _("Agen ini tidak sedang bekerja")


class BookFull(Conflict):
    """More members than a phone can hold (R32)."""

    code = "book_full"
    title = _("Buku agen penerima akan penuh")


class HandOverMovesNobody(Conflict):
    """No member would change hands (R32)."""

    code = "hand_over_moves_nobody"
    title = _("Tidak ada peserta yang akan berpindah")


class HandOverSettled(Conflict):
    """The proposal was confirmed or dropped already."""

    code = "hand_over_settled"
    title = _("Usul alih binaan ini sudah diputus")


class HandOverNeedsSecondPerson(Conflict):
    """So many members are given away by two persons (R32)."""

    code = "hand_over_needs_second_person"
    title = _("Lebih dari 500 peserta: orang lain harus mengesahkannya")


class DueDateMissing(Unavailable):
    """Nobody published when this month is due (R13), so no cover can be judged."""

    code = "due_date_missing"
    title = _("Tanggal jatuh tempo bulan ini belum ditetapkan")


class RequestDecided(Conflict):
    """Somebody has decided this request already."""

    code = "request_decided"
    title = _("Permintaan ini sudah diputuskan")


class RequestIdTaken(Conflict):
    """Another request has this id."""

    code = "request_id_taken"
    title = _("Nomor permintaan sudah dipakai")


class TakenInByOneself(Conflict):
    """Who took a request in does not decide it."""

    code = "taken_in_by_oneself"
    title = _("Penerima permintaan tidak boleh memutuskannya")


class DecisionUnexplained(Invalid):
    """A decision needs a reason in words of some length."""

    code = "decision_unexplained"
    title = _("Alasan keputusan belum cukup jelas")


class CopyNotHandedOver(Conflict):
    """Access is given by a copy that was handed over."""

    code = "copy_not_handed_over"
    title = _("Salinan data belum diserahkan")


class NotAskedForACopy(Conflict):
    """Only access and copy are answered with a copy."""

    code = "not_asked_for_a_copy"
    title = _("Permintaan ini bukan permintaan akses atau salinan")


class CopyNotReady(Conflict):
    """The copy is still being built: ask again in a moment."""

    code = "copy_not_ready"
    title = _("Salinan data masih disiapkan")
    retry = "same_key"


class CopyGone(Conflict):
    """The copy was handed over, or its day is over: make a new one."""

    code = "copy_gone"
    title = _("Salinan data sudah diserahkan atau kedaluwarsa")


class LimitNotInForce(Conflict):
    """There is nothing to lift."""

    code = "limit_not_in_force"
    title = _("Pembatasan tidak sedang berlaku")


class ErasureHeld(Conflict):
    """The person cannot be forgotten yet; `context` holds `reason` and `until` (a day or None)."""

    code = "erasure_held"
    title = _("Data belum dapat dihapus")


class ConsentIdTaken(Invalid):
    """Another row has the id that a phone made for a consent or a withdrawal."""

    code = "consent_id_taken"
    title = _("Nomor persetujuan sudah dipakai")


class MemberHasPaid(Conflict):
    """Of two rows the one that paid stays, and the other one is the duplicate (R23)."""

    code = "member_has_paid"
    title = _("Data ini sudah pernah dibayar: data yang lain yang harus ditutup sebagai gandanya")


class BothHavePaid(Conflict):
    """Months stay where they were paid (R23).

    The duplicate's payments are taken back by two persons, booked late, and released to the other.
    """

    code = "both_have_paid"
    title = _("Kedua data pernah dibayar: koreksi dahulu pembayaran data ganda, lalu gabungkan")


class BothWereImported(Conflict):
    """Imported months are no payment that could be taken back, and each row has some that the other
    one lacks: neither can end (R23).
    """

    code = "both_were_imported"
    title = _(
        "Kedua data dibawa dari data lama beserta bulannya, yang tidak dapat ditarik kembali: "
        "keduanya tetap, tolak perkara ini"
    )


class ImportedRowStays(Conflict):
    """Of two rows with months the imported one stays, and the other one is the duplicate (R23)."""

    code = "imported_row_stays"
    title = _(
        "Bulan data ini dibawa dari data lama dan tidak dapat ditarik kembali: data yang lain yang "
        "harus ditutup sebagai gandanya, setelah pembayarannya dikoreksi"
    )


class ProspectConverted(Conflict):
    """The prospect is a member by now (R41)."""

    code = "prospect_converted"
    title = _("Calon peserta sudah terdaftar")


class ProspectIdTaken(Invalid):
    """Another row has the id that a phone made for a prospect."""

    code = "prospect_id_taken"
    title = _("Nomor calon peserta sudah dipakai")


class MemberIsAnotherAgent(Conflict):
    """The member is named as another agent's own membership (R29)."""

    code = "member_is_another_agent"
    title = _("Peserta itu sudah tercatat sebagai agen lain")


class AgentIsAnotherMember(Conflict):
    """The agent was named another member on this very day: it takes until tomorrow."""

    code = "agent_is_another_member"
    title = _("Kepesertaan agen baru diubah hari ini")
