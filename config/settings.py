"""Every setting of every environment, read once from the environment (`.env.example` lists all).

`PERISAI_ENV` is `local`, `test` or `production`; anything else stops the start, and so does a
missing secret. Where a setting is a rule of the programme, the comment names the rule.
"""

from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import environ
import pghistory
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from config import celery  # noqa: F401  so that every process that sends a task knows the broker
from config.logging import logging_config
from config.queues import *  # noqa: F403  how work is queued is the same everywhere
from config.queues import BROKER_OPTIONS
from config.rules import *  # noqa: F403  the programme's rules stand in a module of their own
from perisai.pooled import PooledConnection

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

PERISAI_ENV = env.str("PERISAI_ENV")
if PERISAI_ENV not in {"local", "test", "production"}:
    raise ImproperlyConfigured(f"PERISAI_ENV is {PERISAI_ENV!r}: use local, test or production")
IS_PRODUCTION = PERISAI_ENV == "production"

# --- Process and hosts -------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
PUBLIC_HOST = env.str("PUBLIC_HOST")
ADMIN_HOST = env.str("ADMIN_HOST")
PARTNER_HOST = env.str("PARTNER_HOST")
# What links on paper begin with; a demonstration has a port and no certificate.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"https://{PUBLIC_HOST}")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
APPEND_SLASH = False
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "axes",
    "csp",
    "pgtrigger",
    "pghistory",
    "django_structlog",
    "perisai",
    "sync",
    "enrollment",
    "payments",
    "retention",
    "supervision",  # before the admin, whose base page it dresses
    "supervision.apps.OfficeAdminConfig",
    "seeds",
]
if not IS_PRODUCTION and find_spec("django_migration_linter"):
    INSTALLED_APPS.append("django_migration_linter")  # in the lock of development alone

MIDDLEWARE = [
    "config.metrics.MetricsPortMiddleware",  # what comes by the port for machines goes no further
    "config.middleware.LeanUnchangedMiddleware",  # outermost of a call: it sees every header
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PagePolicyMiddleware",
    "config.middleware.RequestLogMiddleware",
    "config.middleware.ApiCompressionMiddleware",
    "config.middleware.ResponseHeadersMiddleware",
    "config.middleware.MethodsMiddleware",
    "config.shedding.SheddingMiddleware",
    "config.page_middleware.PageSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.page_middleware.PageUserMiddleware",
    "config.middleware.CauseMiddleware",
    "config.page_middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database, cache, queue --------------------------------------------------------------------
# A pool in web processes only (DB_POOL_MAX > 0); workers and commands keep one connection each.
DB_POOL_MAX = env.int("DB_POOL_MAX", default=0)
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_HEALTH_CHECKS": True,
    "CONN_MAX_AGE": 0 if DB_POOL_MAX else None,
    "OPTIONS": {
        "application_name": env.str("PROCESS_ROLE", default="command"),
        # The server plans a statement once per connection, not once per payment. A pooler in
        # transaction mode needs max_prepared_statements, or a threshold of None.
        "server_side_binding": True,
        "prepare_threshold": 5,
    },
}
if DB_POOL_MAX:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "connection_class": PooledConnection,
        "min_size": 1,
        "max_size": DB_POOL_MAX,
        "timeout": 1,  # seconds: a counter hears within two that the database is down
        "reconnect_timeout": 2,  # then the next call tries afresh, not after a doubled wait
        "max_idle": 300,
        "max_lifetime": 1800,
    }
