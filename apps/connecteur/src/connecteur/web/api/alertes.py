"""Alerts: where they go, what was told, a trial."""

from datetime import datetime

from fastapi import APIRouter

from connecteur.web.dependances import DossierDep, EssaiDep
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Modele

routes = APIRouter(tags=["alerts"])


class MessageLu(Modele):
    """One alert. Neither sent nor tried again: given up."""

    titre: str
    cree_le: datetime
    envoye_le: datetime | None
    prochain_le: datetime | None
    essais: int
    erreur: str


class AlertesLues(Modele):
    """Where alerts go (no address: nobody is told anything), and the latest."""

    adresses: list[str]
    messages: list[MessageLu]


class EssaiLu(Modele):
    """What became of a trial at one address."""

    adresse: str
    parti: bool
    erreur: str


@routes.get("/alerts", response_model=AlertesLues)
def lit_alertes(dossier: DossierDep) -> object:
    """The state of the alerts."""
    return {"adresses": dossier.alertes.list_adresses(), "messages": dossier.alertes.list_messages()}


@routes.post("/alerts/essai", response_model=list[EssaiLu], dependencies=[JetonEntete])
def essaie(dossier: DossierDep, _seul: EssaiDep) -> object:
    """Send a trial to each address now."""
    return [{"adresse": nom, "parti": not erreur, "erreur": erreur} for nom, erreur in dossier.alertes.essaie()]
