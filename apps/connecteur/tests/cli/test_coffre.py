"""`connecteur coffre`, as a person and a script use it; the values are never shown."""

import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from connecteur.cli import main
from connecteur.cli.codes import Code
from connecteur.coffre import Coffre
from connecteur.settings import charge_configuration

SECRETS = ("Mdp-Batigest-é;1", "secret-du-client", "Mdp-Batisimply-2", "Mdp-Sud-3", "json://jeton-du-bureau")
TOML = f"""\
# la configuration du bureau
donnees = "{{donnees}}"

[batigest]
serveur = "SRV"
base = "BTG"
utilisateur = "u"
mot_de_passe = "{SECRETS[0]}" # à changer

[batisimply]
url_api = "http://a"
url_sso = "http://s"
client_id = "c"
client_secret = "{SECRETS[1]}"
mot_de_passe = "{SECRETS[2]}"

[dossiers.sud.batigest]
serveur = "SRV"
base = "SUD"
utilisateur = "u"
mot_de_passe = "{SECRETS[3]}"

[dossiers.sud.batisimply]
url_api = "http://a"
url_sso = "http://s"
client_id = "c"

[alertes]
urls = ["{SECRETS[4]}"]
"""


@pytest.fixture(autouse=True)
def sans_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for nom in [nom for nom in os.environ if nom.startswith("CONNECTEUR_")]:
        monkeypatch.delenv(nom)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    fichier = tmp_path / "connecteur.toml"
    fichier.write_text(TOML.replace("{donnees}", str(tmp_path / "donnees")), encoding="utf-8")
    fichier.chmod(0o640)
    return fichier


