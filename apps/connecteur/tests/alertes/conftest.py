"""A real mail server on loopback, a real tampon, a clock that the test moves."""

import asyncio
import email
import email.policy
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr

from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

if TYPE_CHECKING:
    from email.message import EmailMessage

PARIS = ZoneInfo("Europe/Paris")


def texte(recu: "EmailMessage") -> str:
    """What it says, with the line ends of here."""
    return str(recu.get_content()).replace("\r\n", "\n").strip()


class Boite:
    """What the mail server received. It refuses everything while `refuse` is said."""

    def __init__(self) -> None:
        self.recus: list[EmailMessage] = []
        self.refuse = ""
        self.port = 0

    @property
    def titres(self) -> list[str]:
        """The subjects, decoded, in the order in which they came."""
        return [str(recu["subject"]) for recu in self.recus]

    def url(self, a: str = "claire@exemple.fr") -> SecretStr:
        """The address of somebody's mailbox here."""
        return SecretStr(f"mailto://127.0.0.1:{self.port}?from=robot@exemple.fr&to={a}&mode=insecure&format=text")

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.refuse:
            return self.refuse
        self.recus.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def boite() -> Iterator[Boite]:
    """On whatever port is free: one that was only looked for may be taken by another test meanwhile."""
    boite = Boite()
    boucle = asyncio.new_event_loop()
    serveur = boucle.run_until_complete(boucle.create_server(lambda: SMTP(boite, loop=boucle), "127.0.0.1", 0))
    boite.port = serveur.sockets[0].getsockname()[1]
    fil = threading.Thread(target=boucle.run_forever)
    fil.start()
    yield boite
    boucle.call_soon_threadsafe(boucle.stop)
    fil.join()
    serveur.close()
    boucle.close()


@dataclass
class Horloge:
    """The time it is, as the test says."""

    maintenant: datetime = field(default_factory=lambda: datetime(2026, 1, 6, 10, 0, tzinfo=PARIS))

    def __call__(self) -> datetime:
        return self.maintenant

    def avance(self, **duree: float) -> None:
        self.maintenant += timedelta(**duree)


@pytest.fixture
def horloge() -> Horloge:
    """Tuesday, 10 o'clock."""
    return Horloge()


@pytest.fixture(scope="session")
def url_tampon() -> Iterator[str]:
    dossier = Path(tempfile.mkdtemp(prefix="alertes-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier / "pg", durable=False) as serveur:
        url = serveur.create_base("tampon")
        with Tampon(url, "demo", PARIS) as tampon:
            tampon.migre()
        yield url
    shutil.rmtree(dossier)


@pytest.fixture
def tampon(url_tampon: str) -> Iterator[Tampon]:
    """The tampon of a dossier that nobody knows."""
    with Tampon(url_tampon, f"demo-{uuid.uuid4().hex}", PARIS) as ouvert:
        yield ouvert
