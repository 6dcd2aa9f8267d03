"""The product as a firm runs it: a settings file, and its command line."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from banc.demo.dossier import DossierDemo
from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import DELAI_ARRET_S, Enfant, a_part, environnement, lance

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sortie:
    """What one command of the product answered."""

    code: int
    corps: Json


class Produit:
    """The connector, on the data of one demonstration."""

    def __init__(self, dossier: DossierDemo) -> None:
        self._dossier = dossier

    def serve(self) -> Enfant:
        """Start the web interface, without waiting for it."""
        return lance("Le connecteur", self._module("serve"), self._dossier.chemin)

    def appelle(self, *arguments: str, saisie: str | None = None) -> Sortie:
        """Run one command to its end. Its progress reaches the person on standard error; it reads `saisie`."""
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *self._module(*arguments)],
            stdin=subprocess.DEVNULL if saisie is None else subprocess.PIPE, stdout=subprocess.PIPE,
            env=environnement(self._dossier.chemin), **a_part(),
        ) as processus:  # fmt: skip
            try:
                sortie, _ = processus.communicate(None if saisie is None else saisie.encode())
            except BaseException:
                processus.terminate()
                processus.wait(DELAI_ARRET_S)
                raise
        try:
            return Sortie(processus.returncode, json.loads(sortie))
        except ValueError as exc:
            raise DemoImpossible(
                f"« connecteur {' '.join(arguments)} » s’est terminé sans compte rendu (code {processus.returncode}).",
                f"Voyez le journal du connecteur, dans {self._dossier.connecteur / 'journal'}.",
            ) from exc

    def _module(self, *arguments: str) -> list[str]:
        return ["connecteur", *arguments, "--json", "--config", str(self._dossier.configuration)]
