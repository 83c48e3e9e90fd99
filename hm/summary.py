"""What `hm run` and `make demo` end with: the ladder, one customer, where to look next."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from rich.columns import Columns
from rich.table import Table

from hm.chain import Chain
from hm.report import gather, write
from hm.show import KINDS, LADDER, SYNTHETIC, console, ladder, print_verdict
from infra.settings import Settings
from warehouse.calendar import TRAIN_WEEKS
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.lookup import LookupResult, lookup
from warehouse.serving.store import open_store

HISTORY_LINES = 12


def print_summary(chain: Chain, report: dict, with_page: bool = False) -> None:
    """Everything a person wants to see after a run.

    Args:
        with_page: also write the report's page and say where it lies.
    """
    console.rule("Quality")
    if version := chain.look_alike:
        console.print(SYNTHETIC.format(version), style="bold yellow")
    weeks = ", ".join(report["weeks"])
    console.print(f"Judged on the seven days from {weeks} on, with a model that saw nothing of them.")
    console.print(ladder(report, LADDER, [kind for kind in KINDS if kind != "source"]))
    print_verdict(report)
    customer = example_customer(chain.plan.catalogue)
    with open_store(chain.settings) as client:
        answer = lookup(client, customer)
    console.rule(f"One customer, as of {answer.as_of_date}")
    print_customer(chain.plan.catalogue, answer)
    console.rule("Time")
    print_times(chain)
    console.rule("Where to look next")
    print_next(customer, answer, chain.plan.weeks)
    if with_page:
        print_report(chain.settings)
    print_api(chain.settings)


def example_customer(catalogue: Catalogue) -> str:
    """A customer with an ordinary history: of those with 4 to 10 shopping days, the one who bought last; ties by id."""
    rows = catalogue.read("marts.fct_transactions", ["customer_key", "t_dat"])
    each = rows.group_by("customer_key").aggregate([("t_dat", "count_distinct"), ("t_dat", "max")])
    days = each["t_dat_count_distinct"]
    ordinary = each.filter(pc.and_(pc.greater_equal(days, 4), pc.less_equal(days, 10)))
    names = catalogue.read("marts.dim_customers", ["customer_key", "customer_id"])
    found = (ordinary if ordinary.num_rows else each).join(names, "customer_key")
    return found.sort_by([("t_dat_max", "descending"), ("customer_id", "ascending")])["customer_id"][0].as_py()


def _history(catalogue: Catalogue, customer: str, as_of_date: date) -> pa.Table:
    keys = catalogue.read("marts.dim_customers", ["customer_key", "customer_id"])
    key = keys.filter(pc.equal(keys["customer_id"], customer))["customer_key"][0]
    rows = catalogue.dataset("marts.fct_transactions").to_table(
        columns=["t_dat", "article_key", "n_lines"],
        filter=(pc.field("customer_key") == key) & (pc.field("t_dat") < as_of_date),
    )
    names = catalogue.read("marts.dim_articles", ["article_key", "article_id", "prod_name"])
    return rows.join(names, "article_key").sort_by([("t_dat", "descending"), ("article_id", "ascending")])


def print_customer(catalogue: Catalogue, answer: LookupResult) -> None:
    """What a customer bought beside what they are shown."""
    bought = Table("day", "bought", "lines", title="History, latest first")
    history = _history(catalogue, answer.customer_id, answer.as_of_date)
    for row in history.slice(0, HISTORY_LINES).to_pylist():
        bought.add_row(str(row["t_dat"]), (row["prod_name"] or row["article_id"]).strip(), str(row["n_lines"]))
    shown = Table("", "article", "shown", "why", title="Recommendations")
    for article in answer.articles:
        shown.add_row(str(article.rank), article.article_id, article.name.prod_name.strip(), article.reason)
    console.print(f"Customer {answer.customer_id}", soft_wrap=True)
    console.print(Columns([bought, shown]))


def print_times(chain: Chain) -> None:
    """Seconds and peak memory of every step that was done."""
    times = chain.progress.times
    table = Table("step", "seconds", "peak MiB")
    for step in times:
        table.add_row(step.step, f"{step.seconds:.1f}", f"{step.peak_mib:,.0f}")
    table.add_section()
    table.add_row("all", f"{sum(t.seconds for t in times):.1f}", f"{max((t.peak_mib for t in times), default=0):,.0f}")
    console.print(table)


def print_next(customer: str, answer: LookupResult, weeks: int) -> None:
    """Commands to go on with; those that train are told the weeks that were used, so that what is done stands."""
    train_weeks = "" if weeks == TRAIN_WEEKS else f" --train-weeks {weeks}"
    article = answer.articles[0].article_id
    for command in (
        f"hm lookup {customer}",
        f"hm similar {article}",
        f"hm evaluate --weeks 4{train_weeks}",
        'hm sql "select segment, count(*) as customers from marts.customer_rfm group by segment order by 2 desc"',
        "hm submission --out submission.csv",
        "hm report    # all of it on one page",
        f"hm run --why{train_weeks}",
    ):
        console.print(f"  .venv/bin/{command}", soft_wrap=True)


def print_api(settings: Settings) -> None:
    """How to get the same answers over HTTP."""
    docs = f"http://{settings.bind_host}:{settings.api_port}/docs"
    console.print(f"The same answers over HTTP: .venv/bin/hm serve, then {docs}", soft_wrap=True)


def print_report(settings: Settings) -> None:
    """Write the report and say where it lies."""
    page = write(settings, gather(settings))
    console.print(f"The report: {page}", soft_wrap=True)
