"""`connecteur reprise-ancienne tampon`, as a technician runs it."""

import csv
import json
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from apps.connecteur.tests.pieces.firme import LEA, chantier, projet, salarie
from apps.connecteur.tests.pieces.machines import Machines, compte_lignes, configuration
from typer.testing import CliRunner

from banc.batisimply import Utilisateur
from connecteur.cli import app

from .ancien import TABLES


@pytest.fixture
def config(machines: Machines, source: str, tmp_path: Path) -> Path:
    """A firm whose only slot was deleted after the previous generation had written it; its site is « =CH1 »."""
    machines.remet_a_neuf()
    machines.ajoute("ChantierDef", chantier("=CH1", "Réfection"))
    machines.ajoute("Salarie", salarie("DUPONT", "Dupont", "Léa", LEA))
    machines.ajoute(
        "SuiviMO",
        {"CodeChantier": "=CH1", "CodeSalarie": "DUPONT", "Date": "2025-11-03T08:00:00", "NbH0": 7.5, "NbH3": 0,
         "NbH4": 1},
    )  # fmt: skip
    machines.batisimply.depot.charge([Utilisateur(LEA, "Léa", "Dupont", "l@exemple.fr")], [projet(1, "=CH1")], [])
    with psycopg.connect(source) as connexion:
        connexion.execute(TABLES.encode())
        connexion.execute(
            "INSERT INTO batigest_heures VALUES (12, '2025-11-03 07:00', '2025-11-03 14:30', %s, 1, 'VALIDATED', 450,"
            " true, false, '=CH1', true)",
            (LEA,),
        )
        connexion.execute("INSERT INTO batigest_heures_map VALUES (12, '=CH1', 'DUPONT', '2025-11-03 08:00')")
    machines.tampon.drop_base("secrets")
    fichier = tmp_path / "connecteur.toml"
    fichier.write_text(configuration(machines, tmp_path / "donnees"), encoding="utf-8")
    return fichier


def test_a_preview_writes_nothing_then_the_import_tells_and_lists_the_same(
    config: Path, machines: Machines, source: str, tmp_path: Path
) -> None:
    commun = ["reprise-ancienne", "tampon", "--config", str(config)]
    url = machines.tampon.url("secrets")
    lignes = "SELECT count(*) FROM sages.lignes"
    secret = urlsplit(source).password
    assert secret

    liste = tmp_path / "liste.csv"
    apercu = CliRunner().invoke(
        app, [*commun, "--apercu", "--csv", str(liste)], env={"REPRISE_ANCIENNE_SOURCE": source}
    )
    assert apercu.exit_code == 0, apercu.output
    assert "rien n’a été écrit" in apercu.output
    assert "supprimé dans BatiSimply" in apercu.output
    assert compte_lignes(url, lignes) == 0
    with liste.open(encoding="utf-8-sig", newline="") as ouvert:
        (rangee,) = list(csv.DictReader(ouvert, delimiter=";"))
    assert (rangee["nature"], rangee["heures"], rangee["jour"]) == ("en trop", "7,50", "03/11/2025")
    assert rangee["chantier"] == "'=CH1"  # a spreadsheet would run it

    montre = CliRunner().invoke(app, [*commun, "--source", source, "--json"])
    assert montre.exit_code == 2
    assert "ne s’écrit pas sur la ligne de commande" in montre.output
    assert secret not in montre.output
    assert compte_lignes(url, lignes) == 0

    fait = CliRunner().invoke(app, [*commun, "--json"], env={"REPRISE_ANCIENNE_SOURCE": source})
    assert fait.exit_code == 0, fait.output
    corps = json.loads(fait.output)
    assert corps["repris"] == {"liens": 0, "lignes": 1, "creneaux": 1}
    assert corps["heures"] == {"perdue": 0, "en trop": 7.5, "à vérifier": 0}
    assert compte_lignes(url, lignes) == 1
    assert secret not in apercu.output + fait.output


def test_a_database_without_anything_of_the_previous_generation_is_refused(config: Path, machines: Machines) -> None:
    vide = machines.tampon.create_base("vide")
    essai = CliRunner().invoke(
        app, ["reprise-ancienne", "tampon", "--config", str(config)], env={"REPRISE_ANCIENNE_SOURCE": vide}
    )
    assert essai.exit_code == 1
    assert "ne contient rien de l’ancien connecteur" in essai.output
