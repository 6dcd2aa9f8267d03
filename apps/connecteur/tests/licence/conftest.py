"""A licence server that answers whatever the test says, on the loopback; and who signs."""

import contextlib
import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from apps.connecteur.tests.pieces.licence import Autorite, un_bail

from connecteur.bootstrap import portail
from connecteur.coffre import Coffre
from connecteur.licence.etats import Etat
from connecteur.licence.portail import Portail
from connecteur.settings import ReglagesLicence
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import migre
from sages_commun.licence import Bail, make_cle
from sages_commun.postgres_embarque import PostgresEmbarque

DEBUT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MACHINE = "0123456789abcdef0123456789abcdef"
REGLAGES = """
donnees = {donnees}
[tampon]
url = {tampon}
[dossier]
code = "{dossier}"
[batigest]
serveur = "127.0.0.1"
port = 9
delai_connexion_s = 1
base = "DEMO"
utilisateur = "u"
mot_de_passe = "m"
[batisimply]
url_api = "http://127.0.0.1:9"
url_sso = "http://127.0.0.1:9"
client_id = "c"
utilisateur = "u"
mot_de_passe = "m"
essais = 1
[web]
port = 0
[licence]
serveur = {serveur}
cles_publiques = {cles}
"""
"""A firm neither of whose ends answers: only its licence is at stake."""


def ecrit_config(fichier: Path, *, tampon: str, serveur: str, cles: Iterable[str], dossier: str = "principal") -> Path:
    """The settings of such a firm, its data folder beside them."""
    fichier.write_text(
        REGLAGES.format(
            donnees=json.dumps(str(fichier.with_suffix(""))), tampon=json.dumps(tampon), dossier=dossier,
            serveur=json.dumps(serveur), cles=json.dumps(list(cles)),
        ),
        encoding="utf-8",
    )  # fmt: skip
    return fichier


@dataclass
class Envoi:
    """One answer, as it goes on the wire."""

    statut: int = 200
    corps: bytes = b""
    type_contenu: str | None = "application/json"
    entetes: dict[str, str] = field(default_factory=dict)
    goutte_a_goutte_s: float | None = None
    """Between two bytes; the headers too."""
    coupe: bool = False
    """Hang up once the question was read."""


Demande = dict[str, Any]


