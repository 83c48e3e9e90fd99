"""ClickHouse reads the recommendations' Parquet files itself, where it can: the rows then do not pass through Python."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.settings import Settings
from warehouse.serving.errors import PublicationRefusedError

_OUT_OF_ORDER = "the rows of a customer are not one each of ranks 1, 2, 3 and so on"
_INSERT = f"""
insert into recommendations (run, customer_id, article_ids, scores, sources, reasons)
select
    {{run:UInt32}},
    customer_id,
    arrayMap(one -> one.2, ranked),
    arrayMap(one -> one.3, ranked),
    arrayMap(one -> one.4, ranked),
    arrayMap(one -> one.5, ranked)
from
(
    select
        assumeNotNull(customer_id) as customer_id,
        arraySort(one -> one.1, groupArray((
            toUInt32(assumeNotNull(rank)),
            assumeNotNull(article_id),
            toFloat32(assumeNotNull(score)),
            assumeNotNull(source),
            assumeNotNull(reason)
        ))) as ranked
    from %s
    group by customer_id
)
where throwIf(arrayMap(one -> one.1, ranked) != range(toUInt32(1), toUInt32(length(ranked) + 1)), '{_OUT_OF_ORDER}') = 0
settings max_bytes_before_external_group_by = 2000000000
"""


@dataclass(frozen=True)
class Files:
    """Parquet files of one folder as ClickHouse reads them.

    Attributes:
        place: address of all files, with a glob.
        table: the table function that reads them, with its parameter `place`.
    """

    place: str
    table: str

    @classmethod
    def of(cls, settings: Settings, files: list[str]) -> "Files | None":
        """None where there are none, or only a server of another machine could read this machine's disk."""
        if not files or (settings.storage == "disk" and settings.clickhouse_interface != "chdb"):
            return None
        folder, *others = {str(PurePosixPath(file).parent) for file in files}
        if others:
            return None
        function = "file" if settings.storage == "disk" else "hdfs"
        return cls(f"{settings.file_system_uri}{folder}/*.parquet", f"{function}({{place:String}}, 'Parquet')")


def why_not(client: Client, files: Files) -> str:
    """Why ClickHouse cannot read the files; empty where it can."""
    try:
        client.query(f"select count() from (select rank from {files.table} limit 1)", parameters={"place": files.place})
    except ClickHouseError as error:
        return str(error).splitlines()[0][:200]
    return ""


def pull(client: Client, run: int, files: Files) -> int:
    """Insert the recommendations under a run number; returns the customers in the files.

    Raises:
        PublicationRefusedError: a customer's ranks have gaps.
    """
    try:
        client.command(_INSERT % files.table, parameters={"run": run, "place": files.place})
    except ClickHouseError as error:
        if _OUT_OF_ORDER not in str(error):
            raise
        raise PublicationRefusedError(f"recs.recommendations: {_OUT_OF_ORDER}; run `hm recommend` again.") from error
    counted = client.query(f"select uniqExact(customer_id) from {files.table}", parameters={"place": files.place})
    return int(counted.result_rows[0][0])
