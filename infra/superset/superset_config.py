"""Superset's own settings, beside the databases of assets/; secrets come as variables and stand in none of its tables."""

import os

from sqlalchemy.engine import URL

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
# What people make here is small and can be made again from assets/: one file, one worker that writes it.
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?check_same_thread=false"
RATELIMIT_ENABLED = False
# Plain HTTP on the loopback address; pages load nothing from elsewhere and tell nobody anything.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


def DB_CONNECTION_MUTATOR(uri: URL, params: dict, username, security_manager, source) -> tuple[URL, dict]:
    """The password of ClickHouse, at the moment of connecting."""
    if uri.drivername.startswith("clickhousedb"):
        uri = uri.set(password=os.environ["HM_CLICKHOUSE_PASSWORD"])
    return uri, params
