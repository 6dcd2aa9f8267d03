"""The Licence Manager with 100,000 licences: `POST /api/validate` beside a bare endpoint, and every page, signed in.

The bare endpoint is the floor: same framework, same server, same database, one indexed SELECT, nothing else. Both are
asked in turn, many times, by the same clients; the ratio is the median of those of each turn, so that what else the
machine does falls on both. Run alone, or by run_bench.py.
"""

import argparse
import base64
import html
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from sqlalchemy import Engine, text

from licence_manager.bootstrap import Maison, ouvre
from licence_manager.repository.connexion import ouvre_moteur, verifie_adresse
from licence_manager.settings import Reglages
from licence_manager.signing.coffre import Coffre
from licence_manager.web.app import create_app
from licence_manager.web.rendu import WEB
from licence_manager.web.serveur import Serveur
from sages_commun.acces import Client
from sages_commun.licence.cle import make_cle
from sages_commun.postgres_embarque import PostgresEmbarque
from sages_commun.systeme import port_libre
from sages_commun.web.feuille import compile_feuille

LICENCES = 100_000
HISTOIRE = 1_000_000
DUREE_S = 1.5
TOURS = 9
CLIENTS = 16
CLES_GARDEES = 5_000
CIBLE_VALIDATE = 0.60
CIBLE_PAGE_MS = 100.0
MACHINE = "poste-mesure"
COOKIE = "licences_compte"


class DemandeNue(BaseModel):
    """What the bare endpoint is asked."""

    cle: int


def application_nue(moteur: Engine) -> FastAPI:
    """One indexed SELECT, with the pool and the mode that the validation uses."""
    app = FastAPI()
    requete = text("SELECT id, client, expire_le FROM licence_manager.licences WHERE id = :id")

    @app.post("/nu")
    def nu(demande: DemandeNue) -> dict[str, Any]:
        with moteur.connect() as connexion:
            ligne = connexion.execute(requete, {"id": demande.cle}).one()
        return {"id": ligne.id, "client": ligne.client, "expire": ligne.expire_le}

    return app


def sert_nu() -> None:
    """Serve the bare endpoint, in the process of its own that `mesure` starts."""
    import uvicorn

    url, options = verifie_adresse(os.environ["LICENCE_MANAGER_BASE"])
    moteur = ouvre_moteur(url, options, 5, rapide=True)
    port = int(os.environ["LICENCE_MANAGER_PORT"])
    uvicorn.run(application_nue(moteur), host="127.0.0.1", port=port, log_level="warning", access_log=False)


