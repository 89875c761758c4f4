"""Who can log in."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from perisai.models.branch import Branch
from perisai.models.tracked import tracked


class Role(models.TextChoices):
    """The columns of the authorisation matrix."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    FINANCE = "finance"
    NATIONAL = "national"
    AUDITOR = "auditor"
    POST_AGENT = "post_agent"
    PARTNER = "partner"


class Language(models.TextChoices):
    """Language of pages and messages."""

    INDONESIAN = "id"
    ENGLISH = "en"


class UserManager(BaseUserManager["User"]):
    """Makes users with a hashed password."""

    def create_user(
        self,
        username: str,
        *,
        role: Role,
        password: str | None = None,
        branch: Branch | None = None,
    ) -> "User":
        """One active user of a role; office roles may enter the admin. No password: no login."""
        user = self.model(
            username=username, role=role, branch=branch, is_staff=role in User.OFFICE_ROLES
        )
        user.set_password(password)
        user.save(using=self._db)
        return user


@tracked(without=["password", "last_login", "sessions_ended", "created_at"])
class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # knox is untyped
    """One login. What a person may see follows from role and branch, never from the name."""

    OFFICE_ROLES = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR})

    username = models.CharField(
        max_length=60, unique=True, help_text="Agent number, outlet number or office login."
    )
    role = models.CharField(max_length=12, choices=Role)
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        help_text="Scope of a supervisor; empty for the others.",
    )
    language = models.CharField(max_length=2, choices=Language, default=Language.INDONESIAN)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May enter the admin.")
    sessions_ended = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How often all sessions were ended."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "username"

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_is_known"),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="user_language_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.SUPERVISOR) | Q(branch__isnull=False),
                name="user_supervisor_has_a_branch",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must hold to go on: it ends with the password, or when all are ended."""
        state = f"{self.password}|{self.sessions_ended}"
        salted = salted_hmac("perisai.user.session", state, secret=secret, algorithm="sha256")
        return salted.hexdigest()
