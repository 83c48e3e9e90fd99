"""Forgetting customers, from the first place to the proof.

In this order: the list that landing asks, so that nothing brings them back meanwhile; what is on its way to ClickHouse, and
ClickHouse, which readers see; the state folder; the tables, the accounts of the landings, and who had which key; earlier
versions of all tables. Then every place is walked again. Each step finds by itself what is left: a command that was killed
is simply given again.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from infra.spark import spark_session
from warehouse.forgetting import accounts, registry, state, store, tables
from warehouse.forgetting.customers import Customers
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw

Say = Callable[[str], None]
Counts = dict[str, int]
"""Rows by place."""

SPOOL, STALE, REPLACED = "the API's spool", "files of earlier versions of tables", "replaced parts of ClickHouse's tables"
_LANDED = (raw.TRANSACTIONS.full_name, raw.CUSTOMERS.full_name)


@dataclass(frozen=True)
class Place:
    """What became of one place.

    Attributes:
        removed: rows (of a text: mentions of the id; of files and parts: their number) that went.
        left: those that the walk afterwards still found.
    """

    where: str
    removed: int
    left: int


@dataclass(frozen=True)
class Forgotten:
    """The proof: every place that was looked into; no id is in it."""

    customer_sha256: list[str]
    at: datetime
    places: list[Place]

    @property
    def left(self) -> list[Place]:
        return [place for place in self.places if place.left]

    def to_dict(self) -> dict[str, object]:
        return {**asdict(self), "is_complete": not self.left}


def seek(settings: Settings, client: Client, ids: Iterable[str]) -> Counts:
    """Rows by place, of every place that may hold the customers: what `forget` would remove, and the proof afterwards.

    Needs no Spark: the tables are those of the last snapshot of the metastore.
    """
    catalogue = Catalogue(settings)
    return _sought(settings, catalogue, client, Customers.of(catalogue, ids))


def _sought(settings: Settings, catalogue: Catalogue, client: Client, who: Customers) -> Counts:
    return {
        **{table: tables.count(catalogue, table, who) for table in tables.tables_of_customers(catalogue)},
        **{f"ClickHouse {table}": store.count(client, table, who) for table in store.tables_of_customers(client)},
        SPOOL: state.spooled(settings, who),
        **dict(_in_files(settings, who)),
    }


def _in_files(settings: Settings, who: Customers) -> Iterator[tuple[str, int]]:
    for file in state.files(settings):
        if found := state.count(file, who):
            yield _name(settings, file), found


def _name(settings: Settings, file: Path) -> str:
    return str(file.relative_to(settings.root))


def forget(settings: Settings, client: Client, ids: Iterable[str], say: Say = lambda _: None) -> Forgotten:
    """Remove customers from every place, walk all of them again, and write the proof to the reports.

    The caller holds the pipeline's lock.

    Raises:
        LockHeldError: the metastore is held, or the spool by a server whose store is away.
    """
    catalogue, wanted = Catalogue(settings), sorted(set(ids))
    spark_session(settings)
    catalogue.refresh()
    if tables.drop_staged(catalogue):
        catalogue.refresh()
    who = Customers.of(catalogue, wanted)
    registry.remember(catalogue, who.ids, _with_landed_rows(catalogue, who))
    say("on the list of forgotten customers: no landing lets them in again")
    removed = {SPOOL: state.clear_spool(settings, who)}
    removed |= {f"ClickHouse {table}": n for table, n in store.remove(client, who).items()}
    say("ClickHouse has none of their rows, and no part on disk that had")
    removed |= {_name(settings, file): n for file in state.files(settings) if (n := state.remove(file, who))}
    removed |= _out_of_tables(catalogue, who, say)
    catalogue.refresh()
    removed[STALE] = tables.remove_stale(catalogue)
    say("tables, their earlier versions and the state folder are without them; looking into every place again")
    return _proof(settings, catalogue, client, who, removed)


def _with_landed_rows(catalogue: Catalogue, who: Customers) -> set[str]:
    """Those of whom something may have been learned; asked of all of them together, as a rule they are one."""
    there = [table for table in _LANDED if table in catalogue.tables()]
    return set(who.ids) if any(tables.count(catalogue, table, who) for table in there) else set()


def _out_of_tables(catalogue: Catalogue, who: Customers, say: Say) -> Counts:
    removed = {}
    for table in tables.tables_of_customers(catalogue):
        if table == raw.CUSTOMER_KEYS.full_name:
            # The last to go: the accounts are in line while a walk that is killed can still begin anew.
            catalogue.refresh()
            accounts.settle(catalogue, say)
        removed[table] = tables.remove(catalogue, table, who)
        if removed[table]:
            say(f"{table}: {removed[table]:,} rows")
    return removed


def _proof(settings: Settings, catalogue: Catalogue, client: Client, who: Customers, removed: Counts) -> Forgotten:
    left = _sought(settings, catalogue, client, who)
    left |= {STALE: len(tables.stale(catalogue)), REPLACED: store.n_replaced(client)}
    places = [Place(where, removed.get(where, 0), left.get(where, 0)) for where in {**left, **removed}]
    found = Forgotten(who.hashes, datetime.now(UTC), places)
    write(settings, found)
    return found


def proof_file(settings: Settings, found: Forgotten) -> Path:
    """Where a proof lies: its date, and a hash of whom it is of."""
    of = sha256("".join(found.customer_sha256).encode()).hexdigest()[:12]
    return settings.reports_dir / f"forget-{found.at:%Y-%m-%d}-{of}.json"


def write(settings: Settings, found: Forgotten) -> None:
    """Write a proof; what the same command removed before on that day, before it was killed or given again, is added."""
    file = proof_file(settings, found)
    file.parent.mkdir(parents=True, exist_ok=True)
    told = found.to_dict()
    if file.is_file():
        before = {place["where"]: place["removed"] for place in json.loads(file.read_text())["places"]}
        for place in told["places"]:
            place["removed"] += before.pop(place["where"], 0)
        told["places"] += [{"where": where, "removed": n, "left": 0} for where, n in before.items()]
    file.write_text(json.dumps(told, indent=1, default=str))
