"""`seed national`: an invented country whose rows open, whose numbers are nobody's."""

from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from enrollment.models import Assignment, Member
from enrollment.nik import Sex, parse_nik, soft_checks
from enrollment.services.members import missing_of
from enrollment.services.regions import known_regions
from payments.services.checks import run_checks
from perisai.models import Agent, AgentVillage, Branch, ImportRun, Office, User, Village
from perisai.phones import normalise_phone
from perisai.privacy import blind_index, name_words
from retention.services.rules import due_window
from seeds.national import load, processes
from seeds.national.load import FILLED
from seeds.national.people import AGENT_LINES, MEMBER_LINES, OPERATORS, phone_of
from seeds.national.plan import PEOPLE, NationalOrder, agents_for, books_of
from seeds.region_files import read_region_tree

AS_OF = date(2026, 11, 20)
MEMBERS = 1_400
DUE = 0.05
# What does not differ between two loads: ciphertexts have fresh nonces, numbers run on.
ALIKE = """
    SELECT md5(string_agg(concat_ws(',', m.id, agent.number, encode(nik_index, 'hex'),
        encode(m.phone_index, 'hex'), name_words, birth_date, village_id, household_of_id,
        registered_on, paid_through, closed_on), '|' ORDER BY m.id))
    FROM enrollment_member m JOIN perisai_agent agent ON agent.id = m.agent_id
"""
CATALOGUE = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY (%(tables)s::regclass[])
    UNION ALL
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY (%(tables)s::regclass[])
    ORDER BY 1, 2
"""


def seed(**options: object) -> str:
    """Run the command; what it printed."""
    printed = StringIO()
    given = {"members": str(MEMBERS), "as_of": AS_OF.isoformat(), "due": DUE, "workers": 1}
    call_command("seed", "national", **(given | options), stdout=printed)
    return printed.getvalue()


def catalogue() -> list[tuple[str, str]]:
    """Every constraint and index of the tables that are filled."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE, {"tables": [model._meta.db_table for model in FILLED]})
        return list(cursor.fetchall())


def likeness() -> str:
    with connection.cursor() as cursor:
        cursor.execute(ALIKE)
        found: tuple[str] = cursor.fetchone()
    return found[0]


