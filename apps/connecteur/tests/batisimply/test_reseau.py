"""The way there: certificates, and the proxy of the firm."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.diagnostic import controle_batisimply
from connecteur.domain.controle import EtatControle
from connecteur.errors import AccesRefuse, ConfigurationInvalide, ServiceInjoignable

from .conftest import SECRETS, Dit, Ouvre, reglages, scripte

AILLEURS = "http://api.batisimply.invalid"


def _certificat() -> bytes:
    """A key and a certificate for `localhost` signed by itself, in PEM."""
    cle = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    maintenant = datetime.now(UTC)
    certificat = (
        x509.CertificateBuilder(nom, nom, cle.public_key(), x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(cle, hashes.SHA256())
    )
    prive = cle.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return prive + certificat.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def https(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A server with a certificate that nobody vouches for, and what it was told."""
    pem = tmp_path / "certificat.pem"
    pem.write_bytes(_certificat())
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(pem)
    dits: list[bytes] = []

    class Ecoute(HTTPServer):
        def get_request(self) -> tuple[ssl.SSLSocket, tuple[str, int]]:
            prise, adresse = self.socket.accept()
            return contexte.wrap_socket(prise, server_side=True), adresse

        def finish_request(self, request: object, *_: object) -> None:
            assert isinstance(request, ssl.SSLSocket)
            dits.append(request.recv(65536))

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Ecoute(("localhost", 0), None) as ecoute:  # type: ignore[arg-type]
        fil = threading.Thread(target=ecoute.serve_forever, args=(0.01,), daemon=True)
        fil.start()
        yield f"https://localhost:{ecoute.server_address[1]}", dits
        ecoute.shutdown()
        fil.join()


def test_a_certificate_nobody_vouches_for_is_told_anything_but_the_password(
    https: tuple[str, list[bytes]], ouvre: Ouvre
) -> None:
    url, dits = https
    with pytest.raises(ConfigurationInvalide, match="certificat") as info:
        ouvre(url).read_projets()
    assert "magasin" in info.value.remede
    assert not any(dits)


def test_the_doctor_tells_such_a_certificate_too(https: tuple[str, list[bytes]]) -> None:
    r = reglages(https[0])
    with ClientBatisimply(r) as client:
        vus = {controle.nom: controle for controle in controle_batisimply(r, client)}
    assert vus["Port du serveur (API BatiSimply)"].etat is EtatControle.OK
    assert "certificat" in vus["Liaison sécurisée (API BatiSimply)"].message
    assert vus["Connexion à BatiSimply"].etat is EtatControle.IGNORE


def test_the_proxy_of_the_machine_is_taken(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripte(lambda _: Dit(b'[{"id":5}]')) as mandataire:
        monkeypatch.setenv("http_proxy", mandataire.url)
        assert [projet.id for projet in ouvre(AILLEURS).read_projets()] == [5]
        assert mandataire.appels("/api/project")[0].entetes["host"] == "api.batisimply.invalid"


def test_the_machine_itself_is_never_reached_through_a_proxy(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with scripte(lambda _: Dit(b'[{"id":5}]')) as faux:
        assert len(ouvre(faux.url).read_projets()) == 1


def test_a_proxy_that_wants_a_password_is_named(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> Dit:
        return Dit(b"", 407, {"Proxy-Authenticate": "Basic"})

    with scripte(refuse, sso=refuse) as mandataire:
        monkeypatch.setenv("http_proxy", mandataire.url)
        monkeypatch.setenv("https_proxy", mandataire.url)
        with pytest.raises(AccesRefuse, match="proxy"):
            ouvre(AILLEURS).read_projets()
        assert not [secret for secret in SECRETS if secret in repr(ouvre(AILLEURS))]


def test_a_proxy_that_leads_nowhere_is_named(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripte(lambda _: Dit()) as faux:
        monkeypatch.setenv("https_proxy", faux.url)  # it does not know CONNECT
        with pytest.raises(ServiceInjoignable, match="proxy"):
            ouvre("https://api.batisimply.invalid").read_projets()


def test_the_doctor_says_that_a_proxy_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripte(lambda _: Dit()) as mandataire:
        monkeypatch.setenv("http_proxy", mandataire.url)
        r = reglages(AILLEURS)
        with ClientBatisimply(r) as client:
            vus = list(controle_batisimply(r, client))
    assert all(controle.etat is EtatControle.IGNORE and "mandataire" in controle.message for controle in vus[:6])
    assert all(controle.etat is EtatControle.OK for controle in vus[6:9])
