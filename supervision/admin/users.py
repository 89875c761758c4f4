"""Office logins: who they are, what is proposed about them, and the reset of a lost app."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import (
    Branch,
    Decision,
    FactorReset,
    LoginEvent,
    LoginResult,
    LoginStep,
    Role,
    User,
    UserChange,
    UserChangeKind,
)
from perisai.services.factors import has_factor
from perisai.services.office_users import (
    UserDraft,
    confirm_user_change,
    may_reset,
    propose_user_change,
    refuse_user_change,
    reset_factor,
)
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, instant
from supervision.admin.words import Words, say
from supervision.services.scope import branches_visible_to, office_users_visible_to

NATIONAL: Final = frozenset({Role.NATIONAL})
LOGINS_SHOWN: Final = 20
ROLES: Final[Words] = {
    Role.SUPERVISOR: gettext_lazy("pengawas"),
    Role.FINANCE: gettext_lazy("keuangan"),
    Role.NATIONAL: gettext_lazy("kantor pusat"),
    Role.AUDITOR: gettext_lazy("pemeriksa"),
}
KINDS: Final[Words] = {
    UserChangeKind.CREATE: gettext_lazy("pengguna baru"),
    UserChangeKind.CHANGE: gettext_lazy("ganti peran"),
    UserChangeKind.DEACTIVATE: gettext_lazy("akhiri pengguna"),
    UserChangeKind.REACTIVATE: gettext_lazy("aktifkan kembali"),
}
DECISIONS: Final[Words] = {
    "": gettext_lazy("menunggu"),
    Decision.CONFIRMED: gettext_lazy("disetujui"),
    Decision.REFUSED: gettext_lazy("ditolak"),
}
TONES: Final = {Decision.CONFIRMED: "good", Decision.REFUSED: "quiet"}
STEPS: Final[Words] = {
    LoginStep.OFFICE: gettext_lazy("kata sandi"),
    LoginStep.FACTOR: gettext_lazy("kode aplikasi"),
    LoginStep.PAPER: gettext_lazy("kode pemulihan"),
}
ENDS: Final[Words] = {
    LoginResult.RIGHT: gettext_lazy("benar"),
    LoginResult.WRONG: gettext_lazy("salah"),
    LoginResult.LOCKED: gettext_lazy("terkunci"),
}


class RoleForm(ReasonForm):
    """What a login is to be."""

    role = forms.ChoiceField(label=gettext_lazy("Peran"), choices=[*ROLES.items()])
    branch: "forms.ModelChoiceField[Branch]" = forms.ModelChoiceField(
        label=gettext_lazy("Kantor cabang, hanya untuk pengawas"), queryset=None, required=False
    )
    field_order = ("username", "role", "branch", "reason")


class NewUserForm(RoleForm):
    """Who is new."""

    username = forms.RegexField(
        r"\A[\w.@+-]{1,60}\Z", label=gettext_lazy("Nama pengguna"), max_length=60
    )


class ResetFactor(Act[User]):
    """Takes a lost authenticator app away; the owner sets up another one at the next login."""

    name = "reset-factor"
    title = gettext_lazy("Atur ulang aplikasi autentikator")
    explanation = gettext_lazy(
        "Hanya bila pemiliknya hadir sendiri. Semua sesinya berakhir, dan ia memasang aplikasi"
        " baru saat masuk berikutnya."
    )
    doers = frozenset({Role.SUPERVISOR, Role.NATIONAL})
    needs_step_up = True
    form = ReasonForm

    def is_offered(self, record: User | None, user: User) -> bool:
        """To a second person, while there is an app."""
        return record is not None and may_reset(record, by=user) and has_factor(record)

    def carry_out(self, record: User, asked: Asked) -> Done:
        """Reset it."""
        reset_factor(record, by=asked.user, reason=asked.data["reason"], now=clock.now())
        return Done(message=_("Aplikasi autentikator diatur ulang."))


class Propose(Act[User]):
    """What one national user proposes about a login; another one decides."""

    kind: UserChangeKind
    doers = NATIONAL
    needs_step_up = True
    explanation = gettext_lazy("Berlaku setelah disetujui oleh orang kedua di kantor pusat.")
    form = ReasonForm

    def is_offered(self, record: User | None, user: User) -> bool:
        """Never about oneself; what is over is not ended again."""
        if record is None or record.pk == user.pk:
            return record is None
        return record.is_active is (self.kind != UserChangeKind.REACTIVATE)

    def make_form(self, record: User | None, user: User, *sent: Any) -> forms.Form:
        """With the branches that the user sees, where a branch is asked for."""
        form = self.form(*sent)
        branch = form.fields.get("branch")
        if isinstance(branch, forms.ModelChoiceField):
            branch.queryset = branches_visible_to(user).order_by("name")
        return form

    def carry_out(self, record: User | None, asked: Asked) -> Done:
        """Propose it."""
        role = asked.data.get("role")
        draft = UserDraft(
            kind=self.kind,
            username=record.username if record else asked.data["username"],
            reason=asked.data["reason"],
            role=Role(role) if role else None,
            branch=asked.data.get("branch"),
        )
        propose_user_change(draft, by=asked.user)
        return Done(message=_("Usulan dicatat dan menunggu orang kedua."))


class ProposeUser(Propose):
    """A new login."""

    name = "propose"
    title = gettext_lazy("Usulkan pengguna baru")
    kind = UserChangeKind.CREATE
    is_for_list = True
    form = NewUserForm


class ProposeRole(Propose):
    """Another role or branch."""

    name = "propose-role"
    title = gettext_lazy("Usulkan peran lain")
    kind = UserChangeKind.CHANGE
    form = RoleForm


class ProposeEnd(Propose):
    """The end of a login."""

    name = "propose-end"
    title = gettext_lazy("Usulkan berakhir")
    is_grave = True
    kind = UserChangeKind.DEACTIVATE


class ProposeReturn(Propose):
    """An ended login back."""

    name = "propose-return"
    title = gettext_lazy("Usulkan aktif kembali")
    kind = UserChangeKind.REACTIVATE


class ConfirmChange(Act[UserChange]):
    """The second person says yes."""

    name = "confirm"
    title = gettext_lazy("Setujui")
    doers = NATIONAL
    needs_step_up = True

    def is_offered(self, record: UserChange | None, user: User) -> bool:
        """While it waits, to somebody else."""
        return record is not None and not record.decision and record.proposed_by_id != user.pk

    def carry_out(self, record: UserChange, asked: Asked) -> "Done | Shown":
        """Confirm; a new login's first password is shown here once."""
        made = confirm_user_change(record, by=asked.user, now=clock.now())
        if not made.password:
            return Done(message=_("Usulan disetujui."))
        return Shown(
            title=_("Pengguna baru"),
            facts=[
                Fact(label=_("nama pengguna"), value=made.user.username),
                Fact(label=_("kata sandi pertama"), value=made.password),
            ],
            note=_("Sampaikan langsung kepada orangnya. Kata sandi ini tidak ditampilkan lagi."),
        )