DATABASES["default"].setdefault("TEST", {})["NAME"] = env.str("TEST_DATABASE_NAME", default=None)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHE_URL = env.str("CACHE_URL")
CACHE_KEY_PREFIX = env.str("CACHE_KEY_PREFIX", default="perisai")
# Seconds in which a cache must answer; then the process leaves it alone for a moment.
CACHE_PATIENCE = env.float("CACHE_PATIENCE", default=0.3)
CACHES = {
    "default": {
        "BACKEND": "perisai.cache.CountingCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": CACHE_KEY_PREFIX,
        "OPTIONS": {"socket_connect_timeout": CACHE_PATIENCE, "socket_timeout": CACHE_PATIENCE},
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_WORKER_CONCURRENCY = env.int("WORKER_PROCS", default=2)
CELERY_BROKER_TRANSPORT_OPTIONS = BROKER_OPTIONS | {"global_keyprefix": f"{CACHE_KEY_PREFIX}:"}
# Touched by a worker while it hears its broker; empty: no file. `python -m config.probe worker`.
WORKER_HEARTBEAT_FILE = env.str("WORKER_HEARTBEAT_FILE", default="")
METRICS_PORT = env.str("METRICS_PORT", default="9100")  # answers for machines, on no other port

# --- People who log in -------------------------------------------------------------------------
AUTH_USER_MODEL = "perisai.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_ENGINE = "perisai.sessions"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # in no cookie
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "perisai_session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_PRODUCTION else "perisai_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", ["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "config.middleware.client_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # tries while locked keep nobody locked
AXES_USERNAME_CALLABLE = "perisai.services.logins.counted_as"
AXES_LOCKOUT_CALLABLE = "config.problems.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False

KNOX_TOKEN_MODEL = "perisai.DeviceToken"  # noqa: S105  the name of a model
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=14),
    "AUTO_REFRESH": True,
    "AUTO_REFRESH_MAX_TTL": timedelta(days=90),
    "MIN_REFRESH_INTERVAL": 3600,
}
DEVICE_LEASE = timedelta(days=14)  # without contact the app locks its store
TERMINAL_TOKEN_TTL = timedelta(hours=12)
COUNTERS_CLOSED = env.bool("COUNTERS_CLOSED", default=False)  # maintenance: 503 for Pospay
WEB_THREADS = env.int(
    "WEB_THREADS", default=0
)  # of a web process; 0: not gunicorn, nothing is shed
APP_MIN_PULL = env.str("APP_MIN_PULL", default="1.0.0")  # older apps may still send
APP_MIN_PULL_TOLD_ON = date.fromisoformat(env.str("APP_MIN_PULL_TOLD_ON", default="2026-01-01"))
APP_LATEST = env.str("APP_LATEST", default="1.0.0")

# --- API ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["perisai.api.authentication.DeviceTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["perisai.api.permissions.Refuse"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["perisai.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "DEFAULT_THROTTLE_CLASSES": ["perisai.api.throttles.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "login": "30/min",
        "sync": "60/min",
        "search": "60/hour",
        "inquiry": "60/min",  # per counter
        "inquiry_daily": "600/day",
        "inquiry_number": "6/min",
        "inquiry_miss": "20/hour",
        "public": "30/min",  # per address: pages without a login
        "agent": "120/min",
        "terminal": "240/min",
    },
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "DATETIME_FORMAT": "iso-8601",
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Perisai",
    "DESCRIPTION": "Agents' app, Pospay counters. Contract: docs/ and ARCHITECTURE.md.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",  # so that calls are grouped by what they are about
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.add_problems",
        "config.openapi.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CoverStateEnum": "enrollment.cover.CoverState",
        "DeviceStateEnum": "perisai.models.DeviceState",
        "PayerKindEnum": "payments.tariff.PayerKind.values",
        "RequestKindEnum": "enrollment.models.RequestKind",
    },
}

# --- Language, time, static files --------------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Bahasa Indonesia")), ("en", _("Inggris"))]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = IS_PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Jakarta"  # what pages show; the database stores UTC
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if IS_PRODUCTION else None  # elsewhere from the apps
# Hashed names in production; the image builds them with the same switch.
STATICFILES_HASHED = env.bool("STATICFILES_HASHED", default=IS_PRODUCTION)
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATICFILES_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = not STATICFILES_HASHED

# --- Uploads -----------------------------------------------------------------------------------
# Held in memory, never in a file: what people upload is stored encrypted or not at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 33 * 1024 * 1024  # of a whole request; a larger one has no file

# --- Browser security --------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        **{f"{kind}-src": [SELF] for kind in ("script", "style", "font", "connect")},
        **{f"{kind}-src": [SELF] for kind in ("worker", "manifest")},
        **{name: [NONE] for name in ("default-src", "frame-ancestors", "base-uri", "object-src")},
    },
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

# --- Personal data -----------------------------------------------------------------------------
FIELD_KEYS_FILE = Path(env.str("FIELD_KEYS_FILE"))
INDEX_KEYS_FILE = Path(env.str("INDEX_KEYS_FILE"))
PROOF_KEYS_FILE = Path(env.str("PROOF_KEYS_FILE"))
ERASURE_LIST_FILE = env.str("ERASURE_LIST_FILE", default="")  # R36; empty: in the database alone
REVEAL_QUOTA = env.int("REVEAL_QUOTA", default=30)  # a user and day; then a second person
if not 1 <= REVEAL_QUOTA <= 100:  # noqa: PLR2004  the bounds of the setting
    raise ImproperlyConfigured("REVEAL_QUOTA must be 1 to 100")
