"""The product as a firm runs it: a settings file, and its command line."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from banc.demo.dossier import DossierDemo
from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import DELAI_ARRET_S, Enfant, a_part, lance

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

    def serve(self, port: int) -> Enfant:
        """Start the web interface; return once it answers."""
        enfant = lance("connecteur", self._commande("serve"), self._dossier.journaux)
        try:
            enfant.attend(lambda: _sante(port))
        except BaseException:
            enfant.arrete()
            raise
        return enfant

    def appelle(self, *arguments: str) -> Sortie:
        """Run one command with `--json` to its end. Its progress reaches the person on standard error; its answer is
        the last line it prints."""
        with subprocess.Popen(  # noqa: S603
            self._commande(*arguments, "--json"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **a_part()
        ) as processus:
            try:
                sortie, _ = processus.communicate()
            except BaseException:
                processus.terminate()
                processus.wait(DELAI_ARRET_S)
                raise
        lignes = sortie.decode("utf-8").strip().splitlines()
        try:
            corps = json.loads(lignes[-1])
        except (IndexError, ValueError) as exc:
            raise DemoImpossible(
                f"« connecteur {' '.join(arguments)} » s’est terminé sans compte rendu (code {processus.returncode}).",
                f"Voyez le journal du connecteur, dans {self._dossier.connecteur / 'journal'}.",
            ) from exc
        return Sortie(processus.returncode, corps)

    def _commande(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "connecteur", *arguments, "--config", str(self._dossier.configuration)]


def _sante(port: int) -> Json | None:
    """What `/health` answers; None while nobody does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reponse:
            corps: Json = json.load(reponse)
            return corps
    except (urllib.error.URLError, OSError, ValueError):
        return None
