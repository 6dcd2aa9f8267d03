"""The Licence Manager of a demonstration: its program, a licence in force for the connector, and one that is over.

It keeps its own base and its own secret in the data folder. What was made at the first start is used again.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from banc.demo.depart import Depart
from banc.demo.dossier import DossierDemo, ecrit_prive
from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import Enfant, a_part, environnement, lance

MODULE = "licence_manager"
ECHUE_DEPUIS = timedelta(days=10)
PREMIER_CODE = re.compile(r"/premier-demarrage\b.* : (?P<code>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Licences:
    """What the demonstration sold itself."""

    cles_publiques: tuple[str, ...]
    """What the connector carries."""
    en_vigueur: str
    """The key of the connector's licence."""
    expiree: str
    """That of a licence to play with."""


def premier_code(enfant: Enfant) -> str | None:
    """The code that makes its first administrator, which the program prints on its console; None once there is one."""
    trouve = PREMIER_CODE.search(enfant.journal.read_text(encoding="utf-8", errors="replace"))
    return None if trouve is None else trouve["code"]


class LicencesDemo:
    """The program, and the licences of this data folder."""

    def __init__(self, dossier: DossierDemo) -> None:
        self._dossier = dossier
        self._fichier = dossier.chemin / "licences.json"

    def lance(self, port: int) -> Enfant:
        """Start it on this port, without waiting for it."""
        return lance("Le Licence Manager", [MODULE, "serve", "--json"], self._dossier.chemin, self._env(port))

    def attend(self, depart: Depart) -> tuple[str, Licences]:
        """Its address once it answers, and the licences."""
        adresse = str(depart.attend()["adresse"])
        if self._fichier.exists():
            lues = json.loads(self._fichier.read_text(encoding="utf-8"))
            return adresse, Licences(tuple(lues.pop("cles_publiques")), **lues)
        licences = self._vend()
        ecrit_prive(self._fichier, json.dumps(asdict(licences)))
        return adresse, licences

    def _vend(self) -> Licences:
        """Both licences and the keys, asked for together: each command takes a moment to begin."""
        hier = f"{date.today() - ECHUE_DEPUIS:%d/%m/%Y}"  # noqa: DTZ011 - the day here
        creation = ("create", "Claire Démonstration", "--entreprise")
        commandes = (
            self._commande("public-keys"),
            self._commande(*creation, "Bâtiments Démo", "--duree", "1 an"),
            self._commande(*creation, "Bâtiments Démo (échue)", "--expire", hier),
        )
        cles, bonne, echue = (_reponse(commande) for commande in commandes)
        publiques = tuple(cle["publique"] for cle in cles["cles"] if cle["etat"] != "retiree")
        return Licences(publiques, bonne["licence"]["cle"], echue["licence"]["cle"])

    def _commande(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", MODULE, *arguments, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env={**environnement(self._dossier.chemin), **self._env(0)}, **a_part(),
        )  # fmt: skip

    def _env(self, port: int) -> Mapping[str, str]:
        return {"LICENCE_MANAGER_DONNEES": str(self._dossier.licences), "LICENCE_MANAGER_PORT": str(port)}


def _reponse(processus: "subprocess.Popen[str]") -> dict[str, Any]:
    sortie, erreurs = processus.communicate()
    if processus.returncode:
        raise DemoImpossible("Une licence de démonstration n’a pas pu être créée.", (sortie + erreurs)[-1500:])
    reponse: dict[str, Any] = json.loads(sortie)
    return reponse
