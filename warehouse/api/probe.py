"""`python -m warehouse.api.probe`: whether the API of this environment is alive; for a container's health check."""

import sys

import httpx

from infra.settings import get_settings


def main() -> int:
    """0 where it is."""
    settings = get_settings()
    try:
        answer = httpx.get(f"http://{settings.api_host}:{settings.api_port}/healthz", timeout=10)
    except httpx.HTTPError as error:
        print(f"no API at {settings.api_host}:{settings.api_port}: {error}", file=sys.stderr)
        return 1
    return 0 if answer.is_success else 1


if __name__ == "__main__":
    sys.exit(main())
