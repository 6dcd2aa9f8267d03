"""`connecteur serve`, really running, while its licence is given, ends, is refused, and is mended."""

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import psycopg
import pytest
from apps.connecteur.tests.pieces.licence import Autorite
from apps.connecteur.tests.web.demonstration import maison_pleine
from libs.commun.tests.acces.chemins import chemins

from connecteur.cli import main
from connecteur.cli.codes import Code
from connecteur.tampon.tampon import Tampon
from connecteur.web.app import WEB, create_app
from sages_commun.licence import MESSAGES, Verdict
from sages_commun.web.feuille import compile_feuille

from .conftest import Serveur, ecrit_config, honnete

ATTENTE_S = 120.0
MENEES = {"/", "/salaries/codebs"}
"""Led to the page of the licence: home, which starts runs, and a question whose answer writes."""
LECTURES = (
    ("rejets", "liste"), ("conflits", "liste"), ("salaries", "liste"), ("audit",), ("horaires", "montre"),
    ("reglages", "montre"), ("coffre", "etat"),
)  # fmt: skip


@pytest.fixture
def config(url_tampon: str, serveur: Serveur, autorite: Autorite, tmp_path: Path) -> Path:
    return ecrit_config(
        tmp_path / "service.toml",
        tampon=url_tampon,
        serveur=serveur.adresse,
        cles=[autorite.publique],
        dossier="service",
    )


@pytest.fixture
def client(config: Path) -> Iterator[httpx2.Client]:
    """A script, in front of the service."""
    compile_feuille(WEB)
    env = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("CONNECTEUR_")}
    with subprocess.Popen(
        [sys.executable, "-m", "connecteur", "serve", "--json", "--config", str(config)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env,
    ) as service:  # fmt: skip
        try:
            assert service.stdout is not None
            adresse = json.loads(service.stdout.readline())["adresse"]
            with httpx2.Client(base_url=adresse, timeout=60, trust_env=False) as client:
                client.headers["Accept"] = "application/json"
                yield client
        finally:
            service.terminate()


def jusqua(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives something."""
    horloge = threading.Event()
    for _ in range(int(ATTENTE_S / 0.1)):
        if donne := condition():
            return donne
        horloge.wait(0.1)
    pytest.fail("jamais vrai")


def passe_une_heure(url: str) -> None:
    """For the schedules: the next instant is due, and what failed did so long ago."""
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("UPDATE sages.runs SET debut = debut - interval '1 h', fin = fin - interval '1 h'")
        connexion.execute("UPDATE sages.horaires SET dernier = dernier - interval '1 h'")


def test_a_licence_that_is_over_stops_new_runs_and_nothing_else_until_it_is_mended(
    client: httpx2.Client, config: Path, *, url_tampon: str, serveur: Serveur, autorite: Autorite, cle: str,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    serveur.repond = honnete(autorite, cle)
    pose = client.post("/update-license", data={"license_key": cle}).json()
    assert (pose["valid"], pose["status"]) == (True, "valide")

    for verdict, statut in ((Verdict.EXPIREE, "expirée"), (Verdict.INACTIVE, "refusée")):
        serveur.repond = honnete(autorite, cle, verdict=verdict, licence_jours=-2)
        assert client.post("/refresh-license").json()["status"] == statut
        refus = client.post("/api/v1/runs", json={"quoi": "heures"})
        assert (refus.status_code, refus.json()["code"]) == (403, verdict.value)

        # The schedule goes on asking, is refused, and the refusal stands among the runs.
        horaire = client.put("/api/v1/schedules/heures", json={"cadence": "temps réel", "secondes": 15})
        assert horaire.status_code == 200, horaire.text
        avant = {run["id"] for run in client.get("/api/v1/runs").json()["elements"]}
        passe_une_heure(url_tampon)
        refuse = jusqua(partial(nouveau, client, avant))
        assert (refuse["verdict"], refuse["declencheur"], refuse["bilans"]) == ("échec", "horaire", [])
        assert refuse["erreur"]["message"] == MESSAGES[verdict]

        tout_se_lit(client, refuse["id"])
        tout_se_demande(config, tmp_path / f"{verdict.value}.zip", capsys)

    # Mended at the seller's: nobody does anything here.
    serveur.repond = honnete(autorite, cle)
    with Tampon(url_tampon, "service", ZoneInfo("Europe/Paris")) as tampon:
        tampon.change_reglage("disparu", 1, "essai")  # a run that may begin fails at once, with a sentence
    avant = {run["id"] for run in client.get("/api/v1/runs").json()["elements"]}
    passe_une_heure(url_tampon)
    repris = jusqua(partial(nouveau, client, avant))
    assert repris["declencheur"] == "horaire"
    assert "« dossier.disparu » n’existe pas" in repris["erreur"]["message"].replace("\u00a0", " ")
    assert client.get("/check-license-status").json()["status"] == "valide"
    page = client.get("/license-expired", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/")


def nouveau(client: httpx2.Client, connus: set[str]) -> dict[str, Any] | None:
    """A run that is over and was not there before."""
    runs: list[dict[str, Any]] = client.get("/api/v1/runs").json()["elements"]
    return next((run for run in runs if run["id"] not in connus and run["verdict"] is not None), None)


def tout_se_lit(client: httpx2.Client, run: str) -> None:
    """Every page and every call that reads, whatever it is called: none is kept away by the licence."""
    lus = 0
    for methode, ecrit in chemins(create_app(maison_pleine().services()).routes):
        if methode != "GET":
            continue
        chemin = re.sub(r"{[^}]+}", "1", ecrit.replace("{run_id}", run))
        reponse = client.get(chemin, headers={"Accept": "application/json, text/html"})
        if chemin in MENEES:
            assert reponse.status_code in {303, 403, 422}, chemin
            continue
        lus += reponse.status_code == 200
        assert reponse.status_code not in {303, 401, 403}, (chemin, reponse.text)
    assert lus > 25
    for page in ("/historique", f"/runs/{run}", "/reglages", "/configuration", "/heures", "/license-expired"):
        reponse = client.get(page, headers={"Accept": "text/html"})
        assert (reponse.status_code, reponse.headers["content-type"]) == (200, "text/html; charset=utf-8"), page


def tout_se_demande(config: Path, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same on the command line; and what is exported for the support."""
    for mots in (*LECTURES, ("diagnostic", str(archive))):
        with pytest.raises(SystemExit) as fin:
            main([*mots, "--json", "--config", str(config)])
        dit = capsys.readouterr()
        assert fin.value.code == Code.REUSSI, (mots, dit)
        assert json.loads(dit.out)["ok"]
    with zipfile.ZipFile(archive) as ouverte:
        assert {"configuration.json", "doctor.json", "runs.json", "journal/connecteur.log"} <= set(ouverte.namelist())
