"""The ML engineers' commands: why a list is as it is."""

from typing import Annotated

import typer

from hm.options import AsOf, Json, chain_of, print_json

app = typer.Typer()


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="customer_id: 64 hexadecimal digits.")],
    article: Annotated[str, typer.Argument(help="article_id: 10 digits.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Why a customer is shown an article, or is not: sources, features with SHAP contributions, rank.

    The customer's candidates are made again for the as-of date, by the model that ranked its finished recommendations; that
    fits every source once, so it takes as long as `hm recommend` does before its first block. Contributions add up to the
    score; --json has every feature, the table the largest of each group.
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
        recommender = Recommender(plan.catalogue, load_run(plan.run_dir(day)), day, log, num_threads=threads)
        found = walk(recommender, customer_id, article_id)
    print_json(found.to_dict()) if as_json else print_explanation(found, synthetic=chain.is_synthetic)
