"""Existing members brought in: what each line becomes, and that all of it is in order (R20-R28)."""

from datetime import date

import pytest

from enrollment.kpj import FIRST_IN_SEQUENCE, provisional_kpj
from enrollment.models import Assignment, Consent, ImportedMember, Member, Registration
from payments.models import OpeningCover
from payments.services.checks import run_checks
from perisai.models import Agent, ImportState, OutboxMessage, StagedRow, User
from perisai.privacy import blind_index
from retention.models import FollowUp
from retention.services.sweep import open_follow_ups
from supervision.errors import ImportNeedsSecondPerson, ImportNotReady, ImportStale
from supervision.services.importing.loading import load_run
from supervision.services.importing.runs import confirm_run
from sync.models import Book, BookEntry
from tests.factories.enrollment import MemberFactory, invented_nik
from tests.factories.payments import PostAgentFactory, paid
from tests.factories.perisai import AgentFactory
from tests.supervision.importing.files import (
    csv_file,
    faults_of,
    member_line,
    members_of,
    never_paid,
    read,
)

pytestmark = pytest.mark.django_db


def test_line_becomes_a_member_with_all_that_it_says(
    agent: Agent, importer: User, second: User
) -> None:
    file = csv_file([member_line(agent, kpj="24012345678", tempat_lahir="Sidoarjo", masa_ke="2")])
    run = read(members_of(importer), file)
    assert (run.state, run.rows, run.brings_cover) == (ImportState.READY, 1, True)
    confirm_run(run.pk, by=second)

    loaded = load_run(run.pk, by=importer)

    assert (loaded.rows, loaded.with_cover, loaded.told) == (1, 1, 1)
    member = Member.objects.get()
    assert (member.nik, member.full_name) == (invented_nik(1), "BUDI CONTOH")
    assert bytes(member.nik_index or b"") == blind_index("nik", invented_nik(1))
    assert (member.agent, member.branch) == (agent, agent.office.branch)
    assert (member.village_id, member.regency_code, member.rt) == ("3515142001", "3515", "003")
    assert (member.address_line, member.birthplace) == ("Dusun Contoh 4", "Sidoarjo")
    assert (member.phone, member.phone_owner) == ("+6281234567890", "self")
    assert (member.income_monthly, member.programmes) == (900_000, ["JKK", "JKM"])
    assert (member.kpj, member.kpj_provisional) == ("24012345678", False)
    assert (member.registered_on, member.ecosystem) == (date(2025, 3, 10), "desa")
    assert (member.paid_through, member.episode_no) == (date(2026, 10, 1), 2)
    assert [named.occupation_id for named in member.occupations.all()] == ["DES01"]
    assert Member.objects.with_name("Budi", regency_codes=["3515"]).get() == member
    opening = OpeningCover.objects.get()
    assert (opening.agent, opening.months_with_agent, opening.run) == (agent, 20, run)
    assert Assignment.objects.get().from_on == date(2025, 3, 10)


def test_imported_member_rests_on_the_stated_basis_and_agreed_to_nothing(
    agent: Agent, importer: User
) -> None:
    """R36: no consent is invented, no welcome is sent."""
    run = read(members_of(importer), csv_file([never_paid(agent)]))

    load_run(run.pk, by=importer)

    fact = ImportedMember.objects.get()
    assert (fact.run.legal_basis, fact.line) == ("contract", 2)
    assert (Consent.objects.count(), Registration.objects.count()) == (0, 0)
    assert OutboxMessage.objects.count() == 0


def test_lines_without_a_number_draw_ours_in_their_order(agent: Agent, importer: User) -> None:
    """R10: provisional until the institution's number is imported."""
    lines = [never_paid(agent, number) for number in (1, 2, 3)]
    lines[1]["kpj"] = "24012345678"
    run = read(members_of(importer), csv_file(lines))

    load_run(run.pk, by=importer)

    made = Member.objects.order_by("imported__line")
    assert [member.kpj_provisional for member in made] == [True, False, True]
    drawn = [int(member.kpj[:10]) for member in made if member.kpj_provisional]
    assert drawn[0] >= FIRST_IN_SEQUENCE
    assert drawn[1] == drawn[0] + 1
    assert made[0].kpj == provisional_kpj(drawn[0])


def test_what_was_paid_needs_a_second_person(agent: Agent, importer: User, second: User) -> None:
    run = read(members_of(importer), csv_file([member_line(agent)]))

    with pytest.raises(ImportNeedsSecondPerson):
        load_run(run.pk, by=importer)
    with pytest.raises(ImportNeedsSecondPerson):
        confirm_run(run.pk, by=importer)
    assert Member.objects.count() == 0

    assert confirm_run(run.pk, by=second).confirmed_by == second
    assert load_run(run.pk, by=importer).rows == 1


