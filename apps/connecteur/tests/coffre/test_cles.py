"""Where the key is: which source is taken, what is said when it is not there any more, and how it changes."""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import keyring
import pytest
from apps.connecteur.tests.coffre.conftest import SECRETS, TrousseauDEssai
from keyring.backend import KeyringBackend

from connecteur.coffre import Coffre, CoffreAbime, CoffreIllisible, Source
from connecteur.coffre.chiffre import Cle
from connecteur.coffre.cles import ecrit_nouvelle_cle
from connecteur.coffre.trousseau import TrousseauSysteme
from connecteur.errors import ConfigurationInvalide, ErreurPermanente, GesteRefuse

SANS = TrousseauDEssai(nom=None)
posix = pytest.mark.skipif(sys.platform == "win32", reason="rights as POSIX has them")


def source(coffre: Coffre) -> str:
    etat = coffre.etat()
    assert etat is not None
    return etat.cle.source


def fichier_de_cle(coffre: Coffre) -> Path:
    etat = coffre.etat()
    assert etat is not None
    return Path(etat.cle.ou)


def test_the_keyring_is_preferred_to_a_file_and_the_environment_to_both(tmp_path: Path) -> None:
    texte = Cle.neuve().texte()
    for rang, (environ, trousseau, attendue) in enumerate(
        [
            ({}, SANS, Source.FICHIER),
            ({}, TrousseauDEssai(), Source.TROUSSEAU),
            ({"CONNECTEUR_CLE_COFFRE": texte}, TrousseauDEssai(), Source.ENVIRONNEMENT),
        ]
    ):
        coffre = Coffre(tmp_path / str(rang), environ=environ, trousseau=trousseau)
        coffre.ecrit(SECRETS)
        assert source(coffre) == attendue
        assert Coffre(tmp_path / str(rang), environ=environ, trousseau=trousseau).lit_tout() == SECRETS


@pytest.mark.parametrize("forme", [str, lambda t: t.replace("+", "-").replace("/", "_"), lambda t: f"# une clé\n{t}\n"])
def test_the_environment_may_name_a_file(tmp_path: Path, forme: object) -> None:
    assert callable(forme)
    cle = tmp_path / "cle"
    cle.write_text(forme(Cle.neuve().texte()))
    cle.chmod(0o440)
    environ = {"CONNECTEUR_FICHIER_CLE_COFFRE": str(cle)}
    Coffre(tmp_path / "d", environ=environ, trousseau=SANS).ecrit(SECRETS)
    assert Coffre(tmp_path / "d", environ=environ, trousseau=SANS).lit_tout() == SECRETS


@pytest.mark.parametrize("texte", ["pas une clé", base64.b64encode(b"court").decode(), "é" * 44])
def test_what_is_no_key_is_refused_without_being_quoted(tmp_path: Path, texte: str) -> None:
    with pytest.raises(ConfigurationInvalide) as refus:
        Coffre(tmp_path, environ={"CONNECTEUR_CLE_COFFRE": texte}, trousseau=SANS).ecrit(SECRETS)
    assert texte not in f"{refus.value.message}{refus.value.remede}{refus.value.detail}"
    assert not (tmp_path / "credentials.json").exists()


@posix
def test_a_key_that_every_account_can_read_is_refused(tmp_path: Path) -> None:
    cle = tmp_path / "cle"
    ecrit_nouvelle_cle(cle)
    cle.chmod(0o644)
    with pytest.raises(CoffreIllisible, match="ouvert à d’autres"):
        Coffre(tmp_path, environ={"CONNECTEUR_FICHIER_CLE_COFFRE": str(cle)}, trousseau=SANS).ecrit(SECRETS)


def test_a_missing_keyring_is_named_and_no_new_key_takes_its_place(coffre: Coffre, trousseau: TrousseauDEssai) -> None:
    avant = coffre.fichier.read_bytes()
    for autre, dit in [
        (SANS, "ne répond pas"),
        (TrousseauDEssai(ferme=True), "ne répond pas"),
        (TrousseauDEssai(), "n’y est pas"),
    ]:
        ailleurs = Coffre(coffre.fichier.parent, environ={}, trousseau=autre)
        for geste in (ailleurs.noms, lambda c=ailleurs: c.ecrit({"licence.cle": "A"}), ailleurs.change_cle):
            with pytest.raises(CoffreIllisible, match=dit) as refus:
                geste()
            assert "Trousseau d’essai" in refus.value.message
        assert autre.cles == {}
    assert coffre.fichier.read_bytes() == avant


def test_the_account_whose_keyring_it_is_is_named_to_another(coffre: Coffre, monkeypatch: pytest.MonkeyPatch) -> None:
    etat = coffre.etat()
    assert etat is not None
    monkeypatch.setenv("LOGNAME", "service-de-windows")
    with pytest.raises(CoffreIllisible) as refus:
        Coffre(coffre.fichier.parent, environ={}, trousseau=SANS).noms()
    assert f"« {etat.cle.compte} »" in refus.value.message
    assert "fonctionne sous « service-de-windows »" in refus.value.message


