"""The dashboards' files agree with each other and with the views they plot; Superset itself is not needed for that."""

from collections.abc import Iterator
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
import yaml
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.settings import REPO

ASSETS = REPO / "infra" / "superset" / "assets"
KINDS = ("databases", "datasets", "charts", "dashboards")
FILES = {kind: {f.stem: yaml.safe_load(f.read_text()) for f in sorted((ASSETS / kind).rglob("*.yaml"))} for kind in KINDS}
DATASETS = {one["uuid"]: one for one in FILES["datasets"].values()}


def source(dataset: dict) -> str:
    """What stands behind `from`: the view, or the dataset's own question."""
    return f"({dataset['sql']})" if dataset["sql"] else dataset["table_name"]


def expression(dataset: dict, column: str) -> str:
    found = {one["column_name"]: one.get("expression", one["column_name"]) for one in dataset["columns"]}
    return found[column]


def dimensions(params: dict) -> list[str]:
    grouped = params.get("groupby") or []
    named = [params.get("x_axis"), *([grouped] if isinstance(grouped, str) else grouped), *params.get("all_columns", [])]
    return [column for column in named if column]


def statement(chart: dict, dataset: dict) -> str:
    """The chart as a plain select of its dataset's columns and metrics. A name that the dataset lacks is a KeyError."""
    params = chart["params"]
    metrics = {one["metric_name"]: one["expression"] for one in dataset["metrics"]}
    asked = [*params.get("metrics", []), *([params["metric"]] if "metric" in params else [])]
    grouped = [expression(dataset, column) for column in dimensions(params)]
    selected = [f"{what} as c{i}" for i, what in enumerate([*grouped, *(metrics[name] for name in asked)])]
    kept = [one["sqlExpression"] for one in params["adhoc_filters"]]
    order = [
        f"{expression(dataset, name)} {'asc' if up else 'desc'}"
        for name, up in map(yaml.safe_load, params.get("order_by_cols", []))
    ]
    return " ".join(
        [
            f"select {', '.join(selected)} from {source(dataset)}",
            f"where {' and '.join(kept)}" if kept else "",
            f"group by {', '.join(grouped)}" if grouped and asked else "",
            f"order by {', '.join(order)}" if order else "",
        ]
    )


def on_dashboards() -> Iterator[tuple[str, dict]]:
    for name, dashboard in FILES["dashboards"].items():
        for key, part in dashboard["position"].items():
            if key.startswith("CHART-"):
                yield name, part["meta"]


@pytest.mark.parametrize("name", FILES["datasets"])
def test_every_column_of_a_dataset_is_in_its_view_with_its_type(name, store):
    dataset = FILES["datasets"][name]
    selected = [f"{expression(dataset, one['column_name'])} as c{i}" for i, one in enumerate(dataset["columns"])]
    found = store.query(f"describe table (select {', '.join(selected)} from {source(dataset)})").result_rows
    assert [row[1] for row in found] == [one["type"] for one in dataset["columns"]]
    assert [one["is_dttm"] for one in dataset["columns"]] == [one["type"].startswith("Date") for one in dataset["columns"]]


def test_what_every_chart_asks_is_answered(store, publish_it):
    publish_it()
    for name, chart in FILES["charts"].items():
        try:
            store.query(statement(chart, DATASETS[chart["dataset_uuid"]]))
        except (ClickHouseError, KeyError) as error:
            pytest.fail(f"{name}: {error}")


def test_every_reference_names_something():
    databases = {one["uuid"] for one in FILES["databases"].values()}
    charts = {one["uuid"]: one["slice_name"] for one in FILES["charts"].values()}
    assert {one["database_uuid"] for one in FILES["datasets"].values()} <= databases
    assert {one["dataset_uuid"] for one in FILES["charts"].values()} == set(DATASETS)
    assert all(charts[meta["uuid"]] == meta["sliceName"] for _, meta in on_dashboards())
    assert {meta["uuid"] for _, meta in on_dashboards()} == set(charts), "a chart that stands on no dashboard"


@pytest.mark.parametrize("name", FILES["dashboards"])
def test_every_part_of_a_dashboard_stands_in_a_row_that_is_not_too_wide(name):
    position = FILES["dashboards"][name]["position"]
    rows = [position[row] for row in position["GRID_ID"]["children"]]
    placed = [part for row in rows for part in row["children"]]
    assert sorted(placed) == sorted(key for key in position if key.startswith(("CHART-", "MARKDOWN-")))
    assert all(sum(position[part]["meta"]["width"] for part in row["children"]) == 12 for row in rows)


@pytest.mark.parametrize("name", FILES["dashboards"])
def test_a_filter_reaches_charts_that_have_its_column_and_no_other_that_means_something_else(name):
    dashboard = FILES["dashboards"][name]
    by_uuid = {one["uuid"]: DATASETS[one["dataset_uuid"]] for one in FILES["charts"].values()}
    for one in dashboard["metadata"]["native_filter_configuration"]:
        (target,) = one["targets"]
        column, excluded = target["column"]["name"], one["scope"]["excluded"]
        expression(DATASETS[target["datasetUuid"]], column)
        for where, meta in on_dashboards():
            if where == name and meta["chartId"] not in excluded:
                expression(by_uuid[meta["uuid"]], column)


def test_uuids_follow_from_the_files_names_and_no_two_are_equal():
    for kind in KINDS[1:]:
        for stem, one in FILES[kind].items():
            assert one["uuid"] == str(uuid5(NAMESPACE_URL, f"hm-warehouse/superset/{kind}/{stem}"))
    every = [UUID(one["uuid"]) for kind in KINDS for one in FILES[kind].values()]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("name", FILES["charts"])
def test_a_chart_says_what_is_seen(name):
    chart = FILES["charts"][name]
    assert chart["slice_name"] and chart["description"].endswith(".")
    assert chart["params"]["viz_type"] == chart["viz_type"]
    if chart["viz_type"].startswith("echarts_timeseries"):
        assert chart["params"]["y_axis_title"] and chart["params"]["y_axis_format"]


def test_the_import_needs_what_every_file_has():
    for kind in KINDS:
        assert all(one["version"] == "1.0.0" for one in FILES[kind].values())
    # Without these two it passes a dataset over, and ends well.
    assert all(one["schema"] == "hm" and "sql" in one for one in FILES["datasets"].values())
