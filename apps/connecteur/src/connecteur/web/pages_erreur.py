"""What is answered to the connector's own errors."""

from connecteur.errors import DossierOccupe, ErreurConnecteur, ErreurPermanente, Introuvable
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.pages_erreur import PagesErreur

STATUTS: dict[type[ErreurConnecteur], int] = {DossierOccupe: 409, Introuvable: 404, ErreurPermanente: 409}
"""The errors of the connector that say something about the request; any other means « not now »."""
IMPREVUE = ErreurPage(
    500,
    "Le connecteur a rencontré une erreur imprévue. Rien n’indique que des données soient perdues.",
    "Recommencez ; si l’erreur revient, donnez la référence ci-dessous au support.",
)
AUTRE_HOTE = ErreurPage(
    400,
    "Cette adresse n’est pas celle du connecteur.",
    "Ouvrez-le par http://localhost ou http://127.0.0.1, ou ajoutez ce nom aux réglages.",
)
AUTRE_SITE = ErreurPage(403, "Cette demande vient d’un autre site : elle est refusée.", "Ouvrez la page du connecteur.")


def _traduit(exc: Exception) -> ErreurPage | None:
    if not isinstance(exc, ErreurConnecteur):
        return None
    statut = next((un for genre, un in STATUTS.items() if isinstance(exc, genre)), 503)
    return ErreurPage(statut, exc.message, exc.remede, exc.detail)


PAGES_ERREUR = PagesErreur(attendues=(ErreurConnecteur,), traduit=_traduit, imprevue=IMPREVUE)