# R36: days that each class of perisai/keeping.py is kept; perisai.E011 watches the bounds.
KEEP_DAYS = {
    "members": env.int("KEEP_MEMBERS_DAYS", default=3_653),
    "drafts": env.int("KEEP_DRAFTS_DAYS", default=90),
    "operations": env.int("KEEP_OPERATIONS_DAYS", default=400),
    "attempts": env.int("KEEP_ATTEMPTS_DAYS", default=1_095),
    "prospects": env.int("KEEP_PROSPECTS_DAYS", default=365),
    "login_events": env.int("KEEP_LOGIN_EVENTS_DAYS", default=365),
    "messages": env.int("KEEP_MESSAGES_DAYS", default=180),
    "money": env.int("KEEP_MONEY_DAYS", default=3_653),
    "records": env.int("KEEP_RECORDS_DAYS", default=3_653),
    "photos": env.int("KEEP_PHOTOS_DAYS", default=365),
    "partner_bodies": env.int("KEEP_PARTNER_BODIES_DAYS", default=90),
    "logs": env.int("KEEP_LOGS_DAYS", default=30),
    "backups": env.int("KEEP_BACKUPS_DAYS", default=35),
}
PRIVACY_AUTHORITY = env.str(
    "PRIVACY_AUTHORITY", default="Kementerian Komunikasi dan Digital (Komdigi)"
)  # R36, until the agency exists
PRIVACY_DEADLINE = env.int("PRIVACY_DEADLINE", default=72)  # R36, elapsed hours
if not 24 <= PRIVACY_DEADLINE <= 72:  # noqa: PLR2004  the law's term is the upper bound
    raise ImproperlyConfigured("PRIVACY_DEADLINE must be 24 to 72 hours (R36)")
PRIVACY_DUTY_PHONE = env.str("PRIVACY_DUTY_PHONE", default="")  # who is told of running terms

# --- History of hand-edited rows (perisai/models/tracked.py) -----------------------------------
# A copied column keeps what it stores, not what it is in forms; who it points to is not searched.
PGHISTORY_EXCLUDE_FIELD_KWARGS = {Field: ["choices", "default", "db_default", "help_text"]}
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

# --- Messages ----------------------------------------------------------------------------------
NOTIFY_BACKEND = env.str("NOTIFY_BACKEND", default="console")  # or memory; in production http
NOTIFY_URL = env.str("NOTIFY_URL", default="")
NOTIFY_TOKEN = env.str("NOTIFY_TOKEN", default="")
NOTIFY_CALLBACK_SECRET = env.str("NOTIFY_CALLBACK_SECRET", default="")
NOTIFY_CA_FILE = env.str("NOTIFY_CA_FILE", default="")  # of a gateway whose authority is its own
NOTIFY_SECONDS = env.float("NOTIFY_SECONDS", default=10)
NOTIFY_QUOTA_RENEWS = env.str("NOTIFY_QUOTA_RENEWS", default="day")
if NOTIFY_QUOTA_RENEWS not in {"hour", "day"}:
    raise ImproperlyConfigured("NOTIFY_QUOTA_RENEWS must be hour or day")

# --- Logging -----------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = None
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # who and which device is enough
logging_config(level=LOG_LEVEL, as_json=IS_PRODUCTION)

# --- A demonstration ---------------------------------------------------------------------------
DEMO_NOW = (
    datetime.fromisoformat(env.str("DEMO_NOW")) if env.str("DEMO_NOW", default="") else None
)  # moves the business clock of a demonstration
if IS_PRODUCTION and DEMO_NOW is not None:
    raise ImproperlyConfigured("DEMO_NOW moves the clock of a demonstration: unset it")
DEMO_TOTP_SECRET = env.str("DEMO_TOTP_SECRET", default="")  # read by `seed demo` alone
DEMO_PASSWORDS_FILE = env.str("DEMO_PASSWORDS_FILE", default="")  # read by `seed demo` alone

structlog.contextvars.clear_contextvars()
