"""Honest judgement: every system's lists for the buyers of a later week, through one evaluator."""

from models.evaluation.report import Report, judge
from models.evaluation.week import Lists, Week

__all__ = ["Lists", "Report", "Week", "judge"]
