"""The report's section around articles: a card for any chosen one, and the map of the best sellers."""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby

from warehouse.page import table
from warehouse.report.parts import NOTHING_PUBLISHED, empty, picture, section

STYLE = """
.card{border:1px solid #ddd;padding:.6rem 1rem;margin:.6rem 0}.card h4{margin:.2rem 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1.2rem}.pair h4{margin:.4rem 0 0;font-weight:600}
select{font:inherit;max-width:100%}
@media(max-width:700px){.pair{grid-template-columns:1fr}}
"""
QUESTIONS = {"instead of it": "Instead of it", "with it": "With it"}
_CHOOSE = (
    "<script>const chosen=document.getElementById('card');function shown(){for(const one of "
    "document.querySelectorAll('.card'))one.hidden=one.dataset.article!==chosen.value}"
    "chosen.addEventListener('change',shown);shown()</script>"
)


def around(rows: Mapping, drawn: Mapping) -> str:
    """Cards of the articles that are shown most, of those asked for, and the map."""
    cards = {asked: list(its) for asked, its in groupby(rows["cards"], key=lambda row: row["asked_id"])}
    if not cards:
        return section("around", "What is shown instead of an article, and with it", empty(NOTHING_PUBLISHED))
    options = "".join(f'<option value="{escape(a)}">{escape(_called(its[0]))}</option>' for a, its in cards.items())
    choice = f'<p><label for="card">Article</label> <select id="card">{options}</select></p>'
    note = (
        '<p class="note">The most shown articles; <code>hm report --article ID</code> puts any other first. How well either '
        "list does on weeks it has not seen: <code>hm item-to-item</code>.</p>"
    )
    return section(
        "around",
        "What is shown instead of an article, and what with it",
        choice,
        "".join(_card(asked, its) for asked, its in cards.items()),
        note,
        picture(
            drawn,
            "article-map",
            "Best sellers, those that could replace each other side by side",
            "t-SNE of the vectors behind the substitutes: who buys an article and what it is. Neighbours are alike; the "
            "axes and large distances mean nothing.",
        ),
        _CHOOSE,
    )


def _card(asked: str, rows: list[dict]) -> str:
    lists = "".join(f"<div><h4>{label}</h4>{_list(rows, name)}</div>" for name, label in QUESTIONS.items())
    head = f"<b>{escape(_called(rows[0]))}</b>"
    return f'<div class="card" data-article="{escape(asked)}">{head}<div class="pair">{lists}</div></div>'


def _list(rows: Iterable[dict], question: str) -> str:
    mine = [row for row in rows if row["question"] == question]
    if not mine:
        return '<p class="note">Nothing is known.</p>'
    said = [
        (escape(row["other_name"]), escape(row["other_type"]), escape(row["other_colour"]), escape(row["other_id"]))
        for row in mine
    ]
    return table(("name", "kind", "colour", "article"), said)


def _called(row: dict) -> str:
    told = [row["asked_name"], row["asked_type"], row["asked_colour"], row["asked_id"]]
    return ", ".join(text for text in told if text and text != "Unknown")
