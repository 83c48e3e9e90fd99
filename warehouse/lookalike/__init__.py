"""A synthetic look-alike of the H&M log, for those without the Kaggle files: `generate(folder, scale="demo")`."""

from warehouse.lookalike.generator import GeneratedLog, generate
from warehouse.lookalike.scales import SCALES, LookalikeError

__all__ = ["SCALES", "GeneratedLog", "LookalikeError", "generate"]
