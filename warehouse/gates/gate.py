"""One gate's verdict, and the sentence of the first that fails."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.errors import UserError

PASSES, FAILS, NOT_COMPARED = "passes", "fails", "not compared"


class GateError(UserError):
    """A gate fails: the run is kept and the published one stays; the message is one sentence."""


@dataclass(frozen=True)
class Gate:
    """What one gate found.

    Attributes:
        name: the gate.
        value: what was measured; None where there is nothing to measure.
        bound: what it must keep to, in words.
        verdict: `passes`, `fails`, or `not compared` where there is nothing to compare with, which stops nothing.
        says: what was found, as the end of a sentence.
    """

    name: str
    value: float | None
    bound: str
    verdict: str
    says: str

    @property
    def fails(self) -> bool:
        return self.verdict == FAILS


def at_least(name: str, value: float, bound: float, says: str) -> Gate:
    """A gate on a value that must not be lower than a bound."""
    return Gate(name, value, f"at least {bound:g}", PASSES if value >= bound else FAILS, says)


def at_most(name: str, value: float, bound: float, says: str) -> Gate:
    """A gate on a value that must not be higher than a bound."""
    return Gate(name, value, f"at most {bound:g}", PASSES if value <= bound else FAILS, says)


def not_compared(name: str, says: str) -> Gate:
    """A gate without anything to compare with."""
    return Gate(name, None, "", NOT_COMPARED, says)


def sentence(found: Sequence[Gate]) -> str:
    """The failing gates in one line; empty where none fails."""
    failing = [gate for gate in found if gate.fails]
    more = f" (and {len(failing) - 1} more: {', '.join(g.name for g in failing[1:])})" if len(failing) > 1 else ""
    return f"{failing[0].says}{more}" if failing else ""


def require(found: Sequence[Gate]) -> None:
    """Stop where a gate fails.

    Raises:
        GateError: the first failing gate in one sentence.
    """
    if wrong := sentence(found):
        raise GateError(f"Not published: {wrong}; the run is kept, `hm publish --force` publishes it all the same.")
