"""What was told, and the messages that wait: several programs see the same change."""

from datetime import UTC, datetime, timedelta

from connecteur.domain.alerte import Courrier, Genre
from connecteur.tampon.tampon import Tampon

MAINTENANT = datetime(2026, 1, 6, 10, 0, tzinfo=UTC)
BAIL = MAINTENANT + timedelta(minutes=5)
PANNE = Courrier(Genre.ECHEC, "Panne", "Le réseau est coupé.")


def change(tampon: Tampon, avant: str | None, apres: str) -> bool:
    return tampon.alertes.change_etat(
        "flux heures", avant, apres, MAINTENANT, courrier=PANNE, destinations=["claire", "paul"]
    )


def test_of_those_who_see_one_change_one_tells_it(tampon: Tampon) -> None:
    assert change(tampon, None, "réussi")
    assert not change(tampon, None, "réussi")
    assert change(tampon, "réussi", "échec")
    assert not change(tampon, "réussi", "échec")
    assert tampon.alertes.read_etats()["flux heures"].etat == "échec"
    assert len(tampon.alertes.list_messages()) == 4


def test_a_message_is_taken_by_one_program_at_a_time(tampon: Tampon) -> None:
    change(tampon, None, "échec")
    pris = [tampon.alertes.prend_message(MAINTENANT, BAIL) for _ in range(3)]
    assert [un and un.destination for un in pris] == ["claire", "paul", None]
    encore = tampon.alertes.prend_message(BAIL, BAIL + timedelta(minutes=5))
    assert encore is not None
    assert encore.essais == 2