class RefuseChange(Act[UserChange]):
    """Puts a proposal aside; its maker may do so too."""

    name = "refuse"
    title = gettext_lazy("Tolak")
    is_grave = True
    doers = NATIONAL

    def is_offered(self, record: UserChange | None, user: User) -> bool:
        """While it waits."""
        return record is not None and not record.decision

    def carry_out(self, record: UserChange, asked: Asked) -> Done:
        """Refuse."""
        refuse_user_change(record, by=asked.user, now=clock.now())
        return Done(message=_("Usulan ditolak."))


class UserAdmin(ScopedAdmin[User]):
    """Office logins: all of them, or a branch's supervisors."""

    title = gettext_lazy("Pengguna kantor")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (ProposeUser(), ResetFactor(), ProposeRole(), ProposeEnd(), ProposeReturn())
    keyset = ("username",)
    list_display = ("login", "role_word", "branch_name", "state_badge", "app_badge")
    list_select_related = ("branch",)

    def scoped(self, user: User) -> QuerySet[User]:
        """All for national roles; the supervisors of his branch for a supervisor."""
        return office_users_visible_to(user)

    @admin.display(description=gettext_lazy("Nama pengguna"))
    def login(self, record: User) -> str:
        """The name that is typed."""
        return record.username

    @admin.display(description=gettext_lazy("peran pengguna"))
    def role_word(self, row: User) -> str:
        """What the user is."""
        return say(ROLES, row.role)

    @admin.display(description=gettext_lazy("Kantor Cabang"))
    def branch_name(self, record: User) -> str:
        """Empty for the national roles."""
        return record.branch.name if record.branch else NOTHING

    @admin.display(description=gettext_lazy("status"))
    def state_badge(self, row: User) -> SafeString:
        """Whether the user may log in."""
        return badge(_("aktif"), "good") if row.is_active else badge(_("berakhir"), "quiet")

    @admin.display(description=gettext_lazy("aplikasi autentikator"))
    def app_badge(self, row: User) -> SafeString:
        """Whether an app is in use."""
        has_app = bool(getattr(row, "has_app", False))
        return badge(_("terpasang"), "good") if has_app else badge(_("belum ada"), "warn")

    def detail(self, record: User, user: User) -> Detail:
        """The login, its resets and its last tries."""
        return Detail(
            title=record.username,
            facts=[
                Fact(label=_("peran pengguna"), value=self.role_word(record)),
                Fact(label=_("kantor cabang"), value=record.branch or NOTHING),
                Fact(label=_("status"), value=self.state_badge(record)),
                Fact(label=_("aplikasi autentikator"), value=self.app_badge(record)),
                Fact(label=_("masuk terakhir"), value=instant(record.last_login)),
            ],
            sections=[_resets_of(record), _tries_of(record)],
        )


