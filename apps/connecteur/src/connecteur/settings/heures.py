"""How the hours of one dossier go back to Batigest."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from connecteur.domain.conflit import Politique
from connecteur.domain.heure import Compte, DateLigne, EnPlus, Forme, Unite
from connecteur.settings.section import Section


class ReglagesEnPlus(Section):
    """A further field of BatiSimply's slots, and the heading of SuiviMO that holds it."""

    champ: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
    """Its name in BatiSimply's answers; `connecteur doctor` lists those it sends."""
    rubrique: Annotated[str, Field(pattern=r"^[Nn][Bb][Hh][0-9]{1,3}$")]
    unite: Unite = Unite.NOMBRE
    """`minutes` become hours, `oui/non` one, `nombre` is taken as it is."""
    compte: Compte = Compte.CRENEAU
    """`créneau`: what the slots of a line add up to; `jour`: the largest of the day, on the first line that has it."""

    @property
    def regle(self) -> EnPlus:
        """The same, for the domain."""
        return EnPlus(self.champ, int(self.rubrique[3:]), self.unite, self.compte)


class ReglagesHeures(Section):
    """What a line of SuiviMO says, who wins when both sides changed it, and what is never done unasked."""

    date_ligne: DateLigne = DateLigne.DEBUT
    """`début`: `Date` is the local start of the slot; `jour`: the local day, whose slots on one chantier add up."""
    panier: Compte = Compte.CRENEAU
    """`créneau`: one per slot that has it; `jour`: one per salarié and day, on the first line that has it."""
    trajet: Compte = Compte.CRENEAU
    """Likewise for the journey."""
    en_plus: tuple[ReglagesEnPlus, ...] = ()
    """Further fields of the slots that Batigest is to hold."""
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

    @model_validator(mode="after")
    def _distincts(self) -> "ReglagesHeures":
        for noms in ([un.champ for un in self.en_plus], [un.regle.numero for un in self.en_plus]):
            if len(set(noms)) < len(noms):
                raise ValueError("deux champs en plus portent le même nom, ou vont dans la même rubrique")
        return self

    @property
    def forme(self) -> Forme:
        """How slots become lines."""
        return Forme(self.date_ligne, self.panier, self.trajet, tuple(un.regle for un in self.en_plus))
