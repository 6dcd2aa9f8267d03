"""The journal: JSON lines in `donnees/journal/connecteur.log`, rotated, without a secret in them.

With several dossiers, what concerns one of them stands in `dossier-<code>.log` as well.

The console stays quiet: what a person should read is said by the CLI and the pages. Several programs may
write to one journal (the CLI beside the service).
"""

import base64
import json
import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

FICHIER = "connecteur.log"
TAILLE_MAX = 5_000_000
"""Bytes per file."""
FICHIERS_GARDES = 10
MASQUE = "***"

NOMS_SECRETS = re.compile(
    r"secret|token|jeton|passw|mot_?de_?passe|\bpwd\b|authorization|cookie|api_?key|credential", re.IGNORECASE
)
"""Keys whose value is never written."""
TEXTES_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^\s/:@]*):[^\s@]*@"), rf"\1:{MASQUE}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASQUE}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?"), MASQUE),
    (
        re.compile(
            r"(?i)((?:password|passwd|pwd|mot_de_passe|client_secret|secret|access_token|refresh_token|token)"
            r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,)}]+"
        ),
        rf"\1{MASQUE}",
    ),
)
LONGUEUR_MIN_SECRET = 4
"""Shorter values stand in too many innocent words to be looked for."""
SECRETS_DE_PASSAGE = 200
"""How many of the secrets that pass through the vault are looked for: it tells again those that still serve, while what
it replaces at every run would make months of service slower and slower."""

BRUYANTS = {"dbos": logging.WARNING, "httpx2": logging.WARNING, "httpcore2": logging.WARNING, "uvicorn": logging.INFO}


def prepare() -> None:
    """Send every log of the program to the journal and nothing to the console. Called at the start."""
    # Not `is_configured`: a test that captured logs leaves that set, and its console in place of the journal.
    if not isinstance(structlog.get_config()["logger_factory"], structlog.stdlib.LoggerFactory):
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        )
    racine = logging.getLogger()
    racine.setLevel(logging.INFO)
    if not any(isinstance(handler, logging.NullHandler) for handler in racine.handlers):
        racine.addHandler(logging.NullHandler())  # else logging prints warnings on the console by itself
    for nom, niveau in BRUYANTS.items():
        logging.getLogger(nom).setLevel(niveau)


@contextmanager
def ouvre(dossier: Path, secrets: Iterable[str] = (), codes: Sequence[str] = ()) -> Iterator[Path]:
    """Write the journal in this folder until the end; the path of its file.

    `secrets` are the texts to hide wherever they would stand (passwords of the settings), and `apprend` tells more of
    them; `codes` are the dossiers that have a file of their own beside it.
    """
    prepare()
    dossier.mkdir(parents=True, exist_ok=True)
    CAVIARDAGE.retient(secrets)
    formateur = _formateur(CAVIARDAGE)
    fichiers = {FICHIER: "", **{f"dossier-{code}.log": code for code in codes}}
    racine = logging.getLogger()
    with ExitStack() as pile:
        for nom, code in fichiers.items():
            handler = JournalPartage(dossier / nom, maxBytes=TAILLE_MAX, backupCount=FICHIERS_GARDES, encoding="utf-8")
            handler.setFormatter(formateur)
            if code:
                handler.addFilter(partial(_concerne, code))
            racine.addHandler(handler)
            pile.callback(handler.close)
            pile.callback(racine.removeHandler, handler)
        yield dossier / FICHIER


def _concerne(code: str, record: logging.LogRecord) -> bool:
    # structlog hands its event over as it is: the dossier stands in it by its name.
    return isinstance(record.msg, dict) and record.msg.get("dossier") == code


