"""Settings, all from the environment. In production a secret that is missing or a default one stops the start."""

import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from api import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent
ANTHON_ENV = os.environ.get("ANTHON_ENV", "production")
if ANTHON_ENV not in {"production", "development", "test"}:
    # A word misspelt must not open the house with the secrets of development.
    raise ImproperlyConfigured("ANTHON_ENV is production, development or test")
PRODUCTION = ANTHON_ENV == "production"
DEBUG = False
_DEVELOPMENT_SECRET = "development-only-" + "0" * 40
_DEVELOPMENT_SEED = "A" * 43
_SHORTEST_KEY = 32


def _secret(name: str, development: str) -> str:
    """A secret from the environment; only development and tests have a default."""
    value = os.environ.get(name, "")
    default = not value or value == development or _DEVELOPMENT_SECRET in value or _DEVELOPMENT_SEED in value
    if PRODUCTION and default:
        raise ImproperlyConfigured(f"{name} must be set to a secret of your own in production")
    return value or development


def _ring(name: str, development: str) -> list[str]:
    """Secrets, `secret[,secret]`: the first is used, all are accepted."""
    return _hard_to_guess(name, _secret(name, development).split(","))


def _keys(name: str, development: str) -> dict[str, str]:
    """Secrets with their names, `name:secret[,name:secret]`."""
    keys = dict(pair.split(":", 1) for pair in _secret(name, development).split(","))
    _hard_to_guess(name, [*keys.values()])
    return keys


def _hard_to_guess(name: str, keys: list[str]) -> list[str]:
    if PRODUCTION and any(len(key) < _SHORTEST_KEY for key in keys):
        raise ImproperlyConfigured(f"each key of {name} must have at least {_SHORTEST_KEY} characters in production")
    return keys


