"""Who can read the database: with the roles of Supabase on a real PostgreSQL, nothing but one verdict."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import text

from licence_manager.bootstrap import Maison, ouvre, prepare
from licence_manager.domain.duree import Duree
from licence_manager.domain.licence import Fiche
from licence_manager.services.validation import Demande
from sages_commun.licence import MESSAGES, Verdict, make_cle
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import Atelier, Montre, reglages_de

ROLES = ("anon", "authenticated")


@pytest.fixture(scope="module")
def roles(serveur: PostgresEmbarque) -> Iterator[None]:
    """The roles that Supabase gives to the Internet, with what it grants them by default."""
    with psycopg.connect(serveur.url(), autocommit=True) as connexion:
        for role in ROLES:
            connexion.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        yield
        for role in ROLES:
            connexion.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture
def supabase(roles: None, serveur: PostgresEmbarque, url_vierge: str) -> Iterator[Atelier]:
    """A database with Supabase's defaults, migrated, open to the SQL function."""
    with psycopg.connect(url_vierge, autocommit=True) as connexion:
        connexion.execute("GRANT USAGE ON SCHEMA public TO anon, authenticated")
        for objets in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            defaut = sql.SQL("ALTER DEFAULT PRIVILEGES {} GRANT ALL ON {} TO anon, authenticated")
            for ou in (sql.SQL(""), sql.SQL("IN SCHEMA public")):
                connexion.execute(defaut.format(ou, sql.SQL(objets)))
    montre = Montre()
    with ouvre(reglages_de(url_vierge, supabase=True), montre, a_migrer=True) as maison:
        yield Atelier(maison, montre)
    with psycopg.connect(url_vierge, autocommit=True) as connexion:
        connexion.execute("DROP OWNED BY anon, authenticated")


def comme(url: SecretStr | None, role: str, requete: str, *parametres: object) -> list[Any]:
    """What this role gets."""
    assert url is not None
    with psycopg.connect(url.get_secret_value()) as connexion:
        connexion.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connexion.execute(requete.encode(), parametres).fetchall()


