"""The schema: what the migrations make is what the code sees, however many times and however many at once."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from licence_manager.bootstrap import ouvre
from licence_manager.errors import ConfigurationInvalide
from licence_manager.repository.connexion import ouvre_moteur, verifie_adresse
from licence_manager.repository.migration import _configuration, _revisions, derniere, est_a_jour, migre
from licence_manager.repository.tables import SCHEMA, meta
from licence_manager.services.validation import Demande
from licence_manager.signing.coffre import Coffre
from sages_commun.licence import make_cle

from .conftest import SECRET, Montre, reglages_de


def est_a_nous(nom: str | None, genre: str, _: object) -> bool:
    """The accounts have their own SQL, which is tested with them."""
    return nom == SCHEMA if genre == "schema" else genre != "table" or not str(nom).startswith("acces_")


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
                "include_name": est_a_nous,
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
        for fichier in (
            "0001_fondation.sql",
            "0002_lecture.sql",
            "0003_tableau.sql",
            "0004_une_fois.sql",
            "0005_interface.sql",
            "0006_neuves.sql",
            "0007_comptes.sql",
            "acces.sql",
        ):
            execute_sql(connexion, fichier)
    assert migre(moteur) == derniere()
    moteur.dispose()


def test_a_database_that_was_not_migrated_is_refused_with_the_command_to_run(url_vierge: str) -> None:
    with pytest.raises(ConfigurationInvalide) as attrape, ouvre(reglages_de(url_vierge)):
        pass
    assert "licence-manager migrate" in attrape.value.remede


DONNEES = """
    INSERT INTO licence_manager.licences (empreinte, cle_chiffree, client, entreprise, email, notes, recherche,
        tri_entreprise, fonctions, cree_le, expire_le, utilisations, utilisations_max)
    VALUES (:empreinte, :chiffree, 'Avant', '', '', '', 'avant', 'avant', '{heures}', :le, :fin, 3, 9);
    INSERT INTO licence_manager.contacts SELECT id, cree_le FROM licence_manager.licences;
    INSERT INTO licence_manager.machines SELECT id, 'poste', cree_le, cree_le, '1.0' FROM licence_manager.licences;
    INSERT INTO licence_manager.rappels (licence_id, expire_le, jours, le)
        SELECT id, expire_le, j, cree_le FROM licence_manager.licences, unnest(ARRAY[30, 7]) AS j;
    INSERT INTO licence_manager.passages (licence_id, le, verdict, consomme)
        SELECT id, cree_le, 'valid', true FROM licence_manager.licences;
"""


@pytest.mark.parametrize("ancienne", [r.revision for r in reversed(list(_revisions().walk_revisions()))])
def test_a_database_of_every_older_program_keeps_what_it_holds(url_vierge: str, ancienne: str) -> None:
    moteur, montre, coffre, cle = moteur_de(url_vierge), Montre(), Coffre(base64.b64decode(SECRET)), make_cle()
    with moteur.begin() as connexion:
        connexion.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        command.upgrade(_configuration(connexion), ancienne)
        valeurs = {
            "empreinte": coffre.empreinte(cle), "chiffree": coffre.chiffre_cle(cle), "le": montre(),
            "fin": montre() + timedelta(days=300),
        }  # fmt: skip
        for requete in DONNEES.split(";")[:-1]:
            connexion.execute(text(requete), {nom: v for nom, v in valeurs.items() if f":{nom}" in requete})
    moteur.dispose()
    for _ in range(2):
        with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison:
            reponse = maison.validation.validate_licence(Demande(cle, "127.0.0.1", "poste", consomme=True))
            details = maison.licences.find_licence(cle)
            assert reponse.bail.valide
            assert [machine.version for machine in details.machines] == ["1.0"]
            assert maison.licences.show_cle(details.licence.id) == cle
    assert details.licence.utilisations == 5


def test_a_database_that_a_later_program_has_migrated_is_left_alone_and_said_so(url_vierge: str) -> None:
    moteur = moteur_de(url_vierge)
    migre(moteur)
    with moteur.begin() as connexion:
        connexion.execute(text(f"UPDATE {SCHEMA}.alembic_version SET version_num = '9999'"))
    moteur.dispose()
    for a_migrer in (False, True):
        with (
            pytest.raises(ConfigurationInvalide, match="plus récent"),
            ouvre(reglages_de(url_vierge), a_migrer=a_migrer),
        ):
            pass


def test_a_server_that_would_open_or_close_the_sql_function_by_halves_does_not_start(url_vierge: str) -> None:
    """Licences sold by one that believes it closed would be unknown to it."""
    with ouvre(reglages_de(url_vierge, supabase=True), a_migrer=True):
        pass
    with pytest.raises(ConfigurationInvalide, match="LICENCE_MANAGER_SUPABASE"), ouvre(reglages_de(url_vierge)):
        pass
    with ouvre(reglages_de(url_vierge, supabase=True)):
        pass
    with ouvre(reglages_de(url_vierge), a_migrer=True):
        pass
    with (
        pytest.raises(ConfigurationInvalide, match="fermée dans la base"),
        ouvre(reglages_de(url_vierge, supabase=True)),
    ):
        pass