def remplis(url: str, coffre: Coffre) -> list[str]:
    """100,000 licences with a machine each, 1,000,000 events; some of their keys."""
    maintenant = datetime.now(UTC).replace(microsecond=0)
    gardees = []
    with psycopg.connect(url) as connexion:
        with connexion.cursor().copy(
            "COPY licence_manager.licences (empreinte, cle_chiffree, client, entreprise, email, notes, recherche, "
            "tri_entreprise, fonctions, cree_le, expire_le, utilisations, utilisations_max, machines_max) FROM STDIN"
        ) as copie:
            for rang in range(LICENCES):
                cle = make_cle()
                if rang % (LICENCES // CLES_GARDEES) == 0:
                    gardees.append(cle)
                nom = f"Entreprise {secrets.token_hex(4)} {rang}"
                copie.write_row((
                    coffre.empreinte(cle), coffre.chiffre_cle(cle), f"Client {rang}", nom, f"c{rang}@exemple.fr", "",
                    f"client {rang} {nom.casefold()} c{rang}@exemple.fr", nom.casefold(), ["heures"],
                    maintenant - timedelta(days=rang % 700), maintenant + timedelta(days=rang % 900 + 1),
                    # A third are limited, and few of them close to it.
                    rang % 100, 100 + rang % 1000 if rang % 3 == 0 else -1, 1 + rang % 5 if rang % 4 == 0 else -1,
                ))  # fmt: skip
        connexion.execute(
            "INSERT INTO licence_manager.machines SELECT id, %s, cree_le, now(), '1.0.' || id %% 5 "
            "FROM licence_manager.licences",
            (MACHINE,),
        )
        connexion.execute(
            "INSERT INTO licence_manager.contacts SELECT id, now() - (id % 10) * interval '1 day' "
            "FROM licence_manager.licences"
        )
        # A month of validations: a tenth of the licences every day, some of them refused.
        connexion.execute(
            "INSERT INTO licence_manager.validations SELECT date_trunc('day', now()) - j * interval '1 day', l, "
            "CASE WHEN l %% 500 = 0 THEN 'expired' ELSE 'valid' END, 3 "
            "FROM generate_series(0, 29) j, generate_series(10, %s, 10) l",
            (LICENCES,),
        )
        connexion.execute(
            "INSERT INTO licence_manager.validations "
            "SELECT date_trunc('hour', now()) - h * interval '1 hour', 0, v, 40 "
            "FROM generate_series(0, 24 * 400) h, unnest(ARRAY['valid', 'expired', 'unknown']) v"
        )
        connexion.execute(
            "INSERT INTO licence_manager.passages (licence_id, le, verdict, machine, version, consomme) "
            "SELECT 1 + n %% %s, now() - n * interval '1 second', 'valid', %s, '1.0.0', false "
            "FROM generate_series(1, %s) n",
            (LICENCES, MACHINE, HISTOIRE),
        )
        connexion.execute(
            "INSERT INTO licence_manager.historique (licence_id, le, qui, geste) "
            "SELECT 1 + n %% %s, now(), 'mesure', 'modification' FROM generate_series(1, %s) n",
            (LICENCES, HISTOIRE),
        )
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("VACUUM ANALYZE")
    return gardees


@contextmanager
def processus(module: list[str], url: str, secret: str) -> Iterator[int]:
    """A server in a process of its own; its port, once it answers."""
    port = port_libre()
    env = os.environ | {
        "LICENCE_MANAGER_BASE": url,
        "LICENCE_MANAGER_SECRET": secret,
        "LICENCE_MANAGER_PORT": str(port),
        "LICENCE_MANAGER_DEBIT_ADRESSE": str(10**9),
        "LICENCE_MANAGER_DEBIT_CLE": str(10**9),
    }
    serveur = subprocess.Popen([sys.executable, *module], env=env, stdout=subprocess.DEVNULL)
    try:
        _attend(port)
        yield port
    finally:
        serveur.terminate()
        serveur.wait(30)


def _attend(port: int) -> None:
    limite = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > limite:
                raise
            time.sleep(0.05)


def debit(port: int, chemin: str, corps: list[bytes]) -> float:
    """Requests per second: a few clients that ask again as soon as they are answered."""
    fin = time.perf_counter() + DUREE_S
    nombres = [0] * CLIENTS

    def client(rang: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as prise:
            lu = prise.makefile("rb")
            n = rang
            while time.perf_counter() < fin:
                contenu = corps[n * 7919 % len(corps)]
                prise.sendall(
                    b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (chemin.encode(), len(contenu), contenu)
                )
                statut = lu.readline()
                if not statut.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"{chemin} : {statut!r}")
                longueur = 0
                while (ligne := lu.readline()) != b"\r\n":
                    if ligne.lower().startswith(b"content-length:"):
                        longueur = int(ligne.split(b":")[1])
                lu.read(longueur)
                nombres[rang] += 1
                n += CLIENTS

    debut = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as fils:
        for fil in [fils.submit(client, rang) for rang in range(CLIENTS)]:
            fil.result()  # a refused request ends the measure
    return sum(nombres) / (time.perf_counter() - debut)


def mesure_debits(url: str, secret: str, cles: list[str]) -> dict[str, float]:
    """The validation, the same with one use counted, and the bare endpoint, in turn."""
    demandes = [{"license_key": cle, "machine_id": MACHINE, "client_version": "1.0.0", "nonce": "n0"} for cle in cles]
    corps = {
        "validate": [json.dumps(demande).encode() for demande in demandes],
        "consume": [json.dumps(demande | {"consume": True}).encode() for demande in demandes],
        "nu": [json.dumps({"cle": 1 + rang * (LICENCES // len(cles))}).encode() for rang in range(len(cles))],
    }
    debits: dict[str, list[float]] = {nom: [] for nom in corps}
    produit, nu = ["-m", "licence_manager"], [str(Path(__file__).resolve()), "--nu"]
    with processus(produit, url, secret) as port, processus(nu, url, secret) as port_nu:
        for tour in range(TOURS + 1):
            for nom, contenus in corps.items():
                vitesse = debit(port_nu if nom == "nu" else port, "/nu" if nom == "nu" else "/api/validate", contenus)
                if tour:  # the first one warms up
                    debits[nom].append(vitesse)
    rapports = [rapide / nu for rapide, nu in zip(debits["validate"], debits["nu"], strict=True)]
    medianes = {nom: round(statistics.median(valeurs), 1) for nom, valeurs in debits.items()}
    return medianes | {"rapport": round(statistics.median(rapports), 2)}


def mesure_pages(maison: Maison, cle: str) -> dict[str, float]:
    """Milliseconds in which the served application answers each page to somebody signed in, the median of a few."""
    with en_service(maison) as client:
        numero = maison.licences.find_licence(cle).licence.id
        cherche = {"jeton": jeton_de(client)}
        demandes: dict[str, Callable[[], httpx2.Response]] = {
            "tableau": lambda: client.get("/"),
            "liste": lambda: client.get("/licenses"),
            "liste_suite": lambda: client.get(suite),
            "recherche": lambda: client.get("/licenses?texte=entreprise+4242"),
            "recherche_large": lambda: client.get("/licenses?texte=entreprise&tri=entreprise"),
            "recherche_absente": lambda: client.get("/licenses?texte=introuvable"),
            "recherche_cle": lambda: client.post("/licenses/recherche", data=cherche | {"texte": cle}),
            "expirent": lambda: client.get("/licenses?filtre=expirent_bientot&tri=echeance"),
            "par_entreprise": lambda: client.get("/licenses?tri=entreprise"),
            "mois": lambda: client.get(f"/licenses?mois={datetime.now(UTC):%Y-%m}&tri=echeance"),
            "refusees": lambda: client.get("/licenses?filtre=refusees"),
            "pres_limite": lambda: client.get("/licenses?filtre=pres_limite"),
            "silencieuses": lambda: client.get("/licenses?filtre=silencieuses"),
            "details": lambda: client.get(f"/licenses/details/{numero}"),
            "validations": lambda: client.get(f"/licenses/details/{numero}/validations"),
            "rappels": lambda: client.get("/rappels"),
            "api_tableau": lambda: client.get("/api/v1/tableau"),
            "api_liste": lambda: client.get("/api/v1/licences?texte=4242"),
        }
        suite = suite_de(client.get("/licenses").text)
        return {nom: duree_ms(demande) for nom, demande in demandes.items()}


def duree_ms(demande: Callable[[], httpx2.Response]) -> float:
    """The median of seven answers, once warm. Raises `SystemExit` for one that is none."""
    essais = []
    for tour in range(8):
        debut = time.perf_counter()
        reponse = demande()
        duree = (time.perf_counter() - debut) * 1000
        if reponse.status_code not in {200, 303}:
            raise SystemExit(f"{reponse.request.url} : {reponse.status_code}")
        if tour:
            essais.append(duree)
    return round(statistics.median(essais), 1)


def suite_de(page: str) -> str:
    """Where the second page of a list is."""
    trouve = re.search(r'href="(/licenses\?apres=[^"]+)"', page)
    if trouve is None:
        raise SystemExit("no second page")
    return html.unescape(trouve[1])


def jeton_de(client: httpx2.Client) -> str:
    """What the forms of this session carry."""
    trouve = re.search(r'name="jeton" value="([^"]+)"', client.get("/licenses").text)
    if trouve is None:
        raise SystemExit("no form")
    return trouve[1]


def ouvre_session(maison: Maison) -> str:
    """Of an administrator made for the measurement."""
    adresse, mot_de_passe = "mesure@exemple.fr", secrets.token_urlsafe(20)
    maison.acces.premier_demarrage.cree_de_la_console(adresse, "Mesure", mot_de_passe, par="mesure")
    return maison.acces.connexion.connecte(adresse, mot_de_passe, Client("127.0.0.1", "mesure")).secret


@contextmanager
def en_service(maison: Maison) -> Iterator[httpx2.Client]:
    """The application of this house, served, and a client of somebody signed in."""
    pret = threading.Event()
    serveur = Serveur(create_app(lambda: nullcontext(maison)), "127.0.0.1", 0, pret=pret.set)
    fil = threading.Thread(target=serveur.sert)
    fil.start()
    try:
        if not pret.wait(30):
            raise SystemExit("the application did not start")
        cookies = {COOKIE: ouvre_session(maison)}
        with httpx2.Client(base_url=serveur.adresse, timeout=60, trust_env=False, cookies=cookies) as client:
            yield client
    finally:
        serveur.should_exit = True
        fil.join()


def mesure(dossier: Path) -> dict[str, Any]:
    """All of it, in this empty folder."""
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    compile_feuille(WEB)
    with PostgresEmbarque(dossier / "postgresql-licences") as postgres:
        url = postgres.create_base("licences")
        reglages = Reglages.model_validate({"base": SecretStr(url), "secret": SecretStr(secret)})
        with ouvre(reglages, a_migrer=True) as maison:
            cles = remplis(url, maison.contexte.coffre)
            debits = mesure_debits(url, secret, cles)
            pages = mesure_pages(maison, cles[7])
    return {
        "validate_vs_bare": debits.pop("rapport"),
        "licences_page_ms": max(pages.values()),
        "debits": debits,
        "pages_ms": pages,
    }


def main() -> None:
    """Print the figures as JSON."""
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--nu", action="store_true")
    if analyseur.parse_args().nu:
        sert_nu()
        return
    dossier = Path(tempfile.mkdtemp(prefix="mesure-licences-", dir="/tmp"))
    dossier.chmod(0o755)
    try:
        sys.stdout.write(json.dumps(mesure(dossier), ensure_ascii=False, indent=2) + "\n")
    finally:
        shutil.rmtree(dossier)


if __name__ == "__main__":
    main()
