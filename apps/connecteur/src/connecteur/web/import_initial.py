"""The first import: shown by a dry run, then asked for. What was not shown is not asked for."""

from datetime import date

from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide
from connecteur.sync.run import debut_import
from connecteur.web.apercus import Apercus, ApercuVu
from connecteur.web.licence import exige_licence
from connecteur.web.services import Dossier, Services
from sages_commun.web.erreurs import ErreurPage


def aujourdhui(services: Services, dossier: Dossier) -> date:
    """Today, where the dossier is."""
    return services.horloge().astimezone(dossier.fuseau).date()


def montre(services: Services, dossier: Dossier, apercus: Apercus, depuis: date | None) -> ApercuVu:
    """Start the dry run from this day. Raises `ErreurPage` 422 for a day that no import may begin at."""
    if depuis is None:
        raise ErreurPage(422, "Donnez un jour, comme 24/06/2025.", champs=[{"champ": "depuis", "faute": "manque"}])
    try:
        debut_import(depuis, aujourdhui(services, dossier))
    except ConfigurationInvalide as exc:
        raise ErreurPage(422, exc.message, exc.remede, champs=[{"champ": "depuis", "faute": exc.message}]) from exc
    return apercus.demande(dossier, Flux.HEURES, depuis)


def demande(dossier: Dossier, apercus: Apercus, depuis: date, qui: str) -> str:
    """Ask for it, and for the run that does it; that run.

    Raises `ErreurPage` 409 unless this very day was shown, `SansLicence` when no run may begin.
    """
    exige_licence(dossier, Flux.HEURES)
    vu = apercus.lit(dossier, Flux.HEURES, importe=True)
    if vu.etat != "fini" or vu.depuis != depuis:
        raise ErreurPage(
            409,
            f"L’aperçu d’un import depuis le {depuis:%d/%m/%Y} n’a pas été fait, ou n’est pas terminé.",
            "Demandez d’abord à voir ce qui serait repris, puis confirmez.",
        )
    dossier.imports.demande_import(depuis, qui)
    apercus.oublie_import(dossier)
    return dossier.lanceur.lance(Flux.HEURES, declencheur=qui)
