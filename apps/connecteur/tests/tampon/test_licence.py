"""What the tampon keeps of the licence: time that never goes back, one use per run, a history nobody rewrites."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from connecteur.domain.licence import EchecContact, Passage, Repere, Trace
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.licence import DepotLicence
from connecteur.tampon.migration import migre

MIDI = datetime(2026, 3, 2, 12, tzinfo=UTC)
JOUR = timedelta(days=1)


@pytest.fixture
def depot(url: str) -> Iterator[DepotLicence]:
    connexions = Connexions(url)
    migre(connexions)
    yield DepotLicence(connexions)
    connexions.close()


@pytest.fixture
def machine() -> str:
    return uuid.uuid4().hex


def test_time_is_noted_and_an_earlier_one_does_not_win(depot: DepotLicence, machine: str) -> None:
    assert depot.read_repere(machine) is None
    tard = Repere(MIDI + JOUR, MIDI + JOUR, contact=MIDI)
    depot.write_repere(machine, tard)
    depot.write_repere(machine, Repere(MIDI, MIDI, contact=MIDI))
    depot.write_repere(machine, Repere(MIDI + 9 * JOUR, MIDI))
    assert depot.read_repere(machine) == tard


def test_a_later_answer_of_the_server_brings_time_back(depot: DepotLicence, machine: str) -> None:
    depot.write_repere(machine, Repere(MIDI + 400 * JOUR, MIDI, contact=MIDI, reculs=2, sommet=MIDI + JOUR))
    mendee = Repere(MIDI + JOUR, MIDI + JOUR, contact=MIDI + JOUR)
    depot.write_repere(machine, mendee)
    assert depot.read_repere(machine) == mendee


def test_the_last_failure_is_kept_until_a_contact_goes_well(depot: DepotLicence, machine: str) -> None:
    echec = EchecContact(MIDI, "Injoignable.", "Vérifiez.", "ConnectError")
    depot.write_echec(machine, EchecContact(MIDI - JOUR, "Autre."))
    depot.write_echec(machine, echec)
    assert depot.read_echec(machine) == echec
    depot.write_echec(machine, None)
    assert depot.read_echec(machine) is None


def test_the_uses_that_are_owed_are_known_oldest_first(depot: DepotLicence, machine: str) -> None:
    runs = [f"{machine}-{rang}" for rang in range(3)]
    for run in runs:
        depot.write_passage(machine, run, Passage.DU)
    depus = []
    while run_du := depot.read_du(machine):
        depus.append(run_du)
        depot.write_passage(machine, run_du, Passage.COMPTE)
    assert depus == runs
    assert depot.read_passage(runs[0]) is Passage.COMPTE
    depot.write_passage(machine, runs[0], None)
    assert depot.read_passage(runs[0]) is None


def test_the_history_is_in_order_notes_a_change_once_and_cannot_be_rewritten(
    depot: DepotLicence, machine: str, url: str
) -> None:
    valide = Trace(MIDI, "état", "connecteur", "Licence en règle")
    assert depot.note(machine, valide, si_nouveau=True)
    assert not depot.note(machine, valide, si_nouveau=True)
    assert depot.note(machine, Trace(MIDI, "clé", "Claire", "••••-••••-••••-K7M2 enregistrée"))
    assert not depot.note(machine, valide, si_nouveau=True)
    assert depot.note(machine, Trace(MIDI, "état", "connecteur", "Licence expirée"), si_nouveau=True)
    assert [trace.detail for trace in depot.list_traces(machine)][::2] == ["Licence expirée", "Licence en règle"]
    for geste in ("DELETE FROM", "TRUNCATE"):
        with psycopg.connect(url) as connexion, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connexion.execute(f"{geste} sages.licence_histoire")
