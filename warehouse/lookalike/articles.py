"""The 25 columns of articles.csv from the catalogue's arrays."""

from collections.abc import Sequence

import numpy as np

from warehouse.lookalike.catalogue import TYPE_NAMES, Catalogue
from warehouse.lookalike.categories import COLOURS, GARMENT_GROUPS, INDEX_GROUPS, INDEXES, PATTERNS, PRODUCT_TYPES
from warehouse.lookalike.departments import DEPARTMENTS, Department
from warehouse.lookalike.draws import Draws
from warehouse.lookalike.wording import descriptions, product_names

ARTICLE_COLUMNS = (
    "article_id", "product_code", "prod_name", "product_type_no", "product_type_name", "product_group_name",
    "graphical_appearance_no", "graphical_appearance_name", "colour_group_code", "colour_group_name",
    "perceived_colour_value_id", "perceived_colour_value_name", "perceived_colour_master_id", "perceived_colour_master_name",
    "department_no", "department_name", "index_code", "index_name", "index_group_no", "index_group_name", "section_no",
    "section_name", "garment_group_no", "garment_group_name", "detail_desc",
)  # fmt: skip


def article_ids(catalogue: Catalogue) -> list[str]:
    """Ten digits each, with the leading zero."""
    return [f"{number:010d}" for number in catalogue.number.tolist()]


def article_rows(catalogue: Catalogue, seed: int) -> list[list[str]]:
    """The lines of articles.csv, as text, ascending by article id."""
    first = catalogue.product_first
    draws = Draws(seed, 5)
    names = product_names(TYPE_NAMES, catalogue.type[first], draws)
    texts = descriptions(TYPE_NAMES, catalogue.type[first], draws)
    types = [_type_columns(name) for name in TYPE_NAMES]
    patterns = [[str(number), name] for number, name, _ in PATTERNS]
    colours = [_colour_columns(c) for c in COLOURS]
    departments = [_department_columns(d) for d in DEPARTMENTS]
    rows = []
    for article, p, t, g, c, d in zip(article_ids(catalogue), *_lists(catalogue), strict=True):
        rows.append([article, article[:7], names[p], *types[t], *patterns[g], *colours[c], *departments[d], texts[p]])
    return rows


def _lists(catalogue: Catalogue) -> list[list[int]]:
    columns: Sequence[np.ndarray] = (
        catalogue.product,
        catalogue.type,
        catalogue.pattern,
        catalogue.colour,
        catalogue.department,
    )
    return [column.tolist() for column in columns]


def _type_columns(name: str) -> list[str]:
    return [str(PRODUCT_TYPES[name].number), name, PRODUCT_TYPES[name].group]


def _colour_columns(colour: list[str]) -> list[str]:
    code, name, _, *perceived = colour
    return [code, name, *perceived]


def _department_columns(d: Department) -> list[str]:
    index_name, group = INDEXES[d.index]
    return [
        str(d.number), d.name, d.index, index_name, str(INDEX_GROUPS[group]), group, str(d.section_number), d.section,
        str(GARMENT_GROUPS[d.garment_group]), d.garment_group,
    ]  # fmt: skip
