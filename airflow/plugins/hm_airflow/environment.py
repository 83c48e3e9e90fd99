"""Where the DAGs run: the checkout, the environment's name and the commands in it."""

import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
ENV = os.environ.get("HM_ENV", "embedded")
HM = os.environ.get("HM_COMMAND", str(REPO / ".venv" / "bin" / "hm"))
"""How the `hm` command is called; a test calls it by another interpreter."""
DBT = os.environ.get("HM_DBT", str(REPO / ".venv" / "bin" / "dbt"))
RAW = os.environ.get("HM_RAW", "data/raw")
"""Folder of the raw files where no other is asked for, from the checkout."""
MANIFEST = os.environ.get("HM_DBT_MANIFEST")
"""dbt's manifest, where one is at hand; without it Cosmos asks dbt itself (`dbt ls`)."""
