"""Commands that only need the tampon: two dossiers whose two ends answer nothing, on one real PostgreSQL."""

import json
import subprocess
import sys
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apps.connecteur.tests.pieces.licence import table_licence

from connecteur.cli import main
from connecteur.cli.codes import Code
from connecteur.domain.run import Verdict
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import ATTENTE_S, environnement

SYSTEMES = """
[{prefixe}batigest]
serveur = "127.0.0.1"
port = 9
delai_connexion_s = 1
base = "{base}"
utilisateur = "u"
mot_de_passe = "Secret-de-Batigest"
[{prefixe}batisimply]
url_api = "http://127.0.0.1:9"
url_sso = "http://127.0.0.1:9"
client_id = "c"
"""


class Commandes:
    """`connecteur`, called in this process on one settings file."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capsys = capsys

    def texte(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything said."""
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--config", str(self.config)])
        dit = self._capsys.readouterr()
        assert isinstance(fin.value.code, int)
        return fin.value.code, (dit.out + dit.err).replace("\u00a0", " ").replace("\u202f", " ")

    def json(self, *arguments: str) -> dict[str, Any]:
        """The object answered."""
        with pytest.raises(SystemExit):
            main([*arguments, "--json", "--config", str(self.config)])
        objet: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return objet


@pytest.fixture
def url(postgres_du_banc: PostgresEmbarque, tmp_path: Path) -> str:
    return postgres_du_banc.create_base(f"cli_{tmp_path.name.lower()[-40:].replace('-', '_')}")


