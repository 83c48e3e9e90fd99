"""Exit code 0 where Airflow's API server answers that a part of it is alive: `airflow_health.py scheduler`.

One HTTP question; `airflow jobs check` would import all of Airflow every half minute in every container.
"""

import json
import os
import sys
from urllib.request import urlopen


def main(part: str) -> None:
    with urlopen(f"{os.environ['AIRFLOW_HEALTH_URL']}/api/v2/monitor/health", timeout=10) as answer:
        status = json.load(answer)[part]["status"]
    if status != "healthy":
        sys.exit(f"{part} is {status}")


if __name__ == "__main__":
    main(sys.argv[1])
