"""The report's pictures. They draw rows of the views as they are."""

from collections.abc import Sequence
from datetime import date

import altair as alt

from warehouse.page import COLOURS

WIDTH = 840
FULL, BEST, OTHERS = "full system", "best baseline", "other baselines"
SEGMENTS = {"all": "all buyers", "active": "active", "dormant": "dormant", "cold": "cold"}
"""Segments of buyers in the order they are shown; cold ones had never bought before the week."""
RFM = {
    "champions": "#2c5c9e",
    "loyal": "#6fa3d0",
    "promising": "#abd3e6",
    "new": "#f4f1c1",
    "cooling": "#fed98e",
    "at_risk": "#f08a4b",
    "lost": "#b2392c",
}
"""RFM segments from best to worst on a scale from blue to red, which colour-blind readers tell apart."""
_GREY = "#8c8c8c"
_SOURCE_COLOURS = (*COLOURS, "#F0E442", "#b3b3b3")
_Chart = alt.TopLevelMixin | None


def quality_weeks(rows: Sequence[dict], best: str) -> _Chart:
    """MAP@12 by judged week: the full system, the baseline that is best on all weeks, the others; None with one week."""
    shown = [_drawn(row, best) | {"week": _day(row["week"])} for row in rows if row["segment"] == "all"]
    weeks = list(dict.fromkeys(row["week"] for row in shown))
    if len(weeks) < 2:
        return None
    week = alt.X("week:N", sort=weeks, title="seven days from", axis=alt.Axis(labelAngle=0, labelOverlap=True))
    value = alt.Y("map_at_12:Q", title="MAP@12", axis=alt.Axis(format=".2f"))
    base = alt.Chart(alt.Data(values=shown)).encode(week)
    whole = base.transform_filter(alt.datum.role != OTHERS)
    tip = ["system:N", "week:N", alt.Tooltip("buyers:Q", format=","), _tip("map_at_12"), _tip("map_low"), _tip("map_high")]
    return alt.layer(
        base.transform_filter(alt.datum.role == OTHERS)
        .mark_line(strokeWidth=1, point=alt.OverlayMarkDef(size=18))
        .encode(value, _role(best), alt.Detail("system:N"), tooltip=tip),
        whole.mark_rule(strokeWidth=2).encode(alt.Y("map_low:Q"), alt.Y2("map_high:Q"), _role(best)),
        whole.mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=70)).encode(value, _role(best), tooltip=tip),
    ).properties(width=WIDTH - 60, height=260)


def quality_segments(rows: Sequence[dict], best: str) -> _Chart:
    """MAP@12 of every system on the judged weeks together, one panel per segment of buyers."""
    if not rows:
        return None
    order = [row["system"] for row in rows if row["segment"] == "all"]
    shown = [_drawn(row, best) for row in rows]
    panels = [_segment(shown, segment, order, best, i == 0) for i, segment in enumerate(SEGMENTS)]
    return alt.hconcat(*(panel for panel in panels if panel), spacing=12).resolve_scale(color="shared")


def _segment(shown: list[dict], segment: str, order: list[str], best: str, is_first: bool) -> alt.LayerChart | None:
    mine = [row for row in shown if row["segment"] == segment]
    if not mine:
        return None
    top = max(row["map_12"] for row in shown) * 1.25
    axis = alt.Axis(labelLimit=200) if is_first else None
    base = alt.Chart(alt.Data(values=mine)).encode(alt.Y("system:N", sort=order, title=None, axis=axis))
    value = alt.X("map_12:Q", title="MAP@12", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(format=".2~f", tickCount=3))
    tip = ["system:N", alt.Tooltip("all_buyers:Q", title="buyers", format=","), _tip("map_12"), _tip("ratio", ".2f")]
    title = f"{SEGMENTS[segment]} ({mine[0]['all_buyers']:,})"
    return alt.layer(
        base.mark_bar(height=13).encode(value, _role(best), tooltip=tip),
        base.mark_text(align="left", dx=4, color="#333").encode(value, text=alt.Text("map_12:Q", format=".4f")),
    ).properties(width=150, height=24 * len(order), title=alt.Title(title, anchor="start", fontWeight="normal"))


def source_mix(rows: Sequence[dict]) -> _Chart:
    """Share of every candidate source at each of the 12 places."""
    if not rows:
        return None
    order = list(dict.fromkeys(row["shown_as"] for row in sorted(rows, key=lambda row: row["source_order"])))
    colour = alt.Color(
        "shown_as:N",
        scale=alt.Scale(domain=order, range=[*_SOURCE_COLOURS[: len(order) - 1], _last_colour(order)]),
        legend=alt.Legend(title="candidate source", symbolType="square", symbolOpacity=1),
    )
    return (
        alt.Chart(alt.Data(values=[row | {"order": order.index(row["shown_as"])} for row in rows]))
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            alt.X("place:O", title="place in the list (1 is shown first)", axis=alt.Axis(labelAngle=0)),
            alt.Y("share:Q", title="share of the lists", stack="zero", axis=alt.Axis(format="%"), scale=_whole()),
            colour,
            order=alt.Order("order:Q", sort="ascending"),
            tooltip=["source:N", "place:O", alt.Tooltip("articles:Q", format=","), _tip("share", ".1%")],
        )
        .properties(width=WIDTH - 220, height=300)
    )


