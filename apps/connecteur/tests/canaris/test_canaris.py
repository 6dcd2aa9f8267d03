"""Nothing that leaves the process holds a secret: every secret is a canary, everything that comes out is searched.

What fails is tried on purpose: a refused password, a server that is not there, a page in the place of JSON, a table
that has gone, a setting of the wrong type. An error is where secrets are told.
"""

import json
import os
import re
import stat
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pyotp
import pytest
from apps.connecteur.tests.canaris.canaris import (
    PYTHON,
    Canari,
    Voliere,
    environnement,
    lignes_de,
    serveurs_de,
    variables_de,
)
from apps.connecteur.tests.canaris.conftest import DOSSIERS, Firme
from apps.connecteur.tests.web.demonstration import maison_pleine
from libs.commun.tests.acces.chemins import chemins

from banc.batisimply import Genre, Panne
from connecteur.coffre import Coffre
from connecteur.coffre.scellement import Scellement
from connecteur.tampon.comptes import base_comptes
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import migre
from connecteur.web.app import create_app
from connecteur.web.routes.synchro import ADRESSES
from sages_commun.acces import Acces, Contexte
from sages_commun.licence import make_cle

DELAI_S = 120.0
LIENS = re.compile(r'(?:href|src|action)="(/[^"#]*)"')


@contextmanager
def service(firme: Firme, voliere: Voliere, **variables: str) -> Iterator[httpx2.Client]:
    """`connecteur serve` of this firm; what it said is listened to at its end."""
    env = environnement(firme.dossier / "tmp", CONNECTEUR_FICHIER_CLE_COFFRE=str(firme.cle), **variables)
    erreurs = firme.dossier / "erreurs-du-service"
    with erreurs.open("wb") as ouvert:
        processus = subprocess.Popen(
            [*PYTHON, "serve", "--config", str(firme.config), "--json", "--detail"],
            stdout=subprocess.PIPE, stderr=ouvert, text=True, env=env,
        )  # fmt: skip
        minuteur = threading.Timer(DELAI_S, processus.kill)
        minuteur.start()
        try:
            assert processus.stdout is not None
            pret = processus.stdout.readline()
            assert pret, erreurs.read_text()
            with httpx2.Client(base_url=json.loads(pret)["adresse"], timeout=60, follow_redirects=True) as client:
                yield client
            voliere.ecoute_processus(processus.pid)
        finally:
            minuteur.cancel()
            processus.terminate()
            reste, _ = processus.communicate(timeout=60)
    voliere.ecoute("stdout du service", pret + reste)
    voliere.ecoute("stderr du service", erreurs.read_bytes())


def demande(client: httpx2.Client, voliere: Voliere, adresse: str, **options: Any) -> httpx2.Response:
    """One answer, headers and body listened to."""
    methode = "POST" if "json" in options else "GET"
    reponse = client.request(methode, adresse, **options)
    voliere.ecoute(
        f"{methode} {adresse}", b"\n".join(v for paire in reponse.headers.raw for v in paire) + reponse.content
    )
    return reponse


def parcourt(client: httpx2.Client, voliere: Voliere, *, combien: int = 150) -> set[str]:
    """Every page that a link leads to, every address of the API that needs nothing more."""
    description = demande(client, voliere, "/api/v1/openapi.json").json()
    api = [chemin for chemin, gestes in description["paths"].items() if "get" in gestes and "{" not in chemin]
    a_voir = ["/", "/metrics", "/health", *(f"{chemin}?dossier={code}" for chemin in api for code in DOSSIERS)]
    vues: set[str] = set()
    while a_voir and len(vues) < combien:
        adresse = a_voir.pop(0)
        if adresse in vues or "evenements" in adresse:
            continue
        vues.add(adresse)
        reponse = demande(client, voliere, adresse)
        if "html" in reponse.headers.get("content-type", ""):
            a_voir += [lien.replace("&amp;", "&") for lien in LIENS.findall(reponse.text)]
    return vues


