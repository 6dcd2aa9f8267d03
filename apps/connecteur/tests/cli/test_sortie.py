"""How a command ends, whatever happens inside."""

import io
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
import typer

from connecteur.cli.assemblage import configuration_et_journal
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande
from connecteur.errors import AccesRefuse, ConfigurationInvalide


def joue(erreur: BaseException, *, en_json: bool = False, detail: bool = False) -> int:
    with pytest.raises(typer.Exit) as fin, commande(en_json=en_json, detail=detail):
        raise erreur
    return fin.value.exit_code


@pytest.mark.parametrize(
    ("erreur", "code"),
    [
        (AccesRefuse("non"), Code.ECHEC),
        (ConfigurationInvalide("non"), Code.USAGE),
        (KeyboardInterrupt(), Code.INTERROMPU),
        (ValueError("non"), Code.ECHEC),
        (Fin(Code.REUSSI), Code.REUSSI),
    ],
)
def test_every_way_to_end_has_its_code(erreur: BaseException, code: Code) -> None:
    assert joue(erreur) == code


@pytest.mark.parametrize(("reponse", "oui"), [("o", True), ("Oui ", True), ("", False), ("n", False), ("y", False)])
def test_only_a_french_yes_confirms(reponse: str, oui: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{reponse}\n"))
    assert Sortie().confirme("Reprendre ?", sinon="--oui") is oui


def test_a_question_nobody_can_answer_names_the_option_that_spares_it() -> None:
    with pytest.raises(ConfigurationInvalide) as refus:
        Sortie(entree=io.StringIO()).confirme("Reprendre ?", sinon="--oui")
    assert "--oui" in refus.value.remede


def test_the_technical_detail_is_folded_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    erreur = AccesRefuse("Le mot de passe est refusé.", remede="Corrigez-le.", detail="18456 Login failed")
    joue(erreur)
    sans = capsys.readouterr()
    assert "Le mot de passe est refusé." in sans.err
    assert "Corrigez-le." in sans.err
    assert "18456" not in sans.err
    joue(erreur, detail=True)
    assert "18456" in capsys.readouterr().err


def test_an_unexpected_error_shows_no_traceback_and_no_text_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.testing.capture_logs() as lignes:
        joue(ValueError("PWD=hunter2"), en_json=True, detail=True)
    sortie = capsys.readouterr()
    assert "hunter2" not in sortie.out + sortie.err
    assert "Traceback" not in sortie.err
    message = json.loads(sortie.out)["erreur"]["message"]
    assert lignes[0]["reference"] in message


def test_the_traceback_of_an_unexpected_error_is_in_the_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit), commande(en_json=False, detail=False), configuration_et_journal(_config(tmp_path)):
        raise ZeroDivisionError("quelque part")
    journal = (tmp_path / "donnees" / "journal" / "connecteur.log").read_text(encoding="utf-8")
    (ligne,) = [json.loads(ligne) for ligne in journal.splitlines()]
    assert "quelque part" in ligne["exception"]
    assert ligne["reference"] in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_written_is_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "donnees").write_text("un fichier")
    config = _config(tmp_path)
    with pytest.raises(typer.Exit) as fin, commande(en_json=False, detail=False), configuration_et_journal(config):
        pytest.fail("il a été accepté")
    assert fin.value.exit_code == Code.ECHEC
    assert "ne peut pas être utilisé" in capsys.readouterr().err


def _config(tmp_path: Path) -> Path:
    fichier = tmp_path / "c.toml"
    reglages = {
        "batigest": {"serveur": "s", "base": "b", "utilisateur": "u", "mot_de_passe": "x"},
        "batisimply": {"url_api": "http://x", "url_sso": "http://x", "client_id": "c"},
    }
    lignes = [f"donnees = {json.dumps(str(tmp_path / 'donnees'))}"]
    for section, valeurs in reglages.items():
        lignes += [f"[{section}]", *(f"{nom} = {json.dumps(valeur)}" for nom, valeur in valeurs.items())]
    fichier.write_text("\n".join(lignes), encoding="utf-8")
    return fichier


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
def test_a_request_to_end_interrupts_once_and_what_closes_is_left_in_peace() -> None:
    fermetures: list[str] = []

    @contextmanager
    def ressource() -> Iterator[None]:
        try:
            yield
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
            fermetures.append("fermée")

    with pytest.raises(typer.Exit) as fin, commande(en_json=False, detail=False), ressource():
        signal.raise_signal(signal.SIGTERM)
    assert (fin.value.exit_code, fermetures) == (Code.INTERROMPU, ["fermée"])


def test_with_json_nothing_else_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with commande(en_json=True, detail=False) as sortie:
        sortie.dit("une phrase")
        sortie.rend({"ok": True, "nom": "Évrardin"})
    assert capsys.readouterr().out == '{"ok": true, "nom": "Évrardin"}\n'


def test_a_name_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    joue(AccesRefuse("Le chantier [bold]X[/bold] [/] est refusé."))
    assert "[bold]X[/bold] [/]" in capsys.readouterr().err
