"""Charts as plain rectangles: a template draws them, a table beside says the same in figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from licence_manager.services.tableau import JOURS_MONTRES, PointValidations
from sages_commun.licence.verdict import Verdict

HAUTEUR = 100
PAS = 10
LARGEUR = 7
MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MOIS_COURTS = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Barre:
    """One rectangle, in the units of the drawing."""

    x: float
    y: float
    hauteur: float
    ton: str


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column of the chart, one line of the table."""

    cle: str
    nom: str
    court: str
    """Under the column, where there is room."""
    initiale: str
    """Under the column of a narrow screen."""
    valeurs: tuple[int, ...]
    """One per series."""

    @property
    def total(self) -> int:
        """All series."""
        return sum(self.valeurs)


@dataclass(frozen=True, slots=True)
class Graphique:
    """A chart."""

    colonnes: tuple[Colonne, ...]
    plafond: int
    """What its top stands for."""
    barres: tuple[Barre, ...]

    @property
    def largeur(self) -> int:
        """Of the drawing."""
        return len(self.colonnes) * PAS

    @property
    def total(self) -> int:
        """Everything in it."""
        return sum(colonne.total for colonne in self.colonnes)


def graphique(colonnes: Iterable[Colonne], tons: Sequence[str]) -> Graphique:
    """Columns of stacked bars, the first series below; `tons` is the colour of each series."""
    toutes = tuple(colonnes)
    plafond = plafond_rond(max((colonne.total for colonne in toutes), default=0))
    barres = []
    for rang, colonne in enumerate(toutes):
        pied = 0
        for ton, valeur in zip(tons, colonne.valeurs, strict=True):
            if valeur:
                # Never thinner than what can be seen.
                hauteur = max(HAUTEUR * valeur / plafond, 1)
                y = HAUTEUR - HAUTEUR * pied / plafond - hauteur
                barres.append(Barre(rang * PAS + (PAS - LARGEUR) / 2, round(y, 2), round(hauteur, 2), ton))
            pied += valeur
    return Graphique(toutes, plafond, tuple(barres))


def plafond_rond(valeur: int) -> int:
    """The round figure at or above: 1, 2, 5, 10, 20, 50…"""
    rond = 1
    while True:
        for chiffre in (1, 2, 5):
            if chiffre * rond >= valeur:
                return chiffre * rond
        rond *= 10


def graphique_echeances(echeances: dict[str, int]) -> Graphique:
    """What expires in each of the coming months."""
    return graphique((_mois(mois, nombre) for mois, nombre in echeances.items()), ["accent"])


def nom_du_mois(mois: str) -> str:
    """« décembre 2026 »."""
    return f"{MOIS[int(mois[5:]) - 1]} {mois[:4]}"


def _mois(mois: str, nombre: int) -> Colonne:
    rang = int(mois[5:]) - 1
    return Colonne(mois, nom_du_mois(mois), MOIS_COURTS[rang], MOIS_COURTS[rang][0].upper(), (nombre,))


def graphique_validations(points: Iterable[PointValidations], aujourd_hui: date) -> Graphique:
    """Favourable and refused validations of each of the last days."""
    comptes: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for point in points:
        comptes[point.jour][point.verdict is Verdict.VALIDE] += point.nombre
    jours = [aujourd_hui - timedelta(days=rang) for rang in range(JOURS_MONTRES - 1, -1, -1)]
    colonnes = (
        Colonne(
            jour.isoformat(),
            f"{jour:%d/%m/%Y}",
            f"{jour:%d/%m}" if (aujourd_hui - jour).days % 7 == 0 else "",
            f"{jour:%d}" if (aujourd_hui - jour).days % 7 == 0 else "",
            (comptes[jour.isoformat()][True], comptes[jour.isoformat()][False]),
        )
        for jour in jours
    )
    return graphique(colonnes, ["accent", "mal"])
