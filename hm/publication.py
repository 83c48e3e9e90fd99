"""From a finished step to a published run."""

from collections.abc import Callable
from functools import partial

from hm.plan import Plan, wanted_policies
from warehouse import landings
from warehouse.report.collect import collect
from warehouse.serving import rules
from warehouse.serving.publish import publish
from warehouse.serving.runs import PublishedRun
from warehouse.serving.store import open_store


def publish_run(
    plan: Plan, metrics: dict | None, code_version: str, serve_again: bool, progress: Callable[[str], None]
) -> PublishedRun:
    """Publish the recommendations of the plan's date with the verdict of the last evaluation beside them."""
    from models.item_to_item import around
    from models.policies import policy_lists

    day, look_alike = plan.as_of_date, landings.look_alike(plan.catalogue)
    policies = {
        name: partial(policy_lists, plan.catalogue, day, name, num_threads=plan.settings.n_threads)
        for name in wanted_policies(plan.settings)
    }
    run = publish(
        plan.settings,
        catalogue=plan.catalogue,
        as_of_date=day,
        model_run=plan.run_dir(day).name,
        metrics={
            "verdict": (metrics or {}).get("verdict"),
            "weeks": (metrics or {}).get("weeks"),
            "synthetic": bool(look_alike),
            "look_alike": look_alike,
        },
        code_version=code_version,
        around=around(plan.catalogue, day),
        rules=rules.load_configured(plan.settings),
        policies=policies,
        serve_again=serve_again,
        progress=progress,
    )
    # A publication that is killed before this is complete all the same: the report brings what is missing.
    with open_store(plan.settings) as client:
        collect(client, plan.settings, plan.catalogue)
    return run
