"""A slice of a list that is too long to be shown at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAR_PAGE = 50
PAR_PAGE_MAX = 500
PAGE_MAX = 1_000_000

Element = TypeVar("Element")


@dataclass(frozen=True, slots=True)
class Page(Generic[Element]):
    """One page; pages are counted from 1."""

    elements: Sequence[Element]
    page: int
    par_page: int
    total: int
    """How many elements there are in all."""

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // self.par_page))


def bornes(page: int, par_page: int) -> tuple[int, int]:
    """How many elements to skip and how many to take, whatever was asked for."""
    taille = min(max(par_page, 1), PAR_PAGE_MAX)
    return (min(max(page, 1), PAGE_MAX) - 1) * taille, taille
