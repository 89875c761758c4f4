"""What payments refuses, under the codes of the table of outcomes."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, DomainError, Invalid, NotFound, Unavailable


class IncomeInvalid(Invalid):
    """A stated income below zero (R2)."""

    code = "income_invalid"
    title = _("Penghasilan tidak sah")


class MonthsNotAllowed(Invalid):
    """A number of months that is not offered (R6); `context["allowed"]` holds the offered ones."""

    code = "months_not_allowed"
    title = _("Jumlah bulan tidak ditawarkan")


class TooFarAhead(Conflict):
    """The last month lies too far after the running one (R6)."""

    code = "too_far_ahead"
    title = _("Bulan terlalu jauh ke depan")


class AlreadyPaid(Conflict):
    """The months are covered already."""

    code = "already_paid"
    title = _("Iuran sudah dibayar")
    retry = "ask_status"


class TariffFaulty(Invalid):
    """Proposed rows that cannot be right: out of order, or unlike their printed amounts (R2)."""

    code = "tariff_faulty"
    title = _("Baris tarif belum benar")


class TariffTooEarly(Conflict):
    """A new table or rate would change months that are over, and not make them cheaper (R9)."""

    code = "tariff_too_early"
    title = _("Tarif baru paling awal berlaku bulan ini")


class TariffRowKnown(Conflict):
    """A table or rate of this start, or a discount of this code, is there: rows are not edited."""

    code = "tariff_row_known"
    title = _("Baris tarif dengan awal atau kode ini sudah ada")


class TariffRowUsed(Conflict):
    """A bill or a credit came from the row: a change is a new row with its own first month."""

    code = "tariff_row_used"
    title = _("Baris tarif sudah dipakai dan tidak diubah lagi")


class TariffRowUnknown(NotFound):
    """No such row, or one that came with the installation and stays."""

    code = "tariff_row_unknown"
    title = _("Baris tarif tidak ditemukan")


class TariffProposalDecided(Conflict):
    """Somebody decided the proposal already."""

    code = "tariff_proposal_decided"
    title = _("Usulan tarif ini sudah diputuskan")


class MemberNotFound(NotFound):
    """No member has this number, or not one that the caller may bill."""

    code = "member_not_found"
    title = _("Peserta tidak ditemukan")


class BillNotFound(NotFound):
    """No bill has this code, or it is another partner's quote or another agent's."""

    code = "bill_not_found"
    title = _("Kode bayar tidak ditemukan")


class TooManyCodes(Conflict):
    """A phone's pool, or those of an agent's phones together, would hold more codes than may be."""

    code = "too_many_codes"
    title = _("Kode cadangan di ponsel ini sudah cukup")


class PaymentNotFound(NotFound):
    """No payment has this id, or another counter took it."""

    code = "payment_not_found"
    title = _("Pembayaran tidak ditemukan")


class PartnerCodeTaken(Conflict):
    """Another partner has this code."""

    code = "partner_code_taken"
    title = _("Kode mitra sudah dipakai")


class OutletTaken(Conflict):
    """Another counter of the partner has this code."""

    code = "outlet_taken"
    title = _("Kode loket sudah dipakai")


class PartnerHasLogin(Conflict):
    """The partner has a login of its own already."""

    code = "partner_has_login"
    title = _("Mitra ini sudah punya akun sendiri")


class PartnerChangeOpen(Conflict):
    """Another proposal about this partner or counter waits for its decision."""

    code = "partner_change_open"
    title = _("Masih ada usulan yang belum diputuskan")


class PartnerChangeDecided(Conflict):
    """Somebody decided the proposal already."""

    code = "partner_change_decided"
    title = _("Usulan ini sudah diputuskan")


class PartnerStateUnchanged(Conflict):
    """The partner or counter is already as it is wanted to be."""

    code = "partner_state_unchanged"
    title = _("Keadaannya sudah demikian")


class MemberNotEligible(Conflict):
    """Data are missing (R24), or the civil registry knows the person otherwise."""

    code = "member_not_eligible"
    title = _("Data peserta belum lengkap")


class PayerNotFound(NotFound):
    """No payer has this id, it is another office's, or its contract does not run today."""

    code = "payer_not_found"
    title = _("Pembayar tidak ditemukan")


class PayerDiffers(Conflict):
    """Somebody else pays for the member than for the others of the bill."""

    code = "payer_differs"
    title = _("Peserta dibayar oleh pihak lain")


class TooManyMembers(Invalid):
    """More members than one bill may hold (R10); `context["most"]` says how many."""

    code = "too_many_members"
    title = _("Peserta terlalu banyak untuk satu tagihan")


class PayerCannotBridge(Conflict):
    """Only a sponsor's late money bridges: who pays alone or as a group has paid too late (R18)."""

    code = "payer_cannot_bridge"
    title = _("Hanya untuk penyandang dana")


class BridgeUndocumented(Invalid):
    """A bridge rests on a document (R18)."""

    code = "bridge_undocumented"
    title = _("Nomor dokumen wajib diisi")


class NothingToBridge(Conflict):
    """Who never paid has no episode that could go on (R18)."""

    code = "nothing_to_bridge"
    title = _("Tidak ada masa kepesertaan yang dapat dilanjutkan")


class BillExpired(Conflict):
    """The quote's time is over (R10): a new bill has today's price."""

    code = "bill_expired"
    title = _("Kode bayar sudah kedaluwarsa")
    retry = "new_key"


