"""The identity of a run: a hash of who gets what, from the warehouse and from what is published."""

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from infra.settings import Settings, get_settings
from warehouse.hive.catalogue import Catalogue


def _settings(home: Path) -> Settings:
    os.environ["HM_HOME"] = str(home)
    get_settings.cache_clear()
    return get_settings()


def recommendations_hash(table: pa.Table) -> str:
    """sha256 of the sorted (customer_id, rank, article_id, source) rows."""
    rows = table.select(["customer_id", "rank", "article_id", "source"]).sort_by(
        [("customer_id", "ascending"), ("rank", "ascending")]
    )
    text = pc.binary_join_element_wise(*(pc.cast(column, pa.string()) for column in rows.columns), "|")
    return hashlib.sha256("\n".join(text.to_pylist()).encode()).hexdigest()


def fingerprint(home: Path) -> str:
    """Hash of the latest recommendations of a state folder and of the run its readers see."""
    from tests.drills.published import published_hash

    settings = _settings(home)
    catalogue = Catalogue(settings)
    latest = max(catalogue.as_of_dates("recs.recommendations"))
    warehouse = recommendations_hash(catalogue.read("recs.recommendations", as_of_date=latest))
    return hashlib.sha256(f"{warehouse} {published_hash(settings)}".encode()).hexdigest()
