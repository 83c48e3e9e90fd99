#!/usr/bin/env bash
# Before Superset's first start, and again before every other: its tables, the one user's password, what assets/ describes.
set -euo pipefail
superset db upgrade
# Complains where the user is there already, and ends well; the password of .env is set either way.
superset fab create-admin --username admin --firstname Admin --lastname Admin --email admin@example.invalid \
  --password "$SUPERSET_ADMIN_PASSWORD"
superset fab reset-password --username admin --password "$SUPERSET_ADMIN_PASSWORD"
superset init
assets="${SUPERSET_ASSETS:-$(dirname "$SUPERSET_CONFIG_PATH")/assets}"
superset import-directory --overwrite "$assets"
# It reports files it cannot use in its log, and ends well.
python - "$assets" <<'PYTHON'
import os
import sqlite3
import sys
from pathlib import Path
from uuid import UUID

import yaml

TABLES = {"databases": "dbs", "datasets": "tables", "charts": "slices", "dashboards": "dashboards"}
missing = []
with sqlite3.connect(f"{os.environ['SUPERSET_HOME']}/superset.db") as database:
    uris = dict(database.execute("select uuid, sqlalchemy_uri from dbs"))
    for kind, table in TABLES.items():
        there = {uuid for (uuid,) in database.execute(f"select uuid from {table}")}
        for file in Path(sys.argv[1], kind).rglob("*.yaml"):
            one = yaml.safe_load(file.read_text())
            uuid = UUID(one["uuid"]).bytes
            if uuid not in there or uris.get(uuid) != one.get("sqlalchemy_uri"):
                missing.append(f"{kind}/{file.name}")
if missing:
    sys.exit(f"Superset did not import {', '.join(sorted(missing))}; its log above says why.")
PYTHON
