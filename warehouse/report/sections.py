"""The report's sections that are drawn: quality, sources, coverage, customers. Headings say what is seen."""

from collections.abc import Mapping
from html import escape

from warehouse.page import number, table
from warehouse.report.parts import NO_SEGMENTS, NOT_JUDGED, NOTHING_PUBLISHED, empty, picture, section, system_of


def quality(rows: Mapping, drawn: Mapping) -> str:
    """MAP@12 of the full system beside the baselines, by week and by segment of buyers."""
    system = system_of(rows)
    if system is None:
        return section("quality", "How good the lists are", empty(NOT_JUDGED))
    ahead = "finds more than" if (system["ratio"] or 0) > 1 else "does not find more than"
    best = f"the best baseline, {system['best_baseline_name']}"
    headline = f"The full system {ahead} {best}: MAP@12 {system['map_12']:.4f} against {system['best_baseline']:.4f}"
    note = "MAP@12: 1 if the first articles of every list are just those bought in the seven days, 0 if none of the 12 is. "
    weeks = f"{system['weeks']} judged week{'s' if system['weeks'] > 1 else ''}, {system['all_buyers']:,} buyers"
    one = (
        "" if drawn["quality-weeks"] else empty("One week has been judged: <code>hm evaluate --weeks 4</code> judges four.")
    )
    return section(
        "quality",
        headline,
        picture(drawn, "quality-weeks", "Week by week", note + "Bars: 95 % intervals over customers."),
        picture(
            drawn,
            "quality-segments",
            f"By buyers' activity before the week ({weeks})",
            "No model had seen the week it is judged on. In brackets: buyers; cold ones had never bought before. "
            "Orange is the baseline that is best on all buyers.",
        ),
        one,
    )


def sources(rows: Mapping, drawn: Mapping) -> str:
    """Which candidate source gives how much of each place."""
    if not rows["source_mix"]:
        return section("sources", "Where the shown articles come from", empty(NOTHING_PUBLISHED))
    first = min(rows["source_mix"], key=lambda row: row["source_order"])
    headline = f"{first['share_of_all']:.0%} of what is shown comes from {first['source']}, the largest candidate source"
    note = "Of each article the source that ranked it best. Each bar is all lists of the served run at that place."
    return section("sources", headline, picture(drawn, "source-mix", "Source by place in the list", note))


def coverage(rows: Mapping, drawn: Mapping) -> str:
    """Who has a list of their own, and how evenly the catalogue is shown."""
    if not rows["concentration"]:
        return section("coverage", "Who gets a list, and of how much of the catalogue", empty(NOTHING_PUBLISHED))
    found = rows["concentration"][0]
    headline = (
        f"{found['catalogue_coverage']:.0%} of the catalogue is shown; the most shown hundredth of it has "
        f"{found['share_of_top_percent']:.0%} of all places"
    )
    note = (
        f"Gini coefficient {found['gini']:.2f} (0: all articles equally often, 1: one article alone); "
        f"{found['shown_articles']:,} of {found['all_articles']:,} articles have one of the {found['all_places']:,} places."
    )
    ages = [
        (
            escape(row["age_group"]),
            *map(number, (f"{row['known_customers']:,}", f"{row['customers_with_list']:,}", f"{row['share']:.1%}")),
        )
        for row in rows["coverage"]
    ]
    return section(
        "coverage",
        headline,
        picture(drawn, "concentration", "How the places are spread over the catalogue", note),
        "<h3>Customers with a list of their own, by age group</h3>",
        table(("age group", "known customers", "with a list", "share"), ages, right_from=1),
        '<p class="note">The others get what is popular in their age group.</p>',
    )


def customers(rows: Mapping, drawn: Mapping) -> str:
    """RFM segments over time and the movement between the last two dates."""
    if not rows["rfm_segments"]:
        return section("customers", "Customers by recency, frequency and money", empty(NO_SEGMENTS))
    last = max(row["as_of_date"] for row in rows["rfm_segments"])
    now = {row["segment"]: row["share"] for row in rows["rfm_segments"] if row["as_of_date"] == last}
    headline = f"{now.get('champions', 0):.0%} of customers are champions, {now.get('lost', 0):.0%} are lost, as of {last}"
    stayed = rows["rfm_movement"][0]["share_that_stayed"] if rows["rfm_movement"] else None
    moved = f"{stayed:.1%} of customers stayed in their segment" if stayed is not None else "between the last two dates"
    note = "Scores are fifths of the customers of each date by days since, number of and money on shopping days."
    return section(
        "customers",
        headline,
        picture(drawn, "rfm-segments", "RFM segments", note),
        picture(
            drawn,
            "rfm-movement",
            f"Movement: {moved}",
            "From the row to the column: each row adds up to 100 % of the customers who were in that segment.",
        ),
    )
