"""Where the reminders stand: those that left, those that could not, those to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from licence_manager.domain.duree import fin_de_journee, jour_de
from licence_manager.domain.licence import Licence
from licence_manager.domain.recherche import Critere, Filtre, Tri
from licence_manager.repository.rappels import RappelEnEchec, RappelParti, list_echecs, list_partis
from licence_manager.services.contexte import Contexte
from licence_manager.services.rappels import SEUILS

MONTRES = 50
A_VENIR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RappelAVenir:
    """A reminder that is due on a day to come."""

    licence: Licence
    jours: int
    le: datetime


@dataclass(frozen=True, slots=True)
class Rappeles:
    """All of it, at one moment."""

    partis: tuple[RappelParti, ...]
    echecs: tuple[RappelEnEchec, ...]
    a_venir: tuple[RappelAVenir, ...]


class EtatRappels:
    """Reads it. Raises `BaseIndisponible`."""

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte

    def read_rappels(self) -> Rappeles:
        """The latest of each, and what the coming week holds."""
        maintenant = self._contexte.maintenant()
        with self._contexte.transaction() as (connexion, depot):
            partis, echecs = list_partis(connexion, MONTRES), list_echecs(connexion, MONTRES)
            horizon = fin_de_journee(jour_de(maintenant + A_VENIR) + timedelta(days=max(SEUILS)))
            page = depot.list_page(
                Critere(Filtre.EXPIRENT_BIENTOT, tri=Tri.ECHEANCE), None, MONTRES * 10, (maintenant, horizon)
            )
        a_venir = [rappel for licence in page.lignes for rappel in _a_venir(licence, maintenant)]
        a_venir.sort(key=lambda rappel: (rappel.le, rappel.licence.id))
        return Rappeles(tuple(partis), tuple(echecs), tuple(a_venir[:MONTRES]))


def _a_venir(licence: Licence, maintenant: datetime) -> list[RappelAVenir]:
    fin, aujourd_hui = jour_de(licence.expire_le), jour_de(maintenant)
    dus = ((jours, fin - timedelta(days=jours)) for jours in SEUILS)
    return [
        RappelAVenir(licence, jours, fin_de_journee(jour))
        for jours, jour in dus
        if aujourd_hui < jour <= aujourd_hui + A_VENIR
    ]
