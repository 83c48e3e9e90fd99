"""What a person reads out of the tables: one sentence per question and log, kept with the figures it was written for.

When a table's figures change, the page prints the sentence with a warning and names the new hash; whoever has looked at the
new figures rewrites the sentence or takes the new hash over.
"""

SENTENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("online-retail", "policy"): (
        "5dbdd44a",
        "Whoever has bought is better served by the product in every band, after half a year of silence still by "
        "0.046 over own history; only for those who never bought do best sellers cost nothing, and those of the "
        "postal area (here a country) gain 0.009. The log has no ages and one channel, so age and channel say "
        "nothing here.",
    ),
    ("online-retail", "alone"): (
        "3d619b41",
        "Ridge is the best single source in order, in recall and on new articles; repurchase alone finds 45 % of "
        "what is bought and nothing new; the factor and neighbour models recall about as much as it and differ by "
        "their order.",
    ),
    ("online-retail", "als"): (
        "2e6c25e7",
        "Decay is worth most (0.044), then folding in (0.030) and 96 factors over 32 (0.031). tf-idf and 1/days "
        "order better (together +0.020) but find less in 100. Longer windows, more factors and more iterations "
        "bring nothing. Without decay log counts beat binary, and binary beats raw counts.",
    ),
}
"""(log, group) -> (hash of the figures, sentence)."""


def sentence(log: str, group: str, figures: str) -> str:
    """The sentence for a table, with a warning where it was written for other figures; empty where there is none."""
    written_for, text = SENTENCES.get((log, group), (figures, ""))
    if not figures or written_for == figures:
        return text if figures else ""
    return f"**Written for other figures, to be looked at again ({figures}):** {text}"
