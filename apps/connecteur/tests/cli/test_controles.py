"""`doctor` and the light checks of the home page, with checks that do what the test says."""

from collections.abc import Callable, Iterator

import pytest

from connecteur.bootstrap import Question, fuseau_nomme
from connecteur.cli.diagnostic import montre
from connecteur.cli.sortie import Sortie
from connecteur.doctor import Maillon, examine
from connecteur.domain.controle import Controle, EtatControle
from connecteur.errors import AccesRefuse, ConfigurationInvalide, ServiceInjoignable


def donne(*controles: Controle | Exception) -> Callable[[], Iterator[Controle]]:
    def essaie() -> Iterator[Controle]:
        for controle in controles:
            if isinstance(controle, Exception):
                raise controle
            yield controle

    return essaie


OK = Controle.ok("Nom", "Il répond.")


def test_a_system_that_breaks_down_does_not_hide_the_others() -> None:
    maillons = list(
        examine(
            {
                "Tampon": donne(OK, ServiceInjoignable("Parti.", remede="Démarrez-le.", detail="10061")),
                "Batigest": donne(ZeroDivisionError("PWD=hunter2")),
                "BatiSimply": donne(OK),
            }
        )
    )
    assert [(m.systeme, m.controle.etat) for m in maillons] == [
        ("Tampon", EtatControle.OK),
        ("Tampon", EtatControle.ECHEC),
        ("Batigest", EtatControle.ECHEC),
        ("BatiSimply", EtatControle.OK),
    ]
    assert maillons[1].controle == Controle.echec("Tampon", "Parti.", "Démarrez-le.", "10061")
    assert "hunter2" not in repr(maillons)


def test_each_link_is_shown_as_soon_as_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    vus: list[str] = []

    def maillons() -> Iterator[Maillon]:
        yield Maillon("Batigest", OK)
        vus.append(capsys.readouterr().out)
        yield Maillon("Batigest", Controle.echec("Port", "Rien ne répond.", "Démarrez SQL Server.", "ECONNREFUSED"))
        vus.append(capsys.readouterr().out)

    assert len(montre(maillons(), Sortie())) == 2
    assert "✓ Nom : Il répond." in vus[0].replace("\u00a0", " ")
    assert "✗ Port : Rien ne répond." in vus[1].replace("\u00a0", " ")
    assert "→ Démarrez SQL Server." in vus[1]
    assert "ECONNREFUSED" not in vus[1]


def test_a_refused_account_is_not_tried_again_before_a_while() -> None:
    essais = 0

    def essaie() -> None:
        nonlocal essais
        essais += 1
        raise AccesRefuse("Mot de passe refusé.", remede="Corrigez-le.")

    maintenant = 1000.0
    question = Question("Batigest", "Il répond.", essaie, chrono=lambda: maintenant)
    for _ in range(5):
        (controle,) = question.pose()
        assert controle == Controle.echec("Batigest", "Mot de passe refusé.", "Corrigez-le.")
        maintenant += Question.REPIT_S / 6
    assert essais == 1
    maintenant += Question.REPIT_S
    list(question.pose())
    assert essais == 2


def test_a_system_that_is_away_is_asked_every_time() -> None:
    etats = iter([ServiceInjoignable("Parti."), None, ServiceInjoignable("Parti.")])

    def essaie() -> None:
        erreur = next(etats)
        if erreur is not None:
            raise erreur

    question = Question("Batigest", "Il répond.", essaie)
    assert [next(question.pose()).etat for _ in range(3)] == [EtatControle.ECHEC, EtatControle.OK, EtatControle.ECHEC]


@pytest.mark.parametrize("nom", ["Europe/Parsi", "../../etc/passwd", ""])
def test_an_unknown_time_zone_is_a_setting_to_correct(nom: str) -> None:
    with pytest.raises(ConfigurationInvalide, match="fuseau"):
        fuseau_nomme(nom)
