"""How a command ends, whatever happens inside."""

import json

import pytest
import structlog
import typer

from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, commande
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


def test_with_json_nothing_else_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with commande(en_json=True, detail=False) as sortie:
        sortie.dit("une phrase")
        sortie.rend({"ok": True, "nom": "Évrardin"})
    assert capsys.readouterr().out == '{"ok": true, "nom": "Évrardin"}\n'


def test_a_name_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    joue(AccesRefuse("Le chantier [bold]X[/bold] [/] est refusé."))
    assert "[bold]X[/bold] [/]" in capsys.readouterr().err
