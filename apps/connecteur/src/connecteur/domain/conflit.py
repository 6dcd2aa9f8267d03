"""Who wins when both sides changed the same thing, and why: one rule for fields of chantiers and lines of heures.

| policy        | winner                                                                  |
| ------------- | ----------------------------------------------------------------------- |
| plus récent   | the side whose change is the later one; equal or unknown dates: nobody  |
| batigest      | Batigest                                                                |
| batisimply    | BatiSimply                                                              |
| demander      | nobody: the record waits for a person                                   |

A person's decision wins over the policy. Nobody winning means: nothing is written, the record stands on the
conflicts page, the run is partial.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Cote(StrEnum):
    """The two systems a conflict is about."""

    BATIGEST = "Batigest"
    BATISIMPLY = "BatiSimply"


class Politique(StrEnum):
    """How conflicts are settled; a setting per dossier, and per field for chantiers."""

    PLUS_RECENT = "plus récent"
    BATIGEST = "batigest"
    BATISIMPLY = "batisimply"
    DEMANDER = "demander"


@dataclass(frozen=True, slots=True)
class Jugement:
    """The outcome: `gagnant` is None when a person must decide. `raison` is a French sentence, always present."""

    gagnant: Cote | None
    raison: str


def juge(
    politique: Politique,
    date_batigest: datetime | None,
    date_batisimply: datetime | None,
    decision: Cote | None = None,
    marge: timedelta = timedelta(0),
) -> Jugement:
    """Settle one conflict. Dates are aware instants, already corrected for the clocks of both machines.

    `marge` is how far the dates can be trusted, both together: a smaller difference counts as none.
    """
    if decision is not None:
        return Jugement(decision, f"Décidé par une personne : la valeur de {decision.value} est gardée.")
    match politique:
        case Politique.BATIGEST | Politique.BATISIMPLY:
            gagnant = Cote.BATIGEST if politique is Politique.BATIGEST else Cote.BATISIMPLY
            return Jugement(gagnant, f"Le réglage donne toujours raison à {gagnant.value}.")
        case Politique.DEMANDER:
            return Jugement(None, "Le réglage demande qu’une personne décide.")
        case Politique.PLUS_RECENT:
            return _le_plus_recent(date_batigest, date_batisimply, marge)


def _le_plus_recent(date_batigest: datetime | None, date_batisimply: datetime | None, marge: timedelta) -> Jugement:
    if date_batigest is None or date_batisimply is None:
        muet = Cote.BATIGEST if date_batigest is None else Cote.BATISIMPLY
        return Jugement(None, f"La date de la modification n’est pas connue dans {muet.value} : à vous de décider.")
    if date_batigest == date_batisimply:
        return Jugement(None, "Les deux modifications portent la même date : à vous de décider.")
    if abs(date_batigest - date_batisimply) < marge:
        return Jugement(
            None, "Les dates connues ne disent pas quelle modification est la dernière : à vous de décider."
        )
    gagnant = Cote.BATIGEST if date_batigest > date_batisimply else Cote.BATISIMPLY
    return Jugement(gagnant, f"La modification faite dans {gagnant.value} est la plus récente.")
