"""The connector's templates: an environment for each dossier, whose dates and addresses are its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment

from connecteur.domain.rejet import PHRASES
from connecteur.web import presentation
from connecteur.web.attente import Attente, compte_attente
from connecteur.web.services import Dossier, Services
from sages_commun.acces.web.montage import GABARITS as GABARITS_ACCES
from sages_commun.acces.web.montage import contexte_acces
from sages_commun.web import rendu as kit
from sages_commun.web.jetons import Jetons
from sages_commun.web.messages import Messages
from sages_commun.web.statiques import Statiques

PRODUIT = "Connecteur SAGES"
GABARITS = Path(__file__).parent / "templates"

NAVIGATION: kit.Navigation = (
    ("/", "Accueil"),
    ("/conflits", "Conflits"),
    ("/rejets", "Rejets"),
    ("/salaries", "Salariés"),
    ("/heures", "Heures"),
    ("/horaires", "Horaires"),
    ("/historique", "Historique"),
    ("/reglages", "Réglages"),
    ("/configuration", "Configuration"),
)


class Rendu(kit.Rendu):
    """The templates of one application."""

    def __init__(self, services: Services, jetons: Jetons, statiques: Statiques) -> None:
        self._services = services
        self._environnements = {
            dossier.code: _environnement(services, dossier, statiques) for dossier in services.dossiers
        }
        premier = self._environnements[services.dossiers[0].code]
        super().__init__(premier, jetons, Messages("connecteur_message"))

    def environnement(self, request: Request) -> Environment:
        """That of the dossier of this request."""
        return self._environnements[self._dossier(request).code]

    def commun(self, request: Request, valeurs: Mapping[str, Any], statut: int) -> Mapping[str, Any]:
        """Who looks, and what waits for a person, for the navigation; nothing of the dossier for who is not in."""
        qui = contexte_acces(request)
        if self._services.acces is None:
            qui = {"identite": None, "peut_changer": True}
        elif qui["identite"] is None:
            return {**qui, "attente": Attente(), "comptes_nav": {}, "navigation": (), "dehors": True}
        attente = valeurs.get("attente") or (
            compte_attente(self._dossier(request)) if statut < 400 else Attente()  # noqa: PLR2004
        )
        return {**qui, "attente": attente, "comptes_nav": attente.par_adresse()}

    def _dossier(self, request: Request) -> Dossier:
        # An error page about a dossier that does not exist is shown in the first one.
        return self._services.dossier(request.query_params.get("dossier")) or self._services.dossiers[0]


def _environnement(services: Services, dossier: Dossier, statiques: Statiques) -> Environment:
    env = kit.cree_environnement(
        [GABARITS, GABARITS_ACCES],
        statiques,
        produit=PRODUIT,
        version=services.version,
        navigation=NAVIGATION,
        fuseau=dossier.fuseau,
        horloge=services.horloge,
        liaison={"dossier": dossier.code} if len(services.dossiers) > 1 else kit.AUCUN,
    )
    env.filters.update(comptes=presentation.comptes_affiches)
    env.globals.update(
        dossier=dossier,
        dossiers=services.dossiers,
        dehors=False,
        motif_remede=lambda motif: PHRASES[motif][1],
        libelles=presentation.LIBELLES,
    )
    return env
