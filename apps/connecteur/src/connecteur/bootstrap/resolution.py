"""Codes resolved again at once, beside the queue: it only touches the tampon."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.systemes import Systemes
from connecteur.domain.run import Fleche, Flux, Incident, Verdict
from connecteur.errors import ErreurConnecteur
from connecteur.sync.heures.resolution import resolve_heures

DECLENCHEUR = "mise à jour des codes"


class Resolution:
    """Resolves the slots of one dossier again, as a run of its history."""

    def __init__(self, systemes: Systemes) -> None:
        self._systemes = systemes
        self._jeux = JeuxDeBouts(systemes.reglages, systemes.tampon, systemes.fuseau)

    def resout_codes(self) -> str:
        """Do it now; the run that was noted. Raises `DossierOccupe` while a run holds the dossier."""
        tampon, runs = self._systemes.tampon, self._systemes.tampon.runs
        run = f"{self._systemes.horloge():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with tampon.exclusif(), self._jeux.emprunte(self._systemes.dossier) as bouts:
            runs.ouvre(run, Flux.HEURES, [Fleche.PULL_HEURES], False, DECLENCHEUR)  # noqa: FBT003
            try:
                bilan = resolve_heures(
                    bouts.batisimply, bouts.batigest, tampon, tranches=bouts.tranches(), fuseau=bouts.fuseau, run=run
                )
            except ErreurConnecteur as exc:
                runs.termine(run, Verdict.ECHEC, erreur=Incident(exc.message, exc.remede, exc.detail))
                raise
            runs.termine(run, bilan.verdict, [bilan])
        return run

    def close(self) -> None:
        """Log out of both ends."""
        self._jeux.close()


@contextmanager
def resolution(systemes: Systemes) -> Iterator[Resolution]:
    """Nothing is opened before it is used."""
    ouverte = Resolution(systemes)
    try:
        yield ouverte
    finally:
        ouverte.close()
