"""What a command says, and how it ends: sentences or one JSON object, never a traceback."""

import json
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import structlog
import typer
from rich.console import Console
from rich.text import Text

from licence_manager import journal
from licence_manager.cli import INTERROMPU, USAGE
from licence_manager.errors import ConfigurationInvalide, DemandeInvalide, ErreurLicences, ImportRefuse

LARGEUR_TUYAU = 140
ECHEC = 1


@dataclass(slots=True)
class Sortie:
    """Where one command speaks."""

    json: bool
    ecran: Console
    erreurs: Console

    def dit(self, *objets: object) -> None:
        """Say it to a person; nothing with `--json`."""
        if not self.json:
            for objet in objets:
                self.ecran.print(objet)

    def rend(self, resultat: Mapping[str, object]) -> None:
        """The result for a program; nothing without `--json`."""
        if self.json:
            sys.stdout.write(json.dumps({"ok": True} | dict(resultat), ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()

    def refuse(self, erreur: ErreurLicences) -> None:
        """What went wrong and what to do."""
        self.erreurs.print(Text(erreur.message, style="bold red"))
        if erreur.remede:
            self.erreurs.print(Text(erreur.remede))
        if isinstance(erreur, ImportRefuse):
            for ligne in erreur.erreurs:
                self.erreurs.print(Text(f"  ligne {ligne.ligne} : {ligne.message}"))
        elif erreur.detail:
            self.erreurs.print(Text(journal.caviarde(erreur.detail), style="dim"))
        if self.json:
            faute = {"message": erreur.message, "remede": erreur.remede}
            sys.stdout.write(json.dumps({"ok": False, "erreur": faute}, ensure_ascii=False) + "\n")


@contextmanager
def commande(*, en_json: bool) -> Iterator[Sortie]:
    """Run one command: turns whatever it raises into sentences and an exit code."""
    journal.prepare()
    if threading.current_thread() is threading.main_thread():
        # As Ctrl-C does: what is open is closed, the embedded database first of all.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    sortie = Sortie(en_json, _console(sys.stdout), _console(sys.stderr))
    try:
        yield sortie
    except KeyboardInterrupt:
        raise typer.Exit(INTERROMPU) from None
    except ErreurLicences as exc:
        sortie.refuse(exc)
        raise typer.Exit(USAGE if isinstance(exc, ConfigurationInvalide | DemandeInvalide) else ECHEC) from None
    except Exception as exc:  # noqa: BLE001  a person must read a sentence, not a traceback
        reference = secrets.token_hex(4)
        structlog.get_logger().error("erreur imprévue", reference=reference, exc_info=exc)
        sortie.refuse(ErreurLicences(f"Une erreur imprévue s’est produite (référence {reference})."))
        raise typer.Exit(ECHEC) from None


def _console(flux: TextIO) -> Console:
    return Console(file=flux, highlight=False, markup=False, width=None if flux.isatty() else LARGEUR_TUYAU)
