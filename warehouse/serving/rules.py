"""Business rules at publication, from a file: what must not be shown, what is no longer on sale, how many of one product.

They hold for everything that is published: lists, popular articles, substitutes and complements. A list that they shorten
is filled at lookup like any short list. The cap is a hard one; the re-ranking's (HM_MAX_PER_PRODUCT) is judged before
publication and only moves articles back: who wants variety for its worth sets that one, who must hold a cap this one too.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import UserError
from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.stamps import digest

EXAMPLE = Path(__file__).with_name("publication.example.yml")


class RulesError(UserError):
    """The file of rules cannot be read, or names what is not there."""


class Rules(BaseModel):
    """The rules of one file.

    Attributes:
        exclude_articles: article ids; exclude_product_types, exclude_product_groups: names as in dim_articles.
        sold_within_days: days before the as-of date within which an article must have sold; None: ever.
        max_per_product: articles of one product_code in a list; None: any number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exclude_articles: tuple[str, ...] = ()
    exclude_product_types: tuple[str, ...] = ()
    exclude_product_groups: tuple[str, ...] = ()
    sold_within_days: int | None = Field(default=None, ge=1)
    max_per_product: int | None = Field(default=None, ge=1)

    @property
    def stamp(self) -> str:
        """What they say, as a short hash; empty where they say nothing."""
        return digest(self.model_dump()) if self != Rules() else ""


def load(path: Path) -> Rules:
    """The rules of a file.

    Raises:
        RulesError: naming the file and what is wrong.
    """
    try:
        return Rules.model_validate(yaml.safe_load(path.read_text()) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesError(
            f"{path} cannot be read ({' '.join(str(error).split())}); begin with a copy of {EXAMPLE}."
        ) from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RulesError(f"{path}: {faults}. Compare it with {EXAMPLE}.") from error


def load_configured(settings: Settings) -> Rules:
    """The rules of this environment; none where nobody wrote the file and HM_PUBLICATION_RULES names none."""
    path = settings.publication_rules_file
    return load(path) if settings.publication_rules or path.is_file() else Rules()


@dataclass
class Filter:
    """Rules made ready for one as-of date, and what they did.

    Attributes:
        excluded: ids of articles that must not be shown.
        products: product_code by position in `articles`.
        removed: articles taken out of customers' lists so far; emptied: customers left without a list.
    """

    max_per_product: int | None
    excluded: pa.Array
    articles: pa.Array
    products: np.ndarray
    removed: int = 0
    emptied: int = 0
    shortest: int | None = field(default=None)

    @classmethod
    def of(cls, rules: Rules, catalogue: Catalogue, as_of: date) -> "Filter":
        """Read what the rules ask of the warehouse.

        Raises:
            RulesError: a product type or group is nobody's; most likely it is misspelt.
        """
        names = ["article_id", "article_key", "product_code", "product_type_name", "product_group_name"]
        dim = catalogue.read("marts.dim_articles", names)
        out = pc.is_in(dim["article_id"], value_set=pa.array([i.zfill(10) for i in rules.exclude_articles], pa.string()))
        for column, wanted in (
            ("product_type_name", rules.exclude_product_types),
            ("product_group_name", rules.exclude_product_groups),
        ):
            _require_known(dim[column], wanted, column)
            out = pc.or_(out, pc.is_in(dim[column], value_set=pa.array(wanted, pa.string())))
        if rules.sold_within_days:
            out = pc.or_(out, pc.invert(pc.is_in(dim["article_key"], value_set=_on_sale(catalogue, as_of, rules))))
        ids = dim["article_id"].combine_chunks()
        products = pc.fill_null(dim["product_code"].cast(pa.int64()), -1).to_numpy()
        return cls(rules.max_per_product, ids.filter(pc.fill_null(out, False).combine_chunks()), ids, products)

    def lists(self, rows: pa.Table) -> pa.Table:
        """Rows with lists per customer (`article_ids` and others of its length), of each what may be shown, in its order."""
        ids = rows["article_ids"].combine_chunks()
        owner = pc.list_parent_indices(ids).to_numpy()
        kept = self._may_be_shown(ids.flatten(), owner)
        lengths = np.bincount(owner[kept], minlength=rows.num_rows)
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
        for place, name in enumerate(rows.column_names):
            if pa.types.is_list(rows.schema.field(name).type):
                values = rows[name].combine_chunks().flatten().filter(pa.array(kept))
                rows = rows.set_column(place, name, pa.ListArray.from_arrays(offsets, values))
        self.removed += int((~kept).sum())
        self.emptied += int((lengths == 0).sum())
        return rows.filter(pa.array(lengths > 0))

    def ranked(self, rows: pa.Table, group: list[str], shown: str, *, cap: bool) -> pa.Table:
        """Rows of one article each with a `rank` inside their group, without what may not be shown, ranked anew."""
        rows = rows.sort_by([(name, "ascending") for name in (*group, "rank")])
        owner = _numbered(rows, group)
        rows = rows.filter(pa.array(self._may_be_shown(rows[shown].combine_chunks(), owner, cap=cap)))
        rank = _place(_numbered(rows, group)) + 1
        return rows.set_column(rows.schema.get_field_index("rank"), "rank", pa.array(rank, pa.uint16()))

    def _may_be_shown(self, ids: pa.Array, owner: np.ndarray, *, cap: bool = True) -> np.ndarray:
        kept = ~pc.is_in(ids, value_set=self.excluded).to_numpy(zero_copy_only=False)
        if not cap or self.max_per_product is None:
            return kept
        left = np.flatnonzero(kept)
        product = self.products[pc.index_in(ids.take(pa.array(left)), value_set=self.articles).to_numpy()]
        order = np.lexsort((left, product, owner[left]))
        pairs = np.stack([owner[left][order], product[order]])
        new = np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))[: len(left)]
        beyond = (_place(np.cumsum(new)) >= self.max_per_product) & (product[order] >= 0)
        kept[left[order][beyond]] = False
        return kept


def _place(groups: np.ndarray) -> np.ndarray:
    """Place of each element within its group, from 0; equal groups stand together."""
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def _numbered(rows: pa.Table, group: list[str]) -> np.ndarray:
    """A number per group of rows that stand together."""
    changed = np.zeros(rows.num_rows, bool)
    for name in group:
        column = rows[name].combine_chunks()
        changed[1:] |= pc.not_equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    return np.cumsum(changed)


def _require_known(column: pa.ChunkedArray, wanted: tuple[str, ...], name: str) -> None:
    known = set(pc.unique(column).to_pylist())
    if missing := [value for value in wanted if value not in known]:
        raise RulesError(
            f"No article has the {name} {missing[0]!r}, which the publication's rules exclude; mend its spelling."
        )


def _on_sale(catalogue: Catalogue, as_of: date, rules: Rules) -> pa.Array:
    """Keys of the articles that sold within the days."""
    sold = catalogue.read("marts.article_features", ["article_key", "days_since_last"], as_of_date=as_of)
    return sold.filter(pc.less_equal(sold["days_since_last"], rules.sold_within_days))["article_key"].combine_chunks()
