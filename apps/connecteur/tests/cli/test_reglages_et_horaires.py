"""Commands that only need the tampon: two dossiers whose two ends answer nothing, on one real PostgreSQL."""

import json
from pathlib import Path
from typing import Any

import pytest

from connecteur.cli import main
from connecteur.cli.codes import Code
from sages_commun.postgres_embarque import PostgresEmbarque

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
        self._config = config
        self._capsys = capsys

    def texte(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything said."""
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--config", str(self._config)])
        dit = self._capsys.readouterr()
        assert isinstance(fin.value.code, int)
        return fin.value.code, (dit.out + dit.err).replace("\u00a0", " ").replace("\u202f", " ")

    def json(self, *arguments: str) -> dict[str, Any]:
        """The object answered."""
        with pytest.raises(SystemExit):
            main([*arguments, "--json", "--config", str(self._config)])
        objet: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return objet


@pytest.fixture
def commandes(postgres_du_banc: PostgresEmbarque, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commandes:
    url = postgres_du_banc.create_base(f"cli_{tmp_path.name.lower()[-40:].replace('-', '_')}")
    fichier = tmp_path / "c.toml"
    fichier.write_text(
        f'donnees = "{tmp_path}/donnees"\n[tampon]\nurl = "{url}"\n'
        + SYSTEMES.format(prefixe="", base="NORD")
        + '[dossier]\ncode = "nord"\nfenetre_jours = 90\n'
        + SYSTEMES.format(prefixe="dossiers.sud.", base="SUD"),
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
