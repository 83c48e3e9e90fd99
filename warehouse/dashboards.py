"""`make dashboards`: Superset on what readers are served, from the files of infra/superset, in the foreground until Ctrl-C.

chDB lets one process open a store, so Superset asks over ClickHouse's HTTP protocol everywhere: a server's; the door of
`hm serve`, where that holds the store; else a door that this process opens, and other commands go on beside it.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra import locks
from infra.errors import UserError
from infra.settings import Settings, get_settings
from infra.superset.start import Store, check_port, serve
from warehouse.experiments.errors import DefinitionError
from warehouse.experiments.record import record_configured
from warehouse.serving.store import DOOR_USER, open_store

_READ_ONLY = "readonly=2"
"""ClickHouse itself refuses whatever would change a table."""


@contextmanager
def store(settings: Settings) -> Iterator[Store]:
    """What Superset is to read, with its views there.

    Raises:
        StoreError: ClickHouse does not answer.
        LockHeldError: another command kept chDB's store for longer than `HM_LOCK_TIMEOUT_S`.
    """
    if settings.clickhouse_interface == "http":
        yield _server(settings)
    elif found := locks.door(settings):
        yield _through(settings, found)
    else:
        from warehouse.api.door import door

        with door(settings):
            yield _through(settings, locks.door(settings))


def _server(settings: Settings) -> Store:
    uri = f"clickhousedb://{settings.clickhouse_user}@{settings.clickhouse_host}:{settings.clickhouse_port}"
    secure = "&secure=true" if settings.clickhouse_tls else ""
    return Store(f"{uri}/{settings.clickhouse_database}?{_READ_ONLY}{secure}", settings.clickhouse_password)


def _through(settings: Settings, door: locks.Door) -> Store:
    return Store(
        f"clickhousedb://{DOOR_USER}@{door.host}:{door.port}/{settings.clickhouse_database}?{_READ_ONLY}",
        door.password,
        is_there=lambda: locks.door(settings) == door,
        gone="`hm serve`, which the dashboards asked, has ended; start `make dashboards` again.",
    )


def _record(settings: Settings) -> None:
    """The views as the code has them, and what experiments.yml says now; a wrong file is named and costs nothing else."""
    with open_store(settings) as client:
        try:
            record_configured(client, settings)
        except DefinitionError as error:
            print(error, file=sys.stderr)


def main() -> None:
    """Exit code 1 and one sentence where it cannot be done; Ctrl-C and SIGTERM end it in order."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A shell's background job comes with Ctrl-C's signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        settings = get_settings()
        check_port(settings)
        with store(settings) as found:
            _record(settings)
            serve(settings, found, lambda line: print(line, flush=True))
    except UserError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("The dashboards have ended.")


if __name__ == "__main__":
    main()
