"""What the report's sections are made of, and what they say where there is nothing to see."""

from collections.abc import Mapping
from html import escape

import altair as alt

NOTHING_PUBLISHED = (
    "Nothing is published yet: <code>hm run FOLDER</code> ends in a publication, <code>make demo</code> shows one."
)
NOTHING_LANDED = (
    "Nothing has landed yet: <code>hm land FOLDER</code> lands your CSV files, <code>make demo</code> a synthetic log."
)
NOT_JUDGED = "No week has been judged yet: <code>hm evaluate --weeks 4</code> judges four."
NO_SEGMENTS = "No segments are built yet: <code>hm build</code> builds them."
NO_EXPERIMENT = "No experiment is defined: <code>hm experiment list</code> tells where the file belongs."
NO_GATES = "No run has met them yet: <code>hm gates</code> judges what would be published."

SECTIONS = {
    "quality": "Quality",
    "sources": "Sources",
    "coverage": "Coverage",
    "around": "Item to item",
    "customers": "Customers",
    "experiments": "Experiments",
    "gates": "Gates",
    "data": "Data",
    "runs": "Runs",
}


def section(name: str, headline: str, *parts: str) -> str:
    """A section with its kind above a heading that says what is seen."""
    return f'<p class="kind" id="{name}">{SECTIONS[name]}</p><h2>{escape(headline)}</h2>{"".join(parts)}'


def empty(told: str) -> str:
    """What a section says where there is nothing to see; HTML."""
    return f'<p class="empty">{told}</p>'


def picture(drawn: Mapping[str, alt.TopLevelMixin | None], name: str, title: str, note: str) -> str:
    """The place of a chart with its title and what it takes to read it; nothing where it is not drawn."""
    if not drawn[name]:
        return ""
    return f'<h3>{escape(title)}</h3><div class="scroll" id="{name}"></div><p class="note">{escape(note)}</p>'


def ago(fresh: dict) -> str:
    """Age of the newest purchase in words."""
    return "" if fresh["days_ago"] is None else f"{fresh['days_ago']:,} days ago"


def system_of(rows: Mapping) -> dict | None:
    """The full system on all judged weeks and buyers; None where no week is judged."""
    return next((row for row in rows["quality"] if row["kind"] == "system" and row["segment"] == "all"), None)
