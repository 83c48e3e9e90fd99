#!/usr/bin/env bash
# Before Airflow's first start, and again before every other: its tables, the pools of the DAGs, the one user's password.
set -euo pipefail
airflow db migrate
airflow pools import /opt/hm/airflow/pools.json
umask 077
python - > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE" <<'PYTHON'
import json
import os

print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))
PYTHON
