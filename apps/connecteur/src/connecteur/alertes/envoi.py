"""Sends one message to one address, whatever it is made of: e-mail, and what else Apprise knows."""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from connecteur.errors import ConfigurationInvalide
from connecteur.journal import Caviardage

REMEDE = "Vérifiez « alertes.urls » : « mailtos://<utilisateur>:<mot-de-passe>@serveur?from=…&to=… »."
DETAIL_MAX = 300
LONGUEUR_JETON = 8
OUVERTS = {"to", "from", "cc", "bcc", "name", "smtp", "mode", "format"}
"""What an e-mail address says beside its secrets."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One address. It holds a password: only `nom` may be shown."""

    empreinte: str
    """Names it in the tampon."""
    nom: str
    url: SecretStr = field(repr=False)


def destinations(urls: Iterable[SecretStr]) -> list[Destination]:
    """Those of the settings. Raises `ConfigurationInvalide` when one is no address."""
    trouvees = []
    for rang, url in enumerate(urls, start=1):
        with _apprise_muet():
            import apprise

            service = apprise.Apprise.instantiate(url.get_secret_value(), suppress_exceptions=True)
        if service is None:
            raise ConfigurationInvalide(f"L’adresse d’alerte n° {rang} n’en est pas une.", remede=REMEDE)
        empreinte = hashlib.blake2s(url.get_secret_value().encode(), digest_size=16).hexdigest()
        trouvees.append(Destination(empreinte, _nom(url.get_secret_value(), rang), url))
    return trouvees


def _nom(url: str, rang: int) -> str:
    """Who reads an e-mail; of anything else, whose very path may be a secret, only what it is."""
    parties = urlsplit(url)
    lecteurs = parse_qs(parties.query).get("to", []) if parties.scheme in {"mailto", "mailtos"} else []
    return ", ".join(lecteurs) or f"{parties.scheme} (adresse n° {rang})"


def envoie(destination: Destination, titre: str, corps: str) -> str:
    """Send, within the time-outs of the service (15 s for e-mail); the reason of a failure, without a secret."""
    with _apprise_muet() as dites:
        import apprise

        facteur = apprise.Apprise()
        facteur.add(destination.url.get_secret_value())
        accepte = bool(facteur.notify(title=titre, body=corps, body_format=apprise.NotifyFormat.TEXT))
    if accepte:
        return ""
    secrets = _secrets(destination.url.get_secret_value())
    raison = Caviardage(secrets).texte(" ; ".join(dites.textes)) or "refusé sans explication"
    return raison[:DETAIL_MAX]


def _secrets(url: str) -> list[str]:
    """The address, and whatever of it may be a secret: of other than an e-mail, a token in the path or as the host."""
    parties = urlsplit(url)
    if parties.scheme in {"mailto", "mailtos"}:
        morceaux = [un for nom, valeurs in parse_qs(parties.query).items() if nom not in OUVERTS for un in valeurs]
    else:
        morceaux = re.split(r"[/:@?&=,]+", url)
    return [url, *(forme for un in morceaux if len(un) >= LONGUEUR_JETON for forme in (un, unquote(un)))]


class _Ecoute(logging.Handler):
    """Keeps what Apprise says of a failure: it answers only yes or no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.textes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.textes.append(record.getMessage())


class _apprise_muet:  # noqa: N801 -- used as a function
    """Apprise's own log stays out of the journal: it may quote an address. Its import warns of a module of Python's."""

    def __enter__(self) -> _Ecoute:
        self._avertissements = warnings.catch_warnings()
        self._avertissements.__enter__()
        warnings.simplefilter("ignore", DeprecationWarning)
        self._ecoute = _Ecoute()
        self._logger = logging.getLogger("apprise")
        self._propage, self._logger.propagate = self._logger.propagate, False
        self._logger.addHandler(self._ecoute)
        return self._ecoute

    def __exit__(self, *exc: object) -> None:
        self._logger.removeHandler(self._ecoute)
        self._logger.propagate = self._propage
        self._avertissements.__exit__(None, None, None)