@pytest.fixture
def commandes(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commandes:
    fichier = tmp_path / "c.toml"
    fichier.write_text(
        f'donnees = "{tmp_path}/donnees"\n[tampon]\nurl = "{url}"\n'
        + SYSTEMES.format(prefixe="", base="NORD")
        + '[dossier]\ncode = "nord"\nfenetre_jours = 90\n'
        + SYSTEMES.format(prefixe="dossiers.sud.", base="SUD")
        + table_licence(tmp_path / "donnees"),
        encoding="utf-8",
    )
    return Commandes(fichier, capsys)


def test_a_setting_is_shown_changed_and_taken_back(commandes: Commandes) -> None:
    nord = ("--dossier", "nord")
    assert commandes.json("reglages", "change", "fenetre_jours", "120", *nord) == {
        "ok": True, "cle": "fenetre_jours", "valeur": 120,
    }  # fmt: skip
    vus = {un["cle"]: un for un in commandes.json("reglages", "montre", *nord)["reglages"]}
    vu = vus["fenetre_jours"]
    assert (vu["valeur"], vu["fichier"], vu["change"]) == (120, 90, True)
    assert vu["modifie_par"].startswith("ligne de commande")
    assert not vus["tranche_jours"]["change"]
    ailleurs = {un["cle"]: un for un in commandes.json("reglages", "montre", "--dossier", "sud")["reglages"]}
    assert ailleurs["fenetre_jours"]["valeur"] == 180
    code, texte = commandes.texte("reglages", "montre", *nord)
    assert code == Code.REUSSI
    assert "par ligne de commande" in texte
    assert "Secret-de-Batigest" not in texte
    assert commandes.texte("reglages", "retire", "fenetre_jours", *nord)[0] == Code.REUSSI
    code, texte = commandes.texte("reglages", "retire", "fenetre_jours", *nord)
    assert (code, "n’avait pas été changé" in texte) == (Code.USAGE, True)


def test_a_value_that_does_not_suit_is_refused_with_its_name(commandes: Commandes) -> None:
    code, texte = commandes.texte("reglages", "change", "fenetre_jours", "0", "--dossier", "sud")
    assert code == Code.USAGE
    assert "« dossier.fenetre_jours » doit être au moins 1" in texte


def test_with_several_dossiers_a_command_asks_which(commandes: Commandes) -> None:
    code, texte = commandes.texte("reglages", "montre")
    assert code == Code.USAGE
    assert "nord, sud" in texte
    assert "--dossier" in texte


def test_each_dossier_is_synchronised_and_reported_apart_with_a_journal_of_its_own(
    commandes: Commandes, tmp_path: Path
) -> None:
    corps = commandes.json("sync", "push-chantiers", "--dossier", "tous")
    assert (corps["ok"], corps["verdict"], set(corps["dossiers"])) == (False, "échec", {"nord", "sud"})
    runs = {code: un["runs"][0]["run"] for code, un in corps["dossiers"].items()}
    journaux = {code: (tmp_path / "donnees" / "journal" / f"dossier-{code}.log").read_text() for code in runs}
    for code, run in runs.items():
        autre = "sud" if code == "nord" else "nord"
        assert run in journaux[code]
        assert run not in journaux[autre]
    commun = (tmp_path / "donnees" / "journal" / "connecteur.log").read_text()
    assert all(run in commun for run in runs.values())


def test_a_dossier_that_is_badly_set_does_not_keep_the_other_from_its_run(commandes: Commandes, tmp_path: Path) -> None:
    fichier = tmp_path / "c.toml"
    fichier.write_text(fichier.read_text() + "[dossiers.sud.dossier]\nfenetre_jours = 0\n", encoding="utf-8")
    corps = commandes.json("sync", "push-chantiers", "--dossier", "tous")
    assert corps["runs"][0]["erreur"]["message"] == "L’utilisateur ou le mot de passe de BatiSimply manque."
    code, texte = commandes.texte("doctor")
    assert code == Code.ECHEC
    assert "sud : réglages" in texte
    assert "« dossiers.sud.dossier.fenetre_jours » doit être au moins 1" in texte


def test_a_schedule_is_set_shown_paused_and_resumed(commandes: Commandes) -> None:
    nord = ("--dossier", "nord")
    montres = commandes.json("horaires", "montre", "--dossier", "tous")["dossiers"]
    assert {un["cadence"] for code in ("nord", "sud") for un in montres[code]["horaires"]} == {"à la demande"}
    code, texte = commandes.texte("horaires", "change", "heures", "--minutes", "15", "--plage", "06:00-20:00", *nord)
    assert code == Code.REUSSI
    assert "toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00" in texte
    assert "sync heures --apercu" in texte
    pause = commandes.json("horaires", "pause", "heures", *nord)
    assert (pause["en_pause"], pause["prochaine"]) == (True, None)
    reprise = commandes.json("horaires", "reprend", "heures", *nord)
    assert (reprise["en_pause"], reprise["prochaine"] is None) == (False, False)
    code, texte = commandes.texte("horaires", "montre", *nord)
    assert "Aucun « connecteur serve » ne fonctionne" in texte


@pytest.mark.parametrize(
    ("options", "mot"),
    [
        (("--minutes", "0"), "1 à 1440"),
        (("--minutes", "5", "--temps-reel", "30"), "une seule"),
        ((), "une seule"),
        (("--a", "25:00"), "25:00"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(commandes: Commandes, options: tuple[str, ...], mot: str) -> None:
    code, texte = commandes.texte("horaires", "change", "heures", *options, "--dossier", "nord")
    assert code == Code.USAGE
    assert mot in texte


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_the_service_follows_a_schedule_given_while_it_runs_and_backs_off_after_a_failure(
    commandes: Commandes, url: str
) -> None:
    nord = ("--dossier", "nord")
    with commandes.config.open("a", encoding="utf-8") as fichier:
        fichier.write('[dossiers.sud.alertes]\nurls = ["nulle part"]\n')
    with Tampon(url, "nord", ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
        tampon.change_reglage("disparu", 1, "essai")  # every run of this dossier fails at once, with a sentence
    with subprocess.Popen(
        [sys.executable, "-m", "connecteur", "serve", "--json", "--config", str(commandes.config)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environnement(),
    ) as service:  # fmt: skip
        try:
            assert service.stdout is not None
            pret = json.loads(service.stdout.readline())
            for servi in ("nord", "sud"):
                with urllib.request.urlopen(f"{pret['adresse']}/?dossier={servi}", timeout=ATTENTE_S) as page:
                    assert page.status == 200
            commandes.json("horaires", "change", "heures", "--temps-reel", "15", *nord)
            horloge = threading.Event()
            while not (etat := commandes.json("horaires", "montre", *nord)["horaires"][1])["echecs"]:
                assert service.poll() is None
                horloge.wait(0.1)
            attente = datetime.fromisoformat(etat["prochaine"]) - datetime.now(UTC)
            assert timedelta(seconds=30) < attente <= timedelta(seconds=60)
            _, texte = commandes.texte("horaires", "montre", *nord)
            assert "prochain essai" in texte
            assert "Aucun « connecteur serve »" not in texte
            assert commandes.json("horaires", "montre", "--dossier", "sud")["horaires"][1]["prochaine"] is None
            with Tampon(url, "nord", ZoneInfo("Europe/Paris")) as tampon:
                (run,) = tampon.runs.liste()
            assert (run.declencheur, run.verdict) == ("horaire", Verdict.ECHEC)
        finally:
            service.terminate()
            _, erreurs = service.communicate(timeout=ATTENTE_S)
    assert service.returncode == Code.REUSSI
    assert "alertes du dossier « sud » ne partiront pas" in erreurs, "and nothing else was kept from working"
    assert "Traceback" not in erreurs


def test_doctor_looks_with_the_settings_of_the_next_run(commandes: Commandes, url: str) -> None:
    with Tampon(url, "nord", ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
        tampon.change_reglage("disparu", 1, "essai")
    maillons = {m["systeme"]: m for m in commandes.json("doctor")["maillons"]}
    assert "« dossier.disparu » n’existe pas" in maillons["nord : Batigest"]["message"].replace("\u00a0", " ")
    assert "reglages retire" in maillons["nord : Batigest"]["remede"]
    assert "disparu" not in maillons["sud : Batigest"]["message"]
    assert maillons["sud : Alertes"]["etat"] == "ignoré"
