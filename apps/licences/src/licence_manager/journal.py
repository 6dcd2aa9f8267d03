"""The journal: JSON lines on standard error, for whatever collects them. Passwords in addresses are hidden."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_MOT_DE_PASSE = re.compile(r"(://[^\s/:@]*):[^\s@]*@")
_CLE = re.compile(r"\b[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){3}\b")
MASQUE = "***"


def prepare() -> None:
    """Called once, at the start of a program."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="le"),
            structlog.processors.format_exc_info,  # plain tracebacks: no local variable is ever written
            _caviarde,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked for at each line: whoever runs us may have put another stream in its place since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def caviarde(texte: str) -> str:
    """The text without passwords nor licence keys."""
    return _CLE.sub(MASQUE, _MOT_DE_PASSE.sub(rf"\1:{MASQUE}@", texte))


def _caviarde(_logger: WrappedLogger, _methode: str, evenement: EventDict) -> EventDict:
    return {cle: caviarde(valeur) if isinstance(valeur, str) else valeur for cle, valeur in evenement.items()}


ADRESSES_SANS_CLE = frozenset({"/", "/api/validate", "/health", "/metrics", "/openapi.json", "/licenses"})
"""What may be written of an address as it is; of another one, its kind at most."""


class SansAdresses(logging.Filter):
    """Keeps of a request that is logged only what can hold no licence key.

    `uvicorn licence_manager.main:app` logs the address of every request, and one of ours may hold a key: in its path,
    or in the words of a search.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line; it stays."""
        match record.args:
            case (client, methode, str(adresse), *reste):
                chemin = adresse.partition("?")[0]
                genre = "/licenses/…" if chemin.startswith("/licenses/") else "/…"
                record.args = (client, methode, chemin if chemin in ADRESSES_SANS_CLE else genre, *reste)
        return True


def tait_les_adresses() -> None:
    """Whoever serves us logs no address as it was asked."""
    logging.getLogger("uvicorn.access").addFilter(SansAdresses())
