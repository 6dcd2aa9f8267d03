"""The vault: what is put in comes out, nothing of it can be read or changed beside the vault, damage is named."""

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from apps.connecteur.tests.coffre.conftest import REGLAGES, SECRETS, TrousseauDEssai

from connecteur.coffre import Coffre, CoffreAbime, CoffreEtranger, CoffreIllisible
from connecteur.coffre.chiffre import Cle, ValeurIllisible
from connecteur.coffre.document import _rend
from connecteur.errors import GesteRefuse

Rouvre = Callable[[], Coffre]
posix = pytest.mark.skipif(sys.platform == "win32", reason="rights as POSIX has them")


def test_what_is_put_in_comes_out_of_another_program(coffre: Coffre, rouvre: Rouvre) -> None:
    assert rouvre().lit_tout() == SECRETS
    assert rouvre().noms() == sorted(SECRETS)
    assert rouvre().reglages() == REGLAGES
    assert rouvre().lit("batigest.mot_de_passe") == SECRETS["batigest.mot_de_passe"]
    assert rouvre().lit("licence.cle") is None
    assert coffre.verifie() == len(SECRETS)


def test_a_vault_that_was_never_made_is_empty_and_reading_makes_none(tmp_path: Path) -> None:
    coffre = Coffre(tmp_path / "rien", environ={})
    assert (coffre.lit("licence.cle"), coffre.noms(), coffre.reglages(), coffre.etat()) == (None, [], {}, None)
    assert not coffre.existe
    assert list(tmp_path.iterdir()) == []


def test_a_change_keeps_the_rest_and_none_removes(coffre: Coffre, rouvre: Rouvre) -> None:
    coffre.ecrit({"licence.bail": None, "licence.cle": "AAAA", "inconnu": None})
    attendus = {nom: valeur for nom, valeur in SECRETS.items() if nom != "licence.bail"} | {"licence.cle": "AAAA"}
    assert rouvre().lit_tout() == attendus
    assert rouvre().reglages() == REGLAGES


def test_no_secret_stands_in_clear_in_the_file_nor_in_what_can_be_printed(coffre: Coffre) -> None:
    texte = coffre.fichier.read_text() + repr(coffre) + repr(coffre.etat()) + repr(vars(coffre))
    for secret in SECRETS.values():
        assert secret not in texte
        assert json.dumps(secret)[1:-1] not in texte


@pytest.mark.parametrize("valeur", ["", "mal\udc80"])
def test_what_is_empty_or_no_text_is_refused_and_changes_nothing(coffre: Coffre, rouvre: Rouvre, valeur: str) -> None:
    with pytest.raises(GesteRefuse, match=r"licence\.cle"):
        coffre.ecrit({"licence.bail": "autre", "licence.cle": valeur})
    assert rouvre().lit_tout() == SECRETS


@pytest.mark.parametrize("valeur", [float("nan"), (1, 2), object()])
def test_settings_that_are_no_json_are_refused(coffre: Coffre, rouvre: Rouvre, valeur: object) -> None:
    with pytest.raises(GesteRefuse, match="JSON"):
        coffre.ecrit({}, {"batigest.port": valeur})
    assert rouvre().reglages() == REGLAGES


def test_one_value_encrypted_twice_never_reads_the_same() -> None:
    cle = Cle.neuve()
    assert cle.chiffre(("a",), "x") != cle.chiffre(("a",), "x")


def test_a_value_opens_at_its_own_place_only() -> None:
    cle = Cle.neuve()
    place = ("coffre-sages", 1, "coffre", "cle", "nom")
    valeur = cle.chiffre(place, "secret")
    assert cle.dechiffre(place, valeur) == "secret"
    for rang, autre in enumerate(("autre-format", 2, "autre", "autre", "autre")):
        with pytest.raises(ValeurIllisible):
            cle.dechiffre((*place[:rang], autre, *place[rang + 1 :]), valeur)
    with pytest.raises(ValeurIllisible):
        Cle.neuve().dechiffre(place, valeur)


def octets_changes(octets: bytes) -> list[bytes]:
    """Cut and flipped at many places, and a few things that happen to files."""
    rangs = [*range(0, len(octets), 7), len(octets) - 1]
    coupes = [octets[:rang] for rang in rangs]
    inverses = [octets[:r] + bytes([octets[r] ^ (1 << (r % 8))]) + octets[r + 1 :] for r in rangs]
    casses = [octets + b"\n", octets.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + octets, bytes(len(octets)), b"null"]
    return coupes + inverses + casses


