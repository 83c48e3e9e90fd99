"""The two pictures of an experiment: every metric's change with its interval, and the goal as it stood day by day."""

import altair as alt

from warehouse.experiments.metrics import METRICS
from warehouse.experiments.report import Report
from warehouse.experiments.statistics import Interval
from warehouse.page import COLOURS

WIDTH = 880
_PERCENT = "+.0%"


def changes(report: Report) -> alt.LayerChart | None:
    """Relative change of every metric; None where none can be told."""
    rows = [
        {
            "metric": f"{METRICS[one.metric].title}{' (goal)' if one.metric == report.experiment.goal else ''}",
            "variant": one.variant,
            "change": one.relative,
            **_ends("always", one.sequential),
            **_ends("once", one.fixed),
        }
        for one in report.effects
        if one.relative is not None and one.sequential.relative_low is not None
    ]
    if not rows:
        return None
    metric = alt.Y("metric:N", sort=[row["metric"] for row in rows], title=None, axis=alt.Axis(labelLimit=260))
    base = alt.Chart(alt.Data(values=rows)).encode(metric, _offset(report), _colour(report))
    tip = [
        alt.Tooltip(f"{name}:Q", format="+.2%") for name in ("change", "always_low", "always_high", "once_low", "once_high")
    ]
    return alt.layer(
        alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color="#888").encode(x="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("always_low:Q", title=f"change against {report.experiment.control}", axis=alt.Axis(format=_PERCENT)),
            x2="always_high:Q",
        ),
        base.mark_rule(strokeWidth=6, opacity=0.45).encode(x="once_low:Q", x2="once_high:Q"),
        base.mark_point(filled=True, size=60, opacity=1).encode(x="change:Q", tooltip=["metric:N", "variant:N", *tip]),
    ).properties(width=WIDTH - 230)


def days(report: Report) -> alt.LayerChart | None:
    """The goal's relative change at the end of each day, in the band that holds on all of them; None with fewer than two."""
    rows = [
        {
            "day": look.until.isoformat(),
            "variant": look.variant,
            "customers": look.customers,
            "change": look.effect.relative,
            **_ends("always", look.effect.sequential),
        }
        for look in report.looks
        if look.effect and look.effect.relative is not None and look.effect.sequential.relative_low is not None
    ]
    if len({row["day"] for row in rows}) < 2:
        return None
    # The first days' bands would flatten all that follows.
    top = 3 * max(abs(row["change"]) for row in rows[len(rows) // 3 :]) + 0.05
    scale = alt.Scale(domain=[-min(top, 1), top], clamp=True)
    day = alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", labelOverlap=True))
    base = alt.Chart(alt.Data(values=rows)).encode(day, _colour(report))
    title = f"change of {METRICS[report.experiment.goal].title}"
    low = alt.Y("always_low:Q", title=title, scale=scale, axis=alt.Axis(format=_PERCENT, titleLimit=300))
    tip = _tips("change", "always_low", "always_high")
    return alt.layer(
        alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color="#888").encode(y="zero:Q"),
        base.mark_area(opacity=0.18, clip=True).encode(low, alt.Y2("always_high:Q")),
        base.mark_line(point=True, clip=True).encode(
            alt.Y("change:Q", scale=scale), tooltip=["day:T", "variant:N", alt.Tooltip("customers:Q", format=","), *tip]
        ),
    ).properties(width=WIDTH - 90, height=260)


def _tips(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:Q", format="+.2%") for name in names]


def _ends(name: str, interval: Interval) -> dict[str, float | None]:
    return {f"{name}_low": interval.relative_low, f"{name}_high": interval.relative_high}


def _colour(report: Report) -> alt.Color:
    names = [variant.name for variant in report.experiment.treatments]
    scale = alt.Scale(domain=names, range=[COLOURS[i % len(COLOURS)] for i in range(len(names))])
    return alt.Color("variant:N", scale=scale, legend=alt.Legend(title=None, orient="top", symbolOpacity=1))


def _offset(report: Report) -> alt.YOffset:
    return alt.YOffset("variant:N", sort=[variant.name for variant in report.experiment.treatments])