def synchronise(client: httpx2.Client, voliere: Voliere, *codes: str) -> dict[str, dict[str, Any]]:
    """Ask these dossiers for both flows, and wait for the end; « dossier flux » > the run."""
    attendus = {
        f"{code} {quoi}": demande(client, voliere, f"/api/v1/runs?dossier={code}", json={"quoi": quoi}).json()["id"]
        for code in codes
        for quoi in ("chantiers", "heures")
    }
    finis: dict[str, dict[str, Any]] = {}
    limite = time.monotonic() + DELAI_S
    while len(finis) < len(attendus):
        assert time.monotonic() < limite, finis
        for nom, ident in attendus.items():
            if nom not in finis:
                run = client.get(f"/api/v1/runs/{ident}?dossier={nom.split()[0]}").json()
                if run["verdict"] is not None:
                    finis[nom] = run
                    voliere.ecoute(f"run {nom}", json.dumps(run))
        time.sleep(0.1)
    return finis


def commande(
    firme: Firme, voliere: Voliere, *mots: str, entree: str = "", **variables: str
) -> "subprocess.CompletedProcess[bytes]":
    """One command, what it says listened to."""
    env = environnement(firme.dossier / "tmp", CONNECTEUR_FICHIER_CLE_COFFRE=str(firme.cle))
    fini = subprocess.run(
        [*PYTHON, *mots, *([] if "--config" in mots else ["--config", str(firme.config)])],
        capture_output=True, env={**env, **variables}, input=entree.encode(), timeout=DELAI_S, check=False,
    )  # fmt: skip
    voliere.ecoute(f"stdout de {' '.join(mots)}", fini.stdout)
    voliere.ecoute(f"stderr de {' '.join(mots)}", fini.stderr)
    return fini


@pytest.fixture(scope="module")
def voliere(firme: Firme) -> Voliere:
    return Voliere(firme.canaris.values())


def test_nothing_that_the_service_says_writes_or_answers_holds_a_secret(firme: Firme, voliere: Voliere) -> None:
    with service(firme, voliere) as client:
        # Nobody answers this one: it is tried again and again while the others go on.
        attend = demande(client, voliere, "/api/v1/runs?dossier=nord", json={"quoi": "chantiers"}).json()["id"]
        runs = synchronise(client, voliere, "principal", "sud")
        assert runs["principal chantiers"]["verdict"] in {"réussi", "partiel"}, runs["principal chantiers"]
        assert "refus" in json.dumps(runs["sud chantiers"], ensure_ascii=False)
        assert {run["verdict"] for nom, run in runs.items() if nom.startswith("sud")} == {"échec"}

        firme.batisimply.pannes.ajoute(Panne(genre=Genre.HTML, chemin="/api/*"))
        assert synchronise(client, voliere, "principal")["principal heures"]["verdict"] == "échec"
        firme.batisimply.pannes.vide()
        assert len(parcourt(client, voliere)) > 60

        with psycopg.connect(firme.url_tampon, autocommit=True) as connexion:
            connexion.execute("ALTER TABLE sages.runs RENAME TO runs_ailleurs")
            statuts = {demande(client, voliere, adresse).status_code for adresse in ("/", "/api/v1/runs")}
            connexion.execute("ALTER TABLE sages.runs_ailleurs RENAME TO runs")
            # What nobody foresaw is told with its traceback.
            connexion.execute("CREATE TEMP TABLE avant AS SELECT id, bilans FROM sages.runs")
            connexion.execute("UPDATE sages.runs SET bilans = '[3]'")
            imprevus = {demande(client, voliere, adresse).status_code for adresse in ("/", "/api/v1/runs")}
            connexion.execute("UPDATE sages.runs r SET bilans = a.bilans FROM avant a WHERE a.id = r.id")
        assert 200 not in statuts
        assert imprevus == {500}
        demande(client, voliere, f"/api/v1/runs/{attend}/annuler?dossier=nord", json={})
        for mauvais in ("{", '{"quoi": 3}', '{"quoi": "paie", "x": []}'):
            reponse = client.post("/api/v1/runs", content=mauvais, headers={"Content-Type": "application/json"})
            voliere.ecoute("POST refusé", reponse.content)
    journal = "".join(un.read_text(encoding="utf-8") for un in (firme.donnees / "journal").glob("*.log*"))
    assert "Traceback" in journal
    regarde_partout(firme, voliere)
    for ou in ("stderr du service", "stdout du service", "GET /", "table sages.runs", "POST /api/v1/runs?dossier=sud"):
        assert ou in voliere.vus, voliere.vus
    assert any("dbos" in ou for ou in voliere.vus)
    assert any(ou.endswith("connecteur.log") for ou in voliere.vus)
    assert voliere.chants == set()


