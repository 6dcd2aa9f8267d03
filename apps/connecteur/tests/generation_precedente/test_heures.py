"""Faults of the previous generation that cost hours (DOMAIN.md), each played through the real parts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from apps.connecteur.tests.pieces.firme import LEA, MAINTENANT, MARC, PARIS, Firme, Saisie, ecritures, projet, salarie
from apps.connecteur.tests.pieces.machines import Machines, compte_lignes

from banc.batigest import pannes
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Fleche, Verdict
from connecteur.planification.execution import Patience

MATIN = Saisie(1, "2025-11-03 08:00", 240, trajet=True, panier=True)
LIGNE_DU_MATIN = {("CH000001", "DUPONT", "2025-11-03 08:00"): (4, 1, 1)}


def test_fault_1_two_slots_in_the_same_minute_are_added(firme: Firme) -> None:
    firme.remplit(saisies=[MATIN, Saisie(2, "2025-11-03 08:00", 90)])
    firme.synchronise()
    assert firme.suivi() == {("CH000001", "DUPONT", "2025-11-03 08:00"): (5.5, 1, 1)}
    assert firme.verifie().tient


@pytest.mark.parametrize("retrait", ["deleted", "withdrawn"])
def test_fault_2_a_slot_that_is_gone_leaves_no_line_behind(firme: Firme, retrait: str) -> None:
    soir = Saisie(2, "2025-11-03 13:00", 180, projet=2)
    firme.remplit(saisies=[MATIN, soir])
    firme.synchronise()
    assert len(firme.suivi()) == 2
    if retrait == "deleted":
        firme.supprime(soir)
    else:
        firme.devalide(soir)
    firme.heures()
    assert firme.suivi() == LIGNE_DU_MATIN
    assert firme.verifie().tient
    if retrait == "withdrawn":
        firme.saisit(soir)
        firme.heures()
        assert len(firme.suivi()) == 2


def test_fault_3_an_unknown_salarie_or_chantier_is_a_rejet_until_it_is_known(firme: Firme) -> None:
    firme.remplit(
        salaries=[salarie("DUPONT", "Dupont", "Léa", LEA)],
        projets=[projet(1, "CH000001"), projet(2, "CH999999"), projet(3, None)],
        saisies=[
            MATIN,
            Saisie(2, "2025-11-03 08:00", 60, utilisateur=MARC),
            Saisie(3, "2025-11-03 13:00", 120, projet=2),
            Saisie(4, "2025-11-03 16:00", 30, projet=None),
        ],
    )
    lecture = firme.synchronise()[2]
    assert lecture.verdict is Verdict.PARTIEL
    assert lecture.bilan is not None
    assert lecture.bilan.rejets == 3
    rejets = {rejet.cle: rejet for rejet in firme.tampon.list_rejets_ouverts()}
    assert {cle: rejet.motif for cle, rejet in rejets.items()} == {
        "2": MotifRejet.SALARIE_INCONNU,
        "3": MotifRejet.CHANTIER_INCONNU,
        "4": MotifRejet.SANS_PROJET,
    }
    assert all(rejet.phrase and rejet.remede for rejet in rejets.values())
    assert "03/11/2025 13:00" in rejets["3"].libelle
    assert firme.suivi() == LIGNE_DU_MATIN
    assert firme.verifie().tient  # no hour is missing: each one that is not in Batigest stands in the rejets

    firme.machines.ajoute("Salarie", salarie("MARTIN", "Martin", "Marc", MARC))
    firme.saisit(Saisie(3, "2025-11-03 13:00", 120), Saisie(4, "2025-11-03 16:00", 30))
    assert {etape.verdict for etape in firme.heures()} == {Verdict.REUSSI}
    assert firme.tampon.list_rejets_ouverts() == []
    assert sum(heures for heures, _, _ in firme.suivi().values()) == 7.5


def test_fault_4_a_slot_that_moved_leaves_its_old_place_even_to_another_slot(firme: Firme) -> None:
    firme.remplit(saisies=[MATIN, Saisie(2, "2025-11-04 08:00", 60)])
    firme.synchronise()
    # Slot 1 goes to the other site and another day; slot 2 takes the very place that it had.
    firme.saisit(replace(MATIN, debut="2025-11-02 10:00", projet=2), Saisie(2, "2025-11-03 08:00", 90))
    firme.heures()
    assert firme.suivi() == {
        ("CH000002", "DUPONT", "2025-11-02 10:00"): (4, 1, 1),
        ("CH000001", "DUPONT", "2025-11-03 08:00"): (1.5, 0, 0),
    }
    assert firme.verifie().tient
    assert ecritures(firme.heures()) == 0


def test_fault_5_a_cut_between_both_commits_leaves_nothing_to_guess(machines: Machines) -> None:
    with Firme(machines, patience=Patience(essais=1)) as firme:
        firme.remplit(saisies=[MATIN])
        for fleche in (Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS, Fleche.PULL_HEURES):
            firme.execute(fleche)
        # Batigest commits, and the connector never hears of it: nothing in the tampon says that the line is ours.
        pannes.programme(machines.postgres_batigest, "coupure_apres", sur="COMMIT", sauter=1)
        etape = firme.execute(Fleche.PUSH_HEURES)
        assert etape.verdict is Verdict.ECHEC
        assert etape.erreur is not None
        assert "a peut-être eu lieu" in etape.erreur.message
        assert firme.suivi() == LIGNE_DU_MATIN
        dossier = "SELECT count(*) FROM sages.lignes WHERE dossier = %s"
        assert compte_lignes(machines.url_tampon, dossier, firme.code) == 0

        # Had the next run to guess, it would take the line for somebody else's, and leave it there for ever.
        firme.devalide(MATIN)
        firme.heures()
        assert firme.suivi() == {}
        assert firme.verifie().tient


def test_fault_8_minutes_become_decimal_hours_and_tomorrow_is_not_read(firme: Firme) -> None:
    demain = Saisie(2, "2025-11-06 08:00", 60)
    firme.remplit(saisies=[Saisie(1, "2025-11-05 08:00", 50), demain])
    firme.synchronise()
    assert firme.suivi() == {("CH000001", "DUPONT", "2025-11-05 08:00"): (0.833333, 0, 0)}
    connus = "SELECT count(*) FROM sages.creneaux WHERE dossier = %s"
    assert compte_lignes(firme.machines.url_tampon, connus, firme.code) == 1

    firme.maintenant = MAINTENANT + timedelta(days=1)
    firme.heures()
    assert firme.suivi()["CH000001", "DUPONT", "2025-11-06 08:00"] == (1, 0, 0)


def test_fault_12_the_hour_that_comes_twice_in_october_counts_twice(firme: Firme) -> None:
    firme.remplit(
        saisies=[
            Saisie(1, "2025-10-26 02:15", 30, fold=0),
            Saisie(2, "2025-10-26 02:15", 45, fold=1),
            # Eight hours on the clock, nine hours of work.
            Saisie(3, "2025-10-25 21:00", 540, projet=2),
        ]
    )
    firme.synchronise()
    assert firme.suivi() == {
        ("CH000001", "DUPONT", "2025-10-26 02:15"): (1.25, 0, 0),
        ("CH000002", "DUPONT", "2025-10-25 21:00"): (9, 0, 0),
    }
    assert firme.verifie().tient
    assert ecritures(firme.heures()) == 0


def test_fault_12_the_hour_that_march_leaves_out_and_slots_over_midnight_fall_on_their_first_day(
    machines: Machines,
) -> None:
    with Firme(machines, maintenant=datetime(2025, 4, 2, 12, tzinfo=PARIS)) as firme:
        firme.remplit(
            saisies=[
                Saisie(1, "2025-03-30 01:30", 60),  # until 03:30 on the clock
                Saisie(2, "2025-03-31 22:00", 240, utilisateur=MARC),  # until 02:00 the next day
                Saisie(3, "2025-04-01 00:00", 120),
                Saisie(4, "2025-03-31 23:59", 1),
            ]
        )
        firme.synchronise()
        assert firme.suivi() == {
            ("CH000001", "DUPONT", "2025-03-30 01:30"): (1, 0, 0),
            ("CH000001", "MARTIN", "2025-03-31 22:00"): (4, 0, 0),
            ("CH000001", "DUPONT", "2025-03-31 23:59"): (0.016667, 0, 0),
            ("CH000001", "DUPONT", "2025-04-01 00:00"): (2, 0, 0),
        }
        assert firme.verifie().tient
        assert ecritures(firme.heures()) == 0
