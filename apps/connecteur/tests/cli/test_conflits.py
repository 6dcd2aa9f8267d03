"""`connecteur conflits`: see, decide, confirm; on one real PostgreSQL, the two ends answer nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connecteur.cli import main
from connecteur.cli.codes import Code
from connecteur.domain.conflit import Cote
from connecteur.domain.fusion import Ecart
from connecteur.domain.lien import ConflitChantier
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

REGLAGES = """
donnees = "{donnees}"
[tampon]
url = "{url}"
[batigest]
serveur = "127.0.0.1"
port = 9
base = "DEMO"
utilisateur = "u"
mot_de_passe = "m"
[batisimply]
url_api = "http://127.0.0.1:9"
url_sso = "http://127.0.0.1:9"
client_id = "c"
"""
NOM = Ecart("nom", "Villa", "Villa des Pins", "Villa Martin", raison="Les deux modifications ont la même date.")
VILLE = Ecart("ville", "A", "B", "C", gagnant=Cote.BATIGEST, raison="La plus récente.")
Appelle = Callable[..., tuple[int, str]]


@pytest.fixture
def appelle(postgres_du_banc: PostgresEmbarque, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Appelle:
    """The command line, on a tampon where one conflict is open, one is settled, and a closing waits."""
    url = postgres_du_banc.create_base(f"conflits_{tmp_path.name.lower()[-40:].replace('-', '_')}")
    with Tampon(url, "principal", ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
        tampon.annonce_reglements([ConflitChantier("CH2", (VILLE,), "Mairie")], "r1")
        tampon.replace_conflits_chantiers([ConflitChantier("CH1", (NOM,), "Villa des Pins")], [], "r1")
        tampon.demande_garde_chantiers(["CH3", "CH4"], 0, "r1")
    config = tmp_path / "c.toml"
    config.write_text(REGLAGES.format(donnees=tmp_path / "donnees", url=url), encoding="utf-8")

    def appelle(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--config", str(config)])
        dit = capsys.readouterr()
        assert isinstance(fin.value.code, int)
        return fin.value.code, (dit.out + dit.err).replace("\u00a0", " ").replace("\u202f", " ")

    return appelle


def lu(appelle: Appelle, *arguments: str) -> dict[str, Any]:
    objet: dict[str, Any] = json.loads(appelle(*arguments, "--json")[1])
    return objet


def test_a_person_sees_the_values_and_decides(appelle: Appelle) -> None:
    code, texte = appelle("conflits", "liste")
    assert code == Code.REUSSI
    assert all(mot in texte for mot in ("Villa des Pins", "Villa Martin", "même date"))
    assert "CH2" not in texte
    code, texte = appelle("conflits", "decide", "ch1", "nom", "batisimply")
    assert (code, "BatiSimply sera gardée" in texte) == (Code.REUSSI, True)
    (ouvert,) = lu(appelle, "conflits", "liste")["chantiers"]
    assert (ouvert["chantier"], ouvert["champ"], ouvert["decision"], ouvert["resolu"]) == (
        "CH1",
        "nom",
        "BatiSimply",
        False,
    )
    assert ouvert["decide_par"].startswith("ligne de commande")
    assert "décidé par" in appelle("conflits", "liste")[1]


def test_what_was_settled_is_shown_on_demand_and_can_be_decided_otherwise(appelle: Appelle) -> None:
    tous = lu(appelle, "conflits", "liste", "--tous")["chantiers"]
    assert [(un["chantier"], un["gagnant"]) for un in tous] == [("CH1", None), ("CH2", "Batigest")]
    assert lu(appelle, "conflits", "decide", "CH2", "ville", "batisimply")["choix"] == "BatiSimply"
    code, texte = appelle("conflits", "decide", "CH2", "rue", "batigest")
    assert (code, "aucun conflit sur le champ « rue »" in texte) == (Code.ECHEC, True)
    assert appelle("conflits", "decide", "CH2", "ville", "personne")[0] == Code.USAGE


def test_a_closing_of_many_projects_is_shown_and_confirmed_once(appelle: Appelle) -> None:
    demande = lu(appelle, "conflits", "garde")["demande"]
    assert (demande["chantiers"], demande["restent"], demande["confirmee"]) == (["CH3", "CH4"], 0, False)
    assert "CH3, CH4" in appelle("conflits", "garde")[1]
    assert "les fermera" in appelle("conflits", "garde", "--confirmer")[1]
    assert lu(appelle, "conflits", "garde")["demande"]["confirmee"] is True
    code, texte = appelle("conflits", "garde", "--confirmer")
    assert (code, "n’attend plus de réponse" in texte) == (Code.ECHEC, True)
