"""A small address service on the loopback, that answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connecteur.adresses import ServiceAdresses
from connecteur.settings import ReglagesAdresses


def trouvaille(longitude: float = -0.5792, latitude: float = 44.8378, score: float = 0.93) -> dict[str, Any]:
    """One answer of the Base Adresse Nationale, as documented."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
                "properties": {"label": "3 Rue de l’Église 33000 Bordeaux", "score": score, "type": "housenumber"},
            }
        ],
        "query": "3 rue de l’Église",
        "limit": 1,
    }


@dataclass
class ServeurAdresses:
    """What it answers, and what it was asked. `corps` may be pieces, written one after the other."""

    url: str = ""
    statut: int = 200
    corps: bytes | Callable[[], Iterator[bytes]] = field(default_factory=lambda: json.dumps(trouvaille()).encode())
    recues: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def dit(self, objet: object) -> None:
        self.corps = json.dumps(objet).encode()


@pytest.fixture
def serveur() -> Iterator[ServeurAdresses]:
    etat = ServeurAdresses()

    class Porte(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            etat.recues.append((url.path, dict(parse_qsl(url.query))))
            self.send_response_only(etat.statut)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            morceaux = iter([etat.corps]) if isinstance(etat.corps, bytes) else etat.corps()
            try:
                for morceau in morceaux:
                    self.wfile.write(morceau)
                    self.wfile.flush()
            except OSError:
                pass  # the client had enough, as it should

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name there

    ecoute = ThreadingHTTPServer(("127.0.0.1", 0), Porte)
    etat.url = f"http://127.0.0.1:{ecoute.server_port}"
    fil = threading.Thread(target=ecoute.serve_forever, args=(0.01,), daemon=True)
    fil.start()
    yield etat
    ecoute.shutdown()
    fil.join()
    ecoute.server_close()


@pytest.fixture
def ouvre() -> Iterator[Callable[..., ServiceAdresses]]:
    """Opens the connector's end, closed at the end of the test."""
    ouverts: list[ServiceAdresses] = []

    def ouvre(url: str, **reglages: Any) -> ServiceAdresses:
        ouverts.append(ServiceAdresses(ReglagesAdresses(url=url, **reglages)))
        return ouverts[-1]

    yield ouvre
    for service in ouverts:
        service.close()
