"""What the pages read the systems with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.systemes import Systemes
from connecteur.domain.invariant import Constat
from connecteur.domain.run import Flux
from connecteur.sync.explication import (
    ExplicationCreneau,
    ExplicationLigne,
    cadre_de,
    explique_creneau,
    explique_ligne,
)
from connecteur.sync.ports import Progression
from connecteur.sync.run import Apercu, apercu, verifie_dossier


class LectureSeule:
    """Reads the three systems of one dossier and writes nothing, on sessions of its own: no run waits for it."""

    def __init__(self, systemes: Systemes) -> None:
        self._systemes = systemes
        self._jeux = JeuxDeBouts(systemes.reglages, systemes.tampon, systemes.fuseau)

    def apercu(self, flux: Flux, progression: Progression, /, depuis: date | None = None) -> Apercu:
        """What a run of this direction would do now, or a first import. Raises `ErreurConnecteur`."""
        with self._jeux.emprunte(self._systemes.dossier) as bouts:
            return apercu(flux, bouts, progression, depuis)

    def verifie(self) -> Constat:
        """The invariant over the window. Raises `ErreurConnecteur`."""
        with self._jeux.emprunte(self._systemes.dossier) as bouts:
            return verifie_dossier(bouts)

    def explique_ligne(self, salarie: str, chantier: str, jour: date, /) -> ExplicationLigne:
        """Everything about these hours; Batigest is looked at when it answers."""
        with self._jeux.emprunte(self._systemes.dossier) as bouts:
            tampon, cadre = self._systemes.tampon, cadre_de(bouts)
            return explique_ligne(tampon, bouts.batigest, cadre, salarie=salarie, chantier=chantier, jour=jour)

    def explique_creneau(self, ident: str, /) -> ExplicationCreneau:
        """Where this slot is now and why."""
        with self._jeux.emprunte(self._systemes.dossier) as bouts:
            return explique_creneau(self._systemes.tampon, cadre_de(bouts), ident)

    def close(self) -> None:
        """Log out of both ends."""
        self._jeux.close()


@contextmanager
def lecture_seule(systemes: Systemes) -> Iterator[LectureSeule]:
    """Nothing is opened before it is used."""
    lecture = LectureSeule(systemes)
    try:
        yield lecture
    finally:
        lecture.close()
