"""The report's sections that are lists: experiments, gates, what landed, what was published."""

from collections.abc import Mapping
from html import escape

from warehouse.experiments.page import SIMULATED
from warehouse.page import number, table
from warehouse.report.parts import NO_EXPERIMENT, NO_GATES, NOTHING_LANDED, NOTHING_PUBLISHED, ago, empty, section


def experiments(facts: Mapping) -> str:
    """Every experiment's verdict as of now; simulated ones under their label."""
    if facts["experiments_fault"]:
        return section("experiments", "The experiments' file cannot be read", empty(escape(facts["experiments_fault"])))
    found = facts["experiments"]
    if not found:
        return section("experiments", "What experiments say", empty(NO_EXPERIMENT))
    headline = "What the experiment says" if len(found) == 1 else f"What {len(found)} experiments say"
    return section("experiments", headline, *map(_experiment, found))


def _experiment(one: Mapping) -> str:
    banner = f'<p class="simulated">{SIMULATED}</p>' if one["is_simulated"] else ""
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in one["verdict"])
    exposed = ", ".join(f"{name} {n:,}" for name, n in one["customers"].items()) or "nobody yet"
    note = f"{one['starts']} to {one['ends']}. Customers: {exposed}. All figures:"
    return (
        f'<h3>{escape(one["name"])}</h3>{banner}<div class="verdict{"" if one["is_healthy"] else " none"}">{told}</div>'
        f'<p class="note">{escape(note)} <code>hm experiment report {escape(one["name"])}</code></p>'
    )


def gates(facts: Mapping) -> str:
    """What the gates found the last time a run met them."""
    found = facts["gates"]
    if found is None:
        return section("gates", "What stands between a run and the readers", empty(NO_GATES))
    failing = [gate["name"] for gate in found["gates"] if gate["verdict"] == "fails"]
    headline = f"Gates that fail: {', '.join(failing)}" if failing else "No gate fails"
    mark = {"fails": "bad", "passes": "ok"}
    rows = [
        (
            f'<span class="w {mark.get(g["verdict"], "")}">{escape(g["verdict"])}</span>',
            escape(g["name"]),
            escape(g["says"]),
            f'<span class="w">{escape(g["bound"])}</span>',
        )
        for g in found["gates"]
    ]
    return section("gates", f"{headline}, as of {found['as_of_date']}", table(("", "gate", "found", "bound"), rows))


def data(facts: Mapping) -> str:
    """How old the newest purchase is, and the newest landed files."""
    fresh, files = facts["views"]["freshness"][0], facts["views"]["landings"]
    if not files:
        return section("data", "What has landed", empty(NOTHING_LANDED))
    rows = [
        (
            *(str(file["landing_id"]), escape(file["file_name"]), escape(file["file_kind"])),
            f"{file['first_day']} to {file['last_day']}" if file["first_day"] else "",
            f"synthetic v{escape(file['look_alike'])}" if file["look_alike"] else "",
            number(f"{file['rows_landed']:,}"),
        )
        for file in files
    ]
    headline = f"The last landed purchase is of {fresh['last_day']}" + (f", {ago(fresh)}" if fresh["last_day"] else "")
    landings = "one landing" if fresh["landings"] == 1 else f"{fresh['landings']} landings"
    told = f"{fresh['purchase_rows']:,} rows of purchases from {fresh['first_day']} on, in {landings}"
    heads = ("landing", "file", "kind", "days", "", "rows")
    return section("data", headline, f'<p class="note">{told}; the newest files:</p>', table(heads, rows, right_from=5))


def runs(facts: Mapping) -> str:
    """The newest published runs, and the files that the served one was learned from."""
    found, lineage = facts["views"]["runs"], facts["views"]["lineage"]
    if not found:
        return section("runs", "What was published", empty(NOTHING_PUBLISHED))
    rows = [_run(run) for run in found]
    heads = ("run", "as of", "published (UTC)", "code", "", "customers", "MAP@12", "best baseline")
    files = [(escape(row["landed_file"]), f"<code>{escape(row['landed_sha256'])}</code>") for row in lineage]
    model = escape(lineage[0]["model_run"]) if lineage else ""
    return section(
        "runs",
        f"The last {len(found)} runs" if len(found) > 1 else "One run was published",
        table(heads, rows, right_from=5),
        "<h3>The files that the served run was learned from</h3>",
        table(("file", "sha256"), files),
        f'<p class="note">Its lists were ranked by model {model}.</p>' if model else "",
    )


def _run(run: dict) -> tuple[str, ...]:
    look_alike = f"synthetic v{run['look_alike']}" if run["look_alike"] else ""
    state = " ".join(filter(None, ["served" if run["is_served"] else "", look_alike]))
    when = f"{run['created_at']:%Y-%m-%d %H:%M}"
    told = (str(run["run"]), str(run["as_of_date"]), when, run["code_version"], state)
    figures = [run["map_at_12"], run["best_baseline_map"]]
    numbers = [f"{run['customers_with_list']:,}", *("" if value is None else f"{value:.4f}" for value in figures)]
    return *(f'<span class="w">{escape(cell)}</span>' for cell in told), *map(number, numbers)
