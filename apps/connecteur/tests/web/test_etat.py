"""The state of the systems is checked behind the page's back."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from connecteur.domain.controle import Controle, EtatControle
from connecteur.errors import AccesRefuse
from connecteur.web.etat import EtatSystemes
from connecteur.web.services import NomSysteme, Systeme

from .systemes_et_bilans import MAINTENANT

BATIGEST, BATISIMPLY = NomSysteme.BATIGEST, NomSysteme.BATISIMPLY


class Montre:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.heure = MAINTENANT

    def __call__(self) -> datetime:
        return self.heure


class Sonde:
    """A probe that waits to be allowed to answer, and says when it has."""

    def __init__(self) -> None:
        self.appels = 0
        self.permis = threading.Semaphore(0)

    def __call__(self) -> Sequence[Controle]:
        self.appels += 1
        assert self.permis.acquire(timeout=20)
        return [Controle.ok("Port", f"Réponse {self.appels}.")]


def attend(condition: Callable[[], bool]) -> None:
    """Wait until another thread has done what it must."""
    limite = threading.Event()
    for _ in range(2000):
        if condition():
            return
        limite.wait(0.01)
    raise AssertionError("never came")


def messages(systemes: Sequence[Systeme]) -> list[str]:
    return [controle.message for systeme in systemes for controle in systeme.controles]


def test_a_system_that_does_not_answer_hides_no_other_and_holds_nobody() -> None:
    muette, montre = Sonde(), Montre()
    with EtatSystemes({BATIGEST: muette, BATISIMPLY: lambda: [Controle.ok("Port", "Répond.")]}, montre) as etat:
        assert [systeme.verifie_a for systeme in etat.systemes()] == [None, None]
        attend(lambda: messages(etat.systemes()) == ["Répond."])
        assert etat.systemes()[0].verifie_a is None
        muette.permis.release()


def test_an_answer_is_kept_then_asked_again_when_it_is_old_and_shown_meanwhile() -> None:
    sonde, montre = Sonde(), Montre()
    with EtatSystemes({BATIGEST: sonde}, montre, duree_s=15) as etat:
        sonde.permis.release()
        etat.systemes()
        attend(lambda: messages(etat.systemes()) == ["Réponse 1."])
        montre.heure += timedelta(seconds=14)
        assert messages(etat.systemes()) == ["Réponse 1."]
        assert sonde.appels == 1
        montre.heure += timedelta(seconds=1)
        assert messages(etat.systemes()) == ["Réponse 1."]
        sonde.permis.release()
        attend(lambda: messages(etat.systemes()) == ["Réponse 2."])


def test_one_check_at_a_time_however_often_the_page_is_asked() -> None:
    sonde = Sonde()
    with EtatSystemes({BATIGEST: sonde}, Montre()) as etat:
        for _ in range(20):
            etat.systemes()
        attend(lambda: sonde.appels == 1)
        sonde.permis.release()
        attend(lambda: etat.systemes()[0].verifie_a is not None)
        assert sonde.appels == 1


def test_a_probe_that_fails_says_why() -> None:
    def refusee() -> Sequence[Controle]:
        raise AccesRefuse("BatiSimply refuse le compte.", remede="Changez le mot de passe.", detail="401")

    with EtatSystemes({BATISIMPLY: refusee}, Montre()) as etat:
        attend(lambda: etat.systemes()[0].verifie_a is not None)
        (controle,) = etat.systemes()[0].controles
    assert (controle.etat, controle.message, controle.remede, controle.detail) == (
        EtatControle.ECHEC,
        "BatiSimply refuse le compte.",
        "Changez le mot de passe.",
        "401",
    )


def test_a_fault_of_ours_shows_without_its_text() -> None:
    def fautive() -> Sequence[Controle]:
        raise RuntimeError("postgresql://sages:secret@127.0.0.1/tampon")

    with EtatSystemes({NomSysteme.TAMPON: fautive}, Montre()) as etat:
        attend(lambda: etat.systemes()[0].verifie_a is not None)
        (controle,) = etat.systemes()[0].controles
    assert controle.etat is EtatControle.ECHEC
    assert controle.detail == "RuntimeError"
