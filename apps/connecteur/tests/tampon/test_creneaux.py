"""The promises of `TamponHeures` about slots, slices and their rejets, kept by both implementations."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connecteur.domain.heure import Creneau, Quantites
from connecteur.domain.horaire import DECLENCHEUR
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Geste
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Fleche, Flux
from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import ComptesStockage, CreneauIllisible, CreneauStocke, EtatTranche, TamponHeures
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon

from .exemples import LUNDI, SEMAINE, SUIVANTE, action, creneau, rejete, resolu


def store(
    tampon: TamponHeures,
    creneaux: Sequence[CreneauStocke],
    tranche: Tranche = SEMAINE,
    *,
    illisibles: Sequence[str] = (),
    empreinte: str = "e1",
    annuaire: str = "a1",
) -> ComptesStockage:
    return tampon.store_creneaux(
        tranche,
        creneaux,
        illisibles=[CreneauIllisible(i, "") for i in illisibles],
        empreinte=empreinte,
        empreinte_annuaire=annuaire,
        run="r",
    )


def settle(tampon: TamponHeures, tranche: Tranche = SEMAINE, empreinte: str | None = "s1") -> None:
    tampon.settle_tranche(tranche, empreinte_suivi=empreinte, constats=[], refus=[], run="r")


def ids(tampon: TamponHeures, tranche: Tranche = SEMAINE) -> list[str]:
    return [stocke.creneau.id for stocke in tampon.list_creneaux(tranche)]


def rejets(tampon: TamponHeures) -> dict[str, MotifRejet]:
    return {rejet.cle: rejet.motif for rejet in tampon.list_rejets_ouverts()}


# --- slots --------------------------------------------------------------------------------------------


def test_a_slot_comes_back_as_it_was_stored(un_tampon: TamponHeures) -> None:
    nu = creneau("3", 2)._replace(
        fin=None, utilisateur=None, nom_utilisateur="", projet_id=None, code_projet=None, minutes=None
    )
    stockes = [
        resolu(creneau("1", 0)),
        rejete(creneau("2", 1, statut="PENDING"), detail="projet 12\ttab\nligne \\N"),
        rejete(nu, MotifRejet.SANS_PROJET),
        CreneauStocke(creneau("4", 3), None, None, None),
    ]
    assert store(un_tampon, stockes) == ComptesStockage(nouveaux=4)
    assert un_tampon.list_creneaux(SEMAINE) == stockes


def test_lines_are_made_from_the_validated_slots_that_lead_somewhere_and_are_still_there(
    un_tampon: TamponHeures,
) -> None:
    retenus = [resolu(creneau("1", 0)), resolu(creneau("5", 2)._replace(minutes=None), "ch2 ", "DUPONT")]
    autres = [
        resolu(creneau("2", 1, statut="PENDING")),
        rejete(creneau("3", 2)),
        CreneauStocke(creneau("4", 3), None, None, None),
        resolu(creneau("6", 7)),
    ]
    store(un_tampon, [*retenus, *autres[:3], resolu(creneau("9", 4))])
    store(un_tampon, autres[3:], SUIVANTE)
    store(un_tampon, [*retenus, *autres[:3]])
    assert sorted(un_tampon.list_resolus(SEMAINE)) == [stocke.resolu for stocke in retenus]


def test_the_same_slice_again_changes_nothing(un_tampon: TamponHeures) -> None:
    stockes = [resolu(creneau("1")), rejete(creneau("2", 1))]
    store(un_tampon, stockes)
    settle(un_tampon)
    assert store(un_tampon, stockes, empreinte="e2") == ComptesStockage(inchanges=2)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e2", "a1", "s1")


def test_every_field_of_a_slot_counts_as_a_change(un_tampon: TamponHeures) -> None:
    avant = creneau("1")
    variantes = [
        resolu(avant._replace(debut=avant.debut + timedelta(minutes=1))),
        resolu(avant._replace(fin=None)),
        resolu(avant._replace(utilisateur=None)),
        resolu(avant._replace(nom_utilisateur="Léa MARTIN")),
        resolu(avant._replace(projet_id=None)),
        resolu(avant._replace(code_projet="ch001")),
        resolu(avant._replace(statut="PENDING")),
        resolu(avant._replace(minutes=451)),
        resolu(avant._replace(trajet=False)),
        resolu(avant._replace(panier=True)),
        resolu(avant, chantier="ch001"),
        resolu(avant, salarie="Martin"),
        rejete(avant),
        resolu(avant)._replace(detail="x"),
    ]
    for variante in variantes:
        store(un_tampon, [resolu(avant)])
        assert store(un_tampon, [variante]) == ComptesStockage(modifies=1)
        assert un_tampon.list_creneaux(SEMAINE) == [variante]


def test_a_slot_missing_from_a_whole_slice_is_gone_and_can_come_back(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1")), resolu(creneau("2", 1))])
    assert store(un_tampon, [resolu(creneau("2", 1))]) == ComptesStockage(sortis=1, inchanges=1)
    assert ids(un_tampon) == ["2"]
    assert store(un_tampon, [resolu(creneau("1"))]) == ComptesStockage(modifies=1, sortis=1)
    assert ids(un_tampon) == ["1"]


def test_slots_of_other_days_are_left_alone(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1"))])
    assert store(un_tampon, [resolu(creneau("2", 7))], SUIVANTE) == ComptesStockage(nouveaux=1)
    assert (ids(un_tampon), ids(un_tampon, SUIVANTE)) == (["1"], ["2"])


def test_a_slot_belongs_to_the_local_day_on_which_it_starts(un_tampon: TamponHeures) -> None:
    # 22:30 UTC on Sunday is half past midnight on Monday, in summer.
    tardif = creneau("1")._replace(debut=datetime(2025, 6, 29, 22, 30, tzinfo=UTC))
    store(un_tampon, [resolu(tardif)], SUIVANTE)
    assert (ids(un_tampon), ids(un_tampon, SUIVANTE)) == ([], ["1"])


def test_the_hour_that_comes_twice_holds_both_its_slots(un_tampon: TamponHeures) -> None:
    octobre = Tranche(datetime(2025, 10, 20, tzinfo=UTC).date(), datetime(2025, 10, 27, tzinfo=UTC).date())
    premiere = creneau("1")._replace(debut=datetime(2025, 10, 26, 0, 30, tzinfo=UTC))
    seconde = creneau("2")._replace(debut=datetime(2025, 10, 26, 1, 30, tzinfo=UTC))
    store(un_tampon, [resolu(seconde), resolu(premiere)], octobre)
    assert un_tampon.list_creneaux(octobre) == [resolu(premiere), resolu(seconde)]


def test_a_slot_given_twice_is_stored_once(un_tampon: TamponHeures) -> None:
    deux = [resolu(creneau("1", minutes=60)), resolu(creneau("1", minutes=90))]
    assert store(un_tampon, deux) == ComptesStockage(nouveaux=1)
    assert un_tampon.list_creneaux(SEMAINE) == [resolu(creneau("1", minutes=90))]


def test_text_that_postgresql_cannot_hold_does_not_stop_the_slice(un_tampon: TamponHeures) -> None:
    hostile = rejete(creneau("1\0", nom="L\0éa \ud800", statut="VALIDATED"), detail="\0")
    for attendu in (ComptesStockage(nouveaux=2), ComptesStockage(inchanges=2)):
        assert store(un_tampon, [hostile, resolu(creneau("2", 1))]) == attendu
    assert un_tampon.list_creneaux(SEMAINE)[0].creneau.nom_utilisateur == "L\ufffdéa \ufffd"
    assert rejets(un_tampon) == {"1\ufffd": MotifRejet.CHANTIER_INCONNU}


def test_a_slot_resolved_by_half_is_refused_whole(un_tampon: TamponHeures) -> None:
    for faux in (
        CreneauStocke(creneau("2"), "CH001", None, None),
        CreneauStocke(creneau("2"), "CH001", "MARTIN", MotifRejet.SANS_PROJET),
    ):
        with pytest.raises(ErreurPermanente):
            store(un_tampon, [resolu(creneau("1")), faux])
    assert ids(un_tampon) == []


# --- slices -------------------------------------------------------------------------------------------


def test_a_slice_never_read_is_not_up_to_date(un_tampon: TamponHeures) -> None:
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, None, None, None)


def test_a_slice_is_remembered_with_its_digests(un_tampon: TamponHeures) -> None:
    store(un_tampon, [])
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e1", "a1", None)
    settle(un_tampon)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e1", "a1", "s1")
    settle(un_tampon, empreinte=None)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e1", "a1", None)


def test_a_slice_with_another_end_is_not_up_to_date(un_tampon: TamponHeures) -> None:
    hier, aujourdhui = Tranche(LUNDI, LUNDI + timedelta(days=2)), Tranche(LUNDI, LUNDI + timedelta(days=3))
    store(un_tampon, [], hier)
    settle(un_tampon, hier)
    assert un_tampon.read_etat(aujourdhui) == EtatTranche(aujourdhui, None, None, None)
    store(un_tampon, [], aujourdhui)
    assert un_tampon.read_etat(aujourdhui) == EtatTranche(aujourdhui, "e1", "a1", None)
    assert un_tampon.read_etat(hier) == EtatTranche(hier, None, None, None)


def test_slices_cut_otherwise_forget_those_they_overlap(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1", 5))])
    settle(un_tampon)
    decalee = Tranche(LUNDI + timedelta(days=4), LUNDI + timedelta(days=9))
    store(un_tampon, [resolu(creneau("1", 5, minutes=60))], decalee)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, None, None, None)


@pytest.mark.parametrize(
    "apres", [[], [resolu(creneau("1", minutes=60))], [resolu(creneau("1")), resolu(creneau("2"))]]
)
def test_any_change_of_slots_makes_the_lines_be_looked_at_again(
    un_tampon: TamponHeures, apres: list[CreneauStocke]
) -> None:
    store(un_tampon, [resolu(creneau("1"))])
    settle(un_tampon)
    store(un_tampon, apres)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e1", "a1", None)


def test_a_slot_that_moved_touches_the_slice_it_left(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1")), resolu(creneau("2"))])
    store(un_tampon, [], SUIVANTE)
    settle(un_tampon)
    settle(un_tampon, SUIVANTE)
    assert store(un_tampon, [resolu(creneau("1", 8))], SUIVANTE) == ComptesStockage(modifies=1)
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi is None
    assert (ids(un_tampon), ids(un_tampon, SUIVANTE)) == (["2"], ["1"])


def test_a_slot_that_moves_away_and_back_is_not_lost(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1"))], empreinte="avec")
    store(un_tampon, [resolu(creneau("1", 8))], SUIVANTE)
    # Back again: its slice answers the same bytes as the first time, so they must be parsed once more.
    assert un_tampon.read_etat(SEMAINE).empreinte_creneaux is None
    store(un_tampon, [resolu(creneau("1"))], empreinte="avec")
    store(un_tampon, [], SUIVANTE)
    assert (ids(un_tampon), ids(un_tampon, SUIVANTE)) == (["1"], [])


def test_an_unchanged_slice_beside_a_changed_one_stays_up_to_date(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1"))])
    settle(un_tampon)
    store(un_tampon, [resolu(creneau("2", 8))], SUIVANTE)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, "e1", "a1", "s1")


# --- rejets -------------------------------------------------------------------------------------------


def test_a_validated_slot_with_a_reason_is_an_open_rejet_a_person_can_read(un_tampon: TamponHeures) -> None:
    store(un_tampon, [rejete(creneau("9", 1), MotifRejet.SALARIE_INCONNU, "codebs absent"), resolu(creneau("1"))])
    (rejet,) = un_tampon.list_rejets_ouverts()
    assert replace(rejet, contenu={}) == Rejet(
        ObjetRejet.CRENEAU,
        "9",
        MotifRejet.SALARIE_INCONNU,
        "Léa Martin, 24/06/2025 08:00, 7,5 h",
        "codebs absent",
    )
    assert (rejet.contenu["minutes"], rejet.contenu["debut"]) == (450, "2025-06-24T06:00:00+00:00")


def test_a_slot_that_is_not_validated_is_no_rejet(un_tampon: TamponHeures) -> None:
    store(un_tampon, [rejete(creneau("9", statut="PENDING"))])
    assert rejets(un_tampon) == {}


@pytest.mark.parametrize("apres", [[], [resolu(creneau("9"))], [rejete(creneau("9", statut="REFUSED"))]])
def test_a_rejet_is_resolved_with_its_slot(un_tampon: TamponHeures, apres: list[CreneauStocke]) -> None:
    store(un_tampon, [rejete(creneau("9"))])
    store(un_tampon, apres)
    assert rejets(un_tampon) == {}


def test_a_rejet_changes_its_reason_and_can_open_again(un_tampon: TamponHeures) -> None:
    for motif in (MotifRejet.SANS_PROJET, MotifRejet.CHANTIER_INCONNU):
        store(un_tampon, [rejete(creneau("9"), motif)])
        assert rejets(un_tampon) == {"9": motif}
    store(un_tampon, [resolu(creneau("9"))])
    store(un_tampon, [rejete(creneau("9"))])
    assert rejets(un_tampon) == {"9": MotifRejet.CHANTIER_INCONNU}


def test_a_rejet_moves_with_its_slot(un_tampon: TamponHeures) -> None:
    store(un_tampon, [rejete(creneau("9"))])
    store(un_tampon, [rejete(creneau("9", 8))], SUIVANTE)
    store(un_tampon, [])
    assert rejets(un_tampon) == {"9": MotifRejet.CHANTIER_INCONNU}
    store(un_tampon, [], SUIVANTE)
    assert rejets(un_tampon) == {}


def test_storing_slots_leaves_the_rejets_of_other_kinds_alone(un_tampon: TamponHeures) -> None:
    refus = Rejet(ObjetRejet.LIGNE, "CH001/MARTIN/2025-06-24T08:00", MotifRejet.LIGNE_REFUSEE, "Ligne")
    un_tampon.settle_tranche(SEMAINE, empreinte_suivi=None, constats=[], refus=[refus], run="r")
    store(un_tampon, [])
    assert un_tampon.list_rejets_ouverts() == [refus]


def test_an_unreadable_slot_that_is_known_stays_and_is_an_open_rejet(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1", 1)), resolu(creneau("2"))])
    assert store(un_tampon, [], illisibles=["1", "77"]) == ComptesStockage(sortis=1)
    assert ids(un_tampon) == ["1"]
    assert {r.cle: r.libelle for r in un_tampon.list_rejets_ouverts()} == {
        "1": "Léa Martin, 24/06/2025 08:00, 7,5 h",
        "77": "Créneau 77",
    }
    assert set(rejets(un_tampon).values()) == {MotifRejet.CRENEAU_ILLISIBLE}
    store(un_tampon, [resolu(creneau("1", 1))])
    assert rejets(un_tampon) == {}


def test_while_a_slot_has_no_name_none_is_marked_as_gone(un_tampon: TamponHeures) -> None:
    store(un_tampon, [resolu(creneau("1")), rejete(creneau("2"))])
    assert store(un_tampon, [resolu(creneau("3"))], illisibles=[""]) == ComptesStockage(nouveaux=1)
    assert ids(un_tampon) == ["1", "2", "3"]
    assert list(rejets(un_tampon).values()) == [MotifRejet.CRENEAU_ILLISIBLE, MotifRejet.CHANTIER_INCONNU]
    assert un_tampon.list_inexpliques(SEMAINE) == []
    store(un_tampon, [resolu(creneau("3"))])
    assert (ids(un_tampon), rejets(un_tampon)) == (["3"], {})


def test_a_validated_slot_without_codes_and_without_rejet_is_unexplained(un_tampon: TamponHeures) -> None:
    store(
        un_tampon,
        [
            CreneauStocke(creneau("perdu"), None, None, None),
            CreneauStocke(creneau("en attente", statut="PENDING"), None, None, None),
            resolu(creneau("1")),
            rejete(creneau("2")),
        ],
    )
    assert un_tampon.list_inexpliques(SEMAINE) == ["perdu"]
    assert un_tampon.list_inexpliques(SUIVANTE) == []


def test_the_further_fields_of_a_slot_and_headings_of_a_line_are_kept(un_tampon: Tampon | TamponMemoire) -> None:
    plus = (("isNightWork", Decimal(1)), ("overtimeMinutes", Decimal("12.5")))

    def stocke(creneau: Creneau) -> ComptesStockage:
        return un_tampon.store_creneaux(
            SEMAINE, [resolu(creneau)], illisibles=[], empreinte="e", empreinte_annuaire="a", run="r"
        )

    stocke(creneau("1")._replace(plus=plus))
    assert [un.creneau.plus for un in un_tampon.list_creneaux(SEMAINE)] == [plus]
    assert stocke(creneau("1")._replace(plus=plus)).modifies == 0
    assert stocke(creneau("1")).modifies == 1
    tenue = Quantites(Decimal(7), Decimal(0), Decimal(1), ((5, Decimal(1)), (12, Decimal("0.25"))))
    une = replace(action(creneaux=("1",)), apres=tenue)
    un_tampon.confirm_annonce("r", un_tampon.announce("r", [une]))
    assert [ligne.quantites for ligne in un_tampon.list_lignes(SEMAINE)] == [tenue]
    assert un_tampon.list_en_plus() == {5, 12}
    correction = replace(une, geste=Geste.CORRIGER, avant=tenue, base=tenue, apres=tenue._replace(plus=()))
    assert un_tampon.announce("r2", [correction])
    assert un_tampon.list_annoncees(SEMAINE) == [correction]
    un_tampon.confirm("r2", faites=[correction], abandonnees=[], sans_ecriture=[])
    assert un_tampon.list_en_plus() == set()


def test_a_run_that_began_by_itself_soon_after_a_whole_reading_is_known(tampon: Tampon, dossier: str) -> None:
    heure = timedelta(hours=1)

    def ouvre(run: str, declencheur: str = DECLENCHEUR) -> bool:
        tampon.runs.ouvre(f"{dossier}-{run}", Flux.HEURES, (Fleche.PULL_HEURES,), apercu=False, declencheur=declencheur)
        return tampon.suit_une_lecture(f"{dossier}-{run}", heure)

    assert not ouvre("1")  # nothing was read
    tampon.note_lecture_creneaux(timedelta(0))
    assert not tampon.suit_une_lecture(f"{dossier}-1", heure)  # it was this very run that read it
    assert ouvre("2")
    assert not tampon.suit_une_lecture(f"{dossier}-2", timedelta(0))
    assert not tampon.suit_une_lecture("inconnu", heure)
    assert not ouvre("3", "page d’accueil")
    tampon.note_lecture_creneaux(heure)
    assert not ouvre("4")
