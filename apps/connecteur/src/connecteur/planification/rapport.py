"""What a run is asked to do, what became of each of its arrows, and the run as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux, Incident, Verdict, flux_de
from connecteur.planification.registre import Avancement, RunNote

Quoi = Flux | Fleche
"""What a run does: a flow, or one of its arrows alone."""


@dataclass(frozen=True, slots=True)
class Demande:
    """A run that was asked for."""

    run: str
    quoi: Quoi
    declencheur: str
    """Who or what asked, in French: « ligne de commande », « page d’accueil »…"""
    dossier: str = ""

    @property
    def flux(self) -> Flux:
        """The flow it belongs to."""
        return flux_de(self.quoi)

    @property
    def fleches(self) -> tuple[Fleche, ...]:
        """Its arrows, in order."""
        return fleches_de(self.quoi)


@dataclass(frozen=True, slots=True)
class Etape:
    """What became of one arrow."""

    fleche: Fleche
    verdict: Verdict
    bilan: Bilan | None = None
    """None when the arrow could not go to its end."""
    erreur: Incident | None = None
    """What stopped it."""
    essais: int = 1
    duree_s: float = 0.0

    def en_json(self) -> dict[str, Any]:
        """Plain JSON values: what DBOS records."""
        valeurs: dict[str, Any] = _ETAPE.dump_python(self, mode="json")
        return valeurs

    @staticmethod
    def de_json(valeurs: object) -> "Etape":
        """The step recorded as these JSON values."""
        return _ETAPE.validate_python(valeurs)


_ETAPE = TypeAdapter(Etape)


def quoi_nomme(nom: str) -> Quoi:
    """The flow or arrow of this name. Raises `ValueError` for a name that means nothing."""
    return Flux(nom) if nom in set(Flux) else Fleche(nom)


def fleches_de(quoi: Quoi) -> tuple[Fleche, ...]:
    """Its arrows, in order."""
    return FLECHES[quoi] if isinstance(quoi, Flux) else (quoi,)


@dataclass(frozen=True, slots=True)
class Rapport:
    """A run as it stands now. Instants are aware."""

    id: str
    flux: Flux
    fleches: tuple[Fleche, ...]
    declencheur: str
    debut: datetime | None = None
    """None while it waits for its turn."""
    fin: datetime | None = None
    verdict: Verdict | None = None
    bilans: tuple[Bilan, ...] = ()
    erreur: Incident | None = None
    progression: Mapping[Fleche, Avancement] = field(default_factory=dict)
    """The arrows that have begun."""
    annulation_demandee: bool = False

    @property
    def fini(self) -> bool:
        """Whether it is over."""
        return self.verdict is not None

    @classmethod
    def en_attente(cls, demande: Demande) -> "Rapport":
        """A run that has not begun."""
        return cls(demande.run, demande.flux, demande.fleches, demande.declencheur)

    @classmethod
    def du_registre(cls, note: RunNote) -> "Rapport":
        """A run that has begun."""
        return cls(
            id=note.id,
            flux=note.flux,
            fleches=tuple(note.fleches),
            declencheur=note.declencheur,
            debut=note.debut,
            fin=note.fin,
            verdict=note.verdict,
            bilans=tuple(note.bilans),
            erreur=note.erreur,
            progression={avancement.fleche: avancement for avancement in note.avancements},
            annulation_demandee=note.annulation_demandee,
        )
