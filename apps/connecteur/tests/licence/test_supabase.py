"""The provider « Supabase » against a stand-in of its REST path.

The stand-in is ours and small: it speaks of `/rest/v1/rpc/…` what PostgREST does for one call, and no more. Behind it
are the real SQL function, on a real PostgreSQL, with the real grants: every call runs as the role `anon`. The official
client agrees with it.
"""

import base64
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from postgrest import SyncPostgrestClient
from psycopg import sql
from pydantic import SecretStr

from connecteur.errors import AccesRefuse, ReponseIllisible, ServiceInjoignable
from connecteur.licence.echange import Question
from connecteur.licence.supabase import DUREE, FournisseurSupabase
from licence_manager.bootstrap import Maison, ouvre
from licence_manager.domain.duree import Duree, echeance
from licence_manager.domain.licence import Fiche
from licence_manager.settings import Reglages
from sages_commun.licence import BailRefuse, Refus, Verdict, make_cle
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import MACHINE, Demande, Envoi, Serveur

CLE_ANON = "cle-anon-de-ce-projet"
CHEMIN = "/rest/v1/rpc/"


@pytest.fixture(scope="module")
def base() -> Iterator[tuple[Maison, str]]:
    """A database as Supabase gives it, migrated, open to the SQL function."""
    dossier = Path(tempfile.mkdtemp(prefix="supabase-", dir="/tmp"))
    dossier.chmod(0o755)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier)
        postgres = pile.enter_context(PostgresEmbarque(dossier / "pg", durable=False))
        url = postgres.create_base("licences")
        with psycopg.connect(url, autocommit=True) as connexion:
            for role in ("anon", "authenticated"):
                connexion.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            connexion.execute("GRANT USAGE ON SCHEMA public TO anon, authenticated")
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        reglages = {"base": SecretStr(url), "secret": SecretStr(secret), "supabase": True}
        yield pile.enter_context(ouvre(Reglages.model_validate(reglages), a_migrer=True)), url


@pytest.fixture
def supabase(base: tuple[Maison, str], serveur: Serveur) -> Serveur:
    """The stand-in."""
    _, url = base

    def repond(demande: Demande) -> Envoi:
        fonction, entetes = serveur.chemins[-1].removeprefix(CHEMIN), serveur.entetes[-1]
        if entetes.get("apikey") != CLE_ANON or entetes.get("authorization") != f"Bearer {CLE_ANON}":
            return Envoi(401, b'{"message":"Invalid API key"}')
        with psycopg.connect(url) as connexion:
            connexion.execute("SET LOCAL ROLE anon")
            nommes = sql.SQL(", ").join(
                sql.SQL("{} => {}").format(sql.Identifier(nom), sql.Literal(valeur)) for nom, valeur in demande.items()
            )
            try:
                ligne = connexion.execute(
                    sql.SQL("SELECT public.{}({})").format(sql.Identifier(fonction), nommes)
                ).fetchone()
            except psycopg.errors.UndefinedFunction:
                return Envoi(404, b'{"code":"PGRST202"}')
            except psycopg.Error as exc:
                statut = int(exc.sqlstate[2:]) if exc.sqlstate and exc.sqlstate.startswith("PT") else 400
                return Envoi(statut, json.dumps({"code": exc.sqlstate}).encode())
        assert ligne is not None
        return Envoi(corps=json.dumps(ligne[0]).encode(), type_contenu="application/json; charset=utf-8")

    serveur.repond = repond
    return serveur


@pytest.fixture
def fournisseur(supabase: Serveur) -> FournisseurSupabase:
    return FournisseurSupabase(supabase.adresse, CLE_ANON, delai_s=5)


def vend(maison: Maison, **fiche: object) -> tuple[int, str]:
    fin = echeance(datetime.now(UTC), Duree(jours=30))
    licence, cle = maison.licences.create_licence(Fiche("Menuiserie", **fiche), fin, "vendeur")  # type: ignore[arg-type]
    return licence.id, cle


def test_a_licence_is_valid_for_a_day_and_refused_once_it_is_deactivated(
    base: tuple[Maison, str], fournisseur: FournisseurSupabase
) -> None:
    maison, _ = base
    numero, cle = vend(maison)
    recue = fournisseur.demande(Question(cle, MACHINE, "1", "run-1"))
    assert (recue.bail.verdict, recue.bail.expire - recue.bail.emis) == (Verdict.VALIDE, DUREE)
    assert fournisseur.relit(recue.garde, cle, MACHINE, recue.bail.emis) == recue.bail
    maison.licences.deactivate_licence(numero, "vendeur")
    assert fournisseur.demande(Question(cle, MACHINE, "1")).bail.verdict is Verdict.INACTIVE
    assert fournisseur.demande(Question(make_cle(), MACHINE, "1")).bail.verdict is Verdict.INCONNUE
    assert fournisseur.demande(Question("AAAA", MACHINE, "1")).bail.verdict is Verdict.MAL_FORMEE


