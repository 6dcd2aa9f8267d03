"""The licence of this machine, put together; and what it allows to one dossier."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from connecteur.bootstrap.coffre import ouvre_coffre
from connecteur.domain.chantier import Genre
from connecteur.domain.run import REFUS_LICENCE, Fleche, Flux, Incident, flux_de
from connecteur.licence.etats import Fonction, Situation
from connecteur.licence.licence_manager import FournisseurLicenceManager
from connecteur.licence.portail import Portail, Refusee
from connecteur.licence.ports import Fournisseur
from connecteur.licence.souvenir import Souvenir
from connecteur.licence.supabase import FournisseurSupabase
from connecteur.settings import ReglagesLicence
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.licence import DepotLicence
from sages_commun.licence import lit_cles_publiques


def horloge_utc() -> datetime:
    """This machine's clock, in UTC."""
    return datetime.now(UTC)


def fournisseur_de(reglages: ReglagesLicence) -> Fournisseur | None:
    """Who is asked; None when no server is set. Nothing is opened."""
    if not reglages.serveur:
        return None
    if reglages.fournisseur == "supabase":
        cle = reglages.cle_supabase.get_secret_value()
        return FournisseurSupabase(reglages.serveur, cle, delai_s=reglages.delai_s)
    cles = lit_cles_publiques(reglages.cles_publiques)
    return FournisseurLicenceManager(reglages.serveur, cles, delai_s=reglages.delai_s)


@contextmanager
def portail(
    donnees: Path, reglages: ReglagesLicence, connexions: Connexions, horloge: Callable[[], datetime] = horloge_utc
) -> Iterator[Portail]:
    """The gate of this program, on the vault of this data folder. Nothing is asked before it is used."""
    depot = DepotLicence(connexions)
    fournisseur = fournisseur_de(reglages)
    try:
        yield Portail(
            Souvenir(ouvre_coffre(donnees), depot),
            depot,
            fournisseur,
            grace=timedelta(days=reglages.grace_jours),
            dossier=donnees,
            version=version("connecteur"),
            horloge=horloge,
        )
    finally:
        if fournisseur is not None:
            fournisseur.close()


class LicenceDuDossier:
    """What the licence allows to one dossier."""

    def __init__(self, portail: Portail, mode: Callable[[], Genre]) -> None:
        """`mode`: what the next run makes a project of."""
        self._portail = portail
        self._mode = mode

    def situation(self) -> Situation:
        """What the licence of this machine is worth now."""
        return self._portail.situation()

    def admet(self, run: str, quoi: Flux | Fleche, /) -> Incident | None:
        """Why this run may not begin. Raises `ErreurTransitoire` when the tampon is away."""
        return _incident(self._portail.admet(run, self._fonction(quoi)))

    def permet(self, quoi: Flux | Fleche, /) -> Incident | None:
        """Why no run of this kind may be asked for, from what is known now."""
        return _incident(self._portail.permet(self._fonction(quoi)))

    def _fonction(self, quoi: Flux | Fleche) -> Fonction:
        if flux_de(quoi) is Flux.HEURES:
            return Fonction.HEURES
        return Fonction.DEVIS if self._mode() is Genre.DEVIS else Fonction.CHANTIER


def _incident(refus: Refusee | None) -> Incident | None:
    return None if refus is None else Incident(refus.message, refus.remede, code=REFUS_LICENCE)
