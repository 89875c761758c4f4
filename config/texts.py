"""What a person at a counter reads below the title of a refusal that brings no words of its own.

By code. Used under the payment paths alone: other clients show the title.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: Final[dict[str, Promise]] = {
    "age_not_allowed": _("Usia peserta di luar batas kepesertaan."),
    "already_paid": _("Bulan ini sudah dibayar; periksa status pembayarannya."),
    "bad_json": _("Kirim satu objek JSON yang sah."),
    "bill_cancelled": _("Buat tagihan baru."),
    "bill_expired": _("Buat tagihan baru dengan harga hari ini."),
    "bill_not_found": _("Kode bayar tidak terdaftar."),
    "bill_reversed": _("Buat tagihan baru untuk membayar lagi."),
    "bill_stale": _("Buat tagihan baru; bulan atau saldo peserta sudah berubah."),
    "closed": _("Sistem sedang dipelihara. Kirim lagi permintaan yang sama nanti."),
    "cursor_invalid": _("Mulai lagi dari halaman pertama."),
    "forbidden": _("Login ini tidak berhak melakukannya."),
    "idempotency_key_invalid": _("Pakai 16 sampai 64 huruf, angka, garis bawah, tanda hubung."),
    "idempotency_key_missing": _("Kirim header Idempotency-Key."),
    "in_progress": _("Kirim lagi permintaan yang sama beberapa saat lagi."),
    "income_invalid": _("Minta peserta menghubungi agen Perisai."),
    "invalid_credentials": _("Periksa nomor dan kata sandi, lalu masuk lagi."),
    "invalid_field": _("Periksa isian yang ditandai."),
    "jht_required": _("Minta peserta menghubungi agen Perisai."),
    "jkk_jkm_required": _("Minta peserta menghubungi agen Perisai."),
    "key_reused": _("Pakai Idempotency-Key baru untuk permintaan baru."),
    "member_closed": _("Tidak ada iuran yang dapat dibayar untuk peserta ini."),
    "member_not_eligible": _("Minta peserta menghubungi agen Perisai untuk melengkapi data."),
    "member_not_found": _("Nomor tidak terdaftar."),
    "method_not_allowed": _("Pakai metode yang tertulis dalam dokumentasi."),
    "missing_field": _("Isian wajib belum lengkap."),
    "not_acceptable": _("Minta jawaban berformat JSON."),
    "not_found": _("Alamat ini tidak ada."),
    "outcome_unknown": _("Periksa status pembayaran sebelum mencoba lagi."),
    "partner_suspended": _("Hubungi kantor cabang."),
    "payload_too_large": _("Kirim data yang lebih kecil."),
    "payment_not_found": _("Tidak ada pembayaran dengan nomor ini."),
    "programme_unknown": _("Minta peserta menghubungi agen Perisai."),
    "rate_limited": _("Tunggu sebentar, lalu kirim lagi permintaan yang sama."),
    "reference_reused": _("Pakai nomor referensi baru untuk pembayaran baru."),
    "repeat_needs_confirmation": _(
        "Pastikan peserta memang membayar lagi, lalu kirim dengan confirm_repeat."
    ),
    "reversal_blocked_by_claim": _("Kepesertaan sudah ditutup dengan klaim; hubungi kantor."),
    "reversal_blocked_by_later_payment": _("Batalkan dahulu pembayaran peserta yang lebih baru."),
    "reversal_window_closed": _("Hari penyelesaiannya sudah lewat; minta koreksi ke kantor."),
    "reversed_before_posting": _(
        "Pembayaran ini sudah dibatalkan sebelum tiba; buat tagihan lain."
    ),
    "token_expired": _("Sesi ini sudah berakhir."),
    "too_far_ahead": _("Bayar jumlah bulan yang lebih sedikit."),
    "unauthenticated": _("Masuk dahulu di terminal ini."),
    "unavailable": _("Kirim lagi permintaan yang sama beberapa saat lagi."),
    "unknown_field": _("Ada isian yang tidak dikenal."),
    "unsupported_encoding": _("Kirim JSON, tanpa kompresi atau dengan gzip."),
}
