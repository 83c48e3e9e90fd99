"""The ranker: past weeks' candidates with the features of their date, LightGBM over them, scores for any date."""

from models.ranking.config import RankerConfig
from models.ranking.run import FeatureMismatchError, MissingRunError, Run, load_run
from models.ranking.train import NothingToLearnError, train

__all__ = ["FeatureMismatchError", "MissingRunError", "NothingToLearnError", "RankerConfig", "Run", "load_run", "train"]
