"""Partners and counters: two persons open a way for money, one closes it at once."""

from datetime import UTC, datetime, time
from re import fullmatch
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.errors import (
    OutletTaken,
    PartnerChangeDecided,
    PartnerChangeOpen,
    PartnerCodeTaken,
    PartnerHasLogin,
    PartnerStateUnchanged,
)
from payments.models import PartnerChange, PartnerChangeKind, PaymentPartner, PostAgent
from payments.services.partner_changes import (
    NewName,
    PartnerDraft,
    close_counter,
    close_partner,
    confirm_partner_change,
    edit_counter,
    propose_partner_change,
    refuse_partner_change,
)
from perisai.errors import ApprovedByOneself, NotFound, UsernameTaken
from perisai.models import Decision, DeviceToken, Role, User
from perisai.services.agents import Decision as Said
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import (
    PaymentPartnerFactory,
    PostAgentFactory,
    cared_for_member,
    paid,
)
from tests.factories.perisai import BranchFactory, UserFactory
from tests.fixtures import Caller
from tests.payments.counters import PAYMENTS, Counter
from tests.statements import run_sql

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
REASON = "perjanjian kerja sama nomor 7"
TERMS = {"name": "Mitra Baru", "admin_fee": 1_500, "cutoff_time": time(16, 30)}
NOT_NATIONAL = [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR, Role.PARTNER, Role.POST_AGENT]


def national() -> User:
    return UserFactory.create(role=Role.NATIONAL)


def draft_of(kind: PartnerChangeKind, **columns: Any) -> PartnerDraft:
    """A right proposal of a kind, about what the columns name."""
    known: dict[PartnerChangeKind, dict[str, Any]] = {
        PartnerChangeKind.NEW_PARTNER: {"code": "mitra-baru", **TERMS},
        PartnerChangeKind.TERMS: TERMS,
        PartnerChangeKind.NEW_COUNTER: {
            "code": "50111-07",
            "name": "Kantor Pos Baru",
            "username": "loket.baru",
        },
        PartnerChangeKind.NEW_LOGIN: {"name": "Bagian Laporan", "username": "mitra.laporan"},
    }
    return PartnerDraft(kind=kind, reason=REASON, **(known.get(kind, {}) | columns))


def proposed(kind: PartnerChangeKind, by: User | None = None, **columns: Any) -> PartnerChange:
    """A proposal that waits."""
    return propose_partner_change(draft_of(kind, **columns), by=by or national())


def said(by: User | None = None) -> Said:
    """Who closes something, and why."""
    return Said(by=by or national(), at=NOW, reason=REASON)


def every_opening() -> list[tuple[PartnerChangeKind, dict[str, Any]]]:
    """Each kind that needs two persons, with its target."""
    closed = PaymentPartnerFactory.create(is_active=False)
    return [
        (PartnerChangeKind.NEW_PARTNER, {}),
        (PartnerChangeKind.TERMS, {"partner": PaymentPartnerFactory.create()}),
        (PartnerChangeKind.OPEN_PARTNER, {"partner": closed}),
        (PartnerChangeKind.NEW_COUNTER, {"partner": PaymentPartnerFactory.create()}),
        (PartnerChangeKind.OPEN_COUNTER, {"outlet": PostAgentFactory.create(is_active=False)}),
        (PartnerChangeKind.NEW_LOGIN, {"partner": PaymentPartnerFactory.create()}),
    ]


def state() -> list[Any]:
    """Everything that a change of a partner could touch."""
    partners = PaymentPartner.objects.order_by("id").values_list()
    outlets = PostAgent.objects.order_by("id").values_list()
    roles = (Role.POST_AGENT, Role.PARTNER)
    logins = User.objects.filter(role__in=roles).order_by("id").values_list("username")
    return [list(partners), list(outlets), list(logins)]


def test_a_proposal_changes_nothing_and_its_maker_does_not_confirm_it() -> None:
    for kind, target in every_opening():
        before, by = state(), national()
        change = proposed(kind, by, **target)
        with pytest.raises(ApprovedByOneself), transaction.atomic():
            confirm_partner_change(change, by=by, now=NOW)
        change.refresh_from_db()
        assert (state(), change.decision, change.reason) == (before, "", REASON)


