"""The programs a demonstration starts, and those that an earlier one left behind.

Each gets a session of its own, so that Ctrl-C in the terminal reaches the demonstration alone, which then
stops them in order.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from banc.demo.erreurs import DemoImpossible

DELAI_PRET_S = 120.0
DELAI_ARRET_S = 30.0
PAS_S = 0.05
MODULES = ("banc.batigest", "banc.batisimply", "connecteur")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Enfant:
    """A program that runs beside us. Its outputs are files, so that nothing waits for somebody to read them."""

    nom: str
    processus: subprocess.Popen[bytes]
    sortie: Path
    journal: Path

    def attend_ligne(self) -> str:
        """Its first line, which says that it is ready. Raises `DemoImpossible` when it ends before."""
        return self.attend(lambda: _premiere_ligne(self.sortie))

    def attend(self, essaie: Callable[[], T | None]) -> T:
        """What `essaie` gives once it gives something. Raises `DemoImpossible` when the program ends or is too slow."""
        limite = time.monotonic() + DELAI_PRET_S
        while (obtenu := essaie()) is None:
            if self.processus.poll() is not None or time.monotonic() > limite:
                raise DemoImpossible(f"{self.nom} n’a pas démarré.", f"Son journal : {self.journal}.\n{self.fin()}")
            time.sleep(PAS_S)
        return obtenu

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


def lance(nom: str, commande: Sequence[str], journaux: Path, env: Mapping[str, str] | None = None) -> Enfant:
    """Start a program; its standard output and error go to files of that folder."""
    etiquette = nom.lower().replace(" ", "-")
    sortie, journal = journaux / f"{etiquette}.sortie", journaux / f"{etiquette}.log"
    with sortie.open("wb") as vers_sortie, journal.open("wb") as vers_journal:
        processus = subprocess.Popen(  # noqa: S603
            commande, stdin=subprocess.DEVNULL, stdout=vers_sortie, stderr=vers_journal,
            env={**os.environ, **(env or {})}, **a_part(),
        )  # fmt: skip
    return Enfant(nom, processus, sortie, journal)


def a_part() -> dict[str, Any]:
    """What keeps a program out of reach of our terminal's Ctrl-C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    else:  # noqa: RET505 - mypy looks at one platform's branch only
        return {"start_new_session": True}


def arrete_restes(dossier: Path) -> int:
    """Stop what an earlier demonstration of this folder left behind (it was killed); return how many there were.

    Ours are the programs of the bench and of the product whose command names this very folder.
    """
    restes = [processus for processus in psutil.process_iter() if _est_un_reste(processus, dossier)]
    for processus in restes:
        with contextlib.suppress(psutil.NoSuchProcess):
            processus.terminate()
    _, debout = psutil.wait_procs(restes, timeout=DELAI_ARRET_S)
    tue(debout)
    return len(restes)


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
    except psutil.Error:
        return False
    return processus.pid != os.getpid() and est_des_notres(commande, dossier)


def est_des_notres(commande: Sequence[str], dossier: Path) -> bool:
    """Whether this command is a program of the bench or of the product at work in this data folder.

    An editor open on one of its files is not.
    """
    if len(commande) < 3:  # noqa: PLR2004 - an interpreter, a program, at least one argument
        return False
    if (commande[1] != "-m" or commande[2] not in MODULES) and Path(commande[1]).stem != "connecteur":
        return False
    interprete = Path(commande[0]).stem.lower().startswith("python")
    return interprete and any(Path(argument).is_relative_to(dossier) for argument in commande[2:])


def _demande_la_fin(processus: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        processus.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        processus.terminate()


def _premiere_ligne(fichier: Path) -> str | None:
    texte = fichier.read_text(encoding="utf-8")
    return texte.split("\n", 1)[0] if "\n" in texte else None
