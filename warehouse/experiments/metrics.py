"""The metrics an experiment can have as goal or guardrail: what is summed per customer, and over what."""

from dataclasses import dataclass
from typing import Literal

QUANTITIES = ("buyers", "purchases", "spend", "sessions", "steps", "views", "clicks")
"""What the views count per customer after the first exposure, in the order of their arrays."""

SCALE = {"spend": 10_000}
"""Units per one of what a quantity counts: money is summed in whole ten-thousandths, so sums do not depend on an order."""


@dataclass(frozen=True)
class Metric:
    """One metric: a mean per customer, a share of customers, or a ratio of two sums.

    Attributes:
        numerator: quantity of `QUANTITIES`.
        denominator: quantity it is divided by; None: the number of customers.
        unit: what one is, in words.
        title: what it is, for a table.
    """

    name: str
    numerator: str
    denominator: str | None
    unit: str
    title: str

    @property
    def kind(self) -> Literal["mean", "proportion", "ratio"]:
        """How its interval is computed."""
        if self.denominator:
            return "ratio"
        return "proportion" if self.numerator == "buyers" else "mean"


_ALL = (
    Metric("conversion", "buyers", None, "share of customers", "customers who bought"),
    Metric("purchases", "purchases", None, "articles per customer", "articles bought per customer"),
    Metric("spend", "spend", None, "currency per customer", "money spent per customer"),
    Metric("sessions", "sessions", None, "visits per customer", "visits per customer"),
    Metric("steps", "steps", None, "steps per customer", "steps of all visits per customer"),
    Metric("session_length", "steps", "sessions", "steps per visit", "length of a visit"),
    Metric("purchases_per_session", "purchases", "sessions", "articles per visit", "articles bought per visit"),
    Metric("price_per_purchase", "spend", "purchases", "currency per article", "price of a bought article"),
    Metric("click_rate", "clicks", "views", "clicks per view", "share of shown articles that are opened"),
)
METRICS = {metric.name: metric for metric in _ALL}
