"""What a command says, and how it ends.

Without `--json`: sentences and tables on standard output, progress and errors on standard error. With it: one
JSON object on standard output and nothing else there. Never a traceback: an unexpected error gets a reference, its
traceback goes to the journal.
"""

import getpass
import json
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import FrameType
from typing import Any, TextIO

import structlog
import typer
from rich.console import Console
from rich.text import Text

from connecteur.cli.codes import Code
from connecteur.cli.vue_run import incident_en_json
from connecteur.domain.run import Incident
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, ErreurPermanente, LicenceRefusee
from connecteur.journal import CAVIARDAGE, prepare

journal = structlog.get_logger(__name__)

LARGEUR_TUYAU = 140
"""Columns of a table that goes to a file or another program."""


class Fin(Exception):
    """The command is over with this exit code; everything has been said."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


class Interruption:
    """Ctrl-C and SIGTERM (systemd, `kill`, the service manager) interrupt once: what is being closed is then closed
    in peace. `rearme` lets one more through, for a wait that a person may cut short."""

    def __init__(self) -> None:
        self._armee = True

    def rearme(self) -> None:
        """The next signal interrupts again."""
        self._armee = True

    @contextmanager
    def ecoute(self) -> Iterator[None]:
        """Until the end of the command. Not in the main thread (a test): whoever runs us handles signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        anciens = {numero: signal.signal(numero, self._recoit) for numero in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for numero, ancien in anciens.items():
                signal.signal(numero, ancien)

    def _recoit(self, _numero: int, _cadre: FrameType | None) -> None:
        if self._armee:
            self._armee = False
            raise KeyboardInterrupt


@dataclass(slots=True)
class Sortie:
    """Where one command speaks."""

    json: bool = False
    detail: bool = False
    """Show the technical details under the sentences."""
    ecran: Console = field(default_factory=lambda: _console(sys.stdout))
    erreurs: Console = field(default_factory=lambda: _console(sys.stderr))
    entree: TextIO = field(default_factory=lambda: sys.stdin)
    interruption: Interruption = field(default_factory=Interruption)

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

    def patiente(self, quoi: str) -> AbstractContextManager[object]:
        """Show that something is under way; nothing where there is no terminal."""
        return self.erreurs.status(quoi) if self.erreurs.is_terminal else nullcontext()

    def confirme(self, question: str, *, sinon: str) -> bool:
        """What a person answers: « o » and « oui » are yes, anything else is no.

        Raises `ConfigurationInvalide` when nobody is there to answer; `sinon` is the option that spares the question.
        """
        reponse = self.ecran.input(Text(f"{question} [o/N] "), stream=self.entree)
        if not reponse:  # not even an empty line: the end of the input
            raise ConfigurationInvalide(
                "Cette commande attend une réponse, et personne n’est là pour la donner.",
                remede=f"Lancez-la dans un terminal, ou ajoutez « {sinon} ».",
            )
        return reponse.strip().lower() in {"o", "oui"}

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
    prepare()
    CAVIARDAGE.oublie()
    sortie = Sortie(en_json, detail)
    with sortie.interruption.ecoute():
        try:
            yield sortie
        except Fin as fin:
            raise typer.Exit(fin.code) from None
        except KeyboardInterrupt:
            sortie.erreur("Interrompu.")
            sortie.rend({"ok": False, "erreur": {"message": "Interrompu.", "remede": "", "detail": ""}})
            raise typer.Exit(Code.INTERROMPU) from None
        except Exception as exc:  # noqa: BLE001 -- a person must read a sentence, not a traceback
            erreur = exc if isinstance(exc, ErreurConnecteur) else inattendue(exc)
            # The adapters keep secrets out of it; should one fail to, it is not shown.
            technique = CAVIARDAGE.texte(erreur.detail)
            sortie.erreur(erreur.message, erreur.remede, technique)
            sortie.rend({"ok": False, "erreur": incident_en_json(Incident(erreur.message, erreur.remede, technique))})
            raise typer.Exit(_code(erreur)) from None


def _code(erreur: ErreurConnecteur) -> Code:
    match erreur:
        case ConfigurationInvalide():
            return Code.USAGE
        case LicenceRefusee():
            return Code.LICENCE
        case _:
            return Code.ECHEC


def par_dossier(resultats: Mapping[str, Mapping[str, object]], *, ok: bool, **commun: object) -> Mapping[str, object]:
    """The result of a command: that of its only dossier, or `dossiers`: code > result."""
    if len(resultats) == 1:
        return next(iter(resultats.values()))
    return {"ok": ok, **commun, "dossiers": dict(resultats)}


def qui() -> str:
    """Who acts, for the audit trail: the account of this machine under which the command runs."""
    try:
        compte = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, in a container
        compte = ""
    return f"ligne de commande ({compte})" if compte else "ligne de commande"


def inattendue(exc: Exception) -> ErreurPermanente:
    """The sentence for an unexpected error, with a reference; its traceback goes to the journal."""
    reference = secrets.token_hex(4).upper()
    journal.error("erreur inattendue", reference=reference, exc_info=exc)
    return ErreurPermanente(
        f"Une erreur inattendue s’est produite (référence {reference}).",
        remede="Appelez le support avec cette référence.",
        # Its text may hold anything, a connection string included: only its kind is shown.
        detail=type(exc).__name__,
    )
