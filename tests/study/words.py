"""What a person reads out of the tables: one sentence per question and log, kept with the figures it was written for.

When a table's figures change, the page prints the sentence with a warning and names the new hash; whoever has looked at the
new figures rewrites the sentence or takes the new hash over.
"""

SENTENCES: dict[tuple[str, str], tuple[str, str]] = {}
"""(log, group) -> (hash of the figures, sentence)."""


def sentence(log: str, group: str, figures: str) -> str:
    """The sentence for a table, with a warning where it was written for other figures; empty where there is none."""
    written_for, text = SENTENCES.get((log, group), (figures, ""))
    return text if written_for == figures else f"**Written for other figures, to be looked at again ({figures}):** {text}"