def test_the_database_wants_the_second_person_too() -> None:
    proposed(PartnerChangeKind.NEW_PARTNER)
    with (
        pytest.raises(IntegrityError, match="partner_change_opening_needs_second_person"),
        transaction.atomic(),
    ):
        run_sql(
            "UPDATE payments_partnerchange SET decision = 'confirmed', decided_at = now(),"
            " decided_by_id = proposed_by_id"
        )


@pytest.mark.parametrize("role", NOT_NATIONAL)
def test_nobody_else_has_a_say(role: Role) -> None:
    stranger = UserFactory.create(role=role)
    change = proposed(PartnerChangeKind.NEW_PARTNER)
    outlet = PostAgentFactory.create()
    before = state()
    for attempt in (
        lambda: proposed(PartnerChangeKind.TERMS, stranger, partner=outlet.partner),
        lambda: confirm_partner_change(change, by=stranger, now=NOW),
        lambda: refuse_partner_change(change, by=stranger, now=NOW),
        lambda: close_partner(outlet.partner, said(stranger)),
        lambda: close_counter(outlet, said(stranger)),
        lambda: edit_counter(outlet, NewName(name="Lain", branch=None), said(stranger)),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert (state(), PartnerChange.objects.count()) == (before, 1)


def test_a_new_partner_has_its_terms() -> None:
    change = proposed(PartnerChangeKind.NEW_PARTNER)
    confirm_partner_change(change, by=national(), now=NOW)
    made = PaymentPartner.objects.get(code="mitra-baru")
    assert (made.name, made.admin_fee, made.cutoff_time) == ("Mitra Baru", 1_500, time(16, 30))
    assert made.is_active


def test_terms_change_for_the_next_payment() -> None:
    outlet = PostAgentFactory.create()
    change = proposed(PartnerChangeKind.TERMS, partner=outlet.partner)
    confirm_partner_change(change, by=national(), now=NOW)
    outlet.partner.refresh_from_db()
    assert (outlet.partner.admin_fee, outlet.partner.cutoff_time) == (1_500, time(16, 30))


def test_a_new_counter_has_a_login_with_one_password() -> None:
    branch, partner = BranchFactory.create(), PaymentPartnerFactory.create()
    change = proposed(PartnerChangeKind.NEW_COUNTER, partner=partner, branch=branch)
    carried = confirm_partner_change(change, by=national(), now=NOW)
    outlet = PostAgent.objects.select_related("user").get(outlet_code="50111-07")
    assert (outlet.partner, outlet.branch, outlet.name) == (partner, branch, "Kantor Pos Baru")
    assert (outlet.user.username, outlet.user.role) == ("loket.baru", Role.POST_AGENT)
    assert fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", carried.password)
    assert outlet.user.check_password(carried.password)


def test_a_partners_own_login_reads_what_all_its_counters_took_and_takes_nothing() -> None:
    partner = PaymentPartnerFactory.create()
    outlets = [PostAgentFactory.create(partner=partner) for _ in range(2)]
    taken = [paid(cared_for_member(), outlet) for outlet in outlets]
    foreign = paid(cared_for_member(), PostAgentFactory.create())
    change = proposed(PartnerChangeKind.NEW_LOGIN, partner=partner)

    carried = confirm_partner_change(change, by=national(), now=NOW)

    own = PostAgent.objects.select_related("user").get(partner=partner, outlet_code="")
    assert (own.user.username, own.user.role) == ("mitra.laporan", Role.PARTNER)
    assert (own.name, own.branch, own.is_counter) == ("Bagian Laporan", None, False)
    body = {"username": carried.username, "password": carried.password, "terminal_id": "KANTOR"}
    login = Caller().post("/api/v1/pospay/login", body)
    assert login.status_code == 200
    caller = Caller(login.json()["token"])
    read = [caller.get(f"{PAYMENTS}/{payment.pk}").status_code for payment in (*taken, foreign)]
    assert read == [200, 200, 404]
    headers = {"Idempotency-Key": "kunci-mitra-00000001"}
    assert caller.post(PAYMENTS, {}, headers=headers).status_code == 403


def test_a_partner_has_one_login_of_its_own() -> None:
    partner = PaymentPartnerFactory.create()
    first, second = (
        proposed(PartnerChangeKind.NEW_LOGIN, partner=partner, username=name)
        for name in ("mitra.satu", "mitra.dua")
    )
    confirm_partner_change(first, by=national(), now=NOW)

    with pytest.raises(PartnerHasLogin), transaction.atomic():
        confirm_partner_change(second, by=national(), now=NOW)
    with pytest.raises(PartnerHasLogin):
        proposed(PartnerChangeKind.NEW_LOGIN, partner=partner, username="mitra.tiga")

    assert [own.user.username for own in partner.outlets.own()] == ["mitra.satu"]
    assert not User.objects.filter(username__in=["mitra.dua", "mitra.tiga"]).exists()


def test_names_that_somebody_has_are_refused_before_and_after() -> None:
    outlet = PostAgentFactory.create()
    partner = outlet.partner
    code = proposed(PartnerChangeKind.NEW_PARTNER)
    login = proposed(PartnerChangeKind.NEW_COUNTER, partner=partner)
    place = proposed(PartnerChangeKind.NEW_COUNTER, partner=partner, username="loket.dua")
    PaymentPartnerFactory.create(code=code.code)
    other = PostAgentFactory.create(user__username=login.username)
    PostAgentFactory.create(partner=partner, outlet_code=place.code)
    other_place = {"code": "lain", "partner": partner}
    for refusal, change, kind, columns in (
        (PartnerCodeTaken, code, PartnerChangeKind.NEW_PARTNER, {}),
        (UsernameTaken, login, PartnerChangeKind.NEW_COUNTER, other_place),
        (OutletTaken, place, PartnerChangeKind.NEW_COUNTER, {"partner": partner}),
    ):
        with pytest.raises(refusal):
            proposed(kind, **columns)
        with pytest.raises(refusal), transaction.atomic():
            confirm_partner_change(change, by=national(), now=NOW)
        change.refresh_from_db()
        assert change.decision == ""
    assert other.user.username == login.username


def test_one_proposal_at_a_time() -> None:
    partner = PaymentPartnerFactory.create()
    first = proposed(PartnerChangeKind.TERMS, partner=partner)
    with pytest.raises(PartnerChangeOpen), transaction.atomic():
        proposed(PartnerChangeKind.TERMS, partner=partner)
    refuse_partner_change(first, by=first.proposed_by, now=NOW)
    second = proposed(PartnerChangeKind.TERMS, partner=partner)
    confirm_partner_change(second, by=national(), now=NOW)
    for settled in (first, second):
        with pytest.raises(PartnerChangeDecided):
            confirm_partner_change(settled, by=national(), now=NOW)
    first.refresh_from_db()
    assert first.decision == Decision.REFUSED


def test_killed_client_refused_within_5_s(db: None) -> None:
    partner = PaymentPartnerFactory.create()
    outlets = [PostAgentFactory.create(partner=partner) for _ in range(2)]
    counters = [Counter(outlet) for outlet in outlets]
    spared = Counter()
    asked = {"kpj": "90000000018"}
    assert [one.inquire(**asked).status_code for one in counters] == [404, 404]

    close_partner(partner, said())

    assert [one.inquire(**asked).status_code for one in counters] == [401, 401]
    assert spared.inquire(**asked).status_code == 404
    # A session that began beside the closing opens nothing either.
    token, _ends = issue_terminal_token(outlets[0].user, "T-09")
    late = counters[0]
    late.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    answer = late.inquire(**asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "partner_suspended")
    change = PartnerChange.objects.get()
    assert (change.kind, change.reason) == (PartnerChangeKind.CLOSE_PARTNER, REASON)
    assert change.decided_by == change.proposed_by


def test_a_closed_counter_is_closed_alone() -> None:
    partner = PaymentPartnerFactory.create()
    closed, beside = (Counter(PostAgentFactory.create(partner=partner)) for _ in range(2))
    close_counter(closed.outlet, said())
    assert closed.inquire(kpj="90000000018").status_code == 401
    assert beside.inquire(kpj="90000000018").status_code == 404


def test_a_supervisor_closes_a_counter_of_his_branch_and_opens_none() -> None:
    outlet = PostAgentFactory.create(branch=BranchFactory.create())
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=outlet.branch)
    close_counter(outlet, said(supervisor))
    outlet.refresh_from_db()
    assert not outlet.is_active
    with pytest.raises(NotFound):
        proposed(PartnerChangeKind.OPEN_COUNTER, supervisor, outlet=outlet)