@pytest.mark.parametrize(
    "mots",
    [
        ["doctor", "--detail"],
        ["doctor", "--json", "--detail"],
        ["sync", "tout", "--dossier", "sud", "--detail"],
        ["sync", "heures", "--dossier", "sud", "--json", "--apercu", "--detail"],
        ["alertes", "essai", "--dossier", "principal", "--json", "--detail"],
        ["reglages", "montre", "--dossier", "principal", "--json"],
        ["audit", "--dossier", "principal", "--json"],
        ["coffre", "etat", "--json"],
        ["coffre", "liste"],
        ["coffre", "verifie", "--detail"],
        ["licence", "etat", "--json", "--detail"],
    ],
)
def test_no_command_says_a_secret(firme: Firme, voliere: Voliere, mots: list[str]) -> None:
    fini = commande(firme, voliere, *mots)
    assert fini.stdout or fini.stderr
    assert b"Traceback" not in fini.stderr
    assert voliere.chants == set()


def test_the_archive_for_the_support_holds_no_secret(firme: Firme, voliere: Voliere) -> None:
    """Broken dossiers and a journal full of failures included; it says more than one thing."""
    zip_ = firme.dossier / "diagnostic.zip"
    fini = commande(firme, voliere, "diagnostic", str(zip_), "--json")
    assert fini.returncode == 0, fini
    with zipfile.ZipFile(zip_) as ouvert:
        pieces = {nom: ouvert.read(nom).decode() for nom in ouvert.namelist()}
    for nom, texte in pieces.items():
        voliere.ecoute(f"archive {nom}", texte)
    assert voliere.chants == set()
    reglages = json.loads(pieces["configuration.json"])
    assert reglages["dossiers"]["principal"]["batigest"]["utilisateur"] == "connecteur"
    assert set(reglages["fautes"]) == {"est"}
    assert {un["etat"] for un in json.loads(pieces["doctor.json"])} >= {"ok", "échec"}
    assert len(json.loads(pieces["runs.json"])["sud"]) > 1
    assert "connecteur" in json.loads(pieces["versions.json"])["paquets"]
    assert len(pieces["journal/connecteur.log"].splitlines()) > 10
    if os.name == "posix":
        assert stat.S_IMODE(zip_.stat().st_mode) == 0o600
    avant = zip_.read_bytes()
    assert commande(firme, voliere, "diagnostic", str(zip_)).returncode == 1
    assert zip_.read_bytes() == avant, "it never replaces a file"


def test_the_archive_is_made_even_when_nothing_works(firme: Firme, voliere: Voliere, tmp_path: Path) -> None:
    zip_ = tmp_path / "diagnostic.zip"
    fini = commande(firme, voliere, "diagnostic", str(zip_), "--json", "--config", str(tmp_path / "absent.toml"))
    assert fini.returncode == 0
    assert json.loads(fini.stdout)["manque"]
    with zipfile.ZipFile(zip_) as ouvert:
        assert "introuvable" in ouvert.read("configuration.json").decode()


def test_a_configuration_that_cannot_be_used_is_told_without_its_secrets(firme: Firme, voliere: Voliere) -> None:
    """Nothing works: the only dossier is badly written, the file is cut within a secret, the key is another."""
    canari = firme.canaris["batigest"].valeur
    for nom, texte in {
        "mauvais-type": f"donnees = {json.dumps(str(firme.dossier / 'd'))}\n[batigest]\nport = {json.dumps(canari)}\n"
        f"mot_de_passe = {firme.canaris['est-nombre'].valeur}\n[alertes]\nurls = {json.dumps(canari)}\n",
        "coupe": f"donnees = 'x'\n[batigest]\nmot_de_passe = {json.dumps(canari)[:-1]}\n",
        "tampon": f"donnees = {json.dumps(str(firme.dossier / 'd'))}\n[tampon]\nurl = {json.dumps([canari])}\n",
    }.items():
        fichier = firme.dossier / f"{nom}.toml"
        fichier.write_text(texte, encoding="utf-8")
        for mots in (
            ["doctor", "--json", "--detail"],
            ["sync", "tout", "--detail"],
            ["coffre", "importe", str(fichier)],
        ):
            fini = commande(firme, voliere, *mots, "--config", str(fichier))
            assert fini.returncode in {1, 2}, (nom, mots, fini)
        fichier.unlink()
    for variables in (
        {"CONNECTEUR_CLE_COFFRE": f"{firme.canaris['clé du coffre'].valeur}x"},
        {"CONNECTEUR_FICHIER_CLE_COFFRE": str(firme.config)},
        {"CONNECTEUR_TAMPON__URL": firme.url_tampon.replace("connecteur:", "connecteur:faux", 1)},
        {"CONNECTEUR_TAMPON__URL": f"postgresql://{firme.canaris['tampon'].valeur}"},
        {"CONNECTEUR_BATIGEST__PORT": canari},
        {"CONNECTEUR_ALERTES__URLS": f'["{firme.canaris["courriel"].coeur}"'},
    ):
        fini = commande(firme, voliere, "sync", "heures", "--dossier", "principal", "--json", "--detail", **variables)
        assert fini.returncode in {1, 2}, (variables, fini)
        assert b"inattendue" not in fini.stdout
    assert voliere.chants == set()


