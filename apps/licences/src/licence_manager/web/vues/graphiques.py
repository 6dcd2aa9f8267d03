"""What the charts show; the kit draws them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from licence_manager.services.tableau import JOURS_MONTRES, PointValidations
from sages_commun.licence.verdict import Verdict
from sages_commun.web.graphique import Colonne, Graphique, Serie
from sages_commun.web.rendu import lien

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MOIS_COURTS = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


def graphique_echeances(echeances: dict[str, int]) -> Graphique:
    """What expires in each of the coming months; each leads to its licences."""
    colonnes = [
        Colonne(MOIS_COURTS[int(mois[5:]) - 1], (nombre,), nom_du_mois(mois), _licences_du_mois(mois))
        for mois, nombre in echeances.items()
    ]
    return Graphique("Ce qui expire, mois par mois", "Mois", (Serie("licences"),), colonnes)


def nom_du_mois(mois: str) -> str:
    """« décembre 2026 »."""
    return f"{MOIS[int(mois[5:]) - 1]} {mois[:4]}"


def _licences_du_mois(mois: str) -> str:
    return lien("/licenses", {"mois": mois, "tri": "echeance"})


def graphique_validations(points: Iterable[PointValidations], aujourd_hui: date) -> Graphique:
    """Favourable and refused validations of each of the last days."""
    comptes: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for point in points:
        comptes[point.jour][point.verdict is Verdict.VALIDE] += point.nombre
    jours = [aujourd_hui - timedelta(days=rang) for rang in range(JOURS_MONTRES - 1, -1, -1)]
    colonnes = [
        Colonne(
            f"{jour:%d/%m}",
            (comptes[jour.isoformat()][True], comptes[jour.isoformat()][False]),
            f"{jour:%d/%m/%Y}",
        )
        for jour in jours
    ]
    series = (Serie("favorables"), Serie("refusées", "mal"))
    return Graphique("Validations, jour par jour", "Jour", series, colonnes)