class UserChangeAdmin(ScopedAdmin[UserChange]):
    """Proposals about office logins."""

    title = gettext_lazy("Usulan pengguna")
    readers = frozenset({Role.NATIONAL, Role.AUDITOR})
    acts = (ConfirmChange(), RefuseChange())
    list_display = (
        "login",
        "kind_word",
        column("proposed_by", gettext_lazy("diusulkan oleh")),
        "decision_badge",
    )
    list_select_related = ("proposed_by",)

    def scoped(self, user: User) -> QuerySet[UserChange]:
        """All, for national roles."""
        return UserChange.objects.visible_to(user)

    @admin.display(description=gettext_lazy("Nama pengguna"))
    def login(self, record: UserChange) -> str:
        """The name that is typed."""
        return record.username

    @admin.display(description=gettext_lazy("usulan"))
    def kind_word(self, row: UserChange) -> str:
        """What is proposed."""
        return say(KINDS, row.kind)

    @admin.display(description=gettext_lazy("keputusan"))
    def decision_badge(self, row: UserChange) -> SafeString:
        """What was decided."""
        known = TONES.get(Decision(row.decision), "quiet") if row.decision else "warn"
        return badge(say(DECISIONS, row.decision), known)

    def called(self, record: UserChange, user: User) -> str:
        """By the login that it is about."""
        return record.username

    def detail(self, record: UserChange, user: User) -> Detail:
        """One proposal with its reason."""
        decided_by = record.decided_by.username if record.decided_by else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("usulan"), value=self.kind_word(record)),
                Fact(label=_("peran pengguna"), value=say(ROLES, record.role) or NOTHING),
                Fact(label=_("kantor cabang"), value=record.branch or NOTHING),
                Fact(label=_("alasan"), value=record.reason),
                Fact(label=_("diusulkan oleh"), value=record.proposed_by.username),
                Fact(label=_("diusulkan"), value=instant(record.proposed_at)),
                Fact(label=_("keputusan"), value=self.decision_badge(record)),
                Fact(label=_("diputuskan oleh"), value=decided_by),
                Fact(label=_("diputuskan"), value=instant(record.decided_at)),
            ],
        )


def _resets_of(user: User) -> Section:
    resets = FactorReset.objects.filter(user=user).select_related("by").order_by("-at")
    return Section(
        title=_("Aplikasi yang diatur ulang"),
        columns=[_("waktu"), _("oleh"), _("alasan")],
        rows=[(instant(reset.at), reset.by.username, reset.reason) for reset in resets],
    )


def _tries_of(user: User) -> Section:
    tries = LoginEvent.objects.filter(user=user).order_by("-at")[:LOGINS_SHOWN]
    return Section(
        title=_("Percobaan masuk terakhir"),
        columns=[_("waktu"), _("langkah"), _("hasil"), _("jaringan")],
        rows=[
            (instant(one.at), say(STEPS, one.step), say(ENDS, one.result), one.net) for one in tries
        ],
    )
