"""Superset's own settings, beside the databases of assets/; secrets come as variables and stand in none of its tables."""

import os

from sqlalchemy.engine import URL, make_url

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
# What people make here is small and can be made again from assets/: one file, one worker that writes it.
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?check_same_thread=false"
RATELIMIT_ENABLED = False
# Seconds a chart waits; on a machine that is busy with a chain one takes long.
SUPERSET_WEBSERVER_TIMEOUT = 120
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
# Okabe and Ito's, which colour-blind readers tell apart; the seventh darkened until it is seen on white.
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "hm",
        "label": "Okabe and Ito",
        "description": "Told apart by colour-blind readers",
        "isDefault": True,
        "colors": ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#C9B800", "#8C8C8C"],
    }
]


def DB_CONNECTION_MUTATOR(uri: URL, params: dict, username, security_manager, source) -> tuple[URL, dict]:
    """The password of ClickHouse, at the moment of connecting, and its address where it is not the containers' one."""
    if uri.drivername.startswith("clickhousedb"):
        uri = make_url(os.environ.get("SUPERSET_CLICKHOUSE_URI", uri)).set(password=os.environ["HM_CLICKHOUSE_PASSWORD"])
    return uri, params
