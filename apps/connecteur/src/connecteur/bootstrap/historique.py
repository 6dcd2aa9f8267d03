"""The latest runs of a dossier, read and nothing else: no table is brought up to date for it."""

from collections.abc import Sequence

from connecteur.bootstrap.postgresql import fuseau_nomme, url_tampon
from connecteur.settings import Reglages
from connecteur.tampon.runs import RunSuivi
from connecteur.tampon.tampon import Tampon


def derniers_runs(reglages: Reglages, limite: int) -> Sequence[RunSuivi]:
    """The latest runs, most recent first. Raises `ErreurConnecteur`."""
    fuseau = fuseau_nomme(reglages.dossier.fuseau)
    with url_tampon(reglages) as url, Tampon(url, reglages.dossier.code, fuseau) as tampon:
        return tampon.runs.liste(limite)
