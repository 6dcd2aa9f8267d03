"""The programs as they are run: the command line, `python -m`, uvicorn, several processes on one database."""

import base64
import csv
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import httpx2
import psutil
import psycopg
import pytest

from licence_manager.cli import main
from licence_manager.settings import PREFIXE, Reglages
from sages_commun.licence import lit_cle, lit_cles_publiques
from sages_commun.postgres_embarque import PostgresEmbarque
from sages_commun.systeme import port_libre

from .conftest import SECRET

OPTIONS = ["--no-proxy-headers", "--no-server-header", "--no-access-log"]
"""Those of docs/licences.md: the application knows whom to believe, and addresses may hold a licence key."""
Lance = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def environnement(monkeypatch: pytest.MonkeyPatch, url: str, tmp_path: Path) -> dict[str, str]:
    """The variables of an operator, and a folder without a `.env`."""
    for nom in Reglages.model_fields:
        monkeypatch.delenv(PREFIXE + nom.upper(), raising=False)
    variables = {f"{PREFIXE}BASE": url, f"{PREFIXE}SECRET": SECRET}
    for nom, valeur in variables.items():
        monkeypatch.setenv(nom, valeur)
    monkeypatch.chdir(tmp_path)
    return variables


@pytest.fixture
def lance(environnement: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Lance:
    """Run a command with `--json`; its exit code and what it answered."""

    def execute(*arguments: str) -> tuple[int, dict[str, Any]]:
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--json"])
        sortie = capsys.readouterr()
        assert "Traceback" not in sortie.err
        return int(fin.value.code or 0), dict(json.loads(sortie.out)) if sortie.out else {"err": sortie.err}

    assert execute("migrate")[0] == 0
    return execute


def test_a_licence_lives_through_the_command_line(lance: Lance, tmp_path: Path) -> None:
    code, cree = lance("create", "C. Lefèvre", "--entreprise", "Menuiserie", "--duree", "1 mois", "--machines", "2")
    assert code == 0
    cle, numero = cree["licence"]["cle"], cree["licence"]["numero"]
    assert lit_cle(cle) == cle
    code, liste = lance("list", "menuiserie lefevre", "--filtre", "actives")
    assert (code, [ligne["numero"] for ligne in liste["licences"]]) == (0, [numero])
    code, prolongee = lance("extend", str(numero), cle.lower(), "--duree", "1 an")
    assert code == 0
    assert len(prolongee["licences"]) == 1
    assert prolongee["licences"][0]["expire"] > cree["licence"]["expire"]
    fichier = tmp_path / "licences.csv"
    fichier.write_text("ancien")
    assert lance("export", str(fichier), "--avec-cles")[0] == 0
    lignes = list(csv.DictReader(fichier.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert cle in {ligne["cle"] for ligne in lignes}
    if sys.platform != "win32":
        assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    nouveau = tmp_path / "a-creer.csv"
    nouveau.write_text("client;duree\nMartin;6 mois\n", encoding="utf-8")
    code, importees = lance("import", str(nouveau))
    assert (code, len(importees["licences"])) == (0, 1)


def test_an_export_that_fails_on_the_way_leaves_no_file_with_keys_behind(
    lance: Lance, tmp_path: Path, url: str
) -> None:
    lance("create", "Gardée", "--duree", "1 an")
    fichier = tmp_path / "licences.csv"
    fichier.write_text("ancien")
    with psycopg.connect(url, autocommit=True) as connexion:
        lue = connexion.execute("SELECT cle_chiffree FROM licence_manager.licences ORDER BY id LIMIT 1").fetchone()
        assert lue is not None
        (vraie,) = lue
        plus_ancienne = "id = (SELECT min(id) FROM licence_manager.licences)"
        abime = f"UPDATE licence_manager.licences SET cle_chiffree = %s WHERE {plus_ancienne}".encode()
        connexion.execute(abime, (b"illisible",))
        with pytest.raises(SystemExit) as fin:
            main(["export", str(fichier), "--avec-cles"])
        connexion.execute(abime, (vraie,))
    assert fin.value.code == 1
    assert fichier.read_text() == "ancien"
    assert [autre.name for autre in tmp_path.iterdir()] == ["licences.csv"]


def test_the_signing_key_is_turned_and_connectors_are_told_what_to_carry(lance: Lance) -> None:
    avant = lance("public-keys")[1]["cles"]
    code, refus = lance("rotate-key")  # typed twice, it would cut off every connector in the field
    assert (code, refus["ok"]) == (2, False)
    assert "Rien n’a été changé" in refus["erreur"]["message"]
    assert lance("public-keys")[1]["cles"] == avant
    apres = lance("rotate-key", "--urgence")[1]["cles"]
    assert [cle["etat"] for cle in avant] == [cle["etat"] for cle in apres] == ["actuelle", "suivante"]
    assert apres[0]["kid"] == avant[1]["kid"]
    assert set(lit_cles_publiques(cle["publique"] for cle in apres)) == {cle["kid"] for cle in apres}


@pytest.mark.parametrize(
    ("arguments", "code", "phrase"),
    [
        (["create", "X"], 2, "--duree ou --expire"),
        (["create", "X", "--duree", "un peu"], 2, "6 mois"),
        (["create", "X", "--expire", "31/13/2026"], 2, "31/12/2026"),
        (["create", "X", "--duree", "99999 ans"], 2, "2199"),
        (["create", " ", "--duree", "1 an"], 2, "nom du client"),
        (["extend", "999999", "--duree", "1 an"], 1, "n’existe pas"),
        (["extend", "AAAA-AAAA-AAAA-AAAA", "--duree", "1 an"], 2, "frappe"),
        (["import", "absent.csv"], 2, "ne peut pas être lu"),
        (["export", "dossier-absent/x.csv"], 2, "ne peut pas être écrit"),
        (["reminders"], 2, "Aucune adresse"),
    ],
)
def test_a_refused_command_says_why_and_ends_with_its_code(
    lance: Lance, arguments: list[str], code: int, phrase: str
) -> None:
    rendu, reponse = lance(*arguments)
    assert rendu == code
    assert phrase in reponse["erreur"]["message"]


def test_a_command_badly_written_is_said_so_in_french(lance: Lance) -> None:
    for arguments in (["inconnue"], ["create"], ["list", "--filtre", "rien"], ["list", "--nombre", "0"]):
        code, reponse = lance(*arguments)
        assert code == 2
        assert "La commande est mal écrite." in reponse["err"]


def test_a_wrong_variable_is_named_at_start(lance: Lance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}DEBIT_CLE", "beaucoup")
    code, reponse = lance("serve")
    assert code == 2
    assert f"{PREFIXE}DEBIT_CLE" in reponse["erreur"]["message"]


def test_uvicorn_names_a_wrong_variable_too(environnement: dict[str, str]) -> None:
    fautive = environnement | {f"{PREFIXE}BAIL_JOURS": "longtemps-canari"}
    with programme(["-m", "uvicorn", "licence_manager.main:app", "--port", "0"], fautive) as processus:
        _, erreurs = processus.communicate(timeout=60)
    assert processus.returncode != 0
    assert f"« {PREFIXE}BAIL_JOURS » est refusé (un nombre entier est attendu)" in erreurs
    assert "canari" not in erreurs


@contextmanager
def programme(arguments: list[str], variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A real process, stopped at the end as a service manager does."""
    env = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(PREFIXE)} | variables
    processus = subprocess.Popen(
        [sys.executable, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield processus
    finally:
        if processus.poll() is None:
            processus.send_signal(signal.SIGTERM)
        processus.communicate(timeout=30)


def attend(flux: IO[str] | None, mot: str) -> None:
    """Until the program says this word."""
    assert flux is not None
    dit = []
    for ligne in flux:
        dit.append(ligne)
        if mot in ligne:
            return
    raise AssertionError("".join(dit))


def test_two_processes_of_two_kinds_serve_one_database_and_pass_no_limit(
    lance: Lance, environnement: dict[str, str]
) -> None:
    cle = lance("create", "Partagée", "--duree", "1 an", "--utilisations", "100")[1]["licence"]["cle"]
    ports = [port_libre(), port_libre()]
    commandes = [
        (["-m", "licence_manager"], {f"{PREFIXE}PORT": str(ports[0])}),
        (["-m", "uvicorn", "licence_manager.main:app", *OPTIONS, "--port", str(ports[1])], {}),
    ]
    larges = {f"{PREFIXE}DEBIT_CLE": "100000", f"{PREFIXE}DEBIT_ADRESSE": "100000"}
    adresses = [f"http://127.0.0.1:{port}" for port in ports]
    with ExitStack() as pile:
        lances = [pile.enter_context(programme(c, environnement | larges | v)) for c, v in commandes]
        attend(lances[0].stdout, "est prêt")
        attend(lances[1].stderr, "running on")
        client = pile.enter_context(httpx2.Client(timeout=30))

        def consomme(rang: int) -> str:
            demande = {"license_key": cle, "consume": True, "machine_id": f"poste-{rang % 5}"}
            return str(client.post(f"{adresses[rang % 2]}/api/validate", json=demande).json()["code"])

        with ThreadPoolExecutor(20) as fils:
            verdicts = Counter(fils.map(consomme, range(200)))
    assert verdicts == {"valid": 100, "usage_limit": 100}
    assert lance("list", cle)[1]["licences"][0]["utilisations"] == 100


def test_uvicorn_believes_the_proxies_of_the_settings_and_no_other(lance: Lance, environnement: dict[str, str]) -> None:
    variables = environnement | {f"{PREFIXE}DEBIT_ADRESSE": "1", f"{PREFIXE}DEBIT_CLE": "1000"}
    for mandataires, attendus in (("127.0.0.1", [200, 200]), ("192.0.2.1", [200, 429])):
        port = port_libre()
        avec = variables | {f"{PREFIXE}MANDATAIRES": mandataires}
        commande = ["-m", "uvicorn", "licence_manager.main:app", *OPTIONS, "--port", str(port)]
        with programme(commande, avec) as processus, httpx2.Client(timeout=30) as client:
            attend(processus.stderr, "running on")
            statuts = [
                client.post(
                    f"http://127.0.0.1:{port}/api/validate",
                    json={"license_key": "x"},
                    headers={"X-Forwarded-For": f"198.51.100.{rang}{mandataires[-1]}"},
                ).status_code
                for rang in range(2)
            ]
        assert statuts == attendus


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_a_trial_starts_from_nothing_and_leaves_nothing_running(tmp_path: Path) -> None:
    dossier = Path(tempfile.mkdtemp(prefix="essai-licences-", dir="/tmp"))
    dossier.chmod(0o755)
    try:
        with programme(
            ["-m", "licence_manager", "serve", "--json"], {f"{PREFIXE}DONNEES": str(dossier), f"{PREFIXE}PORT": "0"}
        ) as processus:
            assert processus.stdout is not None
            adresse = json.loads(processus.stdout.readline())["adresse"]
            assert httpx2.get(f"{adresse}/health").status_code == 200
            serveurs = [p for p in psutil.Process(processus.pid).children(recursive=True) if "postgres" in p.name()]
            orphelins = [
                p for p in psutil.process_iter(["name", "cmdline"]) if str(dossier) in " ".join(p.info["cmdline"] or [])
            ]
            assert serveurs or orphelins
        assert processus.returncode == 0
        restes = [p for p in psutil.process_iter(["cmdline"]) if str(dossier) in " ".join(p.info["cmdline"] or [])]
        assert restes == []
        secret = dossier / "secret"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert len(base64.b64decode(secret.read_text())) == 32
    finally:
        PostgresEmbarque(dossier / "postgresql").stop_even_if_attached()
        import shutil

        shutil.rmtree(dossier)
