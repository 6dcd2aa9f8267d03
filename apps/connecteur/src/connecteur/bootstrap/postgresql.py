"""Where the tampon is: the firm's PostgreSQL, or the embedded one; and the time zone of a dossier."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connecteur.errors import ConfigurationInvalide
from connecteur.postgres_partage import postgres_partage
from connecteur.settings import Reglages

BASE_TAMPON = "tampon"
"""The database of the embedded server."""


@contextmanager
def url_tampon(reglages: Reglages) -> Iterator[str]:
    """The address of the tampon; the embedded server runs until the end. Raises `ErreurPermanente`."""
    if reglages.tampon.url is not None:
        url = reglages.tampon.url.get_secret_value()
        parties = urlsplit(url)
        if parties.scheme != "postgresql" or not (parties.hostname and parties.username and parties.path.strip("/")):
            raise ConfigurationInvalide(
                "L’adresse du tampon (« tampon.url ») n’est pas complète.",
                remede="Écrivez-la « postgresql://utilisateur:mot-de-passe@serveur:5432/base ».",
            )
        yield url
        return
    with postgres_partage(reglages.donnees / "postgresql") as serveur:
        yield serveur.create_base(BASE_TAMPON)


def fuseau_nomme(nom: str) -> ZoneInfo:
    """The time zone of the settings. Raises `ConfigurationInvalide`."""
    try:
        return ZoneInfo(nom)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ConfigurationInvalide(
            f"Le fuseau horaire « {nom} » n’existe pas.", remede="Corrigez « dossier.fuseau » : « Europe/Paris »."
        ) from exc
