"""The schema: what the migrations make is what the code sees, however many times and however many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from licence_manager.bootstrap import ouvre
from licence_manager.errors import ConfigurationInvalide
from licence_manager.repository.connexion import ouvre_moteur, verifie_adresse
from licence_manager.repository.migration import derniere, est_a_jour, migre
from licence_manager.repository.tables import SCHEMA, meta

from .conftest import reglages_de


def moteur_de(url: str) -> Engine:
    return ouvre_moteur(*verifie_adresse(url), 4)


def test_the_migrations_make_exactly_the_tables_the_code_sees(url_vierge: str) -> None:
    moteur = moteur_de(url_vierge)
    assert not est_a_jour(moteur)
    assert migre(moteur) == derniere()
    assert est_a_jour(moteur)
    with moteur.connect() as connexion:
        contexte = MigrationContext.configure(
            connexion,
            opts={
                "include_schemas": True,
                "compare_type": True,
                "version_table_schema": SCHEMA,
                "include_name": lambda nom, genre, _: genre != "schema" or nom == SCHEMA,
            },
        )
        ecarts = [
            e for groupe in compare_metadata(contexte, meta) for e in (groupe if isinstance(groupe, list) else [groupe])
        ]
        # Comments live in the SQL only.
        assert [
            ecart for ecart in ecarts if ecart[0] not in {"modify_comment", "add_table_comment", "remove_table_comment"}
        ] == []
    moteur.dispose()


def test_migrating_again_and_from_several_processes_at_once_changes_nothing(url_vierge: str) -> None:
    moteur = moteur_de(url_vierge)
    with ThreadPoolExecutor(4) as fils:
        assert list(fils.map(lambda _: migre(moteur), range(4))) == [derniere()] * 4
    with moteur.connect() as connexion:
        assert connexion.scalars(text(f"SELECT count(*) FROM {SCHEMA}.alembic_version")).one() == 1
    moteur.dispose()


def test_the_sql_run_by_hand_first_is_taken_over(url_vierge: str) -> None:
    from licence_manager.repository.migrations.execution import execute_sql

    moteur = moteur_de(url_vierge)
    with moteur.begin() as connexion:
        for fichier in ("0001_fondation.sql", "0002_lecture.sql", "0003_tableau.sql", "acces.sql"):
            execute_sql(connexion, fichier)
    assert migre(moteur) == derniere()
    moteur.dispose()


def test_a_database_that_was_not_migrated_is_refused_with_the_command_to_run(url_vierge: str) -> None:
    with pytest.raises(ConfigurationInvalide) as attrape, ouvre(reglages_de(url_vierge)):
        pass
    assert "licence-manager migrate" in attrape.value.remede