def test_what_the_connector_starts_is_told_no_secret(firme: Firme, voliere: Voliere, tmp_path: Path) -> None:
    """The embedded PostgreSQL, whose account is another one: neither its command lines nor its variables."""
    donnees = firme.dossier / "embarque"
    variables = {
        "CONNECTEUR_DONNEES": str(donnees),
        "CONNECTEUR_CLE_COFFRE": firme.canaris["clé du coffre"].valeur,
        "CONNECTEUR_BATIGEST__MOT_DE_PASSE": firme.canaris["batigest"].valeur,
        "CONNECTEUR_BATISIMPLY__MOT_DE_PASSE": firme.canaris["batisimply"].valeur,
        "CONNECTEUR_BATISIMPLY__CLIENT_SECRET": firme.canaris["client"].valeur,
    }
    env = environnement(firme.dossier / "tmp", **variables)
    config = tmp_path / "c.toml"
    config.write_text(firme.config.read_text(encoding="utf-8").partition("[dossiers.")[0], encoding="utf-8")
    processus = subprocess.Popen(
        [*PYTHON, "sync", "chantiers", "--config", str(config), "--json"], stdout=subprocess.PIPE, env=env
    )
    minuteur = threading.Timer(DELAI_S, processus.kill)
    minuteur.start()
    while processus.poll() is None:
        voliere.ecoute_processus(processus.pid)
        for serveur in serveurs_de(donnees):
            voliere.ecoute(f"ps de {serveur.pid}", "\0".join(lignes_de(serveur)))
            voliere.ecoute(f"variables de {serveur.pid}", "\0".join(variables_de(serveur)))
        time.sleep(0.05)
    minuteur.cancel()
    voliere.ecoute("stdout de l’embarqué", processus.communicate()[0])
    voliere.ecoute_dossier(donnees)
    assert any(ou.startswith("variables de") for ou in voliere.vus), "the server was seen"
    assert voliere.chants == set()


def test_no_form_repeats_the_secret_that_is_typed_in_it(firme: Firme, voliere: Voliere) -> None:
    """Every address that changes something, the licence's and the accounts' among them, is sent secrets: wrong ones to
    all, then the right ones where they do something. What is shown once on purpose is not listened to."""
    juste, tape = Canari.neuf("mot de passe"), Canari.neuf("mot de passe tapé")
    cle = Canari.de("clé tapée", make_cle())
    voliere.apprend(juste, tape, cle, Canari.de("clé tapée sans tirets", cle.valeur.replace("-", "")))
    secrets = dict.fromkeys(("mot_de_passe", "encore", "actuel", "nouveau", "code"), tape.valeur)
    secrets |= {"license_key": cle.valeur}
    with closing(Connexions(firme.url_tampon)) as connexions:
        migre(connexions)
        coffre = Coffre(firme.donnees, environ={"CONNECTEUR_FICHIER_CLE_COFFRE": str(firme.cle)})
        comptes = Acces(Contexte(base_comptes(connexions), Scellement(coffre, firme.donnees), "Essai"))
        comptes.premier_demarrage.cree_de_la_console("claire@exemple.fr", "Claire", juste.valeur, par="essai")
        app = create_app(replace(maison_pleine().services(), acces=comptes))
        changent = [un for un in chemins(app.routes) if un[0] != "GET" and un[1] not in {*ADRESSES, "/deconnexion"}]
        with service(firme, voliere, CONNECTEUR_WEB__COMPTES="true") as client:
            client.post("/connexion", data={"courriel": "claire@exemple.fr", "mot_de_passe": juste.valeur})
            jure(client, voliere)
            en_compte(client, voliere, juste)
            for methode, ecrit in changent:
                adresse = re.sub(r"{[^}]+}", "999999", ecrit)
                for envoi in ("data", "json"):
                    entetes = {"Accept": "text/html"}
                    reponse = client.request(methode, adresse, headers=entetes, **{envoi: secrets})  # type: ignore[arg-type]
                    voliere.ecoute(f"{methode} {adresse}", f"{reponse.headers} {reponse.text}")
                    assert reponse.status_code != 500, (adresse, reponse.text)
            assert "Mon compte" in client.get("/compte").text, "still signed in: what was sent went beyond the door"
            assert {"POST /update-license", "POST /refresh-license", "POST /compte/mot-de-passe"} <= voliere.vus.keys()
            for adresse in ("/compte", "/utilisateurs", "/jetons", "/journal", "/configuration", "/api/v1/audit"):
                demande(client, voliere, adresse)
            voliere.ecoute("deconnexion", client.post("/deconnexion").text)
    regarde_partout(firme, voliere)
    assert any("acces_sessions" in ou for ou in voliere.vus)
    assert voliere.chants == set()


