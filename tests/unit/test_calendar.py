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
    with pytest.raises(LogTooShortError, match="land more weeks"):
        training_dates(date(2010, 12, 20), date(2010, 12, 1))