class Bureau:
    """Runs commands; nothing they say may hold a secret."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._config = config
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def lance(self, *mots: str, entree: str = "", code: Code = Code.REUSSI) -> str:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(entree))
        with pytest.raises(SystemExit) as fin:
            main(["coffre", *mots, "--config", str(self._config)])
        sortie = self._capsys.readouterr()
        dit = sortie.out + sortie.err
        assert fin.value.code == code, dit
        self.sortie = sortie.out
        for secret in SECRETS:
            assert secret not in dit
            assert json.dumps(secret)[1:-1] not in dit
        return " ".join(dit.split())

    def json(self, *mots: str, entree: str = "", code: Code = Code.REUSSI) -> Any:
        self.lance(*mots, "--json", "--detail", entree=entree, code=code)
        return json.loads(self.sortie)


@pytest.fixture
def bureau(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau(config, capsys, monkeypatch)


def test_the_secrets_of_a_file_go_to_the_vault_and_the_settings_stay_the_same(bureau: Bureau, config: Path) -> None:
    avant = charge_configuration(config, Coffre)
    ecrit = config.read_bytes()
    objet = bureau.json("importe", str(config))
    assert set(objet["importes"]) == {
        "batigest.mot_de_passe", "batisimply.client_secret", "batisimply.mot_de_passe",
        "dossiers.sud.batigest.mot_de_passe", "alertes.urls",
    }  # fmt: skip
    texte = config.read_text(encoding="utf-8")
    assert not any(secret in texte for secret in SECRETS)
    assert "# la configuration du bureau" in texte
    apres = charge_configuration(config, Coffre)
    assert apres.dossiers == avant.dossiers
    assert apres.en_clair == []
    copie = Path(objet["en_clair"])
    assert copie.read_bytes() == ecrit
    if sys.platform != "win32":
        assert stat.S_IMODE(copie.stat().st_mode) == 0o600
        assert stat.S_IMODE(config.stat().st_mode) == 0o640, "who could read it still can"
    assert bureau.json("importe", str(config))["importes"] == []


def test_a_second_import_does_not_lose_the_copy_of_the_first(bureau: Bureau, config: Path) -> None:
    bureau.lance("importe", str(config))
    config.write_text(config.read_text(encoding="utf-8") + '\n[tampon]\nurl = "postgresql://h/b"\n', encoding="utf-8")
    avant = config.read_bytes()
    assert "déjà la copie" in bureau.lance("importe", str(config), code=Code.ECHEC)
    assert config.read_bytes() == avant
    bureau.lance("importe", str(config), "--efface-copie", code=Code.ECHEC)


def test_a_secret_that_is_not_made_as_it_should_be_is_named_and_nothing_is_done(bureau: Bureau, config: Path) -> None:
    texte = config.read_text(encoding="utf-8")
    config.write_text(texte.replace(f'"{SECRETS[3]}"', "867530986753").replace(f'["{SECRETS[4]}"]', '"x"'), "utf-8")
    dit = bureau.lance("importe", str(config), code=Code.USAGE)
    assert "dossiers.sud.batigest.mot_de_passe" in dit
    assert "alertes.urls" in dit
    assert "867530986753" not in dit
    assert not Coffre(config.parent / "donnees").existe


def test_the_whole_file_can_go_to_the_vault(bureau: Bureau, config: Path) -> None:
    avant = charge_configuration(config, Coffre)
    assert bureau.json("importe", str(config), "--tout", "--efface-copie")["en_clair"] is None
    assert [ligne for ligne in config.read_text(encoding="utf-8").splitlines() if "=" in ligne] == [
        f'donnees = "{avant.donnees}"'
    ]
    assert charge_configuration(config, Coffre).dossiers == avant.dossiers
    assert sorted(un.name for un in config.parent.iterdir()) == ["connecteur.toml", "donnees"]


def test_a_value_is_read_on_the_input_and_kept_as_it_is(bureau: Bureau, config: Path) -> None:
    bureau.lance("pose", "batigest.mot_de_passe", entree=f"{SECRETS[0]}\r\n")
    bureau.lance("pose", "dossiers.sud.alertes.urls", entree=f"{SECRETS[4]}\n\n mailto://x \n")
    bureau.lance("pose", "batigest.port", entree="1434\n")
    coffre = Coffre(config.parent / "donnees")
    assert coffre.lit("batigest.mot_de_passe") == SECRETS[0]
    assert json.loads(coffre.lit("dossiers.sud.alertes.urls") or "") == [SECRETS[4], "mailto://x"]
    assert charge_configuration(config, Coffre).choisit("principal").batigest.port == 1434
    liste = bureau.json("liste")
    assert liste["secrets"] == ["batigest.mot_de_passe", "dossiers.sud.alertes.urls"]
    assert liste["reglages"] == ["batigest.port"]
    assert bureau.json("verifie")["secrets"] == 2
    for nom in ("batigest.mot_de_passe", "batigest.port"):
        bureau.lance("retire", nom)
        assert "ne garde pas" in bureau.lance("retire", nom, code=Code.ECHEC)
    assert coffre.noms() == ["dossiers.sud.alertes.urls"]


def test_nothing_empty_nor_unknown_is_kept(bureau: Bureau, config: Path) -> None:
    assert "n’a pas de valeur" in bureau.lance("pose", "batigest.mot_de_passe", code=Code.ECHEC)
    assert "Aucun réglage" in bureau.lance("pose", "batigest.motdepasse", entree="x", code=Code.USAGE)
    assert not Coffre(config.parent / "donnees").existe


def test_a_value_on_the_command_line_is_refused_and_not_repeated(bureau: Bureau) -> None:
    dit = bureau.lance("pose", "batigest.mot_de_passe", SECRETS[0], code=Code.USAGE)
    assert "Une valeur ne s’écrit pas sur la ligne de commande" in dit


def test_a_damaged_vault_is_named_by_every_command_and_goes_back(bureau: Bureau, config: Path) -> None:
    bureau.lance("pose", "batigest.mot_de_passe", entree=SECRETS[0])
    bureau.lance("pose", "batisimply.mot_de_passe", entree=SECRETS[2])
    coffre = Coffre(config.parent / "donnees")
    coffre.fichier.write_bytes(coffre.fichier.read_bytes()[:-40])
    for mots in (["etat"], ["liste"], ["verifie"], ["retire", "batigest.mot_de_passe"], ["change-cle"]):
        objet = bureau.json(*mots, code=Code.USAGE)
        assert "est abîmé" in objet["erreur"]["message"]
        assert "connecteur coffre restaure" in objet["erreur"]["remede"]
    assert bureau.json("restaure")["secrets"] == 1
    assert coffre.lit("batigest.mot_de_passe") == SECRETS[0]


def test_the_key_changes_and_can_be_given_by_the_environment(
    bureau: Bureau, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.lance("pose", "batigest.mot_de_passe", entree=SECRETS[0])
    etat = bureau.json("etat")["coffre"]
    assert (etat["cle"]["source"], etat["secrets"], etat["cle_a_cote"]) == ("fichier", 1, False)
    assert bureau.json("change-cle")["cle"]["id"] != etat["cle"]["id"]
    cle = tmp_path / "cle-du-service"
    with pytest.raises(SystemExit) as fin:
        main(["coffre", "nouvelle-cle", str(cle)])
    assert fin.value.code == 0
    bureau.lance("etat")
    assert bureau.json("change-cle", "--cle", str(cle))["cle"]["source"] == "environnement"
    assert "ne s’y trouve pas" in bureau.lance("verifie", code=Code.USAGE)
    monkeypatch.setenv("CONNECTEUR_FICHIER_CLE_COFFRE", str(cle))
    assert bureau.json("verifie")["secrets"] == 1
    assert "est donnée par" not in bureau.lance("etat")


def test_the_file_of_the_previous_generation_makes_room_for_the_vault(bureau: Bureau, config: Path) -> None:
    donnees = config.parent / "donnees"
    donnees.mkdir()
    ancien = donnees / "credentials.json"
    contenu = {
        "sqlserver": {"server": "SRV", "database": "BTG", "user": "sa", "password": SECRETS[0]},
        "batisimply": {"client_secret": SECRETS[1], "password": SECRETS[2]},
        "theme": "sombre",
    }
    ancien.write_text(json.dumps(contenu), encoding="utf-8")
    assert "ancien connecteur" in bureau.lance("pose", "batigest.mot_de_passe", entree=SECRETS[3], code=Code.USAGE)
    assert json.loads(ancien.read_text(encoding="utf-8")) == contenu
    objet = bureau.json("importe", str(ancien))
    assert objet["pas_compris"] == ["theme"]
    assert Path(objet["en_clair"]).name == "credentials.json.avant-coffre"
    coffre = Coffre(donnees)
    assert coffre.lit("batigest.mot_de_passe") == SECRETS[0]
    assert coffre.reglages()["batigest"] == {"serveur": "SRV", "base": "BTG", "utilisateur": "sa"}


def test_an_old_file_that_stands_elsewhere_stays_there(bureau: Bureau, config: Path, tmp_path: Path) -> None:
    ancien = tmp_path / "anciens.json"
    ancien.write_text(json.dumps({"sqlserver_password": SECRETS[0]}), encoding="utf-8")
    assert bureau.json("importe", str(ancien))["en_clair"] == str(ancien)
    assert ancien.exists()
    bureau.lance("importe", str(ancien), "--efface-copie")
    assert not ancien.exists()
    assert Coffre(config.parent / "donnees").lit("batigest.mot_de_passe") == SECRETS[0]
