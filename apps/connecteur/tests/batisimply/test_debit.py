"""The rate the server grants: found, shared, kept, and left again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from banc.batisimply import Comportement, ServeurBatisimply
from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.debit import DEMI_VIE_S, ECART_MAX_S, Debit
from connecteur.errors import ServiceSature

POST = "POST /api/project"


@pytest.mark.parametrize(
    "comportement", [Comportement(appels_par_seconde=25), Comportement(appels_simultanes=2)], ids=["rythme", "ensemble"]
)
def test_eight_workers_push_everything_within_the_rate_granted(
    serveur: ServeurBatisimply, client: ClientBatisimply, comportement: Comportement
) -> None:
    client.check_connexion()
    serveur.comportement = comportement
    with ThreadPoolExecutor(8) as pool:
        crees = list(pool.map(lambda n: client.create_projet({"code": f"CH{n}", "nom": f"Chantier {n}"}), range(60)))
    assert len({projet.id for projet in crees}) == 60
    assert serveur.depot.count_projets() == 63
    issues = serveur.appels.comptes()[POST]
    assert issues["201"] == 60
    assert issues["429"] <= 60, "the workers learn instead of insisting"
    assert client._appels.debit.ecart_s > 0


def test_one_refusal_makes_every_thread_wait() -> None:
    debit = Debit()
    debit.refus(debit.passe(), 0.3)
    ferme = time.monotonic()
    departs: list[float] = []
    fils = [threading.Thread(target=lambda: departs.append(debit.passe())) for _ in range(8)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert min(departs) >= ferme + 0.29


def test_calls_leave_further_apart_after_a_refusal_and_never_slower_than_the_bound() -> None:
    debit = Debit()
    assert debit.ecart_s == 0
    debit.refus(time.monotonic(), 0)
    premier = debit.ecart_s
    assert premier > 0
    for _ in range(50):
        debit.refus(time.monotonic(), 0)
    assert premier < debit.ecart_s <= ECART_MAX_S


def test_refusals_of_calls_that_left_together_count_as_one() -> None:
    debit, autre = Debit(), Debit()
    depart = time.monotonic()
    for _ in range(8):
        debit.refus(depart, 0)
    autre.refus(depart, 0)
    assert debit.ecart_s == pytest.approx(autre.ecart_s, rel=0.05)


def test_the_wait_doubles_while_the_server_does_not_say_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    horloge = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: horloge[0])
    debit = Debit()
    attentes = []
    for _ in range(4):
        debit.refus(horloge[0], None)
        attentes.append(debit._ouverture - horloge[0])
        horloge[0] = debit._ouverture
    assert attentes == [0.5, 1.0, 2.0, 4.0]
    debit.reussite()
    debit.refus(horloge[0], None)
    assert debit._ouverture - horloge[0] == 0.5


def test_the_pace_recovers_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    horloge = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: horloge[0])
    debit = Debit()
    debit.refus(horloge[0], 0)
    avant = debit.ecart_s
    horloge[0] += DEMI_VIE_S
    assert debit.ecart_s == pytest.approx(avant / 2)
    horloge[0] += 10 * DEMI_VIE_S
    assert debit.ecart_s == 0


def test_a_wait_beyond_the_bound_is_told_instead_of_waited() -> None:
    debit = Debit()
    debit.refus(debit.passe(), 7200)
    with pytest.raises(ServiceSature, match="120 min"):
        debit.passe()
