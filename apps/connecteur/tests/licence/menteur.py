"""A proxy that lies, between the connector and the real Licence Manager: what stands on the way to the Internet."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PORTAIL = b"<!doctype html><title>Bienvenue sur le Wi-Fi</title><h1>Connectez-vous</h1>"


class Menteur:
    """`mensonge`: None passes everything on as it is."""

    def __init__(self, vers: str, certificat: Path | None = None) -> None:
        self.mensonge: str | None = None
        self.demandes: list[bytes] = []
        self.gardee: bytes | None = None
        """The last true answer that went through."""
        dehors = self

        class Guichet(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                corps = self.rfile.read(int(self.headers["content-length"]))
                dehors.demandes.append(corps)
                match dehors.mensonge:
                    case "HTML":
                        self._envoie(200, PORTAIL, "text/html; charset=utf-8")
                    case "HTML dit JSON":
                        self._envoie(200, PORTAIL, "application/json")
                    case "portail":
                        self._envoie(302, b"", "text/html", Location="http://127.0.0.1:9/bienvenue")
                    case "rejouée":
                        self._envoie(200, dehors.gardee or b"", "application/json")
                    case _:
                        vraie = httpx2.post(
                            vers + self.path, content=corps, headers={"Content-Type": "application/json"},
                            trust_env=False,
                        )  # fmt: skip
                        dehors.gardee = vraie.content
                        self._envoie(vraie.status_code, vraie.content, vraie.headers["content-type"])

            def _envoie(self, statut: int, corps: bytes, genre: str, **entetes: str) -> None:
                self.send_response(statut)
                for nom, valeur in {"Content-Type": genre, "Content-Length": str(len(corps)), **entetes}.items():
                    self.send_header(nom, valeur)
                self.end_headers()
                self.wfile.write(corps)

            def log_message(self, *_: object) -> None: ...

        self._serveur = ThreadingHTTPServer(("127.0.0.1", 0), Guichet)
        self._serveur.daemon_threads = True
        schema = "http"
        if certificat is not None:
            schema = "https"
            contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexte.load_cert_chain(certificat)
            self._serveur.socket = contexte.wrap_socket(
                self._serveur.socket, server_side=True, do_handshake_on_connect=False
            )
        self.adresse = f"{schema}://127.0.0.1:{self._serveur.server_address[1]}"
        self._fil = threading.Thread(target=lambda: self._serveur.serve_forever(0.02))
        self._fil.start()

    def ferme(self) -> None:
        """Hang up for good."""
        self._serveur.shutdown()
        self._serveur.server_close()
        self._fil.join()


@contextmanager
def entre(vers: str, certificat: Path | None = None) -> Iterator[Menteur]:
    """A proxy in front of this address; over TLS when a certificate is given."""
    menteur = Menteur(vers, certificat)
    try:
        yield menteur
    finally:
        menteur.ferme()


def certificat_forge(dossier: Path) -> Path:
    """For the right address, and signed by nobody that this machine trusts: its key and itself, in one file."""
    cle = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "licences.groupe-sages.example")])
    maintenant = datetime.now(UTC)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(cle, hashes.SHA256())
    )
    fichier = dossier / "forge.pem"
    fichier.write_bytes(
        cle.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificat.public_bytes(serialization.Encoding.PEM)
    )
    return fichier
