"""A column chart, computed here and drawn by `graphique.html`: no script, nothing that a strict CSP refuses.

Abscissas are percents, ordinates pixels: the drawing takes the width it is given and its texts keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

from sages_commun.web.format import nombre

HAUT, HAUTEUR, BAS = 8.0, 168.0, 24.0
"""Pixels above the tallest column, of the columns, under them."""
REPERES = 4
ETIQUETTES_MAX = 12
ETIQUETTES_MAX_TELEPHONE = 6
PART_COLONNE = 0.68
"""Of its place, what a column takes."""

Ton = Literal["actif", "bien", "garde", "mal", "neutre"]


@dataclass(frozen=True, slots=True)
class Serie:
    """What one colour counts."""

    nom: str
    ton: Ton = "actif"


@dataclass(frozen=True, slots=True)
class Colonne:
    """One place of the axis: what stands under it, its full name, one value for each series."""

    etiquette: str
    valeurs: tuple[int, ...]
    nom: str = ""
    adresse: str = ""
    """Where its figure leads in the table; nowhere by default."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """One value, drawn: `x` and `largeur` in percents, `y` and `hauteur` in pixels."""

    x: float
    y: float
    largeur: float
    hauteur: float
    ton: Ton
    texte: str


@dataclass(frozen=True, slots=True)
class Etiquette:
    """A word under the axis, at `x` percents."""

    x: float
    texte: str
    telephone: bool
    """Whether there is room for it on a phone too."""


@dataclass(frozen=True, slots=True)
class Graphique:
    """Columns of stacked series. Values are counts: none is negative."""

    titre: str
    axe: str
    """What the columns are: the heading of the first column of the table."""
    series: Sequence[Serie]
    colonnes: Sequence[Colonne]

    @property
    def hauteur(self) -> float:
        """Of the whole drawing, in pixels."""
        return HAUT + HAUTEUR + BAS

    @property
    def sol(self) -> float:
        """The ordinate of zero."""
        return HAUT + HAUTEUR

    @property
    def total(self) -> int:
        """Of every value."""
        return sum(sum(colonne.valeurs) for colonne in self.colonnes)

    @property
    def reperes(self) -> list[tuple[float, int]]:
        """Ordinate and value of each line across."""
        pas = _pas(self._plus_haut)
        return [(self._y(valeur), valeur) for valeur in range(0, self._sommet + 1, pas)]

    @property
    def rectangles(self) -> list[Rectangle]:
        """Everything that is not zero, from the ground up."""
        traces = []
        place = 100 / max(1, len(self.colonnes))
        for rang, colonne in enumerate(self.colonnes):
            base = 0
            for serie, valeur in zip(self.series, colonne.valeurs, strict=True):
                if valeur:
                    haut = self._y(base + valeur)
                    traces.append(
                        Rectangle(
                            x=round(place * (rang + (1 - PART_COLONNE) / 2), 3),
                            y=haut,
                            largeur=round(place * PART_COLONNE, 3),
                            hauteur=round(self._y(base) - haut, 2),
                            ton=serie.ton,
                            texte=f"{colonne.nom or colonne.etiquette}, {serie.nom} : {nombre(valeur)}",
                        )
                    )
                    base += valeur
        return traces

    @property
    def etiquettes(self) -> list[Etiquette]:
        """The words under the axis, as many as there is room for."""
        place = 100 / max(1, len(self.colonnes))
        un_sur = ceil(len(self.colonnes) / ETIQUETTES_MAX) or 1
        serre = un_sur * (ceil(len(self.colonnes) / un_sur / ETIQUETTES_MAX_TELEPHONE) or 1)
        return [
            Etiquette(round(place * (rang + 0.5), 3), colonne.etiquette, rang % serre == 0)
            for rang, colonne in enumerate(self.colonnes)
            if rang % un_sur == 0
        ]

    @property
    def _plus_haut(self) -> int:
        return max((sum(colonne.valeurs) for colonne in self.colonnes), default=0)

    @property
    def _sommet(self) -> int:
        pas = _pas(self._plus_haut)
        return max(pas, ceil(self._plus_haut / pas) * pas)

    def _y(self, valeur: int) -> float:
        return round(self.sol - HAUTEUR * valeur / self._sommet, 2)


def _pas(plus_haut: int) -> int:
    """The step between lines: 1, 2 or 5 times a power of ten, so that there are about `REPERES` of them."""
    voulu = max(1.0, plus_haut / REPERES)
    puissance = 10 ** floor(log10(voulu))
    return int(next(facteur * puissance for facteur in (1, 2, 5, 10) if facteur * puissance >= voulu))
