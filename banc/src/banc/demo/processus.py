"""The programs a demonstration starts, and those that an earlier one left behind.

Each gets a session of its own, so that Ctrl-C in the terminal reaches the demonstration alone, which then
stops them in order.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from banc.demo.erreurs import DemoImpossible
from sages_commun.postgres_embarque import PostgresEmbarque

DELAI_PRET_S = 120.0
DELAI_ARRET_S = 30.0
PAS_S = 0.05
Annonce = dict[str, Any]
MODULES = ("banc.batigest", "banc.batisimply", "connecteur", "licence_manager")
MARQUEUR = "BANC_DEMO_DONNEES"
"""The variable that tells which data folder a program was started for."""


@dataclass(frozen=True, slots=True)
class Enfant:
    """A program that runs beside us. Its outputs are files, so that nothing waits for somebody to read them."""

    nom: str
    processus: subprocess.Popen[bytes]
    sortie: Path
    journal: Path

    def attend(self) -> Annonce:
        """The line of JSON with which it says that it is ready. Raises `DemoImpossible` when it ends before, or says
        why it cannot."""
        limite = time.monotonic() + DELAI_PRET_S
        while (ligne := _premiere_ligne(self.sortie)) is None:
            if self.processus.poll() is not None or time.monotonic() > limite:
                raise DemoImpossible(
                    f"{self.nom} n’a pas démarré.",
                    f"Son journal : {self.journal}. Avec --neuf, la démonstration repart de zéro.\n{self.fin()}",
                )
            time.sleep(PAS_S)
        try:
            annonce: Annonce = json.loads(ligne)
        except ValueError as exc:
            raise DemoImpossible(f"{self.nom} n’a pas annoncé qu’il était prêt mais : {ligne}") from exc
        if isinstance(erreur := annonce.get("erreur"), dict):
            raise DemoImpossible(
                f"{self.nom} n’a pas démarré. {erreur.get('message', '')}",
                f"{erreur.get('remede', '')}\nOu bien, avec --neuf, la démonstration repart de zéro.",
            )
        return annonce

    def fin(self) -> str:
        """The end of its journal."""
        return self.journal.read_text(encoding="utf-8", errors="replace")[-1500:].strip()

    def arrete(self) -> None:
        """Ask it to end; insist when it does not."""
        if self.processus.poll() is None:
            _demande_la_fin(self.processus)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.processus.wait(DELAI_ARRET_S)
        if self.processus.poll() is None:
            tue([psutil.Process(self.processus.pid)])
        self.processus.wait()


def lance(nom: str, module: Sequence[str], dossier: Path, env: Mapping[str, str] | None = None) -> Enfant:
    """Start `python -m` one of our modules; its outputs go to files of `dossier/journaux`."""
    etiquette = module[0].replace(".", "-")
    sortie, journal = dossier / "journaux" / f"{etiquette}.sortie", dossier / "journaux" / f"{etiquette}.log"
    with sortie.open("wb") as vers_sortie, journal.open("wb") as vers_journal:
        processus = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *module], stdin=subprocess.DEVNULL, stdout=vers_sortie, stderr=vers_journal,
            env={**environnement(dossier), **(env or {})}, **a_part(),
        )  # fmt: skip
    return Enfant(nom, processus, sortie, journal)


def environnement(dossier: Path) -> dict[str, str]:
    """Ours, with the mark by which a later demonstration knows what this one left behind."""
    return {**os.environ, MARQUEUR: str(dossier)}


def a_part() -> dict[str, Any]:
    """What keeps a program out of reach of our terminal's Ctrl-C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    else:  # noqa: RET505 - mypy looks at one platform's branch only
        return {"start_new_session": True}


def arrete_restes(dossier: Path) -> int:
    """Stop what an earlier demonstration of this folder left behind (it was killed); return how many there were.

    Ours are the programs of the bench and of the product that were started for this very folder.
    """
    restes = [processus for processus in psutil.process_iter() if _est_un_reste(processus, dossier)]
    for processus in restes:
        with contextlib.suppress(psutil.NoSuchProcess):
            processus.terminate()
    _, debout = psutil.wait_procs(restes, timeout=DELAI_ARRET_S)
    tue(debout)
    return len(restes)


def arrete_postgres(dossier: Path) -> None:
    """Stop every embedded PostgreSQL of this folder, whoever started it. Nobody must be using them any more."""
    for motif in ("*/grappe", "*/*/grappe"):
        for grappe in dossier.glob(motif):
            PostgresEmbarque(grappe.parent).stop_even_if_attached()


def tue(processus: Sequence[psutil.Process]) -> None:
    """Kill them and what they started."""
    for parent in processus:
        with contextlib.suppress(psutil.NoSuchProcess):
            for enfant in [*parent.children(recursive=True), parent]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    enfant.kill()
    psutil.wait_procs(processus, timeout=DELAI_ARRET_S)


def _est_un_reste(processus: psutil.Process, dossier: Path) -> bool:
    try:
        commande = processus.cmdline()
        est_un_programme = commande[1:2] == ["-m"] and commande[2:3] and commande[2] in MODULES
        return bool(est_un_programme) and processus.environ().get(MARQUEUR) == str(dossier)
    except psutil.Error:
        return False


def _demande_la_fin(processus: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        processus.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        processus.terminate()


def _premiere_ligne(fichier: Path) -> str | None:
    texte = fichier.read_text(encoding="utf-8")
    return texte.split("\n", 1)[0] if "\n" in texte else None
