"""Reading ahead: the next pieces are asked for while the one at hand is dealt with."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Objet = TypeVar("Objet")
Lu = TypeVar("Lu")


@contextmanager
def lit_d_avance(
    lit: Callable[[Objet], Lu], objets: Sequence[Objet], *, fils: int, avance: int
) -> "Iterator[Iterator[tuple[Objet, Future[Lu]]]]":
    """Each object with its reading, in order. At most `avance` readings stand ahead: memory holds those and no more.

    `lit` is called from `fils` threads, at once. A reading that fails raises when its result is asked for.
    """
    pool = ThreadPoolExecutor(fils, thread_name_prefix="lecture")
    reste = iter(objets)
    demandees = [(objet, pool.submit(lit, objet)) for objet in islice(reste, avance)]

    def suite() -> "Iterator[tuple[Objet, Future[Lu]]]":
        while demandees:
            courante = demandees.pop(0)
            demandees.extend((objet, pool.submit(lit, objet)) for objet in islice(reste, 1))
            yield courante

    lectures = suite()
    try:
        yield lectures
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
