"""What a service of the stack is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.request import urlopen

from infra.settings import Settings


@dataclass(frozen=True)
class Service:
    """One process of the stack.

    Attributes:
        title: what it is, for people.
        ports: name of the setting -> port it listens on.
        command: its command line; raises MissingPartError where a part cannot be had.
        why_not_ready: None once it answers a real question, else what is missing; may raise what a closed port raises.
        fetch: gets the parts it needs.
        prepare: what must be done once before its first start.
        is_core: part of every stack; the others are asked for by name.
        stop_s: how long it may take to end when asked.
    """

    name: str
    title: str
    ports: Callable[[Settings], dict[str, int]]
    command: Callable[[Settings], list[str]]
    why_not_ready: Callable[[Settings], str | None]
    fetch: Callable[[Settings, Callable[[str], None]], None] = lambda settings, progress: None
    prepare: Callable[[Settings], list[str] | None] = lambda settings: None
    env: Callable[[Settings], dict[str, str]] = field(default=lambda settings: {})
    is_core: bool = True
    stop_s: float = 30


def get(url: str) -> bytes:
    """The answer to a question over HTTP."""
    with urlopen(url, timeout=5) as answer:
        return answer.read()
