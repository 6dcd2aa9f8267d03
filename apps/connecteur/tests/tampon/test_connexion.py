"""The server away, back, refusing: what a person is told, and how the tampon goes on."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from connecteur.domain.heure import LigneSuivi
from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    DossierOccupe,
    ErreurConnecteur,
    ErreurPermanente,
    ErreurTransitoire,
    ServiceInjoignable,
    ServiceSature,
)
from connecteur.tampon.connexion import Connexions, traduite
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

from .exemples import PARIS, SEMAINE, action, chantier, creneau, quantites, resolu


@pytest.fixture
def a_arreter() -> Iterator[PostgresEmbarque]:
    """A server of this test alone, which it may stop and kill."""
    dossier = Path(tempfile.mkdtemp(prefix="tampon-", dir="/tmp"))
    dossier.chmod(0o755)
    postgres = PostgresEmbarque(dossier)
    postgres.start()
    yield postgres
    postgres.stop_even_if_attached()
    shutil.rmtree(dossier)


def test_the_tampon_goes_on_after_the_server_was_restarted(a_arreter: PostgresEmbarque) -> None:
    with Tampon(a_arreter.create_base("tampon"), "demo", PARIS) as tampon:
        tampon.migre()
        tampon.store_chantiers([chantier()], "r1")
        a_arreter.stop()
        with pytest.raises(ServiceInjoignable, match="ne répond pas"):
            tampon.list_chantiers()
        a_arreter.start()
        assert [s.chantier for s in tampon.list_chantiers()] == [chantier()]


def test_a_server_killed_within_a_transaction_loses_that_transaction_only(a_arreter: PostgresEmbarque) -> None:
    with Tampon(a_arreter.create_base("tampon"), "demo", PARIS) as tampon:
        tampon.migre()
        tampon.store_chantiers([chantier()], "r1")
        with pytest.raises(ErreurTransitoire):
            _efface_puis_tue(a_arreter)
        a_arreter.start()
        assert [s.chantier for s in tampon.list_chantiers()] == [chantier()]


TEMOIN = """
CREATE TABLE temoin (quoi text, attend text);
CREATE FUNCTION temoigne() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO temoin VALUES (TG_OP || ' ' || TG_TABLE_NAME, current_setting('synchronous_commit'));
                RETURN coalesce(NEW, OLD); END $$;
