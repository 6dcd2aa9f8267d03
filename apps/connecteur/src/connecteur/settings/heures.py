"""How the hours of one dossier go back to Batigest."""

from datetime import date
from typing import Annotated

from pydantic import Field

from connecteur.domain.conflit import Politique
from connecteur.domain.heure import Compte, DateLigne, Forme
from connecteur.settings.section import Section


class ReglagesHeures(Section):
    """What a line of SuiviMO says, who wins when both sides changed it, and what is never done unasked."""

    date_ligne: DateLigne = DateLigne.DEBUT
    """`début`: `Date` is the local start of the slot; `jour`: the local day, whose slots on one chantier add up."""
    panier: Compte = Compte.CRENEAU
    """`créneau`: one per slot that has it; `jour`: one per salarié and day, on the first line that has it."""
    trajet: Compte = Compte.CRENEAU
    """Likewise for the journey."""
    conflits: Politique = Politique.PLUS_RECENT
    """Who wins when both sides changed a line."""
    colonne_modification: Annotated[str, Field(max_length=128)] = ""
    """The column of SuiviMO that says when a line was changed last, if this dossier has one."""
    periode_close: date | None = None
    """Nothing before this day is ever changed in Batigest: the payroll is done."""
    garde_part: Annotated[int, Field(ge=1, le=100)] = 20
    """The guard: a run that would change or remove more than this share (%) of our lines of the window…"""
    garde_lignes: Annotated[int, Field(ge=0)] = 50
    """… and more than so many, waits until somebody confirms."""

    @property
    def forme(self) -> Forme:
        """How slots become lines."""
        return Forme(self.date_ligne, self.panier, self.trajet)
