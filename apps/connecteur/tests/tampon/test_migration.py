"""The schema is brought up to date once, whoever asks, and never guessed."""

import subprocess
import sys
from dataclasses import replace

import psycopg
import pytest
from psycopg.types.json import Jsonb

from connecteur.domain.plan import Action, Geste
from connecteur.errors import ErreurPermanente
from connecteur.tampon.migration import Migration, a_appliquer, migrations
from connecteur.tampon.tampon import Tampon

from .exemples import PARIS, SEMAINE, cle, quantites

ANNONCES = 7
"""The migration that takes open notes out of the history."""

MIGRE = """
import sys
from zoneinfo import ZoneInfo
from connecteur.tampon.tampon import Tampon
with Tampon(sys.argv[1], "demo", ZoneInfo("Europe/Paris")) as tampon:
    print("prêt", flush=True)
    sys.stdin.readline()
    print(tampon.migre())
"""


def test_an_empty_database_is_migrated_once(url_vierge: str) -> None:
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        assert not tampon.sante().prete
        assert tampon.migre() == [m.numero for m in migrations()]
        assert tampon.migre() == []
        assert tampon.sante().prete
        assert tampon.list_creneaux(SEMAINE) == []


def test_processes_that_migrate_at_once_do_it_once(url_vierge: str) -> None:
    programmes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRE, url_vierge], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for programme in programmes:
        assert programme.stdout is not None
        assert programme.stdout.readline() == "prêt\n"
    for programme in programmes:
        assert programme.stdin is not None
        programme.stdin.write("\n")
        programme.stdin.flush()
    reponses = [programme.communicate()[0].strip() for programme in programmes]
    assert [programme.returncode for programme in programmes] == [0, 0, 0]
    assert sorted(reponses) == sorted([str([m.numero for m in migrations()]), "[]", "[]"])


def test_a_database_newer_than_the_program_is_left_alone(url_vierge: str) -> None:
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        tampon.migre()
        with psycopg.connect(url_vierge) as connexion:
            connexion.execute("INSERT INTO sages.migrations (numero, nom, empreinte) VALUES (99, 'x', 'x')")
        with pytest.raises(ErreurPermanente, match="plus récente"):
            tampon.migre()
        sante = tampon.sante()
        assert not sante.prete
        assert "plus récente" in sante.migrations_faute


def test_a_migration_edited_after_the_fact_is_refused(url_vierge: str) -> None:
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        tampon.migre()
        with psycopg.connect(url_vierge) as connexion:
            connexion.execute("UPDATE sages.migrations SET empreinte = 'autre' WHERE numero = 1")
        with pytest.raises(ErreurPermanente) as refus:
            tampon.migre()
        assert migrations()[0].nom in refus.value.detail


def test_a_migration_that_fails_leaves_nothing_behind(url_vierge: str) -> None:
    with psycopg.connect(url_vierge) as connexion:
        connexion.execute("CREATE SCHEMA sages")
        connexion.execute("CREATE TABLE sages.runs (mien integer)")
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        with pytest.raises(ErreurPermanente):
            tampon.migre()
        assert tampon.sante().migrations_appliquees == 0


def test_only_what_is_missing_is_applied() -> None:
    une, deux = Migration(1, "0001_a.sql", "SELECT 1"), Migration(2, "0002_b.sql", "SELECT 2")
    assert a_appliquer({1: une.empreinte}, [une, deux]) == [deux]
    assert a_appliquer({1: une.empreinte, 2: deux.empreinte}, [une, deux]) == []
    with pytest.raises(ErreurPermanente):
        a_appliquer({1: une.empreinte}, [replace(une, texte="SELECT 3"), deux])


def test_the_migrations_travel_with_the_program() -> None:
    assert [m.numero for m in migrations()][:1] == [1]
    assert all(m.nom.startswith(f"{m.numero:04d}_") for m in migrations())


def test_health_tells_the_server_its_size_and_its_clock(tampon: Tampon) -> None:
    sante = tampon.sante()
    assert sante.prete
    assert int(sante.version.split(".")[0]) >= 14
    assert sante.taille > 1_000_000
    assert abs(sante.ecart_horloge.total_seconds()) < 5
    assert (sante.encodage, sante.lecture_seule) == ("UTF8", False)


def test_a_note_left_open_by_an_older_version_is_still_a_question(url_vierge: str) -> None:
    interrompue = Action(
        Geste.CORRIGER,
        cle(0, chantier="A\\B\tC"),
        avant=quantites("7"),
        apres=quantites("8.25"),
        base=quantites("7"),
        creneaux=("1", 'b,{}"\\'),
        deplace_de=cle(1, 9, "D'E"),
    )
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        tampon.migre()
    avant = [m for m in migrations() if m.numero < ANNONCES]
    with psycopg.connect(url_vierge) as connexion:
        connexion.execute("DROP SCHEMA sages CASCADE; CREATE SCHEMA sages")
        connexion.execute("CREATE TABLE sages.migrations (numero integer PRIMARY KEY, nom text, empreinte text)")
        for migration in avant:
            connexion.execute(migration.texte.encode())
            connexion.execute(
                "INSERT INTO sages.migrations VALUES (%s, '', %s)", (migration.numero, migration.empreinte)
            )
        connexion.execute(
            "INSERT INTO sages.ecritures (dossier, debut, code_chantier, code_salarie, geste, avant, apres, base,"
            " creneaux, deplace_de, run) VALUES ('demo', %s, %s, %s, 'corriger', '{7,1,0}', '{8.25,1,0}', '{7,1,0}',"
            " %s, %s, 'mort')",
            (
                interrompue.cle.debut, interrompue.cle.code_chantier, interrompue.cle.code_salarie,
                list(interrompue.creneaux), Jsonb(["D'E", "MARTIN", cle(1, 9).debut.isoformat()]),
            ),
        )  # fmt: skip
    with Tampon(url_vierge, "demo", PARIS) as tampon:
        tampon.migre()
        assert tampon.list_annoncees(SEMAINE) == [interrompue]
        tampon.confirm("suivant", faites=[interrompue], abandonnees=[], sans_ecriture=[])
        assert [ligne.quantites for ligne in tampon.list_lignes(SEMAINE)] == [quantites("8.25")]
