"""The ML engineers' commands: why a list is as it is, and which of two systems is better."""

from pathlib import Path
from typing import Annotated

import typer

from hm.options import AsOf, Json, TrainWeeks, Weeks, chain_of, print_json
from infra import locks
from warehouse.calendar import TRAIN_WEEKS

app = typer.Typer()


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="customer_id: 64 hexadecimal digits.")],
    article: Annotated[str, typer.Argument(help="article_id: 10 digits.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Why a customer is shown an article, or is not: sources, features with SHAP contributions, rank.

    The customer's candidates are made again by the model that ranked the
    finished recommendations of the as-of date, which fits every source once:
    as long as `hm recommend` takes before its first block. Contributions add up
    to the score; --json has every feature, the table the largest of each group.
    """
    from hm.show_learning import print_explanation
    from models.explain import explain as walk
    from models.interactions import Interactions
    from models.ranking import load_run
    from models.recommend import Recommender
    from warehouse.serving.lookup import customer_id_of
    from warehouse.serving.names import article_id_of

    customer_id, article_id = customer_id_of(customer), article_id_of(article)
    chain = chain_of(as_of)
    plan, day = chain.plan, chain.finished_recommendations()
    with chain.progress.step("explain", f"one customer's candidates as of {day}, made again"):
        log, threads = Interactions.from_catalogue(plan.catalogue), chain.settings.n_threads
        run, moved = load_run(plan.run_dir(day)), plan.reranking
        recommender = Recommender(plan.catalogue, run, day, log, num_threads=threads, reranking=moved)
        found = walk(recommender, customer_id, article_id)
    print_json(found.to_dict()) if as_json else print_explanation(found, look_alike=chain.look_alike)


@app.command()
def compare(
    a: Annotated[
        str | None, typer.Argument(help="State folder (.hm), run id, or as-of date of a model.", show_default=False)
    ] = None,
    b: Annotated[str | None, typer.Argument(help="The same; better or worse than A?", show_default=False)] = None,
    left_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            help="source:NAME, features:GROUP (repeatable; a comma leaves several out together), or all: each in turn.",
        ),
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(min=1, max=52, help="Latest whole weeks.", show_default="those that were judged"),
    ] = None,
    as_of: AsOf = None,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    as_json: Json = False,
) -> None:
    """Which of two systems is better, on the same buyers of the same weeks, and how sure that is.

    hm compare .hm ../branch/.hm: what `hm evaluate --weeks 4` judged in two
    state folders that landed the same log, such as those of two checkouts.

    hm compare 2020-09-09 2020-09-16: two models of this folder, by date or run
    id, on the weeks that neither learned from.

    hm compare --leave-out source:ridge: the full system against itself without
    a part, trained on the same weeks. GROUP is what stands before the dot of a
    feature's name (own, customer, article, affinity, ...); `hm explain` shows them.

    The interval is the evaluation's: 95 %, customers drawn with all their weeks,
    both sides on the same draw. Nothing is trained or judged twice: stopped
    while leaving out, the same command goes on.
    """
    from hm import compare as comparing
    from hm.show_learning import print_comparison, print_left_out

    if bool(left_out) == bool(a) or bool(a) != bool(b):
        raise typer.BadParameter("Name two sides, A and B, or parts to --leave-out.")
    chain = chain_of(as_of, train_weeks)
    if left_out:
        with locks.pipeline(chain.settings):
            found = comparing.leave_out(chain, left_out, weeks)
    else:
        found = [comparing.compare_sides(chain, a, b, weeks)]
    if as_json:
        print_json([one.to_dict() for one in found])
    elif len(found) > 1:
        print_left_out(found, look_alike=chain.look_alike)
    else:
        print_comparison(found[0], look_alike=chain.look_alike)


@app.command()
def reranking(
    weeks: Weeks = 1,
    as_of: AsOf = None,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    as_json: Json = False,
) -> None:
    """What variety costs: the full system's lists under caps per product and weights of diversity.

    Every row is the same models' lists of the same weeks, moved. HM_MAX_PER_PRODUCT
    and HM_DIVERSITY make one of them what is recommended and judged.
    """
    from hm.reranking import prices
    from hm.show_learning import print_prices

    chain = chain_of(as_of, train_weeks)
    with locks.pipeline(chain.settings):
        found = prices(chain, weeks)
    print_json(found) if as_json else print_prices(found, look_alike=chain.look_alike)


@app.command("item-to-item")
def item_to_item(
    weeks: Weeks = 2,
    grid: Annotated[bool, typer.Option("--grid", help="Search the settings on the earlier half of the weeks.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """How good are the articles shown instead of an article, and with it.

    On weeks that no list has seen: what its buyer took next of the same kind, and
    what else was in the basket; rules beside the product, and complements of a
    segment's own beside everyone's. Needs the features of those weeks (`hm run
    --weeks N`). Also in the state folder's reports/item-to-item-<date>.json.
    """
    from hm.item_to_item import judge
    from hm.show_item_to_item import print_item_to_item

    chain = chain_of(as_of)
    found = judge(chain, weeks, grid)
    print_json(found) if as_json else print_item_to_item(found, look_alike=chain.look_alike)


@app.command()
def tune(
    trials: Annotated[int, typer.Option(min=1, help="Trials the study is to have; those of earlier calls count.")] = 60,
    minutes: Annotated[float, typer.Option(min=0, help="No trial begins after so many minutes.")] = 60,
    weeks: Annotated[int, typer.Option(min=1, max=12, help="Weeks that settings are judged on.")] = 2,
    judged: Annotated[int, typer.Option(min=1, max=52, help="Latest whole weeks that no trial may see.")] = 4,
    out: Annotated[
        Path | None, typer.Option(help="File of the result.", show_default="in the state folder's reports")
    ] = None,
    as_of: AsOf = None,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    as_json: Json = False,
) -> None:
    """Search the ranker's settings (Optuna) on weeks before those it is judged on.

    A trial learns from the weeks before each tuning week and is scored on it; the
    latest weeks (--judged) are seen by none, so they judge the result honestly:
    HM_RANKER_CONFIG=FILE hm evaluate --weeks 4. Trials are kept in the state folder:
    the same command goes on where it was stopped. The file says where its settings
    come from and holds every trial, to be committed.
    """
    from hm.show_learning import print_tuned
    from hm.tune import tune as search

    chain = chain_of(as_of, train_weeks)
    with locks.pipeline(chain.settings):
        found = search(chain, trials, minutes, weeks, judged, out)
    print_json(found) if as_json else print_tuned(found, look_alike=chain.look_alike)


@app.command()
def leaks(
    weeks: Weeks = 1,
    shuffles: Annotated[int, typer.Option(min=3, max=50, help="Models that learn from shuffled labels.")] = 10,
    as_of: AsOf = None,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    as_json: Json = False,
) -> None:
    """Hunt for leaks: shuffled labels must teach nothing, no feature may carry the model.

    Models are trained on labels that are shuffled within each customer and
    judged on the same weeks as the full system, beside random orders of the same
    candidates: whatever they are better by, they cannot have learned. A feature
    that carries more of the gain than an honest one is named; training and
    the gates before a publication say so too. Exit code 2 where either is found.
    """
    from hm.leaks import hunt
    from hm.show_learning import print_leaks

    chain = chain_of(as_of, train_weeks)
    with locks.pipeline(chain.settings):
        found = hunt(chain, weeks, shuffles)
    print_json(found) if as_json else print_leaks(found, look_alike=chain.look_alike)
    if found["above_chance"] or found["alarm"]:
        raise typer.Exit(2)
