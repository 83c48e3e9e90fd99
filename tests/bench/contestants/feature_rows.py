"""Feature rows as the ranker scores them, and its models: `python -m tests.bench.contestants.feature_rows DATE ROWS OUT`.

Takes the newest run and the candidates of its newest label week, with the features of that week.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from infra.settings import get_settings
from models.candidates.stored import StoredCandidates
from models.interactions import Interactions
from models.ranking import load_run
from models.ranking.features import ArticleSide
from models.ranking.learning_set import stored_proposals
from models.ranking.score import slices_of_whole_customers
from warehouse.hive.catalogue import Catalogue


def main() -> None:
    day, n_rows, out = date.fromisoformat(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    settings = get_settings()
    tables = Catalogue(settings)
    run = load_run(max(settings.runs_dir.glob(f"{day}-*"), key=lambda folder: folder.stat().st_mtime))
    log, week = Interactions.from_catalogue(tables), day - timedelta(days=7)
    stored, buyers = StoredCandidates.open(tables, log, week), log.labels(week).customer
    proposals = stored_proposals(stored, buyers, run.layout.sources).within(run.config.deepest_rank)
    proposals = proposals.where(next(iter(slices_of_whole_customers(proposals.customer, n_rows))))
    features = ArticleSide.open(tables, log, week, run.layout).of(np.unique(proposals.customer))
    np.save(out / "rows.npy", features.matrix(proposals))
    for name, booster in run.boosters.items():
        booster.save_model(out / f"{name}.txt")
    made = {"rows": len(proposals), "features": len(features.names), "models": sorted(run.boosters), "run": run.run_id}
    print(json.dumps(made))


if __name__ == "__main__":
    main()
