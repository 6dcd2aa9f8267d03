"""The accounts in the Licence Manager: its database, its secret, its console."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import text

from licence_manager.bootstrap import ouvre
from licence_manager.repository.tables import SCHEMA
from licence_manager.settings import PREFIXE
from licence_manager.signing.coffre import Coffre, MauvaisSecret
from sages_commun.acces import Client, Refuse, Role, schema_sql

from .conftest import SECRET, Atelier, Montre, reglages_de

ICI = Client("127.0.0.1", "essai")
MOT_DE_PASSE = "quatre tuiles bleues au vent"


def test_the_migration_is_the_shared_schema_in_this_one() -> None:
    migration = (files("licence_manager.repository.migrations.sql") / "0007_comptes.sql").read_text("utf-8")
    assert migration.endswith(schema_sql(SCHEMA))


def test_accounts_live_in_this_database_with_this_secret(atelier: Atelier, url: str) -> None:
    acces = atelier.maison.acces
    acces.premier_demarrage.cree_de_la_console("claire@exemple.fr", "Claire", MOT_DE_PASSE, par="essai")
    secret = acces.connexion.connecte("claire@exemple.fr", MOT_DE_PASSE, ICI).secret
    with ouvre(reglages_de(url), atelier.montre) as autre:  # another process over the same database
        utilisateur = autre.acces.utilisateur_de(secret)
        assert utilisateur is not None
        assert utilisateur.role is Role.ADMINISTRATEUR
        autre.acces.connexion.deconnecte(secret, ICI)
    assert acces.utilisateur_de(secret) is None
    with atelier.maison.contexte.transaction() as (connexion, _):
        entrees = connexion.scalars(text(f"SELECT geste FROM {SCHEMA}.acces_journal ORDER BY id")).all()
    assert entrees == ["utilisateur créé", "connexion", "déconnexion"]


def test_a_second_factor_is_hidden_by_the_secret_and_for_one_account() -> None:
    coffre = Coffre(b"a" * 32)
    scelle = coffre.scelle(b"JBSWY3DP", "acces/totp/1")
    assert b"JBSWY3DP" not in scelle
    assert coffre.ouvre(scelle, "acces/totp/1") == b"JBSWY3DP"
    for autre, place in ((coffre, "acces/totp/2"), (Coffre(b"b" * 32), "acces/totp/1")):
        with pytest.raises(MauvaisSecret):
            autre.ouvre(scelle, place)


def commande(url: str, dossier: Path, *arguments: str, entree: int | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "licence_manager", "create-admin", *arguments],
        stdin=subprocess.DEVNULL if entree is None else entree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=dossier,
        env=os.environ | {f"{PREFIXE}BASE": url, f"{PREFIXE}SECRET": SECRET},
        start_new_session=True,  # no terminal but the one that is given
    )


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_create_admin_asks_the_password_unseen_and_never_takes_it_from_elsewhere(
    atelier: Atelier, url: str, tmp_path: Path
) -> None:
    acces = atelier.maison.acces
    sans = commande(url, tmp_path, "luc@exemple.fr", MOT_DE_PASSE)
    assert "mal écrite" in sans.communicate(timeout=60)[0]  # no argument holds a password
    sans = commande(url, tmp_path, "luc@exemple.fr")
    assert "--code" in sans.communicate(timeout=60)[0]
    if sys.platform != "win32":
        import pty

        maitre, esclave = pty.openpty()
        demande = commande(url, tmp_path, "luc@exemple.fr", "--nom", "Luc Durand", entree=esclave)
        os.close(esclave)
        assert demande.stdout is not None
        dit = ""
        for question in ("Mot de passe", "Encore une fois"):  # what is typed before the question is thrown away
            while question not in dit:
                dit += demande.stdout.read(1) or pytest.fail(dit)
            os.write(maitre, f"{MOT_DE_PASSE}\n".encode())
        dit += demande.communicate(timeout=60)[0]
        assert demande.returncode == 0, dit
        assert "Luc Durand (luc@exemple.fr) est administrateur." in dit
        assert MOT_DE_PASSE not in dit
        os.close(maitre)
    atelier.montre.le = Montre().le
    assert acces.connexion.connecte("luc@exemple.fr", MOT_DE_PASSE, ICI).complete


def test_create_admin_gives_a_one_time_link_where_there_is_no_terminal(
    atelier: Atelier, url: str, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    dit = commande(url, tmp_path, "anne@exemple.fr", "--code").communicate(timeout=60)[0]
    code = dit.split("/invitation?code=")[1].split()[0]
    atelier.montre.le = datetime.now(UTC)  # the command read the clock of the machine
    gestion = atelier.maison.acces.gestion
    assert gestion.suit_invitation(code, MOT_DE_PASSE, ICI).courriel == "anne@exemple.fr"
    with pytest.raises(Refuse):
        gestion.suit_invitation(code, MOT_DE_PASSE, ICI)
    encore = commande(url, tmp_path, "anne@exemple.fr", "--code").communicate(timeout=60)[0]
    assert "a déjà un compte" in encore
    assert "--retablir" in encore
    rendu = commande(url, tmp_path, "anne@exemple.fr", "--code", "--retablir").communicate(timeout=60)[0]
    assert "/invitation?code=" in rendu