def test_a_key_of_the_environment_that_is_missing_or_another_is_said(tmp_path: Path) -> None:
    Coffre(tmp_path, environ={"CONNECTEUR_CLE_COFFRE": Cle.neuve().texte()}, trousseau=SANS).ecrit(SECRETS)
    with pytest.raises(CoffreIllisible, match="et ne s’y trouve pas"):
        Coffre(tmp_path, environ={}, trousseau=SANS).noms()
    with pytest.raises(CoffreIllisible, match="n’est pas la sienne"):
        Coffre(tmp_path, environ={"CONNECTEUR_CLE_COFFRE": Cle.neuve().texte()}, trousseau=SANS).noms()


def test_the_key_file_stands_away_from_the_data_folder(tmp_path: Path) -> None:
    coffre = Coffre(tmp_path / "d", environ={}, trousseau=SANS)
    coffre.ecrit(SECRETS)
    etat = coffre.etat()
    assert etat is not None
    assert not etat.cle_a_cote
    fichier = fichier_de_cle(coffre)
    assert not fichier.is_relative_to(tmp_path)
    if sys.platform != "win32":
        assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
        assert stat.S_IMODE(fichier.parent.stat().st_mode) == 0o700
    fichier.rename(tmp_path / "ailleurs")
    with pytest.raises(CoffreIllisible, match="n’y est pas") as refus:
        Coffre(tmp_path / "d", environ={}, trousseau=SANS).noms()
    assert str(fichier) in refus.value.message
    sauve = {"CONNECTEUR_FICHIER_CLE_COFFRE": str(tmp_path / "ailleurs")}
    assert Coffre(tmp_path / "d", environ=sauve, trousseau=SANS).lit_tout() == SECRETS


def test_an_account_without_a_place_of_its_own_keeps_the_key_within_the_data_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fichier").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "fichier"))
    coffre = Coffre(tmp_path / "d", environ={}, trousseau=SANS)
    coffre.ecrit(SECRETS)
    etat = coffre.etat()
    assert etat is not None
    assert etat.cle_a_cote
    assert Coffre(tmp_path / "d", environ={}, trousseau=SANS).lit_tout() == SECRETS


@posix
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    coffre = Coffre(tmp_path, environ={}, trousseau=SANS)
    coffre.ecrit(SECRETS)
    fichier_de_cle(coffre).chmod(0o640)
    with pytest.raises(CoffreIllisible, match="ouvert à d’autres"):
        Coffre(tmp_path, environ={}, trousseau=SANS).noms()


# --- changing the key ---------------------------------------------------------------------------------


@pytest.mark.parametrize("vers", [None, Source.FICHIER, Source.TROUSSEAU])
def test_everything_is_encrypted_again_and_the_former_key_opens_nothing_any_more(
    coffre: Coffre, trousseau: TrousseauDEssai, vers: Source | None
) -> None:
    ancienne = Cle.du_texte(next(iter(trousseau.cles.values())))
    coffre.ecrit({"licence.cle": "AAAA"})
    nommee = coffre.change_cle(vers)
    assert nommee.ident != ancienne.ident
    assert nommee.source == (vers or Source.TROUSSEAU)
    assert ancienne.ident not in trousseau.cles
    rouvert = Coffre(coffre.fichier.parent, environ={}, trousseau=trousseau)
    assert rouvert.lit_tout() == {**SECRETS, "licence.cle": "AAAA"}
    assert ancienne.ident not in coffre.fichier.read_text() + coffre.precedent.read_text()
    rouvert.restaure()
    assert rouvert.lit_tout() == {**SECRETS, "licence.cle": "AAAA"}


def test_a_program_that_has_the_vault_open_follows_the_new_key(coffre: Coffre, trousseau: TrousseauDEssai) -> None:
    autre = Coffre(coffre.fichier.parent, environ={}, trousseau=trousseau)
    assert autre.verifie() == len(SECRETS)
    coffre.change_cle(Source.FICHIER)
    assert autre.lit_tout() == SECRETS
    autre.ecrit({"licence.cle": "AAAA"})
    assert coffre.lit("licence.cle") == "AAAA"


def test_a_key_of_the_environment_is_changed_for_one_of_a_file(tmp_path: Path) -> None:
    environ = {"CONNECTEUR_CLE_COFFRE": Cle.neuve().texte()}
    coffre = Coffre(tmp_path / "d", environ=environ, trousseau=SANS)
    coffre.ecrit(SECRETS)
    with pytest.raises(GesteRefuse, match="déjà celle du coffre"):
        coffre.change_cle()
    neuve = Cle.neuve()
    assert coffre.change_cle(donnee=neuve).source == Source.ENVIRONNEMENT
    with pytest.raises(CoffreIllisible, match="n’est pas la sienne"):
        Coffre(tmp_path / "d", environ=environ, trousseau=SANS).noms()
    apres = {"CONNECTEUR_CLE_COFFRE": neuve.texte()}
    assert Coffre(tmp_path / "d", environ=apres, trousseau=SANS).lit_tout() == SECRETS