class Serveur:
    """What it was asked, and what it answers: `repond` is given the question."""

    def __init__(self) -> None:
        self.recues: list[Demande] = []
        self.chemins: list[str] = []
        self.entetes: list[dict[str, str]] = []
        self.repond: Callable[[Demande], Envoi] = lambda _: Envoi(404)
        dehors = self

        class Guichet(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                demande = json.loads(self.rfile.read(int(self.headers["content-length"])))
                dehors.recues.append(demande)
                dehors.chemins.append(self.path)
                dehors.entetes.append({nom.lower(): valeur for nom, valeur in self.headers.items()})
                with contextlib.suppress(OSError):  # the client has had enough, which is what is tested
                    self._envoie(dehors.repond(demande))
                self.close_connection = True

            def _envoie(self, envoi: Envoi) -> None:
                if envoi.coupe:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                lignes = [f"HTTP/1.1 {envoi.statut} X", f"Content-Length: {len(envoi.corps)}", "Connection: close"]
                if envoi.type_contenu is not None:
                    lignes.append(f"Content-Type: {envoi.type_contenu}")
                lignes += [f"{nom}: {valeur}" for nom, valeur in envoi.entetes.items()]
                octets = ("\r\n".join(lignes) + "\r\n\r\n").encode() + envoi.corps
                if envoi.goutte_a_goutte_s is None:
                    self.wfile.write(octets)
                    return
                for octet in octets:
                    self.wfile.write(bytes([octet]))
                    if dehors.fini.wait(envoi.goutte_a_goutte_s):
                        return

            def log_message(self, *_: object) -> None: ...

        self.fini = threading.Event()
        self._serveur = ThreadingHTTPServer(("127.0.0.1", 0), Guichet)
        self._serveur.daemon_threads = True
        self._fil = threading.Thread(target=lambda: self._serveur.serve_forever(0.02))
        self._fil.start()
        self.adresse = f"http://127.0.0.1:{self._serveur.server_address[1]}"

    def ferme(self) -> None:
        """Hang up for good."""
        self.fini.set()
        self._serveur.shutdown()
        self._serveur.server_close()
        self._fil.join()


@pytest.fixture
def serveur() -> Iterator[Serveur]:
    serveur = Serveur()
    yield serveur
    serveur.ferme()


@pytest.fixture(scope="session")
def autorite() -> Autorite:
    return Autorite()


@pytest.fixture(scope="session")
def cle() -> str:
    return make_cle()


def reponse(bail: Bail, jeton: str, **remplace: object) -> Envoi:
    """As the Licence Manager answers."""
    corps = {
        "valid": bail.valide, "code": bail.verdict.value, "message": "", "license": None,
        "server_time": bail.emis.isoformat(), "lease": jeton,
    } | remplace  # fmt: skip
    return Envoi(corps=json.dumps(corps).encode())


def honnete(autorite: Autorite, cle: str, **options: Any) -> Callable[[Demande], Envoi]:
    """The answer of an honest server that knows this key."""

    def repond(demande: Demande) -> Envoi:
        assert demande["license_key"] == cle
        bail = un_bail(cle, demande["machine_id"], nonce=demande["nonce"], **options)
        return reponse(bail, autorite.signe(bail))

    return repond


@pytest.fixture(scope="session")
def url_tampon() -> Iterator[str]:
    dossier = Path(tempfile.mkdtemp(prefix="licence-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier / "pg", durable=False) as serveur:
        yield serveur.create_base("tampon")
    shutil.rmtree(dossier)


@dataclass
class Poste:
    """One machine: its vault, its clock, its gate."""

    donnees: Path
    connexions: Connexions
    reglages: ReglagesLicence
    maintenant: datetime = DEBUT
    reel: datetime = DEBUT
    """What the server's clock says."""
    portails: list[Any] = field(default_factory=list)

    def horloge(self) -> datetime:
        return self.maintenant

    def passe(self, duree: timedelta) -> None:
        """Time passes, for everybody."""
        self.maintenant += duree
        self.reel += duree

    def ouvre(self) -> Portail:
        """The gate as another program of this machine opens it."""
        contexte = portail(self.donnees, self.reglages, self.connexions, self.horloge)
        ouvert = contexte.__enter__()
        self.portails.append(contexte)
        return ouvert

    def coffre(self) -> Coffre:
        return Coffre(self.donnees)


@pytest.fixture
def poste(url_tampon: str, serveur: Serveur, autorite: Autorite, tmp_path: Path) -> Iterator[Poste]:
    connexions = Connexions(url_tampon)
    migre(connexions)
    reglages = ReglagesLicence(serveur=serveur.adresse, cles_publiques=(autorite.publique,), delai_s=2)
    poste = Poste(tmp_path / "donnees", connexions, reglages)
    yield poste
    for contexte in poste.portails:
        contexte.__exit__(None, None, None)
    connexions.close()


@pytest.fixture
def repond(serveur: Serveur, autorite: Autorite, cle: str, poste: Poste) -> Callable[..., None]:
    """What an honest server says from now on, at the time it is."""

    def dit(**options: Any) -> None:
        def a_l_heure(demande: Demande) -> Envoi:
            return honnete(autorite, cle, emis=poste.reel, **options)(demande)

        serveur.repond = a_l_heure

    return dit


@pytest.fixture
def garde(poste: Poste, repond: Callable[..., None], cle: str) -> Portail:
    """A gate with a licence in force, just verified."""
    repond()
    ouvert = poste.ouvre()
    assert ouvert.pose(cle, "essai").etat is Etat.VALIDE
    return ouvert


def coupe(serveur: Serveur) -> None:
    serveur.repond = lambda _: Envoi(503)