def test_every_cut_and_every_changed_byte_is_found_and_nothing_is_written_over(coffre: Coffre, rouvre: Rouvre) -> None:
    bon = coffre.fichier.read_bytes()
    for octets in octets_changes(bon):
        coffre.fichier.write_bytes(octets)
        with pytest.raises(CoffreAbime) as abime:
            rouvre().lit("batigest.mot_de_passe")
        assert "connecteur coffre restaure" in abime.value.remede
        with pytest.raises(CoffreAbime):
            rouvre().ecrit({"licence.cle": "AAAA"})
        assert coffre.fichier.read_bytes() == octets
    coffre.fichier.write_bytes(bon)
    assert rouvre().lit_tout() == SECRETS


def refait_l_empreinte(coffre: Coffre, document: Any) -> None:
    """As whoever can write the file, but has not its key, would."""
    corps = {nom: valeur for nom, valeur in document.items() if nom not in {"empreinte", "sceau"}}
    document["empreinte"] = sha256(_rend(corps)).hexdigest()
    coffre.fichier.write_bytes(_rend(document))


def retire_un_secret(document: Any) -> None:
    del document["secrets"]["licence.bail"]


def echange_deux_secrets(document: Any) -> None:
    un, autre = list(document["secrets"])[:2]
    secrets = document["secrets"]
    secrets[un], secrets[autre] = secrets[autre], secrets[un]


def change_un_reglage(document: Any) -> None:
    document["reglages"]["batigest"]["port"] = 1434


def ajoute_un_reglage(document: Any) -> None:
    document["reglages"]["tampon"] = {"url": "postgresql://ailleurs"}


def rajeunit(document: Any) -> None:
    document["ecriture"] -= 1


def prend_le_nom_d_un_autre(document: Any) -> None:
    document["coffre"] = "0" * 32


@pytest.mark.parametrize(
    "change",
    [
        retire_un_secret,
        echange_deux_secrets,
        change_un_reglage,
        ajoute_un_reglage,
        rajeunit,
        prend_le_nom_d_un_autre,
    ],
)
def test_what_another_hand_changed_with_care_is_found(
    coffre: Coffre, rouvre: Rouvre, change: Callable[[Any], None]
) -> None:
    """Whoever can write the file can make its fingerprint again, but not its seal."""
    document = json.loads(coffre.fichier.read_text())
    change(document)
    refait_l_empreinte(coffre, document)
    with pytest.raises(CoffreAbime, match="sans passer par le connecteur"):
        rouvre().lit("batigest.mot_de_passe")


def test_one_entry_of_a_former_state_does_not_come_back(coffre: Coffre, rouvre: Rouvre) -> None:
    ancien = json.loads(coffre.fichier.read_text())
    coffre.ecrit({"batigest.mot_de_passe": "nouveau"})
    document = json.loads(coffre.fichier.read_text())
    document["secrets"]["batigest.mot_de_passe"] = ancien["secrets"]["batigest.mot_de_passe"]
    refait_l_empreinte(coffre, document)
    with pytest.raises(CoffreAbime):
        rouvre().lit("batigest.mot_de_passe")


def test_a_damaged_vault_goes_back_to_its_former_state_and_is_kept_aside(coffre: Coffre, rouvre: Rouvre) -> None:
    coffre.ecrit({"licence.cle": "AAAA"})
    coffre.fichier.write_bytes(b"{")
    rouvre().restaure()
    assert rouvre().lit_tout() == SECRETS
    assert (coffre.fichier.parent / "credentials.json.abime").read_bytes() == b"{"


def test_a_damaged_former_state_is_not_put_back(coffre: Coffre, rouvre: Rouvre) -> None:
    coffre.ecrit({"licence.cle": "AAAA"})
    coffre.precedent.write_bytes(b"{")
    avant = coffre.fichier.read_bytes()
    with pytest.raises(CoffreAbime, match="precedent"):
        rouvre().restaure()
    assert coffre.fichier.read_bytes() == avant


def test_restoring_without_a_former_state_is_refused(coffre: Coffre) -> None:
    with pytest.raises(GesteRefuse, match="pas d’état précédent"):
        coffre.restaure()


