"""Reference data into the database: regions by COPY, dated rows of law and calendar beside them.

Everything here may be run again: equal content is skipped, dated rows are never rewritten.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from django.db import IntegrityError, connection, transaction

from enrollment.models import ConsentText, Occupation
from payments.models import (
    Account,
    Discount,
    DiscountSector,
    Holiday,
    JournalAccount,
    ProgrammeRate,
    TariffBracket,
)
from payments.services.due_dates import publish_due_dates
from payments.tariff import RateBook
from perisai import clock
from perisai.deadlines import Deadline, within
from perisai.models import ReferenceLoad
from perisai.services.reference_files import publish_all
from seeds.holiday_source import holiday_days
from seeds.occupation_file import read_occupations
from seeds.region_files import EDITION, BadRegionFile, RegionTree
from seeds.tariff_files import read_rate_book
from sync.services.epoch import ensure_epoch

Say = Callable[[str], None]

CONSENT_FOLDER: Final = Path(__file__).parent / "consent_texts"
CONSENT_VALID_FROM: Final = date(2020, 1, 1)
HOLIDAY_YEARS: Final = range(2023, 2030)
TARIFF_SOURCE: Final = "PP 44/2015, PP 49/2023; bounds to be compared with the annex"
ACCOUNT_NAMES: Final = {
    Account.PARTNER_RECEIVABLE: ("Piutang mitra pembayaran", "asset"),
    Account.BANK: ("Rekening penampungan", "asset"),
    Account.PAYABLE_JKK: ("Utang iuran JKK", "liability"),
    Account.PAYABLE_JKM: ("Utang iuran JKM", "liability"),
    Account.PAYABLE_JHT: ("Utang iuran JHT", "liability"),
    Account.MEMBER_CREDIT: ("Saldo peserta", "liability"),
    Account.SUSPENSE: ("Dana belum dikenal", "liability"),
}

# One statement pair per level: stage by COPY, then move. Parents come before children.
STAGE = {
    "province": (
        "CREATE TEMP TABLE stage_province (code text, name text, timezone text, tz_abbr text,"
        " lat float8, lon float8) ON COMMIT DROP",
        "COPY stage_province FROM STDIN",
        """
        INSERT INTO perisai_province (code, name, timezone, tz_abbr, lat, lon)
        SELECT code, name, timezone, tz_abbr, lat, lon FROM stage_province
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, timezone = excluded.timezone,
            tz_abbr = excluded.tz_abbr, lat = excluded.lat, lon = excluded.lon
        """,
        "DELETE FROM perisai_province WHERE code NOT IN (SELECT code FROM stage_province)",
    ),
    "regency": (
        "CREATE TEMP TABLE stage_regency (code text, parent text, name text, kind text,"
        " lat float8, lon float8) ON COMMIT DROP",
        "COPY stage_regency FROM STDIN",
        """
        INSERT INTO perisai_regency (code, province_id, name, kind, lat, lon)
        SELECT code, parent, name, kind, lat, lon FROM stage_regency
        ON CONFLICT (code) DO UPDATE SET province_id = excluded.province_id,
            name = excluded.name, kind = excluded.kind, lat = excluded.lat, lon = excluded.lon
        """,
        "DELETE FROM perisai_regency WHERE code NOT IN (SELECT code FROM stage_regency)",
    ),
    "district": (
        "CREATE TEMP TABLE stage_district (code text, parent text, name text, lat float8,"
        " lon float8) ON COMMIT DROP",
        "COPY stage_district FROM STDIN",
        """
        INSERT INTO perisai_district (code, regency_id, name, lat, lon)
        SELECT code, parent, name, lat, lon FROM stage_district
        ON CONFLICT (code) DO UPDATE SET regency_id = excluded.regency_id, name = excluded.name,
            lat = excluded.lat, lon = excluded.lon
        """,
        "DELETE FROM perisai_district WHERE code NOT IN (SELECT code FROM stage_district)",
    ),
    "village": (
        "CREATE TEMP TABLE stage_village (code text, parent text, name text, kind text)"
        " ON COMMIT DROP",
        "COPY stage_village FROM STDIN",
        """
        INSERT INTO perisai_village (code, district_id, name, kind)
        SELECT code, parent, name, kind FROM stage_village
        ON CONFLICT (code) DO UPDATE SET district_id = excluded.district_id,
            name = excluded.name, kind = excluded.kind
        """,
        "DELETE FROM perisai_village WHERE code NOT IN (SELECT code FROM stage_village)",
    ),
    "legacy": (
        "CREATE TEMP TABLE stage_legacy (code text, level text, name text, last_edition text,"
        " current_code text) ON COMMIT DROP",
        "COPY stage_legacy FROM STDIN",
        """
        INSERT INTO perisai_legacyregioncode (code, level, name, last_edition, current_code)
        SELECT code, level, name, last_edition, current_code FROM stage_legacy
        ON CONFLICT (code) DO UPDATE SET level = excluded.level, name = excluded.name,
            last_edition = excluded.last_edition, current_code = excluded.current_code
        """,
        "DELETE FROM perisai_legacyregioncode WHERE code NOT IN (SELECT code FROM stage_legacy)",
    ),
}


def load_reference(tree: RegionTree, *, say: Say) -> None:
    """Load regions, occupations, tariff, calendar, accounts and consent texts; repeatable.

    Raises BadRegionFile when a code that people still stand under is gone from the files.
    """
    load_regions(tree, say=say)
    with within(Deadline.BULK):
        load_occupations()
        load_tariff()
        load_holidays()
        load_accounts()
        load_consent_texts()
        ensure_epoch()
    publish_all(now=clock.now())
    say(
        f"{Occupation.objects.count()} occupations, {TariffBracket.objects.count()} brackets, "
        f"{Discount.objects.count()} discounts, {Holiday.objects.count()} holidays"
    )


def load_regions(tree: RegionTree, *, say: Say) -> None:
    """All levels in one transaction, or nothing; skipped when the same files are loaded."""
    total = sum(len(rows) for rows in tree.rows.values())
    if ReferenceLoad.objects.filter(name="regions", sha256=tree.sha256, rows=total).exists():
        say("regions: already loaded")
        return
    try:
        with within(Deadline.BULK), connection.cursor() as cursor:
            levels = tree.rows | {"legacy": tree.legacy}
            for level, rows in levels.items():
                create, copy, move, _ = STAGE[level]
                cursor.execute(create)
                with cursor.copy(copy) as target:
                    for row in rows:
                        target.write_row(row)
                cursor.execute(move)
            for level in reversed(levels):  # children of vanished parents go first
                cursor.execute(STAGE[level][3])
            ReferenceLoad.objects.update_or_create(
                name="regions",
                defaults={"sha256": tree.sha256, "edition": EDITION, "rows": total},
            )
    except IntegrityError as broken:
        raise BadRegionFile(
            "a region that members or branches refer to is not in these files"
        ) from broken
    counts = ", ".join(f"{len(rows):,} {level}" for level, rows in tree.rows.items())
    say(f"regions: {counts}")


def load_occupations() -> None:
    """The project's occupations; names follow the file, codes stay for ever (R25).

    One that is no longer in the file is retired: offered no more, and valid all the same.
    """
    known = list(read_occupations())
    columns = ["name_id", "name_en", "ecosystem", "ktp_code", "isco08", "transport_sector"]
    Occupation.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*columns, "retired_on"],
    )
    gone = Occupation.objects.exclude(code__in=[one.code for one in known])
    gone.filter(retired_on=None).update(retired_on=clock.today())


def load_tariff() -> None:
    """Brackets, rates and discounts as dated rows; a row that exists is left as it is (R2-R4)."""
    book = read_rate_book()
    TariffBracket.objects.bulk_create(_brackets(book), ignore_conflicts=True)
    ProgrammeRate.objects.bulk_create(_rates(book), ignore_conflicts=True)
    Discount.objects.bulk_create(_discounts(book), ignore_conflicts=True)


def _brackets(book: RateBook) -> Iterator[TariffBracket]:
    for row in book.brackets:
        yield TariffBracket(
            valid_from=row.valid_from,
            min_income=row.min_income,
            base_income=row.base_income,
            source=TARIFF_SOURCE,
        )


def _rates(book: RateBook) -> Iterator[ProgrammeRate]:
    for row in book.rates:
        yield ProgrammeRate(
            programme=row.programme,
            valid_from=row.valid_from,
            basis_points=row.basis_points,
            flat_amount=row.flat_amount,
        )


def _discounts(book: RateBook) -> Iterator[Discount]:
    for row in book.discounts:
        yield Discount(
            code=row.code,
            programmes=sorted(row.programmes),
            sector=row.sector or DiscountSector.ANY,
            month_from=row.month_from,
            month_to=row.month_to,
            percent_off=row.percent_off,
            excluded_payers=sorted(row.excluded_payers),
            legal_basis="PP 50/2025",
        )


def load_holidays() -> None:
    """Holidays of the supported years, and the due dates that follow from them (R13).

    A year that has days is left as it is: people corrected it when its decree came.
    """
    known = {day.year for day in Holiday.objects.values_list("day", flat=True)}
    Holiday.objects.bulk_create(
        (
            Holiday(day=row.day, kind=row.kind, name=row.name, basis=row.basis)
            for year in HOLIDAY_YEARS
            if year not in known
            for row in holiday_days(year)
        ),
        ignore_conflicts=True,
    )
    publish_due_dates(date(HOLIDAY_YEARS.start, 1, 1), date(HOLIDAY_YEARS.stop - 1, 12, 1))


def load_accounts() -> None:
    """The chart of accounts."""
    JournalAccount.objects.bulk_create(
        (
            JournalAccount(code=code, name=name, kind=kind)
            for code, (name, kind) in ACCOUNT_NAMES.items()
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def load_consent_texts() -> None:
    """Each published consent text, by version; a published text is never changed (R36)."""
    ConsentText.objects.bulk_create(
        (
            ConsentText(
                version=path.stem,
                language=path.stem[-2:],
                body=path.read_text(encoding="utf-8"),
                valid_from=CONSENT_VALID_FROM,
            )
            for path in sorted(CONSENT_FOLDER.glob("*.md"))
        ),
        ignore_conflicts=True,
    )
