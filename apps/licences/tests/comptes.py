"""Signed in for a test: a client of HTTP, or a page of a real browser, as an administrator or as a reader."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from licence_manager.bootstrap import Maison
from sages_commun.acces import Client, Identite, Portee, Role

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

COOKIE = "licences_compte"
COURRIELS = {Role.ADMINISTRATEUR: "sophie@exemple.fr", Role.LECTURE_SEULE: "luc@exemple.fr"}
NOMS = {Role.ADMINISTRATEUR: "Sophie", Role.LECTURE_SEULE: "Luc"}
MOT_DE_PASSE = "quatre tuiles bleues au vent"
ICI = Client("127.0.0.1", "essai")


def ouvre_session(maison: Maison, role: Role = Role.ADMINISTRATEUR) -> str:
    """Somebody of this role, made when they are missing, signed in: the secret of their session."""
    acces = maison.acces
    if COURRIELS[role] not in {un.courriel for un in acces.gestion.list_utilisateurs()}:
        console = acces.premier_demarrage.cree_de_la_console
        if role is Role.ADMINISTRATEUR:
            console(COURRIELS[role], NOMS[role], MOT_DE_PASSE, par="essai")
        else:
            _, code = acces.gestion.invite(Identite("essai", role), COURRIELS[role], NOMS[role], role, ICI)
            acces.gestion.suit_invitation(code, MOT_DE_PASSE, ICI)
    return acces.connexion.connecte(COURRIELS[role], MOT_DE_PASSE, ICI).secret


def connecte_client(client: httpx2.Client, maison: Maison, role: Role = Role.ADMINISTRATEUR) -> httpx2.Client:
    """This client, signed in (`EnService` of test_api gives one); its forms still need their token."""
    client.cookies.set(COOKIE, ouvre_session(maison, role))
    return client


def connecte_navigateur(contexte: "BrowserContext", adresse: str, maison: Maison, role: Role) -> None:
    """Every page of this Playwright context is signed in at this address."""
    contexte.add_cookies(
        [{"name": COOKIE, "value": ouvre_session(maison, role), "url": f"http://{urlsplit(adresse).netloc}"}]
    )


def jeton_api(maison: Maison, portee: Portee) -> dict[str, str]:
    """The header of a program with a token of this scope."""
    from datetime import timedelta

    qui = maison.acces.connexion.identite(ouvre_session(maison), ICI)
    assert qui is not None
    clair = maison.acces.jetons.cree(qui, "essai", portee, timedelta(days=1), ICI)[1]
    return {"Authorization": f"Bearer {clair}"}
