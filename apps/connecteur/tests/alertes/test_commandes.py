"""Alerts from the command line, and what `doctor` says of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from apps.connecteur.tests.pieces.licence import table_licence

from connecteur.bootstrap.alertes import controles_alertes
from connecteur.cli import main
from connecteur.domain.controle import EtatControle
from connecteur.settings import charge
from connecteur.tampon.tampon import Tampon

from .conftest import PARIS, Boite, texte

REGLAGES = """
donnees = "{donnees}"
[tampon]
url = "{tampon}"
[batigest]
serveur = "127.0.0.1"
port = 9
base = "BTG_NORD"
utilisateur = "u"
mot_de_passe = "x"
[batisimply]
url_api = "http://127.0.0.1:9"
url_sso = "http://127.0.0.1:9"
client_id = "c"
[dossier]
code = "{code}"
[alertes]
urls = [{urls}]
{licence}"""


class Commandes:
    """`connecteur`, called in this process."""

    def __init__(self, fichier: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.fichier = fichier
        self.code = f"alertes-{fichier.parent.name[-20:].replace('_', '-')}"
        self._url = url
        self._capsys = capsys
        self._donnees = fichier.parent / "donnees"
        self._licence = table_licence(self._donnees)

    def regle(self, *urls: str) -> None:
        self.fichier.write_text(
            REGLAGES.format(
                donnees=self._donnees, licence=self._licence, tampon=self._url, code=self.code,
                urls=", ".join(json.dumps(url) for url in urls),
            ),
            encoding="utf-8",
        )  # fmt: skip

    def __call__(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--json", "--config", str(self.fichier)])
        assert isinstance(fin.value.code, int)
        corps: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return fin.value.code, corps


@pytest.fixture
def commandes(url_tampon: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commandes:
    return Commandes(tmp_path / "c.toml", url_tampon, capsys)


def test_a_trial_goes_to_each_address_at_once_and_says_which_refused(commandes: Commandes, boite: Boite) -> None:
    perdue = "mailto://robot:motdepasse@127.0.0.1:1?from=a@b.fr&to=perdu@exemple.fr&mode=insecure"
    commandes.regle(boite.url().get_secret_value(), perdue)
    code, corps = commandes("alertes", "essai")
    assert code == 1
    assert {un["adresse"]: un["ok"] for un in corps["adresses"]} == {
        "claire@exemple.fr": True, "perdu@exemple.fr": False,
    }  # fmt: skip
    assert "motdepasse" not in json.dumps(corps)
    (recu,) = boite.recus
    assert str(recu["subject"]) == "[Connecteur SAGES] BTG_NORD : essai des alertes"
    commandes.regle(boite.url().get_secret_value())
    assert commandes("alertes", "essai")[0] == 0


def test_without_an_address_the_trial_says_which_setting(commandes: Commandes) -> None:
    commandes.regle()
    code, corps = commandes("alertes", "essai")
    assert code == 2
    assert "alertes.urls" in corps["erreur"]["remede"]


def test_a_command_that_runs_alone_tells_its_failure_and_no_secret_is_written_anywhere(
    commandes: Commandes, boite: Boite, url_tampon: str
) -> None:
    adresse = boite.url().get_secret_value()
    commandes.regle(adresse)
    with Tampon(url_tampon, commandes.code, PARIS) as tampon:
        tampon.change_reglage("disparu", 3, "essai")
        assert commandes("sync", "heures")[0] == 1
        assert commandes("sync", "heures")[0] == 1
        (recu,) = boite.recus
        assert str(recu["subject"]) == "[Connecteur SAGES] BTG_NORD : la synchronisation des heures a échoué"
        assert "« dossier.disparu » n’existe pas" in texte(recu).replace("\u00a0", " ")
        code, corps = commandes("alertes", "montre")
        assert code == 0
        (message,) = corps["messages"]
        assert (message["genre"], message["envoye_le"] is None) == ("échec", False)
    ecrit = (commandes.fichier.parent / "donnees" / "journal" / "connecteur.log").read_text(encoding="utf-8")
    assert adresse not in ecrit


def test_doctor_says_where_alerts_go_and_what_keeps_them(commandes: Commandes, boite: Boite, url_tampon: str) -> None:
    def etat() -> tuple[EtatControle, str]:
        (controle,) = controles_alertes(charge(commandes.fichier))
        return controle.etat, controle.message + controle.detail

    commandes.regle()
    assert etat()[0] is EtatControle.IGNORE
    commandes.regle("nulle part")
    assert etat()[0] is EtatControle.ECHEC
    commandes.regle(boite.url().get_secret_value())
    assert etat() == (EtatControle.OK, "Les alertes vont à : claire@exemple.fr.")
    boite.refuse = "554 Plus de place"
    with Tampon(url_tampon, commandes.code, PARIS) as tampon:
        tampon.change_reglage("disparu", 3, "essai")
    assert commandes("sync", "heures")[0] == 1
    vu, message = etat()
    assert vu is EtatControle.ALERTE
    assert "n’ont pas pu être envoyés" in message
