"""A browser without scripts, in front of an application of the tests."""

import re
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from .conftest import MOT_DE_PASSE

CLAIRE, PAUL = "claire.martin@exemple.fr", "paul@exemple.fr"
HTML = {"accept": "text/html"}


class Visiteur:
    """A browser without scripts: keeps cookies, sends forms with their tokens and the headers of its kind."""

    def __init__(self, app: FastAPI, base: str = "http://testserver") -> None:
        self.client = TestClient(app, base, follow_redirects=False, raise_server_exceptions=False)
        self.base = base
        self.html = ""

    def ouvre(self, adresse: str, statut: int = 200) -> Any:
        """Get a page."""
        reponse = self.client.get(adresse, headers=HTML)
        assert reponse.status_code == statut, (reponse.status_code, reponse.text)
        self.html = reponse.text
        return reponse

    def jeton(self) -> str:
        """The token that the forms of the page carry."""
        trouve = re.search(r'name="jeton" value="([^"]+)"', self.html)
        assert trouve is not None, self.html
        return trouve[1]

    def envoie(self, adresse: str, statut: int = 303, *, jeton: str | None = None, **champs: object) -> Any:
        """Send a form of the page."""
        corps = {"jeton": self.jeton() if jeton is None else jeton} | {n: str(v) for n, v in champs.items()}
        entetes = HTML | {"origin": self.base, "sec-fetch-site": "same-origin"}
        reponse = self.client.post(adresse, data=corps, headers=entetes)
        assert reponse.status_code == statut, (reponse.status_code, reponse.text)
        if statut != 303:
            self.html = reponse.text
        return reponse

    def entre(self, courriel: str = CLAIRE, mot_de_passe: str = MOT_DE_PASSE) -> Any:
        """Sign in with a password."""
        self.ouvre("/connexion")
        return self.envoie("/connexion", courriel=courriel, mot_de_passe=mot_de_passe)

    def prend(self, nom: str, valeur: str) -> None:
        """Have a cookie that it was not given."""
        self.client.cookies.delete(nom) if nom in self.client.cookies else None
        self.client.cookies.set(nom, valeur, domain="testserver.local")

    def session(self, nom: str = "maquette_compte") -> str:
        """The secret of its cookie."""
        return self.client.cookies.get(nom) or ""