def _formateur(caviardage: "Caviardage") -> logging.Formatter:
    communs: list[Processor] = [structlog.processors.TimeStamper(fmt="iso", utc=True, key="le")]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level],
        processors=[
            *communs,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # plain tracebacks: no local variable is ever written
            caviardage,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


class Caviardage:
    """Hides what looks like a secret, by the name of its key or by its text, and the secrets known by their value."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._verrou = threading.Lock()
        self._retenues: set[str] = set()
        self._de_passage: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._formes: tuple[str, ...] = ()
        self.retient(secrets)

    def retient(self, secrets: Iterable[str]) -> None:
        """Hide these until the end, in any of the forms they may be written in."""
        with self._verrou:
            self._retenues.update(forme for secret in secrets for forme in _formes(secret))
            self._range()

    def apprend(self, secrets: Iterable[str]) -> None:
        """Hide these from now on, likewise; those that were not told again for long give way to others."""
        with self._verrou:
            nouveaux = [secret for secret in secrets if not self._connait(secret)]
            if nouveaux:
                self._de_passage.update((secret, frozenset(_formes(secret))) for secret in nouveaux)
                while len(self._de_passage) > SECRETS_DE_PASSAGE:
                    self._de_passage.popitem(last=False)
                self._range()

    def oublie(self) -> None:
        """Know no secret by its value any more: another command begins."""
        with self._verrou:
            self._retenues.clear()
            self._de_passage.clear()
            self._range()

    def _connait(self, secret: str) -> bool:
        """Whether this one is among those that pass; it is then the last that was told."""
        if secret not in self._de_passage:
            return False
        self._de_passage.move_to_end(secret)
        return True

    def _range(self) -> None:
        """The longest first: one secret may stand in another."""
        self._formes = tuple(sorted(self._retenues.union(*self._de_passage.values()), key=len, reverse=True))

    def __call__(self, _logger: WrappedLogger, _methode: str, evenement: EventDict) -> EventDict:
        """As a structlog processor."""
        return {cle: self._valeur(cle, valeur) for cle, valeur in evenement.items()}

    def texte(self, texte: str) -> str:
        """The text without secrets."""
        for forme in self._formes:
            if forme in texte:
                texte = texte.replace(forme, MASQUE)
        for motif, remplacement in TEXTES_SECRETS:
            texte = motif.sub(remplacement, texte)
        return texte

    def _valeur(self, cle: str, valeur: object) -> object:
        if NOMS_SECRETS.search(cle):
            return MASQUE
        return self.propre(valeur)

    def propre(self, valeur: object) -> object:
        """Any value as plain JSON-able data without secrets: mappings, lists, texts, numbers."""
        match valeur:
            case str():
                return self.texte(valeur)
            case None | bool() | int() | float():
                return valeur
            case Mapping():
                return {str(cle): self._valeur(str(cle), contenu) for cle, contenu in valeur.items()}
            case list() | tuple() | set() | frozenset():
                return [self.propre(contenu) for contenu in valeur]
            case _:
                return self.texte(str(valeur))


CAVIARDAGE = Caviardage()
"""What this program hides: in its journal, and in what it says of an error."""


def apprend(*secrets: str) -> None:
    """Tell secrets of this program: never to be written from now on."""
    CAVIARDAGE.apprend(secrets)


class JournalPartage(RotatingFileHandler):
    """A rotating file that another program may rotate, or keep open, too."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 -- logging's name
        """Follow the file that another program put in our file's place, then look at its size."""
        if self.stream is not None and not self._le_meme(self.stream.fileno()):
            self.stream.close()
            self.stream = self._open()
        return bool(super().shouldRollover(record))

    def rotate(self, source: str, dest: str) -> None:
        """Rename; left for later while another program holds the file open (Windows)."""
        try:
            super().rotate(source, dest)
        except PermissionError:
            return

    def _le_meme(self, descripteur: int) -> bool:
        try:
            sur_disque = os.stat(self.baseFilename)  # noqa: PTH116 -- logging keeps a text
        except FileNotFoundError:
            return False
        ouvert = os.fstat(descripteur)
        return (sur_disque.st_dev, sur_disque.st_ino) == (ouvert.st_dev, ouvert.st_ino)


def secrets_des_reglages(reglages: BaseModel) -> list[str]:
    """Every secret of the settings, as plain text: `apprend` them."""
    trouves: list[str] = []
    for nom in type(reglages).model_fields:
        valeur = getattr(reglages, nom)
        for un in valeur if isinstance(valeur, tuple) else (valeur,):
            if isinstance(un, SecretStr):
                trouves.append(un.get_secret_value())
            elif isinstance(un, BaseModel):
                trouves += secrets_des_reglages(un)
    return trouves


def _formes(secret: str) -> Iterator[str]:
    """The secret, and the password in it when it is an address; each as a URL, JSON or base64 would write it."""
    textes = {secret}
    if "://" in secret:
        try:
            passe = urlsplit(secret).password or ""
        except ValueError:
            passe = ""
        textes |= {passe, unquote(passe)}
    for texte in textes:
        if len(texte) < LONGUEUR_MIN_SECRET:
            continue
        octets = texte.encode("utf-8", "surrogatepass")
        yield from (texte, quote(octets, safe=""), quote(octets), quote_plus(octets), repr(texte)[1:-1])
        yield from (json.dumps(texte, ensure_ascii=ascii)[1:-1] for ascii in (True, False))  # noqa: A001
        yield from (coder(octets).decode().rstrip("=") for coder in (base64.b64encode, base64.urlsafe_b64encode))