def _database(url: str, limits: str) -> dict[str, object]:
    """A PostgreSQL URL as Django's settings; its query holds libpq's own options (`sslmode=verify-full`).

    Connections persist; a dead one is found in use (api.transactions).
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("a database URL reads postgresql://user:password@host:port/name")
    return {
        "ENGINE": "api.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": None,
        # A pooler in transaction mode keeps no server-side cursors.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"connect_timeout": 5, "options": limits, **dict(parse_qsl(parts.query))},
    }


SECRET_KEY, *SECRET_KEY_FALLBACKS = _ring("ANTHON_SECRET_KEY", _DEVELOPMENT_SECRET)
# What tables hold is hashed under this one for ever; installations that were there before it used the other for that.
TABLES_KEY = SECRET_KEY
if os.environ.get("ANTHON_TABLES_KEY"):
    [TABLES_KEY] = _hard_to_guess("ANTHON_TABLES_KEY", [_secret("ANTHON_TABLES_KEY", _DEVELOPMENT_SECRET)])
elif SECRET_KEY_FALLBACKS:
    raise ImproperlyConfigured("set ANTHON_TABLES_KEY to what ANTHON_SECRET_KEY was when it was first used")
ACCESS_KEYS = _keys("ANTHON_ACCESS_KEYS", f"dev:{_DEVELOPMENT_SECRET}")
RECEIPT_KEYS = _keys("ANTHON_RECEIPT_KEYS", f"dev:{_DEVELOPMENT_SEED}")
ALLOWED_HOSTS = os.environ.get("ANTHON_ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,testserver").split(
    ","
)

# Whether admins and police officers hold their roles only in sessions that were opened with a one-time code too.
SECOND_FACTOR = os.environ.get("ANTHON_SECOND_FACTOR", "required" if PRODUCTION else "optional")
if SECOND_FACTOR not in {"required", "optional"}:
    raise ImproperlyConfigured("ANTHON_SECOND_FACTOR is required or optional")

# How many proxies of our own stand in front: only what they add to X-Forwarded-For is believed.
TRUSTED_PROXIES = int(os.environ.get("ANTHON_TRUSTED_PROXIES", "0"))
# Who may read /metrics: networks, by the address that really asks.
METRICS_PEERS = [ip_network(each) for each in os.environ.get("ANTHON_METRICS_PEERS", "127.0.0.0/8,::1").split(",")]

# Kept plans (api.postgres) are made without looking at the parameters: that is what they are kept for.
_LIMITS = "-c statement_timeout=10000 -c lock_timeout=3000 -c jit=off -c plan_cache_mode=force_generic_plan"
DATABASES = {"default": _database(_secret("DATABASE_URL", "postgresql://anthon_api@127.0.0.1/anthon"), _LIMITS)}
if os.environ.get("DATABASE_OWNER_URL"):
    # The owner's work (partitions, purges, migrations) may take longer than a request.
    DATABASES["owner"] = _database(os.environ["DATABASE_OWNER_URL"], "-c lock_timeout=3000")
if os.environ.get("DATABASE_REPLICA_URL"):
    # Lists only, and only what it has replayed (api.replicas); without it the primary answers, so nobody waits for it.
    DATABASES["replica"] = _database(os.environ["DATABASE_REPLICA_URL"], _LIMITS)
    DATABASES["replica"]["OPTIONS"]["connect_timeout"] = 2  # type: ignore[index]
# Off behind a pooler that gives each transaction another connection: there, a kept plan isn't found again.
KEEP_PLANS = os.environ.get("ANTHON_KEEP_PLANS", "yes") != "no"
DATABASE_ROUTERS: list[str] = []

# The work that a tip without an account costs: so many zero bits of SHA-256, 20 being a second or so of a phone.
TIP_DIFFICULTY = int(os.environ.get("ANTHON_TIP_DIFFICULTY", "20"))
# Where denunciations of officials (tố cáo) go instead, as people of this house's province are told.
DENUNCIATION_ADDRESS = os.environ.get("ANTHON_DENUNCIATION_ADDRESS", "Ban Tiếp công dân của tỉnh")

S3 = {
    "endpoint": os.environ.get("S3_ENDPOINT", ""),
    "public_endpoint": os.environ.get("S3_PUBLIC_ENDPOINT") or os.environ.get("S3_ENDPOINT", ""),
    "bucket": os.environ.get("S3_BUCKET", "anthon"),
    "region": os.environ.get("S3_REGION", "us-east-1"),
    "access_key": _secret("S3_ACCESS_KEY", ""),
    "secret_key": _secret("S3_SECRET_KEY", ""),
}

# After how long without acknowledgement an alert goes to the next level.
ALERT_ESCALATION_S = int(os.environ.get("ANTHON_ALERT_ESCALATION_S", "300"))
# The file of a service account of Firebase; without it no phone is rung.
FCM_CREDENTIALS = os.environ.get("ANTHON_FCM_CREDENTIALS", "")
FCM_ENDPOINT = os.environ.get("ANTHON_FCM_ENDPOINT", "https://fcm.googleapis.com")
# Whether webhooks may go to private addresses and over plain HTTP: in a closed network, or while developing.
WEBHOOK_PRIVATE_ADDRESSES = os.environ.get("ANTHON_WEBHOOK_PRIVATE_ADDRESSES", "no") == "yes"

INSTALLED_APPS = [
    # The admin site's; its routes and pages are ours (accounts.site).
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.messages",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_tasks",
    "django_tasks_db",
    "api",
    "api.sync",
    "accounts",
    "media",
    "activities.patrols",
    "activities.observations",
    "activities.shifts",
    "activities.tips",
    "activities.pledges",
]
MIDDLEWARE = ["api.middleware.RequestMiddleware"]
ROOT_URLCONF = "api.urls"
APPEND_SLASH = False

_SITE = BASE_DIR / "accounts" / "site"
TEMPLATES: list[dict[str, object]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_SITE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/admin/static/"
STATICFILES_DIRS = [_SITE / "static"]
STORAGES = {"staticfiles": {"BACKEND": "accounts.site.files.HashedFiles"}}
# What goes on around the admin site's pages stands in accounts.site.page: middleware would cost every request.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]
MIGRATION_MODULES = {"admin": None}  # its table would be a second, lesser trail
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION  # messages take the one of sessions
CSRF_COOKIE_NAME, CSRF_COOKIE_PATH, CSRF_COOKIE_HTTPONLY = "anthon_csrf", "/admin", True
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.passwords.Argon2idHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [_SITE / "locale"]

# The bodies' own limit stands in api.bodies; Django's would answer in HTML.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
# Bodies are held in memory anyway, within that limit; nothing of a file goes to the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 << 20

# The lanes of api.jobs: each worker serves all of them, with a thread for each.
TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "urgent", "outgoing"]},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ISSUER": "anthon",
    "AUDIENCE": "anthon",
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "An Thôn",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "PREPROCESSING_HOOKS": ["api.enums.name_enums_in_document"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.finish"],
}

LOGGING_CONFIG = "api.logs.configure"
LOGGING = {"level": os.environ.get("ANTHON_LOG_LEVEL", "INFO")}