def test_a_vault_that_has_gone_is_not_taken_for_one_that_never_was(coffre: Coffre, rouvre: Rouvre) -> None:
    coffre.ecrit({"licence.cle": "AAAA"})
    coffre.fichier.unlink()
    for geste in (rouvre().noms, lambda: rouvre().ecrit({"licence.cle": "BBBB"})):
        with pytest.raises(CoffreAbime, match="a disparu"):
            geste()
    rouvre().restaure()
    assert rouvre().lit_tout() == SECRETS


def test_a_vault_of_a_newer_connector_is_left_alone(coffre: Coffre, rouvre: Rouvre) -> None:
    texte = coffre.fichier.read_text().replace('"version": 1', '"version": 2')
    coffre.fichier.write_text(texte)
    with pytest.raises(CoffreAbime, match="plus récent"):
        rouvre().lit("licence.bail")


@pytest.mark.parametrize("contenu", ['{"sqlserver": {"password": "clair"}}', "{}", '{"version": 3}'])
def test_the_file_of_the_previous_generation_is_known_and_never_written_over(
    tmp_path: Path, contenu: str, trousseau: TrousseauDEssai
) -> None:
    (tmp_path / "credentials.json").write_text(contenu)
    coffre = Coffre(tmp_path, environ={}, trousseau=trousseau)
    for geste in (coffre.noms, coffre.etat, lambda: coffre.ecrit({"licence.cle": "AAAA"}), coffre.change_cle):
        with pytest.raises(CoffreEtranger, match="ancien connecteur") as refus:
            geste()
        assert "connecteur coffre importe" in refus.value.remede
        assert "clair" not in f"{refus.value.remede}{refus.value.detail}"
    assert (tmp_path / "credentials.json").read_text() == contenu
    assert trousseau.cles == {}


# --- the file itself ----------------------------------------------------------------------------------


@posix
def test_files_are_their_owner_s_alone_and_nothing_is_left_beside_them(coffre: Coffre) -> None:
    coffre.ecrit({"licence.cle": "AAAA"})
    fichiers = sorted(coffre.fichier.parent.iterdir())
    assert [un.name for un in fichiers] == ["credentials.json", "credentials.json.precedent", "credentials.json.verrou"]
    assert {stat.S_IMODE(un.stat().st_mode) for un in fichiers} == {0o600}


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(coffre: Coffre, rouvre: Rouvre, mode: int) -> None:
    coffre.fichier.chmod(mode)
    with pytest.raises(CoffreIllisible, match="changé par d’autres") as refus:
        rouvre().lit("licence.bail")
    assert "chmod 600" in refus.value.remede
    with pytest.raises(CoffreIllisible):
        rouvre().ecrit({"licence.cle": "AAAA"})


@posix
def test_a_link_is_refused(coffre: Coffre, rouvre: Rouvre, tmp_path: Path) -> None:
    coffre.fichier.rename(tmp_path / "ailleurs.json")
    coffre.fichier.symlink_to(tmp_path / "ailleurs.json")
    with pytest.raises(CoffreIllisible, match="lien"):
        rouvre().lit("licence.bail")


if sys.platform != "win32":

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another account")
    def test_a_file_of_another_account_is_refused(coffre: Coffre, trousseau: TrousseauDEssai) -> None:
        with TemporaryDirectory() as nom:  # pytest's own folders are closed to others
            dossier = Path(nom)
            dossier.chmod(0o755)
            copie = dossier / "credentials.json"
            shutil.copy(coffre.fichier, copie)
            copie.chmod(0o644)
            os.chown(copie, 65533, 65533)
            os.seteuid(65534)
            try:
                with pytest.raises(CoffreIllisible, match="appartient à un autre compte"):
                    Coffre(dossier, environ={}, trousseau=trousseau).noms()
            finally:
                os.seteuid(0)
            assert Coffre(dossier, environ={}, trousseau=trousseau).lit_tout() == SECRETS

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_an_administrator_leaves_the_vault_of_a_service_to_its_account(
        tmp_path: Path, trousseau: TrousseauDEssai
    ) -> None:
        os.chown(tmp_path, 65534, 65534)
        donnee = {"CONNECTEUR_CLE_COFFRE": Cle.neuve().texte()}
        with pytest.raises(GesteRefuse, match="c’est à lui de faire le coffre"):
            Coffre(tmp_path, environ={}, trousseau=trousseau).ecrit(SECRETS)
        assert trousseau.cles == {}
        for _ in range(2):
            Coffre(tmp_path, environ=donnee, trousseau=trousseau).ecrit(SECRETS)
        assert {un.stat().st_uid for un in tmp_path.iterdir()} == {65534}
