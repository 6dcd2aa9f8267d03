"""The schedules, as shown and as the form holds them."""

from collections.abc import Mapping
from dataclasses import dataclass

from connecteur.domain.horaire import JOURS, Cadence
from connecteur.planification.horaires import EtatHoraire
from sages_commun.web.format import majuscule

CADENCES: Mapping[str, Cadence] = {
    "demande": Cadence.A_LA_DEMANDE,
    "temps-reel": Cadence.TEMPS_REEL,
    "minutes": Cadence.MINUTES,
    "jours": Cadence.JOURS,
}
"""What the form sends > what it means."""

NOMS: Mapping[str, str] = {
    "demande": "À la demande seulement",
    "temps-reel": "En temps réel",
    "minutes": "À intervalles réguliers",
    "jours": "À heures fixes",
}


@dataclass(frozen=True, slots=True)
class VueHoraire:
    """The schedule of one direction, and the fields of its form."""

    etat: EtatHoraire
    phrase: str
    cadence: str
    secondes: int
    minutes: int
    heures: str
    jours: frozenset[str]
    debut: str
    fin: str
    choix: tuple[tuple[str, str], ...] = tuple(NOMS.items())
    semaine: tuple[str, ...] = JOURS


def vue_horaire(etat: EtatHoraire) -> VueHoraire:
    """Lay one out."""
    horaire = etat.horaire
    plage = horaire.plage
    jours = plage.jours if plage else horaire.jours
    return VueHoraire(
        etat=etat,
        phrase=majuscule(etat.phrase),
        cadence=next(nom for nom, cadence in CADENCES.items() if cadence is horaire.cadence),
        secondes=horaire.secondes or 60,
        minutes=horaire.minutes or 15,
        heures=", ".join(f"{heure:%H:%M}" for heure in horaire.heures) or "20:00",
        jours=frozenset(JOURS[rang] for rang in jours),
        debut=f"{plage.debut:%H:%M}" if plage else "",
        fin=f"{plage.fin:%H:%M}" if plage else "",
    )