@pytest.fixture(scope="module")
def national(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The country that two processes made, for all tests of this file; what was printed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed(workers=2)
        transaction.set_rollback(True)


@pytest.mark.usefixtures("national")
class TestLoaded:
    def test_everybody_is_there_in_proportion(self, national: str) -> None:
        assert Member.objects.count() == MEMBERS
        assert Agent.objects.count() == agents_for(MEMBERS) == 3
        assert (Branch.objects.count(), Office.objects.count()) == (1, 1)
        assert not any(user.has_usable_password() for user in User.objects.all())
        assert "1,400 members of 3 agents; loaded" in national
        assert "(100%)" in national

    def test_every_row_opens_and_is_found(self) -> None:
        for member in Member.objects.all():
            assert bytes(member.nik_index or b"") == blind_index("nik", member.nik)
            assert Member.objects.with_nik(member.nik).get() == member
            words = name_words(member.full_name, regency_code=member.regency_code)
            assert [bytes(word) for word in member.name_words] == words
            assert member.birthplace
            assert member.address_line
            if member.phone is None:
                assert member.no_phone_reason
            else:
                assert normalise_phone(member.phone) == member.phone
                assert bytes(member.phone_index or b"") == blind_index("phone", member.phone)
                assert member.no_phone_reason is None

    def test_cards_are_sound_and_nobodys(self) -> None:
        regions = known_regions()
        niks = set()
        for member in Member.objects.all():
            nik = parse_nik(member.nik, regions=regions, today=AS_OF)
            assert soft_checks(nik, birth_date=member.birth_date, sex=Sex(member.sex)) == ()
            assert nik.district_code == str(member.village_id)[:6]
            assert 9_900 <= int(member.nik[-4:]) <= 9_969
            niks.add(member.nik)
        assert len(niks) == MEMBERS

    def test_nothing_is_missing_for_a_bill(self) -> None:
        assert [member for member in Member.objects.all() if missing_of(member)] == []
        mains = Member.objects.filter(occupations__is_main=True)
        assert mains.values("pk").distinct().count() == MEMBERS
        same = [
            member.ecosystem == member.occupations.get().occupation.ecosystem
            for member in Member.objects.prefetch_related("occupations__occupation")[:100]
        ]
        assert all(same)

    def test_the_wanted_share_owes_a_month(self) -> None:
        due = Member.objects.live().filter(paid_through__range=due_window(AS_OF))
        assert due.count() == MEMBERS * DUE

    def test_cover_holds_before_the_money_checks(self) -> None:
        assert [result.code for result in run_checks() if result.breaks] == []

    def test_others_are_closed_lapsed_and_never_paid(self) -> None:
        assert Member.objects.filter(closed_on__isnull=False).exists()
        assert Member.objects.filter(closed_on=None, paid_through=None).exists()
        assert Member.objects.filter(closed_on=None, paid_through__lt="2026-06-01").exists()
        assert Member.objects.filter(household_of__isnull=False).exists()

    def test_books_are_of_agents_of_the_branch_and_villages(self) -> None:
        assert Assignment.objects.count() == MEMBERS
        assert (
            not Assignment.objects.exclude(agent=Agent.objects.first())
            .filter(member__agent=Agent.objects.first())
            .exists()
        )
        seen = set(Member.objects.values_list("agent", "village").distinct())
        assert seen == set(AgentVillage.objects.values_list("agent", "village"))
        sizes = Member.objects.values("agent").annotate(many=Count("pk")).values_list("many")
        assert sorted(sizes) == [(466,), (467,), (467,)]

    def test_the_same_order_again_changes_nothing(self) -> None:
        before = likeness()
        assert "already loaded, nothing changed" in seed()
        assert likeness() == before

    def test_another_order_is_refused(self) -> None:
        with pytest.raises(CommandError, match="nothing loaded: this database holds other people"):
            seed(seed=2)


@pytest.mark.django_db
def test_one_process_makes_the_same_people_as_two_and_puts_all_back() -> None:
    before = catalogue()
    with transaction.atomic():
        seed(members="700", workers=2)
        two = likeness()
        assert catalogue() == before
        transaction.set_rollback(True)
    seed(members="700")
    assert likeness() == two
    assert {index for index, _ in before} > {"member_by_name_words", "member_by_agent"}


@pytest.mark.django_db
def test_a_failure_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue()
    whole = processes.written

    def cut_short(*args: object, **options: object) -> Iterator[str]:
        yield next(whole(*args, **options))  # type: ignore[arg-type]  # as they came
        raise RuntimeError("a process has died")

    monkeypatch.setattr(load, "written", cut_short)
    with pytest.raises(RuntimeError, match="has died"), transaction.atomic():
        seed()
    assert not Member.objects.exists()
    assert not Agent.objects.exists()
    assert not ImportRun.objects.exists()
    assert catalogue() == before


@pytest.mark.django_db
def test_a_database_of_other_people_is_refused() -> None:
    Branch.objects.create(code="PLG", name="Kantor Cabang Palembang")
    with pytest.raises(CommandError, match="nothing loaded: this database holds other people"):
        seed()
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_production_is_refused(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="not for production: nothing loaded"):
        seed()
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_a_database_without_reference_data_is_refused(settings: Settings) -> None:
    del settings
    Village.objects.all().delete()
    with pytest.raises(CommandError, match=r"run `manage\.py seed reference` first"):
        seed()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"members": "0"}, "--members '0' is no number"),
        ({"members": "many"}, "--members 'many' is no number"),
        ({"members": "1000M"}, "--members '1000M' is no number"),
        ({"due": 0.9}, "--due lies from 0"),
        ({"workers": 0}, "--workers lies between"),
        ({"as_of": "soon"}, "--as-of 'soon' is not a day"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        seed(**options)


@pytest.fixture(scope="module")
def villages() -> list[tuple[str, str]]:
    """The whole country's."""
    rows = read_region_tree().rows["village"]
    return sorted((code, kind) for code, _, _, kind in rows)


@pytest.mark.parametrize("members", [1, 5, 667, 20_000])
def test_every_member_has_one_place(members: int, villages: list[tuple[str, str]]) -> None:
    order = NationalOrder(members=members, seed=1, due=500, as_of=AS_OF)
    books = books_of(order, villages)
    assert len(books) == agents_for(members)
    assert [book.first for book in books] == [
        sum(book.many for book in books[:place]) for place in range(len(books))
    ]
    cards = {
        (share.village[:6], share.before + count)
        for book in books
        for share in book.shares
        for count in range(share.many)
    }
    assert len(cards) == sum(book.many for book in books) == members
    assert sum(order.is_due(number) for number in range(members)) == members * 5 // 100


def test_a_country_of_ten_million_has_fifteen_thousand_agents_and_all_provinces(
    villages: list[tuple[str, str]],
) -> None:
    order = NationalOrder(members=10_000_000, seed=1, due=100, as_of=AS_OF)
    books = books_of(order, villages)
    assert len(books) == 15_000
    java = sum(
        share.many for book in books for share in book.shares if share.village[:2] in {"32", "35"}
    )
    assert 0.30 < java / order.members < 0.36
    assert {share.village[:2] for book in books for share in book.shares} == set(PEOPLE)


def test_phones_are_well_formed_and_those_of_agents_are_not_those_of_members() -> None:
    members = {
        phone_of(number, first_line=0, lines=MEMBER_LINES) for number in range(len(OPERATORS) * 3)
    }
    agents = {
        phone_of(number, first_line=MEMBER_LINES, lines=AGENT_LINES) for number in range(15_000)
    }
    assert len(members) == len(OPERATORS) * 3
    assert len(agents) == 15_000
    assert not members & agents
    assert all(normalise_phone(phone) == phone for phone in members)
