"""The promises of `TamponHeures` about lines and the notes taken before they are written."""

import pytest

from connecteur.domain.heure import LigneSuivi
from connecteur.domain.plan import RIEN, Geste, MotifConflit
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.errors import ErreurTransitoire
from connecteur.sync.ports import EtatTranche, TamponHeures, cle_texte

from .exemples import SEMAINE, SUIVANTE, action, cle, quantites


def possede(tampon: TamponHeures, *actions_de: int) -> None:
    """Own one line of 7,5 h per day."""
    actions = [action(de=cle(jour), creneaux=(str(jour),)) for jour in actions_de]
    tampon.announce("r0", actions)
    tampon.confirm("r0", faites=actions, abandonnees=[], sans_ecriture=[])


def settle(tampon: TamponHeures, empreinte: str | None = "s1", **autres: object) -> None:
    parametres = {"constats": [], "refus": [], "run": "r", **autres}
    tampon.settle_tranche(SEMAINE, empreinte_suivi=empreinte, **parametres)  # type: ignore[arg-type]


def test_a_note_comes_back_as_it_was_taken_until_it_is_settled(un_tampon: TamponHeures) -> None:
    actions = [
        action(de=cle(3), creneaux=("a", "b,{}\"'")),
        action(Geste.CORRIGER, cle(1), avant=quantites("7"), apres=quantites("7.25"), base=quantites("7")),
        action(Geste.RETIRER, cle(0), avant=quantites(), base=quantites(), creneaux=()),
        action(Geste.VIDER, cle(2), avant=quantites(), apres=RIEN, base=quantites(), deplace_de=cle(5, 9, "A/B")),
    ]
    un_tampon.announce("r1", actions)
    assert un_tampon.list_annoncees(SEMAINE) == actions
    assert un_tampon.list_annoncees(SUIVANTE) == []
    assert un_tampon.list_lignes(SEMAINE) == []
    un_tampon.confirm("r1", faites=actions[:2], abandonnees=actions[2:], sans_ecriture=[])
    assert un_tampon.list_annoncees(SEMAINE) == []


def test_a_note_is_settled_whole_but_for_what_was_not_written(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 0, 1)
    retrait = action(Geste.RETIRER, cle(0), avant=quantites(), base=quantites())
    correction = action(
        Geste.CORRIGER, cle(1), avant=quantites(), apres=quantites("8"), base=quantites(), creneaux=("8", "9")
    )
    insertion, refusee = action(de=cle(2), creneaux=("2",)), action(de=cle(3))
    annonce = un_tampon.announce("r1", [retrait, correction, insertion, refusee])
    un_tampon.confirm_annonce("r1", annonce, sauf=[refusee])
    voulues = [LigneSuivi(cle(1), quantites("8"), ("8", "9")), LigneSuivi(cle(2), quantites(), ("2",))]
    assert un_tampon.list_lignes(SEMAINE) == voulues
    assert un_tampon.list_annoncees(SEMAINE) == []
    un_tampon.confirm_annonce("r1", annonce)
    assert un_tampon.list_lignes(SEMAINE) == voulues


def test_a_note_that_somebody_settled_by_looking_is_settled(un_tampon: TamponHeures) -> None:
    insertion = action(de=cle(0))
    annonce = un_tampon.announce("mort", [insertion])
    un_tampon.confirm("suivant", faites=[], abandonnees=[insertion], sans_ecriture=[])
    un_tampon.confirm_annonce("mort", annonce)
    assert un_tampon.list_lignes(SEMAINE) == []


def test_a_note_is_settled_line_by_line_after_a_cut(un_tampon: TamponHeures) -> None:
    hostile = action(de=cle(0, chantier="A\\B\tC", salarie="\\N"), creneaux=("\\", "a\nb"))
    reste = action(de=cle(8), creneaux=("8",))
    un_tampon.announce("mort", [hostile, reste])
    assert un_tampon.list_annoncees(SEMAINE) == [hostile]
    un_tampon.confirm("suivant", faites=[hostile], abandonnees=[], sans_ecriture=[])
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(hostile.cle, quantites(), hostile.creneaux)]
    assert (un_tampon.list_annoncees(SEMAINE), un_tampon.list_annoncees(SUIVANTE)) == ([], [reste])
    with pytest.raises(ErreurTransitoire):
        un_tampon.announce("suivant", [reste])
    un_tampon.announce("suivant", [hostile])


def test_a_confirmed_insertion_is_a_line_we_own(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 1, 0, 8)
    assert un_tampon.list_lignes(SEMAINE) == [
        LigneSuivi(cle(0), quantites(), ("0",)),
        LigneSuivi(cle(1), quantites(), ("1",)),
    ]
    assert un_tampon.list_lignes(SUIVANTE) == [LigneSuivi(cle(8), quantites(), ("8",))]


def test_an_abandoned_write_changes_nothing(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 0)
    actions = [
        action(de=cle(1)),
        action(Geste.RETIRER, cle(0), avant=quantites(), base=quantites()),
    ]
    un_tampon.announce("r1", actions)
    un_tampon.confirm("r1", faites=[], abandonnees=actions, sans_ecriture=[])
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(cle(0), quantites(), ("0",))]
    assert un_tampon.list_annoncees(SEMAINE) == []


