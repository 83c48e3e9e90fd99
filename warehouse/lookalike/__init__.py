"""A synthetic look-alike of the H&M log, for those without the Kaggle files: `generate(folder, scale="small")`."""

from warehouse.lookalike.calibration import VERSION
from warehouse.lookalike.generator import GeneratedLog, generate
from warehouse.lookalike.scales import SCALES, LookalikeError

__all__ = ["SCALES", "VERSION", "GeneratedLog", "LookalikeError", "generate"]