CREATE TRIGGER temoin BEFORE INSERT OR DELETE ON sages.annonces FOR EACH ROW EXECUTE FUNCTION temoigne();
CREATE TRIGGER temoin BEFORE INSERT ON sages.creneaux FOR EACH ROW EXECUTE FUNCTION temoigne();
"""


def test_an_announcement_waits_for_the_disk_and_what_is_found_again_by_looking_does_not(
    a_arreter: PostgresEmbarque,
) -> None:
    url = a_arreter.create_base("tampon")
    with Tampon(url, "demo", PARIS) as tampon, psycopg.connect(url, autocommit=True) as connexion:
        tampon.migre()
        connexion.execute(TEMOIN)
        with tampon.exclusif():
            tampon.store_creneaux(
                SEMAINE, [resolu(creneau("1", 0))], illisibles=[], empreinte="", empreinte_annuaire="", run="r"
            )
            tampon.confirm_annonce("r", tampon.announce("r", [action()]))
            tampon.announce("r", [action()])
        assert connexion.execute("SELECT * FROM temoin").fetchall() == [
            ("INSERT creneaux", "off"),
            ("INSERT annonces", "on"),
            ("DELETE annonces", "off"),
            ("INSERT annonces", "on"),
        ]


def test_a_lock_is_lost_with_the_server_and_can_be_taken_again(a_arreter: PostgresEmbarque) -> None:
    with Tampon(a_arreter.create_base("tampon"), "demo", PARIS) as tampon:
        with tampon.exclusif():
            a_arreter.stop()
        a_arreter.start()
        with tampon.exclusif():
            pass


PERD_LE_VERROU = """
SELECT pg_terminate_backend(l.pid, 10000) FROM pg_locks l
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('connecteur/' || %s, 0)
"""


def test_a_run_that_lost_its_lock_takes_it_back_before_it_announces_anything(
    tampon: Tampon, url: str, dossier: str, requete: Callable[..., list[tuple[object, ...]]]
) -> None:
    with Tampon(url, dossier, PARIS) as autre, tampon.exclusif():
        assert requete(PERD_LE_VERROU, dossier) == [(True,)]
        tampon.announce("r", [action()])
        with pytest.raises(DossierOccupe), autre.exclusif():
            pytest.fail("taken back by the first")
    with tampon.exclusif():
        pass


def test_a_run_whose_dossier_another_program_took_over_announces_nothing_more(
    tampon: Tampon, url: str, dossier: str, requete: Callable[..., list[tuple[object, ...]]]
) -> None:
    with Tampon(url, dossier, PARIS) as autre, tampon.exclusif():
        requete(PERD_LE_VERROU, dossier)
        with autre.exclusif():
            with pytest.raises(DossierOccupe):
                tampon.announce("r", [action()])
            assert tampon.list_annoncees(SEMAINE) == []
            autre.announce("r2", [action()])
            with pytest.raises(DossierOccupe):
                tampon.confirm("r", faites=[], abandonnees=[action()], sans_ecriture=[])
            assert autre.list_annoncees(SEMAINE) == [action()]


def _efface_puis_tue(serveur: PostgresEmbarque) -> None:
    """Delete every site, and kill the server before the commit."""
    maitre = psutil.Process(int((serveur.dossier / "grappe" / "postmaster.pid").read_text().split()[0]))
    groupe = [maitre, *maitre.children()]
    connexions = Connexions(serveur.url("tampon"))
    with connexions.transaction() as connexion:
        connexion.execute("DELETE FROM sages.chantiers")
        for processus in groupe:
            with contextlib.suppress(psutil.NoSuchProcess):
                processus.kill()
        psutil.wait_procs(groupe, timeout=30)


@pytest.mark.parametrize(
    ("autre", "erreur", "phrase"),
    [
        ({"password": "faux"}, AccesRefuse, "refuse l’accès"),
        ({"user": "personne"}, AccesRefuse, "refuse l’accès"),
        ({"dbname": "absente"}, ConfigurationInvalide, "n’existe pas"),
        ({"port": "1"}, ServiceInjoignable, "ne répond pas"),
        ({"host": "absent.invalid", "hostaddr": ""}, ServiceInjoignable, "ne répond pas"),
    ],
)
def test_a_connection_refused_says_why_and_never_the_password(
    url: str, autre: dict[str, str], erreur: type[ErreurConnecteur], phrase: str
) -> None:
    from psycopg.conninfo import make_conninfo

    mot_de_passe = urlsplit(url).password
    assert mot_de_passe
    with Tampon(make_conninfo(url, **autre), "demo", PARIS) as tampon:
        with pytest.raises(erreur, match=phrase) as refus:
            tampon.list_chantiers()
        assert refus.value.remede
        assert mot_de_passe not in f"{refus.value} {refus.value.detail} {tampon!r} {vars(tampon)!r}"


def test_a_database_that_was_never_migrated_says_so(url_vierge: str) -> None:
    with Tampon(url_vierge, "demo", PARIS) as tampon, pytest.raises(ErreurPermanente, match="n’a pas les tables"):
        tampon.list_chantiers()


def test_an_account_without_rights_is_told_so(url: str) -> None:
    role = "tampon_sans_droits"
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
    autre = urlsplit(url)._replace(netloc=f"{role}:x@{urlsplit(url).hostname}:{urlsplit(url).port}").geturl()
    with Tampon(autre, "demo", PARIS) as tampon, pytest.raises(AccesRefuse):
        tampon.list_chantiers()


def test_a_server_without_a_free_connection_is_busy_and_no_account_is_blamed(url: str) -> None:
    role = "tampon_limite"
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0".encode())
    autre = urlsplit(url)._replace(netloc=f"{role}:x@{urlsplit(url).hostname}:{urlsplit(url).port}").geturl()
    with (
        Tampon(autre, "demo", PARIS) as tampon,
        pytest.raises(ServiceSature, match="n’accepte plus de connexion") as refus,
    ):
        tampon.list_chantiers()
    assert "max_connections" in refus.value.remede


@pytest.mark.parametrize(
    "phrase",
    [
        "sorry, too many clients already",
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'too many connections for database "tampon"',
        "désolé, trop de clients sont déjà connectés",
        "trop de connexions pour le rôle « connecteur »",
        "les emplacements de connexions restants sont réservés aux rôles dotés de l'attribut SUPERUSER",
    ],
)
def test_every_way_of_saying_that_all_connections_are_taken_is_understood(phrase: str) -> None:
    assert isinstance(traduite(psycopg.OperationalError(f"connection failed: FATAL:  {phrase}")), ServiceSature)


def test_the_detail_names_the_rule_and_not_the_values(tampon: Tampon) -> None:
    with pytest.raises(ErreurPermanente) as refus:
        tampon.store_creneaux(
            SEMAINE, [resolu(creneau("")), resolu(creneau("2"))], illisibles=[], empreinte="", empreinte_annuaire="",
            run="r",
        )  # fmt: skip
    assert "creneaux_id_check" in refus.value.detail
    assert "Léa" not in refus.value.detail


def test_waiting_for_a_lock_in_vain_is_a_busy_server(url: str) -> None:
    connexions = Connexions(url)
    with psycopg.connect(url) as gardien:
        gardien.execute("SELECT pg_advisory_xact_lock(42)")
        with pytest.raises(ServiceSature), connexions.transaction() as connexion:
            connexion.execute("SET LOCAL lock_timeout = '10ms'; SELECT pg_advisory_xact_lock(42)")
    connexions.close()


def test_threads_share_one_tampon(tampon: Tampon) -> None:
    fautes: list[BaseException] = []

    def travaille(numero: int) -> None:
        try:
            for _ in range(5):
                tampon.runs.annulation_demandee(str(numero))
                tampon.list_chantiers()
        except ErreurConnecteur as exc:
            fautes.append(exc)

    fils = [threading.Thread(target=travaille, args=(numero,)) for numero in range(12)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert fautes == []


def test_a_closed_tampon_opens_nothing(url: str) -> None:
    tampon = Tampon(url, "demo", PARIS)
    tampon.close()
    with pytest.raises(ErreurTransitoire):
        tampon.list_chantiers()


# --- programs that are killed -------------------------------------------------------------------------

ANNONCE = """
import sys
from zoneinfo import ZoneInfo
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste
from connecteur.tampon.tampon import Tampon
from datetime import datetime
from decimal import Decimal
tampon = Tampon(sys.argv[1], sys.argv[2], ZoneInfo("Europe/Paris"))
with tampon.exclusif():
    cle = CleSuivi("CH001", "MARTIN", datetime(2025, 6, 23, 8))
    apres = Quantites(Decimal("7.5"), Decimal(1), Decimal(0))
    tampon.announce("mort", [Action(Geste.INSERER, cle, None, apres, None, ("1",))])
    print("annoncé", flush=True)
    sys.stdin.readline()
"""


def test_a_program_killed_after_its_note_leaves_the_note_and_frees_the_dossier(
    tampon: Tampon, url: str, dossier: str
) -> None:
    programme = subprocess.Popen(
        [sys.executable, "-c", ANNONCE, url, dossier], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert programme.stdout is not None
    assert programme.stdout.readline() == "annoncé\n"
    with pytest.raises(DossierOccupe), tampon.exclusif():
        pytest.fail("held by the other program")
    programme.kill()
    programme.communicate()

    _attend_le_verrou(tampon)
    (note,) = tampon.list_annoncees(SEMAINE)
    assert note == action()
    tampon.confirm("suivant", faites=[note], abandonnees=[], sans_ecriture=[])
    assert tampon.list_lignes(SEMAINE) == [LigneSuivi(note.cle, quantites(), ("1",))]


def _attend_le_verrou(tampon: Tampon) -> None:
    """Until the server has noticed that the other program is dead."""
    for _ in range(10_000):
        with contextlib.suppress(DossierOccupe), tampon.exclusif():
            return
    pytest.fail("the lock of a dead program is never freed")