def jure(client: httpx2.Client, voliere: Voliere) -> None:
    """The session has a new secret, and its forms a new token."""
    voliere.apprend(Canari.de("session", client.cookies["connecteur_compte"]))
    jeton = re.search(r'name="jeton" value="([^"]+)"', client.get("/compte").text)
    assert jeton is not None
    client.headers["X-Jeton"] = jeton[1]


def en_compte(client: httpx2.Client, voliere: Voliere, juste: Canari) -> None:
    """A second factor, recovery codes, a token, another password: each shown once, then never again."""
    page = client.post("/compte/second-facteur", data={"actuel": juste.valeur}).text
    secret = re.search(r'id="cle-totp"[^>]*>([A-Z2-7 ]+)<', page)
    assert secret is not None, page
    totp = secret[1].replace(" ", "")
    codes = client.post("/compte/second-facteur/confirmer", data={"code": pyotp.TOTP(totp).now()}).text
    jure(client, voliere)
    page = client.post("/jetons", data={"nom": "Essai", "portee": "lecture", "jours": 1}).text
    jeton = re.search(r"sages_[A-Za-z0-9_-]{43}", page)
    secours = re.findall(r">\s*([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})\s*<", codes)
    assert jeton is not None
    assert len(secours) == 8, codes
    neuf = Canari.neuf("nouveau mot de passe")
    voliere.apprend(neuf, Canari.de("second facteur", totp), Canari.de("jeton d’API", jeton[0]))
    voliere.apprend(*(Canari.de("code de secours", code) for code in secours))
    voliere.ecoute("jeton", client.get("/api/v1/runs", headers={"Authorization": f"Bearer {jeton[0]}"}).text)
    mots = {"actuel": juste.valeur, "nouveau": neuf.valeur, "encore": neuf.valeur}
    voliere.ecoute("mot de passe", client.post("/compte/mot-de-passe", data=mots).text)
    jure(client, voliere)


def test_a_canary_sings_in_every_form() -> None:
    """The test itself: a secret that leaks in one of these forms is found, wherever it stands."""
    import base64
    from html import escape
    from urllib.parse import quote, quote_plus

    canari = Canari.neuf("essai")
    valeur = canari.valeur
    formes: list[bytes] = [
        texte.encode()
        for texte in (
            valeur, quote(valeur), quote(valeur, safe=""), quote_plus(valeur), json.dumps(valeur), escape(valeur),
            repr(valeur), json.dumps(json.dumps(valeur)), f"PWD={{{valeur}}};",
        )
    ]  # fmt: skip
    formes += [base64.b64encode(f"{'x' * n}:{valeur}".encode()) for n in range(4)]
    formes += [base64.urlsafe_b64encode(valeur.encode()), valeur.encode("utf-16-le"), valeur.encode().hex().encode()]
    for forme in formes:
        voliere = Voliere([canari])
        voliere.ecoute("ici", b"avant " + forme + b" apres")
        assert voliere.chants == {("essai", "ici")}, forme


def regarde_partout(firme: Firme, voliere: Voliere) -> None:
    """What is left on the disk and in the tampon."""
    voliere.ecoute_dossier(firme.donnees)
    voliere.ecoute_dossier(firme.dossier / "tmp")
    voliere.ecoute_base(firme.url_admin)
