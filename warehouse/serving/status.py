"""The store at a glance."""

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.pointer import Pointer
from warehouse.serving.runs import PublishedRun, runs, served


@dataclass(frozen=True)
class ServingStatus(Answer):
    """What is served, what is kept, how big it is.

    Attributes:
        served: the run readers get; None before the first publication.
        since: the pointer row in force.
        kept_runs: numbers of the runs whose rows are there.
        table_rows: rows in the store, by table, over all kept runs.
        disk_bytes: size of those tables.
    """

    served: PublishedRun | None
    since: Pointer | None
    kept_runs: list[int]
    table_rows: dict[str, int]
    disk_bytes: int


def status(client: Client) -> ServingStatus:
    """The store at a glance; works before the first publication too."""
    known = runs(client)
    sizes = client.query(
        "select table, sum(rows), sum(bytes_on_disk) from system.parts "
        "where active and database = currentDatabase() group by table order by table"
    ).result_rows
    return ServingStatus(
        served=served(known),
        since=pointer.current(client),
        kept_runs=sorted(r.run for r in known if r.is_kept),
        table_rows={table: rows for table, rows, _ in sizes},
        disk_bytes=sum(size for _, _, size in sizes),
    )
