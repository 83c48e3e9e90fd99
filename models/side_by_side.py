"""Blocks of customers worked on by threads: NumPy, SciPy, FAISS and LightGBM let go of the interpreter meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """`work` of every item, in the items' order, `threads` of them at a time.

    A few finished results wait at most, so that memory does not grow with the number of items. Each item is worked on by one
    thread alone: libraries' own threads would only get in each other's way, and sums would change with their number.
    """
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        waiting: deque = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
