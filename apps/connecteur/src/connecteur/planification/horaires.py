"""The schedules of one dossier: shown, changed, and what is due now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.horaire import (
    DECLENCHEUR,
    Cadence,
    Echecs,
    Horaire,
    phrase,
    prochain_essai,
    prochaine_echeance,
    servie,
)
from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide


class HoraireTenu(Protocol):
    """The schedule of one flow as it is kept."""

    @property
    def flux(self) -> Flux: ...
    @property
    def horaire(self) -> Horaire: ...
    @property
    def dernier(self) -> datetime: ...
    @property
    def modifie_le(self) -> datetime: ...
    @property
    def modifie_par(self) -> str: ...


class Depot(Protocol):
    """What the tampon keeps of them. Every method raises `ErreurTransitoire` or `ErreurPermanente`."""

    def list_horaires(self) -> Sequence[HoraireTenu]:
        """Those that were ever set."""
        ...

    def change_horaire(
        self, flux: Flux, change: Callable[[Horaire], Horaire], maintenant: datetime, qui: str
    ) -> Horaire:
        """Replace one by what `change` makes of it."""
        ...

    def sert_echeance(self, flux: Flux, vu: datetime, servi: datetime) -> bool:
        """Note the instant served; False when another program did."""
        ...

    def read_echecs(self, flux: Flux, declencheur: str) -> Echecs | None:
        """The failures in a row of what was asked for by `declencheur`."""
        ...


@dataclass(frozen=True, slots=True)
class EtatHoraire:
    """The schedule of one flow, as a person sees it. Instants are aware."""

    flux: Flux
    horaire: Horaire
    phrase: str
    """« toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00 »."""
    prochaine: datetime | None
    """When it will run next, or at once when that is past; None: never by itself."""
    echecs: int = 0
    """How many times in a row it has just failed: then `prochaine` is the next attempt."""
    modifie_le: datetime | None = None
    """None: nobody ever set it, and nothing runs by itself."""
    modifie_par: str = ""


@dataclass(frozen=True, slots=True)
class Echeance:
    """An instant to serve; `dernier` is the one served before, with which this one was worked out."""

    flux: Flux
    instant: datetime
    dernier: datetime
    servi: datetime
    """What to note as served."""


class Horaires:
    """The schedules of one dossier. Every method raises `ErreurConnecteur`."""

    def __init__(self, depot: Depot, fuseau: ZoneInfo, horloge: Callable[[], datetime]) -> None:
        self._depot = depot
        self._fuseau = fuseau
        self._horloge = horloge

    def list_horaires(self) -> list[EtatHoraire]:
        """One per flow."""
        maintenant = self._horloge()
        tenus = {tenu.flux: tenu for tenu in self._depot.list_horaires()}
        return [
            self._etat(tenus[flux], maintenant)
            if flux in tenus
            else EtatHoraire(flux, Horaire(), phrase(Horaire()), None)
            for flux in Flux
        ]

    def change_horaire(self, flux: Flux, horaire: Horaire, qui: str) -> Horaire:
        """Give a flow this schedule, from now on."""
        return self._depot.change_horaire(flux, lambda _: horaire, self._horloge(), qui)

    def pause(self, flux: Flux, qui: str) -> Horaire:
        """Nothing runs by itself until `reprend`; the schedule is kept."""
        return self._depot.change_horaire(flux, lambda avant: replace(avant, en_pause=True), self._horloge(), qui)

    def reprend(self, flux: Flux, qui: str) -> Horaire:
        """Go on from now; what was missed meanwhile was not wanted. Raises `ConfigurationInvalide` without schedule."""

        def change(avant: Horaire) -> Horaire:
            if avant.cadence is Cadence.A_LA_DEMANDE:
                raise ConfigurationInvalide(
                    f"Le flux « {flux.value} » n’a pas d’horaire.",
                    remede="Donnez-lui-en un : « connecteur horaires change ».",
                )
            return replace(avant, en_pause=False)

        return self._depot.change_horaire(flux, change, self._horloge(), qui)

    def list_dues(self) -> list[Echeance]:
        """What is to be served now."""
        maintenant = self._horloge()
        dues = []
        for tenu in self._depot.list_horaires():
            prochaine, _ = self._prochaine(tenu, maintenant)
            if prochaine is not None and prochaine <= maintenant:
                servi = servie(tenu.horaire, prochaine, maintenant)
                dues.append(Echeance(tenu.flux, prochaine.astimezone(self._fuseau), tenu.dernier, servi))
        return dues

    def sert(self, echeance: Echeance) -> bool:
        """Note that it is served; False when another program did."""
        return self._depot.sert_echeance(echeance.flux, echeance.dernier, echeance.servi)

    def _etat(self, tenu: HoraireTenu, maintenant: datetime) -> EtatHoraire:
        prochaine, echecs = self._prochaine(tenu, maintenant, toujours=True)
        return EtatHoraire(
            tenu.flux,
            tenu.horaire,
            phrase(tenu.horaire),
            prochaine.astimezone(self._fuseau) if prochaine else None,
            echecs.combien if echecs else 0,
            tenu.modifie_le,
            tenu.modifie_par,
        )

    def _prochaine(
        self, tenu: HoraireTenu, maintenant: datetime, *, toujours: bool = False
    ) -> tuple[datetime | None, Echecs | None]:
        """The next instant, and the failures that put it off or bring it forward.

        Unless `toujours`, the past is only looked at when it may matter: this is asked every second.
        """
        echeance = prochaine_echeance(tenu.horaire, tenu.dernier, maintenant, self._fuseau)
        if echeance is None:
            return None, None
        a_intervalles = tenu.horaire.intervalle is not None
        if a_intervalles and echeance > maintenant and not toujours:
            return echeance, None
        echecs = self._depot.read_echecs(tenu.flux, DECLENCHEUR)
        if echecs is None:
            return echeance, None
        return prochain_essai(tenu.horaire, echeance, echecs, maintenant, self._fuseau), echecs
