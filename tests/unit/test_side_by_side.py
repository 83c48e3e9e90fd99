"""Work done by threads, seen as if it were done one after the other."""

import threading

import pytest

from models.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_items_whatever_is_done_first():
    second = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second.wait(10)  # the first ends after the second
        if item == 1:
            second.set()
        return item * item

    assert list(side_by_side(work, range(20), threads=2)) == [i * i for i in range(20)]


def test_items_are_not_taken_far_ahead_of_the_reader():
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    found = side_by_side(lambda item: item, items(), threads=2)
    assert next(found) == 0
    assert len(taken) <= 5


def test_what_one_thread_raises_reaches_the_reader():
    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    with pytest.raises(ValueError, match="three"):
        list(side_by_side(work, range(9), threads=2))
