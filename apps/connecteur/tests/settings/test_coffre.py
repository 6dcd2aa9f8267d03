"""The vault as a source of settings: below the file, which is below the variables."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from connecteur.errors import ConfigurationInvalide
from connecteur.settings import NOMENCLATURE, Configuration, Reglages, charge_configuration, dossier_de_donnees
from connecteur.settings.importation import pour_le_coffre, sans_secrets
from connecteur.settings.secrets import Forme


@dataclass
class Gardien:
    """A vault that holds these."""

    clairs: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def reglages(self) -> Mapping[str, Any]:
        return self.clairs

    def lit_tout(self) -> Mapping[str, str]:
        return self.secrets


ENTIER: dict[str, Any] = {
    "batigest": {"serveur": "SRV", "port": "1433", "base": "BTG", "utilisateur": "u"},
    "batisimply": {"url_api": "http://a", "url_sso": "http://s", "client_id": "c"},
}
SECRETS = {"batigest.mot_de_passe": "du coffre", "batisimply.mot_de_passe": "du coffre aussi"}


@pytest.fixture(autouse=True)
def sans_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for nom in [nom for nom in os.environ if nom.startswith("CONNECTEUR_")]:
        monkeypatch.delenv(nom)


def lit(tmp_path: Path, texte: str, gardien: Gardien) -> Configuration:
    fichier = tmp_path / "c.toml"
    fichier.write_text(f'donnees = "/var/lib/x"\n{texte}', encoding="utf-8")

    def ouvre(donnees: Path) -> Gardien:
        assert donnees == Path("/var/lib/x")
        return gardien

    return charge_configuration(fichier, ouvre)


def test_a_firm_needs_nothing_in_its_file_but_where_the_data_are(tmp_path: Path) -> None:
    sud = {"batigest": {**ENTIER["batigest"], "base": "SUD"}, "batisimply": ENTIER["batisimply"]}
    secrets = SECRETS | {
        "dossiers.sud.batigest.mot_de_passe": "du sud",
        "alertes.urls": '["json://ailleurs"]',
        "licence.cle": "AAAA-BBBB-CCCC-DDDD",
    }
    configuration = lit(tmp_path, "", Gardien({**ENTIER, "dossiers": {"sud": sud}}, secrets))
    assert not configuration.fautes
    premier, second = configuration.dossiers.values()
    assert premier.batigest.mot_de_passe.get_secret_value() == "du coffre"
    assert premier.batigest.port == 1433
    assert second.batigest.mot_de_passe.get_secret_value() == "du sud"
    assert [url.get_secret_value() for url in second.alertes.urls] == ["json://ailleurs"]
    assert set(configuration.secrets) >= {"du coffre", "du sud", "json://ailleurs"}
    assert configuration.en_clair == []


def test_the_variable_wins_over_the_file_and_the_file_over_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gardien = Gardien(ENTIER, SECRETS)
    fichier = '[batigest]\nmot_de_passe = "du fichier"\nbase = "AUTRE"\n'
    configuration = lit(tmp_path, fichier, gardien)
    batigest = configuration.choisit().batigest
    assert (batigest.mot_de_passe.get_secret_value(), batigest.base, batigest.serveur) == ("du fichier", "AUTRE", "SRV")
    assert configuration.choisit().batisimply.mot_de_passe.get_secret_value() == "du coffre aussi"
    assert configuration.en_clair == ["batigest.mot_de_passe"]
    monkeypatch.setenv("CONNECTEUR_BATIGEST__MOT_DE_PASSE", "de la variable")
    assert lit(tmp_path, fichier, gardien).choisit().batigest.mot_de_passe.get_secret_value() == "de la variable"


def test_a_setting_of_the_vault_that_does_not_exist_is_named_as_one_of_the_file_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalide, match=r"« batigest\.prot » n’existe pas"):
        lit(tmp_path, "", Gardien({**ENTIER, "batigest": {**ENTIER["batigest"], "prot": 1}}, SECRETS))


def test_the_secrets_of_a_dossier_at_fault_are_known_too(tmp_path: Path) -> None:
    configuration = lit(
        tmp_path, '[dossiers.sud.batigest]\nport = "x"\nmot_de_passe = "du fautif"\n', Gardien(ENTIER, SECRETS)
    )
    assert list(configuration.fautes) == ["sud"]
    assert "du fautif" in configuration.secrets
    assert "du fautif" not in repr(configuration)
    assert "du coffre" not in repr(configuration)


def test_a_variable_that_is_no_json_is_named_without_its_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTEUR_ALERTES__URLS", '["json://jeton')
    with pytest.raises(ConfigurationInvalide, match="CONNECTEUR_ALERTES… n’est pas du JSON") as refus:
        lit(tmp_path, "", Gardien(ENTIER, SECRETS))
    assert "jeton" not in f"{refus.value.message}{refus.value.remede}{refus.value.detail}"


def test_where_the_data_are_is_known_whatever_else_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fichier = tmp_path / "c.toml"
    fichier.write_text('donnees = "/var/lib/x"\n[batigest]\nrien = 1\n')
    assert dossier_de_donnees(fichier) == Path("/var/lib/x")
    monkeypatch.setenv("CONNECTEUR_DONNEES", "/ailleurs")
    assert dossier_de_donnees(fichier) == Path("/ailleurs")
    monkeypatch.delenv("CONNECTEUR_DONNEES")
    with pytest.raises(ConfigurationInvalide, match="donnees"):
        dossier_de_donnees(None)


def test_every_secret_of_the_settings_is_known_by_its_name() -> None:
    def secrets(modele: type[BaseModel], prefixe: str = "") -> set[str]:
        trouves = set()
        for nom, champ in modele.model_fields.items():
            if "SecretStr" in str(champ.annotation):
                trouves.add(prefixe + nom)
            elif isinstance(champ.annotation, type) and issubclass(champ.annotation, BaseModel):
                trouves |= secrets(champ.annotation, f"{prefixe}{nom}.")
        return trouves

    assert set(NOMENCLATURE.noms_de_secrets()) == secrets(Reglages)
    assert SecretStr.__name__ == "SecretStr"
    assert NOMENCLATURE.forme("dossiers.sud.alertes.urls") is Forme.LISTE
    assert NOMENCLATURE.forme("dossiers.sud.tampon.url") is None
    assert NOMENCLATURE.forme("donnees") is None
    assert NOMENCLATURE.forme("dossier.heures.periode_close") is Forme.CLAIR


ECRIT_A_LA_MAIN = """\
# Le connecteur de l’entreprise, ne pas toucher
donnees = "/var/lib/x"   # le disque de données