def test_two_persons_open_what_one_closed() -> None:
    outlet = PostAgentFactory.create()
    issue_terminal_token(outlet.user, "T-01")
    close_counter(outlet, said())
    close_partner(outlet.partner, said())
    for kind, target in (
        (PartnerChangeKind.OPEN_COUNTER, {"outlet": outlet}),
        (PartnerChangeKind.OPEN_PARTNER, {"partner": outlet.partner}),
    ):
        confirm_partner_change(proposed(kind, **target), by=national(), now=NOW)
    assert PostAgent.objects.working().filter(pk=outlet.pk).exists()
    assert DeviceToken.objects.count() == 0  # what was ended stays ended


def test_what_is_so_already_is_refused_and_no_change() -> None:
    outlet = PostAgentFactory.create()
    opening = proposed(PartnerChangeKind.OPEN_PARTNER, partner=outlet.partner)
    with pytest.raises(PartnerStateUnchanged), transaction.atomic():
        confirm_partner_change(opening, by=national(), now=NOW)
    close_counter(outlet, said())
    with pytest.raises(PartnerStateUnchanged), transaction.atomic():
        close_counter(outlet, said())
    assert PartnerChange.objects.filter(decision=Decision.CONFIRMED).count() == 1


def test_a_counter_gets_another_name_and_branch() -> None:
    outlet, branch = PostAgentFactory.create(), BranchFactory.create()
    edit_counter(outlet, NewName(name="Kantor Pos Pindah", branch=branch), said())
    outlet.refresh_from_db()
    assert (outlet.name, outlet.branch) == ("Kantor Pos Pindah", branch)
    change = PartnerChange.objects.get()
    assert (change.kind, change.name, change.branch) == (
        PartnerChangeKind.EDIT_COUNTER,
        "Kantor Pos Pindah",
        branch,
    )


