"""One file, several dossiers: what is wrong in one stops that one."""

import os
from pathlib import Path

import pytest

from connecteur.errors import ConfigurationInvalide
from connecteur.settings import Configuration, charge, charge_configuration

COMMUN = 'donnees = "/var/lib/x"\n[web]\nport = 8123\n'


def tables(prefixe: str = "", base: str = "BTG", *, fenetre: int | None = None) -> str:
    """The tables of one dossier."""
    dossier = f"[{prefixe}dossier]\nfenetre_jours = {fenetre}\n" if fenetre is not None else ""
    return (
        f'[{prefixe}batigest]\nserveur = "SRV"\nbase = "{base}"\nutilisateur = "u"\nmot_de_passe = "Secret-{base}"\n'
        f'[{prefixe}batisimply]\nurl_api = "http://a"\nurl_sso = "http://s"\nclient_id = "c"\n{dossier}'
    )


@pytest.fixture(autouse=True)
def sans_variables(monkeypatch: pytest.MonkeyPatch) -> None:

    for nom in [nom for nom in os.environ if nom.startswith("CONNECTEUR_")]:
        monkeypatch.delenv(nom)


def lit(tmp_path: Path, texte: str) -> Configuration:
    fichier = tmp_path / "c.toml"
    fichier.write_text(texte, encoding="utf-8")
    return charge_configuration(fichier)


def test_the_form_of_one_dossier_stays_valid(tmp_path: Path) -> None:
    configuration = lit(tmp_path, COMMUN + tables())
    assert list(configuration.dossiers) == ["principal"]
    assert configuration.choisit().dossier.code == "principal"
    assert charge(tmp_path / "c.toml") == configuration.dossiers["principal"]


def test_each_dossier_has_its_own_settings_and_they_share_the_rest(tmp_path: Path) -> None:
    configuration = lit(
        tmp_path,
        COMMUN + tables() + tables("dossiers.sud.", "BTG_SUD", fenetre=30) + tables("dossiers.nord.", "BTG_NORD"),
    )
    assert list(configuration.dossiers) == ["principal", "sud", "nord"]
    sud = configuration.choisit("sud")
    assert (sud.dossier.code, sud.dossier.fenetre_jours, sud.batigest.base) == ("sud", 30, "BTG_SUD")
    assert {reglages.web.port for reglages in configuration.dossiers.values()} == {8123}
    assert configuration.choisit("nord").dossier.fenetre_jours == 180


def test_the_top_level_tables_may_be_absent(tmp_path: Path) -> None:
    configuration = lit(tmp_path, COMMUN + tables("dossiers.sud."))
    assert list(configuration.dossiers) == ["sud"]
    assert configuration.choisit().dossier.code == "sud"


def test_what_is_wrong_in_one_dossier_is_named_and_stops_that_one_only(tmp_path: Path) -> None:
    texte = COMMUN + tables() + tables("dossiers.sud.", "BTG_SUD", fenetre=0) + "[dossiers.est.batigest]\nserveur = 3\n"
    configuration = lit(tmp_path, texte)
    assert list(configuration.dossiers) == ["principal"]
    assert "« dossiers.sud.dossier.fenetre_jours » doit être au moins 1" in configuration.fautes["sud"].message
    est = configuration.fautes["est"].message
    assert "« dossiers.est.batigest.serveur » doit être un texte" in est
    assert "« dossiers.est.batisimply » manque" in est
    with pytest.raises(ConfigurationInvalide, match="fenetre_jours"):
        configuration.choisit("sud")
    assert "Secret" not in repr(configuration.fautes)


def test_the_first_dossier_may_be_the_wrong_one(tmp_path: Path) -> None:
    configuration = lit(tmp_path, COMMUN + tables(fenetre=0) + tables("dossiers.sud.", "BTG_SUD"))
    assert (list(configuration.dossiers), list(configuration.fautes)) == (["sud"], ["principal"])


def test_when_no_dossier_can_work_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalide) as refus:
        lit(tmp_path, '[web]\nport = "x"\n[batigest]\nserveur = "s"\n[autre]\n')
    for nom in ("donnees", "web.port", "batigest.base", "batisimply", "autre"):
        assert f"« {nom} »" in refus.value.message


@pytest.mark.parametrize(
    ("suite", "phrase"),
    [
        (tables("dossiers.sud.", "btg"), "la même base"),
        (tables("dossiers.Principal.", "AUTRE"), "porté par deux dossiers"),
        (tables("dossiers.sud.", "AUTRE") + '[dossiers.sud.dossier]\ncode = "nord"\n', "« dossiers.sud.dossier.code »"),
        (tables('dossiers."a/b".', "AUTRE"), "dossier.code"),
    ],
)
def test_two_dossiers_are_never_taken_for_one_another(tmp_path: Path, suite: str, phrase: str) -> None:
    configuration = lit(tmp_path, COMMUN + tables() + suite)
    assert list(configuration.dossiers) == ["principal"]
    (faute,) = configuration.fautes.values()
    assert phrase in faute.message


def test_with_several_dossiers_one_must_be_named(tmp_path: Path) -> None:
    configuration = lit(tmp_path, COMMUN + tables() + tables("dossiers.sud.", "BTG_SUD"))
    with pytest.raises(ConfigurationInvalide, match="principal, sud") as refus:
        configuration.choisit()
    assert "--dossier" in refus.value.remede
    with pytest.raises(ConfigurationInvalide, match="« ouest »"):
        configuration.choisit("ouest")


def test_a_dossier_can_be_made_of_variables_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for nom, valeur in {
        "BATIGEST__SERVEUR": "SRV", "BATIGEST__BASE": "B2", "BATIGEST__UTILISATEUR": "u",
        "BATIGEST__MOT_DE_PASSE": "12",
        "BATISIMPLY__URL_API": "http://a", "BATISIMPLY__URL_SSO": "http://s", "BATISIMPLY__CLIENT_ID": "c",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"CONNECTEUR_DOSSIERS__SUD__{nom}", valeur)
    monkeypatch.setenv("CONNECTEUR_DOSSIERS__EST__DOSSIER__FENETRE_JOURS", "45")
    monkeypatch.setenv("CONNECTEUR_DOSSIER__FENETRE_JOURS", "60")
    configuration = lit(tmp_path, COMMUN + tables() + tables("dossiers.est.", "B3", fenetre=30))
    assert list(configuration.dossiers) == ["principal", "est", "sud"]
    assert configuration.choisit("sud").batigest.mot_de_passe.get_secret_value() == "12"
    assert [reglages.dossier.fenetre_jours for reglages in configuration.dossiers.values()] == [60, 45, 180]


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    fichier = tmp_path / "c.toml"
    fichier.write_bytes(b"\xef\xbb\xbf" + (COMMUN + tables()).encode())
    assert charge(fichier).batigest.serveur == "SRV"
