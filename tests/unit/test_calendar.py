from datetime import date

import pytest

from warehouse.calendar import LandedSpan, LogTooShortError, chain_dates, evaluation_dates, training_dates

SPAN = LandedSpan(date(2010, 12, 1), date(2011, 12, 9))


def test_the_default_as_of_date_is_the_day_after_the_last_landed_day():
    assert SPAN.as_of_date == date(2011, 12, 10)


def test_the_last_label_week_ends_where_the_unseen_begins():
    assert training_dates(date(2011, 12, 10), SPAN.first_day, weeks=2) == [date(2011, 12, 3), date(2011, 11, 26)]


def test_an_evaluated_week_is_whole_and_later_than_every_week_its_model_learns_from():
    evaluated = evaluation_dates(SPAN.as_of_date, 1)[0]
    assert evaluated == date(2011, 12, 3)
    assert all((evaluated - d).days >= 7 for d in training_dates(evaluated, SPAN.first_day))


def test_a_chain_needs_the_dates_of_every_model_it_trains():
    dates = chain_dates(SPAN, SPAN.as_of_date, evaluation_dates(SPAN.as_of_date, 4), weeks=8)
    assert dates[0] == date(2011, 12, 10)
    assert dates[-1] == date(2011, 9, 17)
    assert len(dates) == 13


def test_weeks_without_history_are_left_out_and_a_log_without_any_week_is_refused():
    assert training_dates(date(2011, 1, 12), date(2010, 12, 1), weeks=8) == [date(2011, 1, 5), date(2010, 12, 29)]
    with pytest.raises(LogTooShortError, match=r"begins on 2010-12-01.*2011-01-05 is the first date .*, not 2010-12-20"):
        training_dates(date(2010, 12, 20), date(2010, 12, 1))


@pytest.mark.parametrize(
    ("last_day", "judged", "asked", "must_reach"),
    [
        # The first label week has 28 days before it, so the first date to train for is 35 days after the first day.
        (date(2020, 2, 3), 0, "train for 2020-02-04, ", "2020-02-04"),
        (date(2020, 2, 8), 1, "train for 2020-02-09 and to judge 1 week ", "2020-02-11"),
        (date(2020, 2, 8), 2, "train for 2020-02-09 and to judge 2 weeks ", "2020-02-18"),
    ],
)
def test_a_log_that_is_too_short_is_told_the_day_it_must_reach(last_day: date, judged: int, asked: str, must_reach: str):
    span = LandedSpan(date(2020, 1, 1), last_day)
    with pytest.raises(LogTooShortError) as refusal:
        chain_dates(span, span.as_of_date, evaluation_dates(span.as_of_date, judged))
    said = str(refusal.value)
    assert f"from 2020-01-01 to {last_day}" in said
    assert asked in said
    assert f"must reach {must_reach}: land more weeks" in said

    long_enough = LandedSpan(span.first_day, date.fromisoformat(must_reach))
    assert chain_dates(long_enough, long_enough.as_of_date, evaluation_dates(long_enough.as_of_date, judged))


def test_where_the_log_is_long_enough_and_the_date_too_early_the_first_possible_date_is_told():
    span = LandedSpan(date(2020, 1, 1), date(2020, 5, 1))
    with pytest.raises(LogTooShortError, match=r"for 2020-02-02 .*: ask for 2020-02-12 or a later date"):
        chain_dates(span, date(2020, 2, 2), evaluation_dates(date(2020, 2, 2), 1))
    assert chain_dates(span, date(2020, 2, 12), evaluation_dates(date(2020, 2, 12), 1))
