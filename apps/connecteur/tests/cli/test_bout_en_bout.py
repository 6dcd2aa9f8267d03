"""The command line as a firm runs it: real processes, real drivers, the bench at both ends."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import mssql_python
import pytest

from banc.batisimply import Genre, Panne
from connecteur.cli.codes import Code

from .conftest import ATTENTE_S, COMPTE, MOT_DE_PASSE, Banc, appelle, environnement, serveurs_de

pytestmark = pytest.mark.xdist_group("cli")
sans_signaux = pytest.mark.skipif(sys.platform == "win32", reason="no signal can be sent to another process there")


def lignes_suivi(banc: Banc) -> Counter[tuple[Any, ...]]:
    texte = (
        f"Server=127.0.0.1,{banc.batigest.port};Database=BTG_DOS_DEMO;UID=connecteur;PWD={MOT_DE_PASSE};"
        "Encrypt=yes;TrustServerCertificate=yes"
    )
    with closing(mssql_python.connect(texte)) as connexion, closing(connexion.cursor()) as curseur:
        curseur.execute("SELECT CodeChantier, CodeSalarie, Date, NbH0, NbH3, NbH4 FROM dbo.SuiviMO")
        return Counter(tuple(ligne) for ligne in curseur.fetchall())


def sans_serveur(donnees: Path) -> bool:
    return serveurs_de(donnees) == []


def test_a_firm_s_first_day(banc: Banc, config: Path, donnees: Path) -> None:
    """Preview, synchronise, check, do it again, change something, check again."""
    c = ("--config", str(config), "--json")
    avant, projets = lignes_suivi(banc), banc.batisimply.depot.count_projets()

    apercu = appelle("sync", "tout", "--apercu", *c)
    assert apercu.code == Code.REUSSI, apercu.erreurs
    chantiers, heures = apercu.json["apercus"]
    assert lignes_suivi(banc) == avant
    assert banc.batisimply.depot.count_projets() == projets

    premier = appelle("sync", "tout", *c)
    assert premier.code == Code.REUSSI, premier.erreurs
    assert premier.erreurs == ""
    corps = premier.json
    assert (corps["ok"], corps["verdict"]) == (True, "partiel")
    bilans = {bilan["fleche"]: bilan for run in corps["runs"] for bilan in run["bilans"]}
    assert bilans["push_chantiers"]["ecritures"] == len(chantiers["creer"]) + len(chantiers["modifier"]) > 0
    assert bilans["push_heures"]["ecritures"] == heures["comptes"]["insérer"] > 0
    assert {rejet["motif"] for rejet in corps["rejets"]} >= {"salarie_inconnu", "sans_projet", "chantier_inconnu"}
    assert all(rejet["remede"] for rejet in corps["rejets"])
    assert {conflit["objet"] for conflit in corps["conflits"]} == {"ligne", "chantier"}
    assert {conflit["nature"] for conflit in corps["conflits"]} == {"conflit"}
    apres = lignes_suivi(banc)
    assert not avant - apres  # nobody else's line was touched
    assert (apres - avant).total() == bilans["push_heures"]["ecritures"]

    compte = appelle("verifier", *c)
    assert compte.code == Code.REUSSI, compte.sortie
    assert compte.json["tient"] is True
    assert sum(somme["lignes"] for somme in compte.json["sommes"]) > 1000

    second = appelle("sync", "tout", *c)
    assert second.code == Code.REUSSI, second.erreurs
    assert sum(bilan["ecritures"] for run in second.json["runs"] for bilan in run["bilans"]) == 0
    assert lignes_suivi(banc) == apres

    depot = banc.batisimply.depot
    valides = [creneau for creneau in depot.list_creneaux("2000", "2100") if creneau["statut"] == "VALIDATED"]
    for creneau in valides[-500:]:
        depot.set_statut(creneau["id"], "REFUSED")
    lu = appelle("sync", "pull-heures", *c)
    assert lu.code == Code.REUSSI, lu.erreurs
    faux = appelle("verifier", "--config", str(config))
    assert faux.code == Code.ECHEC
    assert "Les comptes ne sont pas justes" in faux.sortie
    assert sans_serveur(donnees)
    journal = (donnees / "journal" / "connecteur.log").read_text(encoding="utf-8")
    assert all(json.loads(ligne) for ligne in journal.splitlines())
    assert not [secret for secret in (MOT_DE_PASSE, COMPTE.mot_de_passe, COMPTE.client_secret) if secret in journal]


@contextlib.contextmanager
def programme(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "connecteur", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environnement(),
    ) as processus:
        try:
            yield processus
        finally:
            processus.kill()


@sans_signaux
def test_the_service_and_the_command_line_share_one_dossier(banc: Banc, config: Path, donnees: Path) -> None:
    with programme("serve", "--config", str(config), "--json") as service:
        assert service.stdout is not None
        pret = json.loads(service.stdout.readline())
        with urllib.request.urlopen(pret["adresse"], timeout=ATTENTE_S) as page:
            assert page.status == 200
        serveur = serveurs_de(donnees)
        assert len(serveur) == 1
        a_cote = appelle("sync", "chantiers", "--config", str(config), "--json")
        assert a_cote.code == Code.REUSSI, a_cote.erreurs
        assert a_cote.json["runs"][0]["bilans"][1]["ecritures"] > 0
        assert serveurs_de(donnees) == serveur, "the command line stopped the service's server"
        run = a_cote.json["runs"][0]["run"]
        with urllib.request.urlopen(f"{pret['adresse']}/runs/{run}", timeout=ATTENTE_S) as page:
            assert "ligne de commande" in page.read().decode()
        service.send_signal(signal.SIGTERM)
        sortie, erreurs = service.communicate(timeout=ATTENTE_S)
        assert (service.returncode, sortie, erreurs) == (Code.REUSSI, "", "")
    assert sans_serveur(donnees)


@sans_signaux
def test_ctrl_c_stops_the_run_cleanly(banc: Banc, config: Path, donnees: Path) -> None:
    banc.batisimply.pannes.ajoute(Panne(genre=Genre.LATENCE, chemin="/api/timeSlotManagement/*", duree_ms=1000))
    with programme("sync", "heures", "--config", str(config), "--json") as processus:
        horloge = threading.Event()
        while not banc.batisimply.appels.total("GET /api/timeSlotManagement/allUsers"):
            assert processus.poll() is None
            horloge.wait(0.05)
        os.kill(processus.pid, signal.SIGINT)
        sortie, erreurs = processus.communicate(timeout=ATTENTE_S)
    assert processus.returncode == Code.INTERROMPU
    assert json.loads(sortie)["ok"] is False
    assert "Traceback" not in erreurs
    assert sans_serveur(donnees)
    banc.batisimply.pannes.vide()
    reprise = appelle("sync", "heures", "--config", str(config), "--json")
    assert reprise.code == Code.REUSSI
    assert reprise.json["verdict"] == "partiel"


def test_doctor_names_the_broken_link_and_spares_the_rest(banc: Banc, donnees: Path, tmp_path: Path) -> None:
    fichier = tmp_path / "casse.toml"
    fichier.write_text(
        banc.configuration(
            donnees, batigest__mot_de_passe='"Faux-Mot-De-Passe"', batisimply__client_secret='"faux-secret"'
        ),
        encoding="utf-8",
    )
    resultat = appelle("doctor", "--config", str(fichier), "--json", "--detail")
    assert resultat.code == Code.ECHEC
    etats = {(m["systeme"], m["nom"]): m for m in resultat.json["maillons"]}
    casses = [m for m in etats.values() if m["etat"] == "échec"]
    assert {m["systeme"] for m in casses} == {"Batigest", "BatiSimply"}
    assert all(m["remede"] for m in casses)
    assert etats["Batigest", "Compte SQL Server"]["etat"] == "échec"
    assert etats["Batigest", "Droits sur les tables"]["etat"] == "ignoré"
    assert {m["etat"] for m in etats.values() if m["systeme"] == "Tampon"} == {"ok"}
    assert "Faux-Mot-De-Passe" not in resultat.sortie
    assert "faux-secret" not in resultat.sortie


def test_a_run_that_fails_says_why_and_exits_with_one(banc: Banc, donnees: Path, tmp_path: Path) -> None:
    fichier = tmp_path / "casse.toml"
    fichier.write_text(banc.configuration(donnees, batigest__mot_de_passe='"Faux-Mot-De-Passe"'), encoding="utf-8")
    resultat = appelle("sync", "tout", "--config", str(fichier))
    assert resultat.code == Code.ECHEC
    assert "échec" in resultat.sortie
    assert "mot de passe" in resultat.sortie
    assert "Traceback" not in resultat.sortie + resultat.erreurs
    assert "Faux-Mot-De-Passe" not in resultat.sortie + resultat.erreurs
    assert sans_serveur(donnees)