def verdict_sql(maison: Maison, cle: str | None, machine: str | None = None) -> dict[str, Any]:
    """As PostgREST calls it for anybody."""
    ((reponse,),) = comme(maison.reglages.base, "anon", "SELECT public.validate_licence(%s, %s)", cle, machine)
    assert isinstance(reponse, dict)
    return reponse


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_readable_nor_writable_by_the_roles_of_the_internet(supabase: Atelier, role: str) -> None:
    supabase.vend()
    base = supabase.maison.reglages.base
    with supabase.maison.contexte.transaction() as (connexion, _):
        tables = connexion.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'licence_manager' ORDER BY 1")
        ).all()
        ouvertes = connexion.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'licence_manager'::regnamespace "
                 "AND relkind = 'r' AND NOT relrowsecurity")
        ).all()  # fmt: skip
    assert len(tables) >= 10
    assert ouvertes == []
    for table in tables:
        for requete in ("SELECT * FROM {}", "DELETE FROM {}", "SELECT count(*) FROM {}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                comme(base, role, requete.format(f"licence_manager.{table}"))


@pytest.mark.parametrize("role", ROLES)
def test_even_a_mistaken_grant_shows_no_row(supabase: Atelier, role: str) -> None:
    """Row-level security is on and has no policy: a click in a console is not enough to open the tables."""
    supabase.vend()
    with supabase.maison.contexte.transaction() as (connexion, _):
        connexion.execute(text(f"GRANT USAGE ON SCHEMA licence_manager TO {role}"))
        connexion.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA licence_manager TO {role}"))
    assert comme(supabase.maison.reglages.base, role, "SELECT * FROM licence_manager.licences") == []
    assert comme(supabase.maison.reglages.base, role, "SELECT * FROM licence_manager.cles_signature") == []
    prepare(supabase.maison.contexte)  # « licence-manager migrate » closes it again
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        comme(supabase.maison.reglages.base, role, "SELECT * FROM licence_manager.licences")


def test_what_a_console_grants_in_advance_is_taken_back(supabase: Atelier) -> None:
    """As the documentation of Supabase has it done to open a schema of one's own."""
    maison = supabase.maison
    roles = ", ".join(ROLES)
    with maison.contexte.transaction() as (connexion, _):
        for objets in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            connexion.execute(
                text(f"ALTER DEFAULT PRIVILEGES IN SCHEMA licence_manager GRANT ALL ON {objets} TO {roles}")
            )
    prepare(maison.contexte)
    restes = "SELECT count(*) FROM pg_default_acl WHERE defaclnamespace = 'licence_manager'::regnamespace"
    with maison.contexte.transaction() as (connexion, _):
        assert connexion.scalar(text(restes)) == 0


def test_the_function_is_for_anon_alone_and_nothing_else_can_be_run(supabase: Atelier) -> None:
    base = supabase.maison.reglages.base
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        comme(base, "authenticated", "SELECT public.validate_licence('x')")
    permises = """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('public', 'licence_manager') AND has_function_privilege('anon', p.oid, 'EXECUTE')
    """
    assert comme(base, "anon", permises) == [("validate_licence(text,text)",)]
    reglages = "SELECT prosecdef, proconfig, provolatile FROM pg_proc WHERE proname = 'validate_licence'"
    assert comme(base, "anon", reglages) == [(True, ['search_path=""'], "s")]


def test_the_function_gives_the_same_verdict_as_the_server_and_nothing_else(supabase: Atelier) -> None:
    maison = supabase.maison
    vendues = {
        Verdict.VALIDE: Fiche("valide"),
        Verdict.INACTIVE: Fiche("inactive"),
        Verdict.ARCHIVEE: Fiche("archivée"),
        Verdict.LIMITE_UTILISATIONS: Fiche("usée", utilisations_max=1),
        Verdict.LIMITE_MACHINES: Fiche("pleine", machines_max=1),
    }
    # The function reads the server's own clock: these are sold now.
    from datetime import UTC, datetime

    supabase.montre.le = datetime.now(UTC) - timedelta(days=10)
    cles = {attendu: supabase.vend(fiche) for attendu, fiche in vendues.items()}
    cles[Verdict.EXPIREE] = supabase.vend(Fiche("expirée"), duree=Duree(jours=2))
    maison.licences.deactivate_licence(cles[Verdict.INACTIVE][0].id, "v")
    maison.licences.archive_licence(cles[Verdict.ARCHIVEE][0].id, "v")
    maison.validation.validate_licence(Demande(cles[Verdict.LIMITE_UTILISATIONS][1], "127.0.0.1", consomme=True))
    maison.validation.validate_licence(Demande(cles[Verdict.LIMITE_MACHINES][1], "127.0.0.1", "poste"))
    supabase.montre.le = datetime.now(UTC)
    saisies = {attendu: cle for attendu, (_, cle) in cles.items()}
    saisies |= {Verdict.INCONNUE: make_cle(), Verdict.MAL_FORMEE: "AAAA-AAAA-AAAA-AAAA"}
    assert set(saisies) == set(Verdict)
    for attendu, saisie in saisies.items():
        for ecriture in (saisie, saisie.lower().replace("-", " "), saisie.replace("0", "o").replace("1", "l")):
            reponse = verdict_sql(maison, ecriture)
            assert reponse.pop("server_time")
            assert reponse == {
                "valid": attendu is Verdict.VALIDE, "code": attendu.value, "message": MESSAGES[attendu],
            }, ecriture  # fmt: skip
        serveur = maison.validation.validate_licence(Demande(saisie, "127.0.0.1"))
        assert serveur.bail.verdict is attendu
    assert verdict_sql(maison, saisies[Verdict.LIMITE_MACHINES], "poste")["code"] == "valid"
    assert verdict_sql(maison, saisies[Verdict.LIMITE_MACHINES], "autre")["code"] == "machine_limit"


@pytest.mark.parametrize("saisie", [None, "", "'; DROP TABLE licences; --", "é" * 16, "0" * 5000, "%_%", "\\x00"])
def test_hostile_keys_get_a_verdict(supabase: Atelier, saisie: str | None) -> None:
    assert verdict_sql(supabase.maison, saisie)["code"] == "malformed"


def test_a_search_path_of_the_caller_changes_nothing(supabase: Atelier) -> None:
    _, cle = supabase.vend(duree=Duree(mois=1200))
    base = supabase.maison.reglages.base
    assert base is not None
    with psycopg.connect(base.get_secret_value()) as connexion:
        connexion.execute("CREATE TEMP TABLE poivre (seul boolean, interieur bytea, exterieur bytea)")
        connexion.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT $1 $$")
        connexion.execute("SET search_path = pg_temp, public")
        ligne = connexion.execute("SELECT public.validate_licence(%s)", (cle,)).fetchone()
    assert ligne is not None
    assert ligne[0]["code"] == "valid", json.dumps(ligne[0])


def test_closed_the_function_finds_nothing_and_the_database_keeps_nothing_to_find_keys_with(
    supabase: Atelier,
) -> None:
    maison = supabase.maison
    _, cle = supabase.vend(duree=Duree(mois=1200))
    assert verdict_sql(maison, cle)["valid"]
    ferme = replace(maison.contexte, sql_ouvert=False)
    prepare(ferme)
    with pytest.raises(psycopg.Error, match="pas ouverte"):
        verdict_sql(maison, cle)
    with maison.contexte.transaction() as (connexion, _):
        assert connexion.scalar(text("SELECT count(empreinte_sql) FROM licence_manager.licences")) == 0
        assert connexion.scalar(text("SELECT count(*) FROM licence_manager.poivre")) == 0
    prepare(maison.contexte)  # opened again, it knows the licences that were sold in the meantime
    assert verdict_sql(maison, cle)["valid"]
