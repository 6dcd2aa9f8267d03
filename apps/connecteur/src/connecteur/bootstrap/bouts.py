"""The ends of one dossier, built from the settings of a run.

Settings change at run time. A run keeps the ends it began with; those nobody uses any more are closed as soon as
the settings have changed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.chantier import Genre
from connecteur.settings import Reglages, ReglagesDossier
from connecteur.sync.run import Bouts
from connecteur.tampon.tampon import Tampon


class Fermable(Protocol):
    """What is closed, and opens again by itself should it be used afterwards."""

    def close(self) -> None:
        """Close it."""
        ...


class Jeu:
    """The ends for one set of settings, and how many runs use them. Nothing is opened before it is used."""

    def __init__(self, reglages: Reglages, tampon: Tampon, fuseau: ZoneInfo) -> None:
        from connecteur.adresses import ServiceAdresses
        from connecteur.batigest.dossier import Dossier
        from connecteur.batisimply.client import ClientBatisimply

        dossier = reglages.dossier
        batigest = Dossier(
            reglages.batigest,
            dossier.rubriques,
            chantiers=dossier.chantiers,
            mode=dossier.mode,
            fuseau=fuseau,
            colonne_modification=dossier.heures.colonne_modification,
            devis_envoyes=lambda: tampon.list_projets_lies(Genre.DEVIS).values(),
            en_plus=[un.numero for un in dossier.heures.forme.en_plus],
        )
        batisimply = ClientBatisimply(
            reglages.batisimply,
            siege_id=dossier.siege_id,
            creation=dossier.chantiers.creation,
            champs_en_plus=[un.champ for un in dossier.heures.en_plus],
        )
        self.dossier = dossier
        self.usagers = 0
        self._a_fermer: tuple[Fermable, ...] = (batisimply, batigest)
        adresses = None
        if dossier.chantiers.adresses.url is not None:
            adresses = ServiceAdresses(dossier.chantiers.adresses)
            self._a_fermer += (adresses,)
        self.bouts = Bouts(
            batigest=batigest,
            batisimply=batisimply,
            tampon=tampon,
            fuseau=fuseau,
            horloge=lambda: datetime.now(fuseau),
            fenetre_jours=dossier.fenetre_jours,
            tranche_jours=dossier.tranche_jours,
            chevauchement_heures=dossier.chevauchement_heures,
            envois_paralleles=reglages.batisimply.envois_paralleles,
            ecrire_codebs=dossier.ecrire_codebs,
            mode=dossier.mode,
            chantiers=dossier.chantiers,
            heures=dossier.heures,
            conservation_annees=dossier.conservation_annees,
            adresses=adresses,
        )

    def close(self) -> None:
        """Log out of both ends."""
        for fermable in self._a_fermer:
            fermable.close()


class JeuxDeBouts:
    """The ends of one dossier for every set of settings in use: one, but while a run outlives a change of settings."""

    def __init__(self, reglages: Reglages, tampon: Tampon, fuseau: ZoneInfo) -> None:
        self._reglages = reglages
        self._tampon = tampon
        self._fuseau = fuseau
        self._verrou = threading.Lock()
        self._jeux: list[Jeu] = []

    def courants(self, dossier: ReglagesDossier) -> Bouts:
        """The ends for these settings, until they change."""
        with self._verrou:
            return self._prend(dossier).bouts

    @contextmanager
    def emprunte(self, dossier: ReglagesDossier) -> Iterator[Bouts]:
        """The ends for these settings, kept open until the end whatever changes meanwhile."""
        with self._verrou:
            jeu = self._prend(dossier)
            jeu.usagers += 1
        try:
            yield jeu.bouts
        finally:
            with self._verrou:
                jeu.usagers -= 1

    def close(self) -> None:
        """Close them all."""
        with self._verrou:
            jeux, self._jeux = self._jeux, []
        for jeu in jeux:
            jeu.close()

    def _prend(self, dossier: ReglagesDossier) -> Jeu:
        jeu = next((jeu for jeu in self._jeux if jeu.dossier == dossier), None)
        if jeu is None:
            jeu = Jeu(self._reglages.model_copy(update={"dossier": dossier}), self._tampon, self._fuseau)
            self._jeux.append(jeu)
        for ancien in [autre for autre in self._jeux if autre is not jeu and not autre.usagers]:
            self._jeux.remove(ancien)
            ancien.close()
        return jeu