[batigest]
serveur = 'SRV-BATI\\SAGEBAT'
# le compte que l’informaticien a fait
utilisateur = "u"
mot_de_passe = "secret-a" # à changer en janvier

[dossiers.sud]
batigest = { serveur = "S", mot_de_passe = "secret-b" }
batisimply.mot_de_passe = "secret-c"

[dossiers.sud.dossier.heures]
periode_close = 2026-01-31

[alertes]
urls = [
    "json://secret-d", # le bureau
]
"""


def test_a_file_loses_its_secrets_and_keeps_its_comments() -> None:
    apres = sans_secrets(ECRIT_A_LA_MAIN)
    assert "secret-" not in apres
    for garde in ("ne pas toucher", "# le disque de données", "# le compte que l’informaticien a fait", "SRV-BATI"):
        assert garde in apres
    assert "periode_close = 2026-01-31" in apres
    tout = sans_secrets(ECRIT_A_LA_MAIN, tout=True)
    assert "ne pas toucher" in tout
    assert "SAGEBAT" not in tout


def test_dates_and_hours_go_to_the_vault_as_texts() -> None:
    brut = tomllib.loads('donnees = "/x"\na = 2026-01-31\nb = [20:00:00]\n[c]\nd = 1\n')
    assert pour_le_coffre(brut) == {"a": "2026-01-31", "b": ["20:00:00"], "c": {"d": 1}}
