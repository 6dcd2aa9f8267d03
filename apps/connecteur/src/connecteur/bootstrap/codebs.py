"""Writing who is who back into Batigest, when a person asks and the settings permit it."""

from collections.abc import Iterator
from contextlib import contextmanager

from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.systemes import Systemes
from connecteur.sync.salaries import ecris_codebs


class EcritureCodebs:
    """Fills the empty cell of a salarié, on a session of its own: no run waits for it."""

    def __init__(self, systemes: Systemes) -> None:
        self._systemes = systemes
        self._jeux = JeuxDeBouts(systemes.reglages, systemes.tampon, systemes.fuseau)

    def ecriture_permise(self) -> bool:
        """Whether the settings in force permit it (`ecrire_codebs`)."""
        return self._systemes.dossier.ecrire_codebs

    def ecris_codebs(self, code: str, qui: str) -> bool:
        """Write the identifier of the user mapped by hand to this salarié; False when it is there already.

        Raises `GesteRefuse`, `Introuvable`: see `sync.salaries.ecris_codebs`.
        """
        with self._jeux.emprunte(self._systemes.dossier) as bouts:
            return ecris_codebs(self._systemes.tampon, bouts.batigest, code, qui, permis=bouts.ecrire_codebs)

    def close(self) -> None:
        """Log out of both ends."""
        self._jeux.close()


@contextmanager
def ecriture_codebs(systemes: Systemes) -> Iterator[EcritureCodebs]:
    """Nothing is opened before it is used."""
    ouverte = EcritureCodebs(systemes)
    try:
        yield ouverte
    finally:
        ouverte.close()