def test_members_reach_their_agents_phones_and_the_closed_do_not(
    agent: Agent, importer: User
) -> None:
    other = AgentFactory.create()
    lines = [never_paid(agent, 1), never_paid(agent, 2), never_paid(other, 3)]
    lines.append(never_paid(other, 4, tanggal_tutup="2026-01-31", alasan_tutup="mundur"))
    run = read(members_of(importer), csv_file(lines))

    loaded = load_run(run.pk, by=importer)

    assert (loaded.rows, loaded.told) == (4, 3)
    told = BookEntry.objects.filter(is_present=True, entity="member")
    by_agent = told.order_by("book__agent__number").values_list("book__agent", flat=True)
    assert sorted(by_agent) == sorted([agent.pk, agent.pk, other.pk])
    assert set(Book.objects.values_list("version", flat=True)) == {1}
    assert Member.objects.get(closed_reason="withdrawn").closed_on == date(2026, 1, 31)


def test_telling_that_was_cut_short_goes_on(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent, 1), never_paid(agent, 2)]))
    load_run(run.pk, by=importer)
    first = BookEntry.objects.order_by("id")[0]
    first.delete()

    again = load_run(run.pk, by=importer)

    assert (again.rows, again.told) == (0, 1)
    assert BookEntry.objects.count() == 2
    assert load_run(run.pk, by=importer).told == 0


def test_imported_people_are_swept_billed_and_in_balance(
    agent: Agent, importer: User, second: User
) -> None:
    """R14 to R16: paid through August, unpaid since September."""
    lines = [member_line(agent, 1, lunas_sampai="2026-08"), member_line(agent, 2)]
    run = read(members_of(importer), csv_file(lines))
    confirm_run(run.pk, by=second)
    load_run(run.pk, by=importer)

    open_follow_ups("3515", as_of=date(2026, 11, 20))
    payer = Member.objects.get(paid_through=date(2026, 10, 1))
    paid(payer, PostAgentFactory.create())

    assert list(FollowUp.objects.values_list("unpaid_since", flat=True)) == [date(2026, 9, 1)]
    assert payer.paid_through == date(2026, 11, 1)
    assert [result.code for result in run_checks() if result.breaks] == []


def test_doubts_about_a_nik_are_kept_with_the_member(agent: Agent, importer: User) -> None:
    """R22: nobody had the card in hand, so nobody cleared them."""
    line = never_paid(agent, tanggal_lahir="1981-02-03", jenis_kelamin="P")
    run = read(members_of(importer), csv_file([line]))

    load_run(run.pk, by=importer)

    assert ImportedMember.objects.get().soft_checks == ["birth_differs", "sex_differs"]


def test_draft_is_loaded_and_lacks_what_it_lacks(agent: Agent, importer: User) -> None:
    """R24."""
    line = never_paid(agent, alamat="", nomor_hp="", pekerjaan="", penghasilan="", program="")
    run = read(members_of(importer), csv_file([line]))

    load_run(run.pk, by=importer)

    member = Member.objects.get()
    assert (member.phone, member.address_line, member.income_monthly) == (None, None, None)
    assert (member.programmes, member.ecosystem) == ([], "")


def test_waiting_rows_show_nothing_and_go(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))
    waiting = str(StagedRow.objects.get().columns)

    for said in (invented_nik(1), "BUDI", "Dusun", "81234567890"):
        assert said not in waiting

    load_run(run.pk, by=importer)
    assert StagedRow.objects.count() == 0


def test_member_who_came_between_reading_and_loading_makes_the_run_stale(
    agent: Agent, importer: User
) -> None:
    file = csv_file([never_paid(agent, 1), never_paid(agent, 2)])
    run = read(members_of(importer), file)
    MemberFactory.create(number=2)

    with pytest.raises(ImportStale):
        load_run(run.pk, by=importer)

    run.refresh_from_db()
    assert (run.state, Member.objects.count()) == (ImportState.DISCARDED, 1)
    again = read(members_of(importer), file)
    assert faults_of(again) == [(3, "nik", "nik_known")]
    with pytest.raises(ImportNotReady):
        load_run(again.pk, by=importer)


def test_book_that_is_larger_than_a_phone_holds_is_named(
    agent: Agent, importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.services.importing.FULL_BOOK", 2)
    lines = [never_paid(agent, number) for number in (1, 2, 3)]
    lines.append(never_paid(AgentFactory.create(), 4))
    run = read(members_of(importer), csv_file(lines))

    assert load_run(run.pk, by=importer).full_books == (agent.number,)


def test_members_are_told_in_small_commits(
    agent: Agent, importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.services.importing.ROWS_PER_COMMIT", 10)
    lines = [never_paid(agent, number) for number in range(1, 26)]
    run = read(members_of(importer), csv_file(lines))

    assert load_run(run.pk, by=importer).told == 25

    assert Book.objects.get().version == 3
    assert BookEntry.objects.filter(is_present=True).count() == 25
