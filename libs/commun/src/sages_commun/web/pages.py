"""A long list, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Element = TypeVar("Element")


@dataclass(frozen=True, slots=True)
class Pages(Generic[Element]):
    """One page of a list."""

    elements: Sequence[Element]
    courante: int
    nombre: int
    total: int


def decoupe(tous: Sequence[Element], page: int, par_page: int) -> Pages[Element]:
    """The page of this number, or the last one there is."""
    nombre = max(1, -(-len(tous) // par_page))
    courante = min(max(page, 1), nombre)
    return Pages(tous[(courante - 1) * par_page : courante * par_page], courante, nombre, len(tous))
