"""Schedules: list, change, pause, resume."""

from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints

from connecteur.domain.horaire import Cadence, Horaire, HoraireInvalide, Plage
from connecteur.domain.run import Flux
from connecteur.planification.horaires import EtatHoraire
from connecteur.web.dependances import Auteur, DossierDep
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["schedules"])

Heure = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Of the day, local: `20:00`."""
Jours = Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)]
"""Of the week: 0 is Monday."""


class PlageHoraire(Demande):
    """Working hours: nothing runs by itself outside."""

    jours: Jours
    debut: Heure
    fin: Heure


class HoraireDemande(Demande):
    """One schedule. `secondes` goes with « temps réel », `minutes` with « minutes », `heures` and `jours` with
    « jours », `plage` with the two first."""

    cadence: Cadence
    secondes: Annotated[int, Field(ge=0, le=86_400)] = 0
    minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
    heures: Annotated[list[Heure], Field(max_length=24)] = Field(default_factory=list)
    jours: Jours = Field(default_factory=list)
    plage: PlageHoraire | None = None


class HoraireLu(HoraireDemande):
    """One schedule, as it stands."""

    en_pause: bool


class EtatHoraireLu(Modele):
    """The schedule of one direction; `prochaine` is null when nothing runs by itself."""

    flux: Flux
    horaire: HoraireLu
    phrase: str
    prochaine: datetime | None
    echecs: int
    modifie_le: datetime | None
    modifie_par: str


@routes.get("/schedules", response_model=list[EtatHoraireLu])
def list_horaires(dossier: DossierDep) -> object:
    """One per direction, with its next run."""
    return [_lu(etat) for etat in dossier.horaires.list_horaires()]


@routes.put("/schedules/{flux}", response_model=EtatHoraireLu, dependencies=[JetonEntete])
def change_horaire(flux: Flux, demande: HoraireDemande, dossier: DossierDep, qui: Qui) -> object:
    """Give a direction this schedule, from now on."""
    try:
        horaire = _horaire(demande)
    except HoraireInvalide as exc:
        raise ErreurPage(422, str(exc), "Corrigez l’horaire : rien n’a été changé.") from exc
    dossier.horaires.change_horaire(flux, horaire, qui)
    return _etat(dossier, flux)


@routes.post("/schedules/{flux}/pause", response_model=EtatHoraireLu, dependencies=[JetonEntete])
def suspend(flux: Flux, dossier: DossierDep, qui: Qui) -> object:
    """Nothing runs by itself until it is resumed; the schedule is kept."""
    dossier.horaires.pause(flux, qui)
    return _etat(dossier, flux)


@routes.post("/schedules/{flux}/reprendre", response_model=EtatHoraireLu, dependencies=[JetonEntete])
def reprend(flux: Flux, dossier: DossierDep, qui: Qui) -> object:
    """Go on from now: what was missed meanwhile was not wanted."""
    dossier.horaires.reprend(flux, qui)
    return _etat(dossier, flux)


def _horaire(demande: HoraireDemande) -> Horaire:
    plage = demande.plage
    return Horaire(
        demande.cadence,
        secondes=demande.secondes,
        minutes=demande.minutes,
        heures=tuple(sorted({time.fromisoformat(heure) for heure in demande.heures})),
        jours=frozenset(demande.jours),
        plage=None
        if plage is None
        else Plage(frozenset(plage.jours), time.fromisoformat(plage.debut), time.fromisoformat(plage.fin)),
    )


def _etat(dossier: DossierDep, flux: Flux) -> dict[str, object]:
    return next(_lu(etat) for etat in dossier.horaires.list_horaires() if etat.flux is flux)


def _lu(etat: EtatHoraire) -> dict[str, object]:
    horaire, plage = etat.horaire, etat.horaire.plage
    return {
        "flux": etat.flux,
        "horaire": {
            "cadence": horaire.cadence,
            "secondes": horaire.secondes,
            "minutes": horaire.minutes,
            "heures": [f"{heure:%H:%M}" for heure in horaire.heures],
            "jours": sorted(horaire.jours),
            "plage": None
            if plage is None
            else {"jours": sorted(plage.jours), "debut": f"{plage.debut:%H:%M}", "fin": f"{plage.fin:%H:%M}"},
            "en_pause": horaire.en_pause,
        },
        "phrase": etat.phrase,
        "prochaine": etat.prochaine,
        "echecs": etat.echecs,
        "modifie_le": etat.modifie_le,
        "modifie_par": etat.modifie_par,
    }
