"""The runs of every dossier of one program, ready to be asked for, and carried out here or elsewhere."""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from connecteur.planification.execution import Atelier
from connecteur.planification.lanceur import Lanceur
from connecteur.planification.ouvrier import Ouvrier
from connecteur.planification.registre import Executants


class Planification:
    """Use it as a context manager. `lanceurs`: the runs of each dossier, by its code."""

    def __init__(
        self,
        url: str,
        ateliers: Mapping[str, Atelier],
        executants: Executants,
        horloge: Callable[[], datetime],
        *,
        passager: bool = False,
        execute: bool = True,
    ) -> None:
        """`execute`: whether this program carries out runs, or only asks for them. `passager`: see `Ouvrier`."""
        self._url = url
        self._ateliers = ateliers
        self._executants = executants
        self._horloge = horloge
        self._passager = passager
        self._execute = execute
        self._pile = ExitStack()
        self.lanceurs: Mapping[str, Lanceur] = {}

    def __enter__(self) -> Self:
        from connecteur.planification.guichet import Guichet

        with ExitStack() as pile:
            guichet = Guichet(self._url, self._ateliers)
            pile.callback(guichet.ferme)
            ouvrier = Ouvrier(
                self._url, guichet, self._ateliers, self._executants, self._horloge, passager=self._passager
            )
            arret = threading.Event()
            self.lanceurs = {
                dossier: Lanceur(
                    guichet, dossier, atelier.registre, self._horloge, panne=lambda: ouvrier.panne, arret=arret
                )
                for dossier, atelier in self._ateliers.items()
            }
            if self._execute:
                ouvrier.demarre()
                pile.callback(ouvrier.arrete)
            pile.callback(arret.set)
            self._pile = pile.pop_all()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pile.close()