def concentration(rows: Sequence[dict]) -> _Chart:
    """Share of all places that the most shown articles have."""
    if not rows:
        return None
    drawn = [{"share_of_articles": 0, "share_of_places": 0}, *rows]
    even = alt.Data(values=[{"share_of_articles": x, "share_of_places": x} for x in (0, 1)])
    said = [{"share_of_articles": 0.56, "share_of_places": 0.5, "told": "every article as often as every other"}]
    x = alt.X(
        "share_of_articles:Q",
        title="share of the catalogue, most shown articles first",
        axis=alt.Axis(format="%", tickCount=5),
    )
    y = alt.Y("share_of_places:Q", title="share of all places", axis=alt.Axis(format="%"), scale=_whole())
    tip = [_tip("share_of_articles", ".0%"), _tip("share_of_places", ".1%")]
    return alt.layer(
        alt.Chart(even).mark_line(color=_GREY, strokeDash=[5, 4]).encode(x, y),
        alt.Chart(alt.Data(values=said)).mark_text(align="left", color="#555", fontSize=12).encode(x, y, text="told:N"),
        alt.Chart(alt.Data(values=drawn)).mark_line(color=COLOURS[0], strokeWidth=3).encode(x, y, tooltip=tip),
    ).properties(width=WIDTH - 80, height=280)


def article_map(rows: Sequence[dict]) -> _Chart:
    """The best-selling articles in two dimensions, by product group."""
    if not rows:
        return None
    order = list(dict.fromkeys(row["shown_as"] for row in rows))
    colours = [*COLOURS[: len(order) - 1], _GREY if order[-1] == "all others" else COLOURS[len(order) - 1]]
    nothing = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(size=26, opacity=0.75)
        .encode(
            alt.X("x:Q", title=None, axis=nothing, scale=alt.Scale(zero=False)),
            alt.Y("y:Q", title=None, axis=nothing, scale=alt.Scale(zero=False)),
            alt.Color(
                "shown_as:N",
                scale=alt.Scale(domain=order, range=colours),
                legend=alt.Legend(title="group of articles", symbolOpacity=1, labelLimit=190),
            ),
            tooltip=["prod_name:N", "product_type_name:N", "product_group_name:N", "article_id:N"],
        )
        .properties(width=WIDTH - 220, height=420)
    )


def rfm_segments(rows: Sequence[dict]) -> _Chart:
    """Share of customers in each segment at every as-of date."""
    if not rows:
        return None
    days = [_day(day) for day in sorted({row["as_of_date"] for row in rows})]
    drawn = [row | {"as_of_date": _day(row["as_of_date"]), "order": _place(row["segment"])} for row in rows]
    return (
        alt.Chart(alt.Data(values=drawn))
        .mark_bar(stroke="#777", strokeWidth=0.5, size=min(48, (WIDTH - 240) // len(days) - 6))
        .encode(
            alt.X("as_of_date:N", sort=days, title="as of", axis=alt.Axis(labelAngle=-35)),
            alt.Y("share:Q", title="share of customers", stack="zero", axis=alt.Axis(format="%"), scale=_whole()),
            alt.Color(
                "segment:N",
                scale=alt.Scale(domain=list(RFM), range=list(RFM.values())),
                legend=alt.Legend(title="segment", symbolType="square", symbolOpacity=1),
            ),
            order=alt.Order("order:Q", sort="descending"),
            tooltip=["segment:N", "as_of_date:N", alt.Tooltip("all_customers:Q", format=","), _tip("share", ".1%")],
        )
        .properties(width=WIDTH - 180, height=280)
    )


def rfm_movement(rows: Sequence[dict]) -> _Chart:
    """Of the customers of every segment, how many were in which one at the next date."""
    if not rows or not rows[0]["from_date"]:
        return None
    drawn = alt.Data(values=[row | {"as_of_date": "", "from_date": ""} for row in rows])
    here = [*RFM, "not yet a customer"]
    base = alt.Chart(drawn).encode(
        alt.X("segment_then:N", sort=here, title=f"as of {_day(rows[0]['as_of_date'])}", axis=_top()),
        alt.Y("segment_before:N", sort=here, title=f"as of {_day(rows[0]['from_date'])}", axis=alt.Axis(labelLimit=200)),
        tooltip=[
            "segment_before:N",
            "segment_then:N",
            alt.Tooltip("customers:Q", format=","),
            _tip("share_of_before", ".1%"),
        ],
    )
    shade = alt.Color("share_of_before:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    ink = alt.condition(alt.datum.share_of_before > 0.55, alt.value("white"), alt.value("#1b1b1b"))
    return alt.layer(
        base.mark_rect(stroke="white").encode(shade),
        base.mark_text(fontSize=12).encode(text=alt.Text("share_of_before:Q", format=".1%"), color=ink),
    ).properties(width=WIDTH - 190, height=260)


def _drawn(row: dict, best: str) -> dict:
    role = FULL if row["kind"] == "system" else BEST if row["system"] == best else OTHERS
    return {name: value for name, value in row.items() if not isinstance(value, date)} | {"role": role}


def _role(best: str) -> alt.Color:
    labels = f"datum.value == '{BEST}' ? '{BEST}: {_quoted(best)}' : datum.value"
    scale = alt.Scale(domain=[FULL, BEST, OTHERS], range=[COLOURS[0], COLOURS[1], "#b3b3b3"])
    legend = alt.Legend(title=None, orient="top", labelExpr=labels, labelLimit=400, symbolOpacity=1, symbolType="square")
    return alt.Color("role:N", scale=scale, legend=legend)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _last_colour(order: list[str]) -> str:
    return _SOURCE_COLOURS[-1] if order[-1].startswith("all other") else _SOURCE_COLOURS[len(order) - 1]


def _place(segment: str) -> int:
    return list(RFM).index(segment) if segment in RFM else len(RFM)


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _tip(name: str, form: str = ".4f") -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", format=form)


def _whole() -> alt.Scale:
    return alt.Scale(domain=[0, 1])


def _top() -> alt.Axis:
    return alt.Axis(orient="top", labelAngle=0, labelLimit=120)