def test_a_keyring_that_does_not_keep_what_it_is_given_changes_nothing(coffre: Coffre) -> None:
    class Oublieux(TrousseauDEssai):
        def pose(self, ident: str, texte: str, /) -> None:
            """Says yes and keeps nothing, as some do."""

    avant = coffre.fichier.read_bytes()
    oublieux = Oublieux(cles=dict(coffre._cles._trousseau.cles))  # type: ignore[attr-defined]
    with pytest.raises(ErreurPermanente, match="n’a pas gardé"):
        Coffre(coffre.fichier.parent, environ={}, trousseau=oublieux).change_cle()
    assert coffre.fichier.read_bytes() == avant
    assert coffre.lit_tout() == SECRETS


def test_a_value_of_a_vault_does_not_open_in_another_with_the_same_key(tmp_path: Path) -> None:
    environ = {"CONNECTEUR_CLE_COFFRE": Cle.neuve().texte()}
    un, autre = (Coffre(tmp_path / nom, environ=environ, trousseau=SANS) for nom in ("un", "autre"))
    for coffre in (un, autre):
        coffre.ecrit(SECRETS)
    document = un.fichier.read_text()
    ident = json.loads(autre.fichier.read_text())["coffre"]
    autre.fichier.write_text(document.replace(json.loads(document)["coffre"], ident))
    with pytest.raises(CoffreAbime):
        autre.lit("licence.bail")


# --- the keyring of the system ------------------------------------------------------------------------


class EnClair(KeyringBackend):
    """A store that someone installed, which writes in clear: never chosen, whatever it says of itself."""

    priority = 9

    def get_password(self, *_: str) -> str | None:
        return None

    def set_password(self, *_: str) -> None:
        raise AssertionError

    def delete_password(self, *_: str) -> None:
        raise AssertionError


def test_only_a_keyring_of_the_system_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import chainer, fail, null

    magasins: list[Any] = [fail.Keyring, null.Keyring, EnClair, chainer.ChainerBackend]
    for magasin in magasins:
        monkeypatch.setattr(keyring.core, "_keyring_backend", magasin())
        assert TrousseauSysteme().nom is None
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "n.existe.pas")
    assert TrousseauSysteme().nom is None


def test_the_stores_that_count_exist_in_keyring() -> None:
    from importlib.util import find_spec

    from connecteur.coffre.trousseau import CHAINE, MODULES_SURS

    assert all(find_spec(module) for module in (*MODULES_SURS, CHAINE))


def test_a_new_key_never_replaces_a_file(tmp_path: Path) -> None:
    ident = ecrit_nouvelle_cle(tmp_path / "cle")
    avant = (tmp_path / "cle").read_bytes()
    assert Cle.du_texte(avant.decode()).ident == ident
    with pytest.raises(ErreurPermanente, match="existe déjà"):
        ecrit_nouvelle_cle(tmp_path / "cle")
    assert (tmp_path / "cle").read_bytes() == avant
    assert repr(Cle.du_texte(avant.decode())) == f"Cle({ident})"


SESSION = """
printf essai | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
exec "$1" -c "$2" "$3"
"""
DANS_LA_SESSION = """
import sys
from pathlib import Path
from connecteur.coffre import Coffre
coffre = Coffre(Path(sys.argv[1]), environ={})
coffre.ecrit({"licence.cle": "AAAA"})
coffre.change_cle()
print(Coffre(Path(sys.argv[1]), environ={}).lit("licence.cle"), coffre.etat().cle.source)
"""


@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")), reason="no Secret Service here"
)
def test_a_real_secret_service_keeps_the_key_and_its_absence_is_said(tmp_path: Path) -> None:
    variables = {nom: valeur for nom, valeur in os.environ.items() if nom != "PYTHON_KEYRING_BACKEND"}
    for nom in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        (tmp_path / nom).mkdir(mode=0o700)
        variables[nom] = str(tmp_path / nom)
    essai = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", SESSION, "sh", sys.executable, DANS_LA_SESSION, str(tmp_path / "d")],
        capture_output=True, text=True, env=variables, timeout=60, check=False,
    )  # fmt: skip
    assert essai.stdout.split() == ["AAAA", "trousseau"], essai.stderr
    with pytest.raises(CoffreIllisible, match=r"SecretService.*ne répond pas"):
        Coffre(tmp_path / "d", environ={}, trousseau=SANS).noms()
