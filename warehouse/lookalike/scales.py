"""How large a look-alike is: by name, or by a number of customers."""

from dataclasses import dataclass

from infra.errors import UserError

FULL_CUSTOMERS, FULL_ARTICLES, FULL_ROWS = 1_371_980, 105_542, 31_788_324


class LookalikeError(UserError):
    """The look-alike cannot be generated as asked; the message says what to change."""


@dataclass(frozen=True)
class Scale:
    """Counts of a log; `rows` is exact, articles and customers are the lines of their files."""

    name: str
    customers: int
    articles: int
    rows: int


def _articles(customers: int) -> int:
    """Articles for a number of customers: a shop with fewer customers has a smaller range, but not in proportion."""
    return max(300, round(FULL_ARTICLES * (customers / FULL_CUSTOMERS) ** 0.557 / 100) * 100)


def _natural(name: str, customers: int) -> Scale:
    return Scale(name, customers, _articles(customers), customers * FULL_ROWS // FULL_CUSTOMERS)


SCALES = {
    "small": _natural("small", 20_000),
    "medium": _natural("medium", 200_000),
    "full": Scale("full", FULL_CUSTOMERS, FULL_ARTICLES, FULL_ROWS),
}


def scale_of(wanted: str | int) -> Scale:
    """The scale by name (small, medium, full) or by a number of customers from 100 to 2,000,000."""
    if wanted in SCALES:
        return SCALES[wanted]
    try:
        customers = int(wanted)
    except ValueError:
        raise LookalikeError(f"Unknown scale {wanted!r}: use {', '.join(SCALES)} or a number of customers.") from None
    if not 100 <= customers <= 2_000_000:
        raise LookalikeError(f"{customers} customers asked for; the look-alike can have 100 to 2,000,000.")
    return _natural("custom", customers)
