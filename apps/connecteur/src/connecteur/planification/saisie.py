"""A schedule as a person types it, on the command line or in a form."""

import re
from datetime import time

from connecteur.domain.horaire import JOURS, TOUS_LES_JOURS, Cadence, Horaire, HoraireInvalide, Plage
from connecteur.errors import ConfigurationInvalide

OUVRES = frozenset(range(5))
HEURE = re.compile(r"^(\d{1,2})[:hH](\d{2})?$")
REMEDE = (
    "Par exemple : toutes les 15 minutes de « 06:00-20:00 » les « lundi-vendredi » ; "
    "ou à « 12:30, 20:00 » les « lundi, jeudi »."
)


def lit_horaire(
    cadence: Cadence | str, *, nombre: int = 0, heures: str = "", jours: str = "", plage: str = ""
) -> Horaire:
    """The schedule that was typed. Raises `ConfigurationInvalide` saying what does not suit.

    `nombre`: seconds of « temps réel », minutes of an interval; `heures`: « 12:30, 20:00 »; `jours`: « lundi, jeudi »,
    « lundi-vendredi », nothing for every day (Monday to Friday with a `plage`); `plage`: « 06:00-20:00 ».
    """
    try:
        choisie = Cadence(cadence)
        voulus = _jours(jours)
        match choisie:
            case Cadence.TEMPS_REEL:
                return Horaire(choisie, secondes=nombre, plage=_plage(plage, voulus))
            case Cadence.MINUTES:
                return Horaire(choisie, minutes=nombre, plage=_plage(plage, voulus))
            case Cadence.JOURS:
                fixes = tuple(sorted({_heure(mot) for mot in re.split(r"[,; ]+", heures.strip()) if mot}))
                return Horaire(choisie, heures=fixes, jours=voulus or TOUS_LES_JOURS, plage=_plage(plage, frozenset()))
            case Cadence.A_LA_DEMANDE:
                return Horaire()
    except ValueError as exc:
        message = str(exc) if isinstance(exc, HoraireInvalide) else "Cet horaire ne se comprend pas."
        raise ConfigurationInvalide(message, remede=REMEDE) from exc


def _plage(texte: str, jours: frozenset[int]) -> Plage | None:
    if not texte.strip():
        return Plage(jours, time(0), time(23, 59)) if jours else None
    debut, tiret, fin = texte.replace("–", "-").partition("-")
    if not tiret:
        raise HoraireInvalide("Une plage s’écrit « 06:00-20:00 ».")
    return Plage(jours or OUVRES, _heure(debut.strip()), _heure(fin.strip()))


def _heure(texte: str) -> time:
    trouve = HEURE.match(texte)
    if trouve is None or int(trouve[1]) > 23 or int(trouve[2] or 0) > 59:  # noqa: PLR2004 -- a day has 24 h of 60 min
        raise HoraireInvalide(f"« {texte} » n’est pas une heure : écrivez « 20:00 ».")
    return time(int(trouve[1]), int(trouve[2] or 0))


def _jours(texte: str) -> frozenset[int]:
    """Nothing typed: no day."""
    trouves: set[int] = set()
    for partie in re.split(r"[,; ]+", texte.strip().replace("–", "-")):
        if not partie:
            continue
        premier, tiret, dernier = partie.partition("-")
        debut = _jour(premier)
        fin = _jour(dernier) if tiret else debut
        trouves |= {rang % 7 for rang in range(debut, fin + 1 if fin >= debut else fin + 8)}
    return frozenset(trouves)


def _jour(texte: str) -> int:
    possibles = [rang for rang, jour in enumerate(JOURS) if len(texte) > 1 and jour.startswith(texte.casefold())]
    if len(possibles) != 1:
        raise HoraireInvalide(f"« {texte} » n’est pas un jour de la semaine : écrivez « lundi ».")
    return possibles[0]
