"""The Licence Manager's templates."""

from importlib.metadata import version
from pathlib import Path

from licence_manager.errors import ConfigurationInvalide
from sages_commun.web.feuille import FeuilleImpossible, check_feuille
from sages_commun.web.jetons import Jetons
from sages_commun.web.messages import Messages
from sages_commun.web.rendu import Navigation, Rendu, cree_environnement
from sages_commun.web.statiques import Statiques

WEB = Path(__file__).parent
PRODUIT = "Licence Manager"
NAVIGATION: Navigation = ()


def cree_rendu(statiques: Statiques, jetons: Jetons, cle: bytes) -> Rendu:
    """The templates; `cle` signs the sentence that one process leaves for a page that another one may serve."""
    env = cree_environnement(
        [WEB / "templates"],
        statiques,
        produit=PRODUIT,
        version=version("licence-manager"),
        navigation=NAVIGATION,
    )
    return Rendu(env, jetons, Messages("licences_message", cle))


def verifie_feuille() -> None:
    """Raises `ConfigurationInvalide` when the style sheet was not compiled: a page without it is not served."""
    try:
        check_feuille(WEB)
    except FeuilleImpossible as exc:
        raise ConfigurationInvalide(exc.message, remede=exc.remede) from exc