class BillCancelled(Conflict):
    """The agent took the bill back."""

    code = "bill_cancelled"
    title = _("Tagihan sudah dibatalkan")
    retry = "new_key"


class BillStale(Conflict):
    """The member's cover or credit is not what the bill was priced on."""

    code = "bill_stale"
    title = _("Tagihan tidak sesuai lagi dengan keadaan peserta")
    retry = "new_key"


class BillReversed(Conflict):
    """The bill was paid and its payment reversed: a bill is paid once."""

    code = "bill_reversed"
    title = _("Pembayaran tagihan ini sudah dibatalkan")
    retry = "new_key"


class ReversedBeforePosting(Conflict):
    """The counter took this payment back before we heard of it: the money was not kept."""

    code = "reversed_before_posting"
    title = _("Pembayaran ini sudah dibatalkan sebelum diterima")
    retry = "new_key"


class ReversalWindowClosed(Conflict):
    """The payment's settlement day is over: two persons of the office may still correct (R12)."""

    code = "reversal_window_closed"
    title = _("Batas waktu pembatalan sudah lewat")


class ReversalBlockedByLaterPayment(Conflict):
    """Only a member's newest payment can be taken back; `context` names the members."""

    code = "reversal_blocked_by_later_payment"
    title = _("Sudah ada pembayaran berikutnya untuk peserta ini")


class ReversalBlockedByClaim(Conflict):
    """A member has died or was paid out: what was paid for stays as it is."""

    code = "reversal_blocked_by_claim"
    title = _("Kepesertaan sudah ditutup karena klaim")


class CorrectionOpen(Conflict):
    """Another correction of the same money waits for its decision."""

    code = "correction_open"
    title = _("Masih ada koreksi untuk uang ini yang belum diputuskan")


class SuspenseReleased(Conflict):
    """Nothing is left of the money: it found its owner already."""

    code = "suspense_released"
    title = _("Uang ini sudah dilepas dari titipan")


class CreditSpent(Conflict):
    """The credit, or a part of it, is not there any more; `context` names the members."""

    code = "credit_spent"
    title = _("Saldo itu sudah terpakai atau berpindah")


class CreditTakenBack(Conflict):
    """The credit was taken back already."""

    code = "credit_taken_back"
    title = _("Saldo itu sudah ditarik kembali")


class MergeMeetsOpenBill(Conflict):
    """Somebody may pay for the duplicate any moment; `context["until"]` is the bill's last day."""

    code = "merge_meets_open_bill"
    title = _("Masih ada tagihan terbuka untuk data ganda: batalkan atau tunggu kedaluwarsa")


class MergeMeetsSuspense(Conflict):
    """Money without an owner names the duplicate's KPJ or bill: it is released first."""

    code = "merge_meets_suspense"
    title = _("Masih ada uang tak bertuan dengan KPJ atau tagihan data ganda: lepaskan dahulu")


class MergeRowsDiffer(Conflict):
    """One supervisor moves no money to what may be somebody else; two of finance do."""

    code = "merge_rows_differ"
    title = _("Nama atau tanggal lahir berbeda: keuangan harus memindahkan uangnya dahulu")


class CorrectionDecided(Conflict):
    """Somebody decided the correction already."""

    code = "correction_decided"
    title = _("Koreksi ini sudah diputuskan")


class CorrectionUnexplained(Invalid):
    """Money is corrected for a reason, in words."""

    code = "correction_unexplained"
    title = _("Alasan koreksi wajib diisi")


class BillNotOpen(Conflict):
    """Only an open bill can be cancelled."""

    code = "bill_not_open"
    title = _("Tagihan tidak terbuka lagi")
    retry = "ask_status"


class AmountMismatch(Invalid):
    """A bill is paid whole and exactly (R11); `context["expected"]` is its payable in rupiah."""

    code = "amount_mismatch"
    title = _("Jumlah tidak sama dengan tagihan")


class RepeatNeedsConfirmation(Conflict):
    """The same counter took money for the same member minutes ago."""

    code = "repeat_needs_confirmation"
    title = _("Peserta ini baru saja membayar di loket yang sama")
    retry = "new_key"


class KeyReused(Invalid):
    """The key was used before with other content; nothing of the first is told."""

    code = "key_reused"
    title = _("Idempotency-Key sudah dipakai untuk isi yang lain")


class ReferenceReused(Conflict):
    """The partner's reference belongs to another payment."""

    code = "reference_reused"
    title = _("Nomor referensi sudah dipakai")


class InProgress(Conflict):
    """The same request, or another one about the same member, is still being worked on."""

    code = "in_progress"
    title = _("Permintaan masih diproses")
    retry = "same_key"


class FieldInvalid(Invalid):
    """A field of the right shape with a value that cannot be; `errors` names it."""

    code = "invalid_field"
    title = _("Data belum benar")


class IdempotencyKeyMissing(Invalid):
    """The call needs the header Idempotency-Key."""

    code = "idempotency_key_missing"
    title = _("Idempotency-Key wajib diisi")


class IdempotencyKeyInvalid(Invalid):
    """The key is not 16 to 64 of `[A-Za-z0-9_-]`."""

    code = "idempotency_key_invalid"
    title = _("Idempotency-Key tidak sah")


class PartnerSuspended(DomainError):
    """The partner or the counter is switched off (403)."""

    code = "partner_suspended"
    title = _("Mitra atau loket sedang tidak aktif")


class Closed(Unavailable):
    """Counters are closed for maintenance; `retry_after` seconds are a guess."""

    code = "closed"
    title = _("Layanan loket sedang ditutup")
