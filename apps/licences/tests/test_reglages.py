"""The settings: `.env.example` lists them all, a wrong one is named in French and its value is not repeated."""

import base64
import re
from pathlib import Path

import pytest

from licence_manager.bootstrap import _secret
from licence_manager.errors import ConfigurationInvalide
from licence_manager.settings import PREFIXE, Reglages, charge

EXEMPLE = Path(__file__).parents[1] / ".env.example"
SECRET = base64.b64encode(b"s" * 32).decode()


@pytest.fixture(autouse=True)
def sans_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine holds does not count."""
    for nom in Reglages.model_fields:
        monkeypatch.delenv(PREFIXE + nom.upper(), raising=False)


def test_the_example_lists_every_variable_once_and_no_other() -> None:
    nommees = re.findall(rf"^# {PREFIXE}([A-Z_]+)=", EXEMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(nommees) == sorted(nom.upper() for nom in Reglages.model_fields)


def test_the_values_of_the_example_are_the_defaults(tmp_path: Path) -> None:
    lignes = re.findall(rf"^# ({PREFIXE}[A-Z_]+=.+)$", EXEMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    fichier = tmp_path / ".env"
    fichier.write_text("\n".join(ligne for ligne in lignes if "MOT_DE_PASSE" not in ligne), encoding="utf-8")
    assert len(lignes) > 5
    assert charge(fichier) == charge(None)


def test_a_copied_example_starts_a_trial(tmp_path: Path) -> None:
    fichier = tmp_path / ".env"
    fichier.write_text(re.sub(rf"^# ({PREFIXE})", r"\1", EXEMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    lu = fichier.read_text().replace(f"{PREFIXE}SECRET=", f"{PREFIXE}SECRET={SECRET}")
    fichier.write_text(lu)
    reglages = charge(fichier)
    assert reglages.base is not None
    assert reglages.rappels is None
    assert reglages.port == 8100


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fichier = tmp_path / ".env"
    fichier.write_text(f"{PREFIXE}PORT=9000\n{PREFIXE}DEBIT_CLE=7\n")
    monkeypatch.setenv(f"{PREFIXE}PORT", "9001")
    reglages = charge(fichier)
    assert (reglages.port, reglages.debit_cle) == (9001, 7)


@pytest.mark.parametrize(
    ("nom", "valeur", "phrase"),
    [
        ("PORT", "cent", "un nombre entier est attendu"),
        ("PORT", "70000", "au plus 65535"),
        ("DEBIT_CLE", "0", "au moins 1"),
        ("SUPABASE", "peut-être", "« true » ou « false »"),
        ("SECRET", "trop-court-pour-etre-vrai", "32 octets"),
        ("SECRET", base64.b64encode(b"s" * 31).decode(), "32 octets"),
        ("SECRET", "é" * 44, "32 octets"),
        ("MANDATAIRES", "192.0.2.1, mandataire", "adresses des mandataires"),
        ("MANDATAIRES", "*.*", "adresses des mandataires"),
        ("MANDATAIRES", "0.0.0.0/0", "adresses des mandataires"),
    ],
)
def test_a_wrong_variable_is_named_without_its_value(
    nom: str, valeur: str, phrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIXE + nom, valeur)
    with pytest.raises(ConfigurationInvalide) as attrape:
        charge(None)
    assert f"« {PREFIXE}{nom} » est refusé" in str(attrape.value)
    assert phrase in str(attrape.value)
    assert valeur not in str(attrape.value) or len(valeur) < 2


def test_a_variable_that_does_not_exist_is_named_with_the_one_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its value would count for nothing: a limit that is not set, a token that protects nothing."""
    fichier = tmp_path / ".env"
    fichier.write_text(f"{PREFIXE}DEBIT_CLEF=7\nAUTRE_PROGRAMME=1\n")
    with pytest.raises(ConfigurationInvalide, match=f"« {PREFIXE}DEBIT_CLEF » n’existe pas .« {PREFIXE}DEBIT_CLE » ?"):
        charge(fichier)
    fichier.unlink()
    monkeypatch.setenv(f"{PREFIXE}JETON_METRIQUE", "canari")
    with pytest.raises(ConfigurationInvalide, match=f"{PREFIXE}JETON_METRIQUE ") as attrape:
        charge(fichier)
    assert "canari" not in str(attrape.value)


def test_a_file_is_read_as_the_editors_of_windows_write_it_or_refused_by_its_name(tmp_path: Path) -> None:
    fichier = tmp_path / ".env"
    fichier.write_text(f"{PREFIXE}PORT=9000\n", encoding="utf-8-sig")
    assert charge(fichier).port == 9000
    fichier.write_text(f"{PREFIXE}PORT=9000\n", encoding="utf-16")
    with pytest.raises(ConfigurationInvalide, match=r"\.env » ne se lit pas"):
        charge(fichier)


def test_a_database_of_ones_own_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}BASE", "postgresql://localhost/licences")
    with pytest.raises(ConfigurationInvalide, match=f"« {PREFIXE}SECRET » manque"):
        charge(None)
    monkeypatch.setenv(f"{PREFIXE}SECRET", SECRET)
    assert charge(None).secret is not None


def test_a_lease_that_ends_before_it_is_refreshed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}BAIL_JOURS", "1")
    monkeypatch.setenv(f"{PREFIXE}BAIL_RAFRAICHIR_HEURES", "25")
    with pytest.raises(ConfigurationInvalide, match="BAIL_RAFRAICHIR_HEURES"):
        charge(None)


def test_secrets_are_not_printed_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}SECRET", SECRET)
    monkeypatch.setenv(f"{PREFIXE}RAPPELS", "mailtos://canari")
    assert SECRET not in repr(charge(None))
    assert "canari" not in repr(charge(None))


@pytest.mark.parametrize("contenu", ["", "trop court", "é" * 44])
def test_a_damaged_secret_of_a_trial_is_refused_rather_than_used(tmp_path: Path, contenu: str) -> None:
    reglages = Reglages(donnees=tmp_path)
    tire = _secret(reglages)
    assert (len(tire), _secret(reglages)) == (32, tire)
    (tmp_path / "secret").write_text(contenu, encoding="utf-8")
    with pytest.raises(ConfigurationInvalide, match="abîmé"):
        _secret(reglages)
