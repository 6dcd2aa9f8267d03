"""The demonstration from end to end: both directions, then nothing to do, then killed and begun again."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import sql

from banc.demo.depart import port_libre
from banc.demo.dossier import DossierDemo
from banc.demo.processus import MARQUEUR
from sages_commun.postgres_embarque import PostgresEmbarque

pytestmark = pytest.mark.timeout(600)

DELAI_S = 300
Corps = dict[str, Any]


@pytest.fixture(scope="module")
def dossier() -> Iterator[Path]:
    """A data folder that PostgreSQL may enter when the tests run as root."""
    racine = Path(tempfile.mkdtemp(prefix="sages-demo-"))
    racine.chmod(0o755)
    yield racine / "demo"
    for processus in encore_la(racine / "demo"):
        processus.kill()
    shutil.rmtree(racine)


@pytest.fixture(scope="module")
def premiere(dossier: Path) -> Corps:
    """What the very first demonstration answers."""
    return une_fois(dossier)


def commande(dossier: Path, *options: str) -> list[str]:
    port = str(port_libre(18000 + os.getpid() % 1000))
    return [sys.executable, "-m", "banc.demo", "--json", "--donnees", str(dossier), "--port", port, *options]


def une_fois(dossier: Path) -> Corps:
    """Run one to its end; exactly one line of JSON, status 0."""
    resultat = subprocess.run(
        commande(dossier, "--une-fois", "--taille", "petit"),
        capture_output=True,
        text=True,
        timeout=DELAI_S,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    lignes = resultat.stdout.splitlines()
    assert len(lignes) == 1
    corps: Corps = json.loads(lignes[0])
    return corps


def encore_la(dossier: Path) -> list[psutil.Process]:
    """Every process that was started for this folder, or keeps its data in it."""
    restes = []
    for processus in psutil.process_iter():
        try:
            if processus.environ().get(MARQUEUR) == str(dossier) or str(dossier) in " ".join(processus.cmdline()):
                restes.append(processus)
        except psutil.Error:
            continue
    return restes


def attend(condition: Callable[[], bool]) -> None:
    """Wait until it is true."""
    limite = time.monotonic() + DELAI_S
    while not condition():
        assert time.monotonic() < limite, "never happened"
        time.sleep(0.05)


def photographie(dossier: Path) -> tuple[list[Any], list[Any]]:
    """Both far ends, down to the row versions: a write leaves its trace even when it changes nothing."""
    with PostgresEmbarque(dossier / "banc-postgresql") as serveur, psycopg.connect(serveur.url("batigest")) as base:
        tables = base.execute("SELECT schemaname, relname FROM pg_stat_user_tables WHERE relname ILIKE 'suivimo'")
        schema, table = tables.fetchall()[0]
        lignes = base.execute(
            sql.SQL("SELECT ctid::text, xmin::text FROM {} ORDER BY 1").format(sql.Identifier(schema, table))
        ).fetchall()
    with closing(sqlite3.connect(dossier / "batisimply.sqlite")) as locataire:
        projets = locataire.execute("SELECT id, modifie_le, corps FROM projets ORDER BY id").fetchall()
    return lignes, projets


def test_the_first_demonstration_does_both_directions_and_everything_adds_up(dossier: Path, premiere: Corps) -> None:
    assert (premiere["pret"], premiere["code"]) == (True, 0)
    assert set(premiere["sens"]) == {"chantiers", "heures"}
    assert premiere["banc"]["chantiers"] == 40
    assert premiere["sens"]["chantiers"]["fleches"]["push_chantiers"]["créés"] > 10
    assert premiere["ecritures"]["batigest"] > 1000
    assert premiere["invariant"]["tient"] is True
    assert premiere["invariant"]["heures_presentes"] == premiere["invariant"]["heures_attendues"] > 1000
    assert premiere["rejets"]["salarie_inconnu"] > 0
    assert premiere["donnees"] == str(dossier)
    assert encore_la(dossier) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_what_holds_passwords_is_private_and_the_way_to_it_is_untouched(dossier: Path, premiere: Corps) -> None:
    for nom in ("connecteur.toml", "secrets.json"):
        assert (dossier / nom).stat().st_mode & 0o077 == 0
    assert dossier.parent.stat().st_mode & 0o777 == 0o755
    mot_de_passe = json.loads((dossier / "secrets.json").read_text())["batigest"]
    fuites = [f for f in dossier.rglob("*.log") if mot_de_passe in f.read_text(encoding="utf-8", errors="replace")]
    assert fuites == []


def test_again_there_is_nothing_to_do_and_not_one_write_on_either_side(dossier: Path, premiere: Corps) -> None:
    avant = photographie(dossier)
    seconde = une_fois(dossier)
    assert seconde["ecritures"] == {"batigest": 0, "batisimply": 0}
    assert seconde["invariant"] == premiere["invariant"]
    assert seconde["rejets"] == premiere["rejets"]
    assert seconde["banc"] == premiere["banc"]
    assert photographie(dossier) == avant
    assert encore_la(dossier) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_demonstration_that_stays_answers_until_ctrl_c_then_leaves_nothing(dossier: Path, premiere: Corps) -> None:
    with subprocess.Popen(commande(dossier), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        corps = premiere_ligne(demo)
        for adresse in (corps["adresses"]["connecteur"], corps["adresses"]["batisimply"]):
            with urllib.request.urlopen(f"{adresse}/", timeout=60) as reponse:
                assert reponse.status == 200
        assert [verdict(corps, nom) for nom in ("en_vigueur", "expiree")] == [(True, "valid"), (False, "expired")]
        cree_l_administrateur(corps)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(DELAI_S) == 0
    assert encore_la(dossier) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_after_one_was_killed_the_next_takes_over_and_leaves_nothing(dossier: Path, premiere: Corps) -> None:
    with subprocess.Popen(commande(dossier), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        premiere_ligne(demo)
        demo.kill()
        demo.wait(DELAI_S)
    assert len(encore_la(dossier)) > 3
    suivante = une_fois(dossier)
    assert suivante["ecritures"] == {"batigest": 0, "batisimply": 0}
    assert suivante["invariant"]["tient"] is True
    attend(lambda: encore_la(dossier) == [])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupted_while_it_prepares_it_leaves_nothing(dossier: Path, premiere: Corps) -> None:
    with subprocess.Popen(commande(dossier), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        for ligne in demo.stderr:
            if ligne.startswith("Connecteur"):
                demo.send_signal(signal.SIGTERM)
                break
        demo.stderr.read()
        assert demo.wait(DELAI_S) == 130
    assert encore_la(dossier) == []


def test_another_demonstration_of_the_same_data_is_refused_with_a_sentence(dossier: Path, premiere: Corps) -> None:
    verrou = DossierDemo(dossier)
    with verrou.reserve():
        resultat = subprocess.run(
            commande(dossier, "--une-fois"), capture_output=True, text=True, timeout=DELAI_S, check=False
        )
    assert resultat.returncode == 1
    refus = json.loads(resultat.stdout)
    assert (refus["pret"], refus["code"], refus["donnees"]) == (False, 1, str(dossier))
    assert refus["erreur"].startswith(f"Une démonstration tourne déjà sur ces données ({dossier}).")


def cree_l_administrateur(corps: Corps) -> None:
    """The code that the demonstration shows opens its Licence Manager, once."""
    champs = {
        "code": corps["licences"]["premier_code"],
        "courriel": "claire@licences.example",
        "nom": "Claire Démonstration",
        "mot_de_passe": "un mot de passe de test",
        "encore": "un mot de passe de test",
    }
    adresse = f"{corps['adresses']['licences']}/premier-demarrage"
    with urllib.request.urlopen(adresse, urllib.parse.urlencode(champs).encode(), timeout=60) as reponse:
        assert reponse.url == f"{corps['adresses']['licences']}/connexion"
        assert reponse.status == 200
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(adresse, timeout=60)


def verdict(corps: Corps, nom: str) -> tuple[bool, str]:
    """What its Licence Manager says of one of the licences to play with."""
    demande = urllib.request.Request(
        f"{corps['adresses']['licences']}/api/validate",
        json.dumps({"license_key": corps["licences"][nom]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(demande, timeout=60) as reponse:
        dit = json.loads(reponse.read())
    return dit["valid"], dit["code"]


def premiere_ligne(demo: subprocess.Popen[str]) -> Corps:
    """The line of JSON that says that it is ready."""
    assert demo.stdout is not None
    corps: Corps = json.loads(demo.stdout.readline())
    return corps