def test_a_partners_own_login_is_no_counter_and_closes_with_its_partner() -> None:
    own = PostAgentFactory.create(user__role=Role.PARTNER, outlet_code="")
    issue_terminal_token(own.user, "T-01")
    with pytest.raises(NotFound):
        edit_counter(own, NewName(name="Lain", branch=None), said())
    close_partner(own.partner, said())
    assert DeviceToken.objects.count() == 0


@pytest.mark.parametrize(
    "fault",
    [
        "DELETE FROM payments_partnerchange",
        "UPDATE payments_partnerchange SET code = 'lain'",
        "UPDATE payments_partnerchange SET proposed_by_id = proposed_by_id + 1",
    ],
)
def test_a_change_stays_as_it_was_proposed(fault: str) -> None:
    proposed(PartnerChangeKind.NEW_PARTNER)
    with pytest.raises(IntegrityError, match="rows"), transaction.atomic():
        run_sql(fault)


@pytest.mark.parametrize(
    ("kind", "columns", "claim"),
    [
        ("terms", {}, "partner_change_names_its_target"),
        ("new_partner", {"code": ""}, "partner_change_code_of_what_is_new"),
        ("new_partner", {"name": ""}, "partner_change_name_where_it_changes"),
        ("new_partner", {"admin_fee": None}, "partner_change_terms_whole_or_none"),
        ("new_partner", {"admin_fee": 100_001}, "partner_change_fee_is_no_slip"),
        ("new_partner", {"username": "x"}, "partner_change_login_of_a_new_one"),
        ("new_login", {}, "partner_change_names_its_target"),
        ("new_login", {"code": "50111-07"}, "partner_change_code_of_what_is_new"),
    ],
)
def test_half_a_proposal_is_none(kind: str, columns: dict[str, Any], claim: str) -> None:
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        proposed(PartnerChangeKind(kind), **columns)


def test_a_fee_beyond_reason_is_refused_by_the_table() -> None:
    with (
        pytest.raises(IntegrityError, match="payment_partner_fee_is_no_slip"),
        transaction.atomic(),
    ):
        PaymentPartnerFactory.create(admin_fee=100_001)
