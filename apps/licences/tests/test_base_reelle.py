"""What only a real server shows: a certificate that is checked, a session in which nothing is left."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

from licence_manager.bootstrap import ouvre
from licence_manager.errors import BaseIndisponible
from licence_manager.services.rappels import Rappels
from licence_manager.services.validation import Demande

from .conftest import Atelier, reglages_de

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""How a PostgreSQL client asks for TLS."""


@dataclass(frozen=True)
class Autorite:
    """An authority made for the test."""

    certificat: x509.Certificate
    cle: ec.EllipticCurvePrivateKey

    def signe(self, nom: str) -> tuple[bytes, bytes]:
        """A server's certificate and its key, in PEM."""
        cle = ec.generate_private_key(ec.SECP256R1())
        certificat = (
            _fabrique(nom, cle, self.certificat.subject)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(nom)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.cle.public_key()), critical=False)
            .sign(self.cle, SHA256())
        )
        privee = cle.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return certificat.public_bytes(Encoding.PEM), privee

    def ecrit(self, fichier: Path) -> Path:
        """The certificate that clients are given."""
        fichier.write_bytes(self.certificat.public_bytes(Encoding.PEM))
        return fichier


def autorite(nom: str) -> Autorite:
    """A new one."""
    cle = ec.generate_private_key(ec.SECP256R1())
    sujet = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom)])
    certificat = (
        _fabrique(nom, cle, sujet)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(cle.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .sign(cle, SHA256())
    )  # fmt: skip
    return Autorite(certificat, cle)


def _fabrique(nom: str, cle: ec.EllipticCurvePrivateKey, emetteur: x509.Name) -> x509.CertificateBuilder:
    maintenant = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom)]))
        .issuer_name(emetteur)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(hours=1))
        .not_valid_after(maintenant + timedelta(days=1))
    )


class Relais(socketserver.ThreadingTCPServer):
    """TLS in front of the embedded server, which has none: answers the SSLRequest of PostgreSQL, then relays."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, serveur: tuple[str, int], tls: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.serveur = serveur
        self.tls = tls
        self.chiffrees = 0


class Passage(socketserver.BaseRequestHandler):
    """One connection."""

    server: Relais

    def handle(self) -> None:
        """Until one side closes."""
        assert self.request.recv(8) == SSL_REQUEST
        self.request.sendall(b"S")
        try:
            client = self.server.tls.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):
            return  # the client did not believe us
        self.server.chiffrees += 1
        with client, socket.create_connection(self.server.serveur) as serveur:
            retour = threading.Thread(target=_verse, args=(serveur, client), daemon=True)
            retour.start()
            _verse(client, serveur)
            retour.join()


def _verse(de: socket.socket, a: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while octets := de.recv(65536):
            a.sendall(octets)
    with contextlib.suppress(OSError):
        a.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relais(url: str, tenue: Autorite, dossier: Path) -> Iterator[Relais]:
    """The server of this address, behind TLS as `localhost`."""
    fichiers = [dossier / "serveur.crt", dossier / "serveur.key"]
    for fichier, contenu in zip(fichiers, tenue.signe("localhost"), strict=True):
        fichier.write_bytes(contenu)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(fichiers[0], fichiers[1])
    adresse = make_url(url)
    assert adresse.port is not None
    with Relais(("127.0.0.1", adresse.port), tls) as serveur:
        fil = threading.Thread(target=serveur.serve_forever)
        fil.start()
        try:
            yield serveur
        finally:
            serveur.shutdown()
            fil.join()


def test_the_server_must_show_a_certificate_of_the_authority_that_was_given(url_vierge: str, tmp_path: Path) -> None:
    tenue = autorite("Autorité de test")
    bon = tenue.ecrit(tmp_path / "bonne.crt")
    autre = autorite("Autorité de test").ecrit(tmp_path / "autre.crt")
    with relais(url_vierge, tenue, tmp_path) as tls:
        par_nom, par_numero = (
            make_url(url_vierge).set(host=hote, port=tls.server_address[1]).render_as_string(hide_password=False)
            for hote in ("localhost", "127.0.0.1")
        )
        with ouvre(reglages_de(par_nom, base_certificat=bon), a_migrer=True) as maison:
            assert maison.licences.count_licences() == 0
        vraies = tls.chiffrees
        assert vraies > 0
        for adresse, certificat, raison in ((par_nom, autre, "verify failed"), (par_numero, bon, "does not match")):
            with (
                pytest.raises(BaseIndisponible) as attrape,
                ouvre(reglages_de(adresse, base_certificat=certificat), a_migrer=True),
            ):
                pass
            assert raison in attrape.value.detail


def test_nothing_is_left_in_a_session_that_a_transaction_pooler_would_lend_to_others(atelier: Atelier) -> None:
    maison = atelier.maison
    licence, cle = atelier.vend()
    for rang in range(12):  # drivers prepare what they see again
        maison.validation.validate_licence(Demande(cle, "127.0.0.1", f"poste-{rang % 2}", consomme=True))
        maison.licences.find_licence(cle)
        maison.licences.list_historique(licence.id)
        maison.suivi.write()
    Rappels(maison.contexte, lambda _: []).send_rappels()
    maison.tableau.read_tableau()
    assert maison.reglages.base is not None
    with psycopg.connect(maison.reglages.base.get_secret_value(), autocommit=True) as nue:
        neuve = nue.execute(SESSION).fetchall()
    for moteur in (maison.contexte.moteur, maison.contexte.rapide):
        with moteur.connect() as connexion:
            curseur = connexion.connection.cursor()
            assert curseur.execute(SESSION).fetchall() == neuve
            assert curseur.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
            assert curseur.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            ).fetchone() == (0,)
            curseur.close()


SESSION = "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name"