def test_the_official_client_is_told_the_same(base: tuple[Maison, str], supabase: Serveur) -> None:
    maison, _ = base
    _, cle = vend(maison)
    entetes = {"apikey": CLE_ANON, "Authorization": f"Bearer {CLE_ANON}"}
    with SyncPostgrestClient(f"{supabase.adresse}/rest/v1", headers=entetes) as client:
        dit = client.rpc("validate_licence", {"license_key": cle, "machine_id": MACHINE}).execute().data
        FournisseurSupabase(supabase.adresse, CLE_ANON, delai_s=5).demande(Question(cle, MACHINE, "1"))
    assert isinstance(dit, dict)
    assert (dit["valid"], dit["code"]) == (True, "valid")
    officielle, notre = supabase.recues
    assert officielle == notre
    assert supabase.chemins[0] == supabase.chemins[1]


def test_the_role_of_the_internet_reads_nothing_else(base: tuple[Maison, str], supabase: Serveur) -> None:
    _, url = base
    for requete in ("SELECT * FROM licence_manager.licences", "SELECT * FROM licence_manager.poivre"):
        with psycopg.connect(url) as connexion:
            connexion.execute("SET LOCAL ROLE anon")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connexion.execute(requete.encode())


def test_a_wrong_public_key_is_named(supabase: Serveur) -> None:
    faux = FournisseurSupabase(supabase.adresse, "une-autre", delai_s=5)
    with pytest.raises(AccesRefuse, match="refuse l’accès"):
        faux.demande(Question(make_cle(), MACHINE, "1"))


@pytest.mark.parametrize(
    ("corps", "type_contenu"),
    [(b"{}", "application/json"), (b'{"valid": true}', "application/json"), (b"<html>", "text/html"),
     (b'{"valid": true, "code": "inactive", "server_time": "2026-01-01T00:00:00+00:00"}', "application/json"),
     (b'{"valid": true, "code": "valid", "server_time": "2026-01-01T00:00:00"}', "application/json"),
     (b'{"valid": true, "code": "valid", "server_time": "9999-12-31T23:00:00+00:00"}', "application/json"),
     (b'{"valid": true, "code": "valid", "server_time": "9999-12-20T00:00:00+00:00"}', "application/json"),
     (b'{"valid": true, "code": "valid", "server_time": "0001-01-01T00:00:00+14:00"}', "application/json")],
)  # fmt: skip
def test_what_is_no_verdict_is_not_believed(corps: bytes, type_contenu: str, serveur: Serveur) -> None:
    serveur.repond = lambda _: Envoi(corps=corps, type_contenu=type_contenu)
    with pytest.raises(ReponseIllisible):
        FournisseurSupabase(serveur.adresse, CLE_ANON, delai_s=5).demande(Question(make_cle(), MACHINE, "1"))


def test_a_function_that_is_closed_is_a_server_that_does_not_answer(serveur: Serveur) -> None:
    serveur.repond = lambda _: Envoi(503, b"{}")
    with pytest.raises(ServiceInjoignable):
        FournisseurSupabase(serveur.adresse, CLE_ANON, delai_s=5).demande(Question(make_cle(), MACHINE, "1"))


def test_a_kept_verdict_is_that_of_one_key_and_one_machine(
    base: tuple[Maison, str], fournisseur: FournisseurSupabase
) -> None:
    _, cle = vend(base[0])
    garde = fournisseur.demande(Question(cle, MACHINE, "1"))
    emis = garde.bail.emis
    for autre, machine, quand, refus in (
        (make_cle(), MACHINE, emis, Refus.AUTRE_CLE),
        (cle, "une-autre", emis, Refus.AUTRE_MACHINE),
        (cle, MACHINE, emis - timedelta(hours=1), Refus.DANS_LE_FUTUR),
    ):
        with pytest.raises(BailRefuse) as leve:
            fournisseur.relit(garde.garde, autre, machine, quand)
        assert leve.value.code is refus
    for faux in ("", "{}", "[]", "x.y.z", '{"genre": "autre"}'):
        with pytest.raises(BailRefuse):
            fournisseur.relit(faux, cle, MACHINE, emis)