def test_a_correction_replaces_quantities_and_slots(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 0)
    correction = action(
        Geste.CORRIGER, cle(0), avant=quantites(), apres=quantites("0.1"), base=quantites(), creneaux=("5", "6")
    )
    un_tampon.announce("r1", [correction])
    un_tampon.confirm("r1", faites=[correction], abandonnees=[], sans_ecriture=[])
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(cle(0), quantites("0.1"), ("5", "6"))]


@pytest.mark.parametrize("geste", [Geste.RETIRER, Geste.VIDER])
def test_a_line_that_was_removed_or_emptied_is_ours_no_longer(un_tampon: TamponHeures, geste: Geste) -> None:
    possede(un_tampon, 0, 1)
    apres = RIEN if geste is Geste.VIDER else None
    fin = action(geste, cle(0), avant=quantites(), apres=apres, base=quantites())
    un_tampon.announce("r1", [fin])
    un_tampon.confirm("r1", faites=[fin], abandonnees=[], sans_ecriture=[])
    assert [ligne.cle for ligne in un_tampon.list_lignes(SEMAINE)] == [cle(1)]


def test_adopting_and_forgetting_need_no_note(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 0)
    un_tampon.confirm(
        "r1",
        faites=[],
        abandonnees=[],
        sans_ecriture=[
            action(Geste.OUBLIER, cle(0), base=quantites()),
            action(Geste.ADOPTER, cle(1), avant=quantites("3"), apres=quantites("3"), creneaux=("9",)),
        ],
    )
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(cle(1), quantites("3"), ("9",))]


def test_confirming_nothing_is_nothing(un_tampon: TamponHeures) -> None:
    un_tampon.announce("r1", [])
    un_tampon.confirm("r1", faites=[], abandonnees=[], sans_ecriture=[])
    assert un_tampon.list_lignes(SEMAINE) == []


def test_confirming_twice_is_confirming_once(un_tampon: TamponHeures) -> None:
    possede(un_tampon, 0)
    un_tampon.confirm("r0", faites=[action(de=cle(0), creneaux=("0",))], abandonnees=[], sans_ecriture=[])
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(cle(0), quantites(), ("0",))]


def test_a_key_has_one_open_note_at_most(un_tampon: TamponHeures) -> None:
    un_tampon.announce("r1", [action(de=cle(0))])
    with pytest.raises(ErreurTransitoire, match="annoncée plus tôt"):
        un_tampon.announce("r2", [action(de=cle(1)), action(de=cle(0), apres=quantites("1"))])
    assert un_tampon.list_annoncees(SEMAINE) == [action(de=cle(0))]


def test_an_open_note_keeps_its_slice_from_being_skipped(un_tampon: TamponHeures) -> None:
    settle(un_tampon)
    un_tampon.announce("r1", [action(de=cle(6, 23))])
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi is None
    settle(un_tampon)
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi is None
    un_tampon.confirm("r1", faites=[], abandonnees=[action(de=cle(6, 23))], sans_ecriture=[])
    settle(un_tampon)
    assert un_tampon.read_etat(SEMAINE) == EtatTranche(SEMAINE, None, None, "s1")


def test_lines_come_sorted_by_key_and_keep_every_digit(un_tampon: TamponHeures) -> None:
    actions = [
        action(de=cle(0, chantier="Z")),
        action(de=cle(1, chantier="A", salarie="É"), apres=quantites("0.333333", 2, 0)),
        action(de=cle(0, chantier="A", salarie="Z")),
    ]
    un_tampon.announce("r1", actions)
    un_tampon.confirm("r1", faites=actions, abandonnees=[], sans_ecriture=[])
    lignes = un_tampon.list_lignes(SEMAINE)
    assert [ligne.cle for ligne in lignes] == sorted(ligne.cle for ligne in lignes)
    assert lignes[1].quantites == quantites("0.333333", 2, 0)


def refus(jour: int) -> Rejet:
    return Rejet(ObjetRejet.LIGNE, cle_texte(cle(jour, chantier="A/B")), MotifRejet.LIGNE_REFUSEE, "Ligne", "515")


def test_refused_lines_replace_those_known_for_these_days(un_tampon: TamponHeures) -> None:
    un_tampon.settle_tranche(SUIVANTE, empreinte_suivi=None, constats=[], refus=[refus(8)], run="r1")
    settle(un_tampon, refus=[refus(0), refus(1)])
    settle(un_tampon, refus=[refus(1), refus(2)])
    assert {rejet.cle for rejet in un_tampon.list_rejets_ouverts()} == {refus(j).cle for j in (1, 2, 8)}
    settle(un_tampon)
    assert un_tampon.list_rejets_ouverts() == [refus(8)]


def test_standing_conflicts_can_be_replaced_any_number_of_times(un_tampon: TamponHeures) -> None:
    conflit = action(Geste.CONFLIT, cle(0), avant=quantites("1"), apres=quantites(), motif=MotifConflit.LIGNE_ETRANGERE)
    reprise = action(Geste.REPRISE, cle(0), avant=quantites("2"), apres=quantites(), base=quantites())
    for constats in ([conflit], [conflit], [reprise], []):
        settle(un_tampon, constats=constats)
        assert un_tampon.count_constats() == {constat.geste: 1 for constat in constats}
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi == "s1"
