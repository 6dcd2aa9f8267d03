"""What a command says, and how it ends.

Without `--json`: sentences and tables on standard output, progress and errors on standard error. With it: one
JSON object on standard output and nothing else there. Never a traceback: an unexpected error gets a reference, its
traceback goes to the journal.
"""

import json
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import FrameType
from typing import Any, NoReturn

import structlog
import typer
from rich.console import Console
from rich.text import Text

from connecteur.cli.codes import Code
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur

journal = structlog.get_logger(__name__)

LARGEUR_TUYAU = 140
"""Columns of a table that goes to a file or another program."""


class Fin(Exception):
    """The command is over with this exit code; everything has been said."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Sortie:
    """Where one command speaks."""

    json: bool = False
    detail: bool = False
    """Show the technical details under the sentences."""
    ecran: Console = field(default_factory=lambda: _console(sys.stdout))
    erreurs: Console = field(default_factory=lambda: _console(sys.stderr))

    def dit(self, *objets: object) -> None:
        """Say it to a person; nothing with `--json`."""
        if not self.json:
            for objet in objets:
                self.ecran.print(objet)

    def rend(self, resultat: Mapping[str, object]) -> None:
        """The result for a program; nothing without `--json`."""
        if self.json:
            sys.stdout.write(json.dumps(resultat, ensure_ascii=False, default=_en_json) + "\n")
            sys.stdout.flush()

    def erreur(self, message: str, remede: str = "", detail: str = "") -> None:
        """What went wrong and what to do, in red; the technical text only with `--detail`."""
        self.erreurs.print(Text(message, style="bold red"))
        if remede:
            self.erreurs.print(Text(remede))
        if detail and self.detail:
            self.erreurs.print(Text(detail, style="dim"))


def _console(flux: Any) -> Console:
    terminal = flux.isatty()
    return Console(file=flux, highlight=False, soft_wrap=False, width=None if terminal else LARGEUR_TUYAU)


def _en_json(objet: object) -> object:
    match objet:
        case Decimal():
            return float(objet)
        case datetime() | date():
            return objet.isoformat()
        case _:
            raise TypeError(type(objet).__name__)


@contextmanager
def commande(*, en_json: bool, detail: bool) -> Iterator[Sortie]:
    """Run one command: turns whatever it raises into sentences and an exit code."""
    sortie = Sortie(en_json, detail)
    with _arret_en_interruption():
        try:
            yield sortie
        except Fin as fin:
            raise typer.Exit(fin.code) from None
        except KeyboardInterrupt:
            sortie.erreur("Interrompu.")
            sortie.rend({"ok": False, "erreur": {"message": "Interrompu."}})
            raise typer.Exit(Code.INTERROMPU) from None
        except ErreurConnecteur as exc:
            _echoue(sortie, exc.message, exc.remede, exc.detail, exc)
        except Exception as exc:  # noqa: BLE001 -- a person must read a sentence, not a traceback
            reference = secrets.token_hex(4).upper()
            journal.error("erreur inattendue", reference=reference, exc_info=exc)
            message = f"Une erreur inattendue s’est produite (référence {reference})."
            # Its text may hold anything, a connection string included: only its kind is shown.
            _echoue(sortie, message, "Appelez le support avec cette référence.", type(exc).__name__, exc)


def _echoue(sortie: Sortie, message: str, remede: str, detail: str, exc: Exception) -> NoReturn:
    sortie.erreur(message, remede, detail)
    sortie.rend({"ok": False, "erreur": {"message": message, "remede": remede, "detail": detail}})
    usage = isinstance(exc, ConfigurationInvalide)
    raise typer.Exit(Code.USAGE if usage else Code.ECHEC) from None


@contextmanager
def _arret_en_interruption() -> Iterator[None]:
    """A request to end (SIGTERM: systemd, `kill`, the service manager) is handled as Ctrl-C: everything is closed."""

    def interrompt(_signal: int, _cadre: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        ancien = signal.signal(signal.SIGTERM, interrompt)
    except ValueError:  # not the main thread (a test): whoever runs us handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, ancien)
