"""The Licence Manager's templates."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import Request

from licence_manager.bootstrap import Maison
from licence_manager.domain.duree import FUSEAU
from licence_manager.domain.licence import SANS_LIMITE
from licence_manager.errors import ConfigurationInvalide
from licence_manager.web.vues.licence import DUREES, limite
from sages_commun.acces.web.montage import GABARITS as GABARITS_ACCES
from sages_commun.acces.web.montage import contexte_acces
from sages_commun.web.feuille import FeuilleImpossible, check_feuille
from sages_commun.web.jetons import Jetons
from sages_commun.web.messages import Messages
from sages_commun.web.rendu import Navigation, Rendu, cree_environnement
from sages_commun.web.statiques import Statiques

WEB = Path(__file__).parent
PRODUIT = "Licence Manager"
NAVIGATION: Navigation = (
    ("/", "Tableau de bord"),
    ("/licenses", "Licences"),
    ("/rappels", "Rappels"),
    ("/cles-de-signature", "Clés de signature"),
)


class RenduLicences(Rendu):
    """The templates, and who looks at them."""

    def commun(self, request: Request, valeurs: Mapping[str, Any], statut: int) -> Mapping[str, Any]:  # noqa: ARG002
        """What every page is given besides its own values."""
        return {**contexte_acces(request), "personne": getattr(request.state, "personne", None)}


def cree_rendu(maison: Maison, statiques: Statiques, jetons: Jetons) -> RenduLicences:
    """The templates of an open house; any process of its database reads the sentence that another one left."""
    env = cree_environnement(
        [WEB / "templates", GABARITS_ACCES],
        statiques,
        produit=PRODUIT,
        version=version("licence-manager"),
        navigation=NAVIGATION,
        fuseau=FUSEAU,
        horloge=maison.contexte.maintenant,
    )
    env.filters.update(limite=limite)
    env.globals.update(DUREES=DUREES, SANS_LIMITE=SANS_LIMITE)
    return RenduLicences(env, jetons, Messages("licences_message", maison.contexte.coffre.pages))


def verifie_feuille() -> None:
    """Raises `ConfigurationInvalide` when the style sheet was not compiled: a page without it is not served."""
    try:
        check_feuille(WEB)
    except FeuilleImpossible as exc:
        raise ConfigurationInvalide(exc.message, remede=exc.remede) from exc
