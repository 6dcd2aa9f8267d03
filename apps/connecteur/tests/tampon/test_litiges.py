"""What people decide about lines: the same promises from the real tampon and from the one in memory."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from connecteur.domain.conflit import Cote, Jugement
from connecteur.domain.garde import Compte
from connecteur.domain.heure import VALIDE, CleSuivi, LigneSuivi
from connecteur.domain.plan import RIEN, Action, Geste, MotifConflit
from connecteur.domain.reglement import Dates, Decision, Rendu
from connecteur.errors import ConfigurationInvalide, ErreurPermanente
from connecteur.sync.ports import TamponHeures
from connecteur.sync.ports.litiges import Dispute
from connecteur.tampon.constats import ConstatOuvert
from connecteur.tampon.decisions import EcritureReglee
from connecteur.tampon.tampon import Tampon

from .exemples import LUNDI, SEMAINE, SUIVANTE, action, cle, creneau, quantites, resolu

SEPT, HUIT, SIX = quantites("7"), quantites("8"), quantites("6")
BATISIMPLY = Jugement(Cote.BATISIMPLY, "Le réglage donne toujours raison à BatiSimply.")
BATIGEST = Jugement(Cote.BATIGEST, "Le réglage donne toujours raison à Batigest.")


class UnTampon(TamponHeures, Protocol):
    """What both implementations offer to pages and commands."""

    def list_constats(self, limite: int = 1000) -> list[ConstatOuvert]: ...

    def decide_ligne(self, cle: CleSuivi, choix: Cote, qui: str) -> None: ...

    def annule_ecriture(self, ident: int, qui: str) -> None: ...

    def list_reglees(self, limite: int = 200) -> list[EcritureReglee]: ...

    def confirme_garde(self, ident: int, qui: str) -> None: ...

    def demande_import(self, depuis: date, qui: str) -> None: ...


def conflit(**champs: object) -> Action:
    base = action(Geste.CONFLIT, cle(0), avant=HUIT, apres=SIX, base=SEPT, creneaux=("0",))
    return replace(base, motif=MotifConflit.DEUX_COTES, **champs)  # type: ignore[arg-type]


def settle(tampon: UnTampon, *constats: Action, empreinte: str | None = "s1") -> None:
    tampon.settle_tranche(SEMAINE, empreinte_suivi=empreinte, constats=constats, refus=[], run="r1")


def ecrit(tampon: UnTampon, *actions: Action, run: str = "r1") -> None:
    tampon.announce(run, actions)
    tampon.confirm(run, faites=actions, abandonnees=[], sans_ecriture=[])


def test_a_finding_says_who_was_right_and_why(un_tampon: UnTampon) -> None:
    juge = conflit(jugement=Jugement(None, "À vous de décider."))
    settle(un_tampon, juge)
    (ouvert,) = un_tampon.list_constats()
    assert ouvert.action == juge
    assert un_tampon.count_constats() == {Geste.CONFLIT: 1}


def test_a_closed_period_is_a_finding_of_its_own(un_tampon: UnTampon) -> None:
    settle(un_tampon, replace(conflit(), geste=Geste.PERIODE_CLOSE, motif=None))
    assert un_tampon.count_constats() == {Geste.PERIODE_CLOSE: 1}
    with pytest.raises(ErreurPermanente, match="période close"):
        un_tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")


def test_a_decision_is_about_what_was_shown_and_the_slice_is_looked_at_again(un_tampon: UnTampon) -> None:
    settle(un_tampon, conflit())
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi == "s1"
    un_tampon.decide_ligne(cle(0), Cote.BATISIMPLY, "Léa")
    assert un_tampon.list_decisions(LUNDI) == {cle(0): Decision(Cote.BATISIMPLY, SIX, HUIT)}
    assert un_tampon.list_decisions(SUIVANTE.debut) == {}
    assert un_tampon.read_etat(SEMAINE).empreinte_suivi is None
    un_tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")
    assert un_tampon.list_decisions(LUNDI) == {cle(0): Decision(Cote.BATIGEST, SIX, HUIT)}


def test_only_what_waits_can_be_decided(un_tampon: UnTampon) -> None:
    with pytest.raises(ErreurPermanente, match="pas de décision"):
        un_tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")
    settle(un_tampon, replace(conflit(), motif=MotifConflit.LIGNES_MULTIPLES))
    with pytest.raises(ErreurPermanente, match="plusieurs lignes"):
        un_tampon.decide_ligne(cle(0), Cote.BATISIMPLY, "Léa")
    un_tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")


def test_a_decision_for_batisimply_is_over_once_carried_out_and_one_for_batigest_stands(un_tampon: UnTampon) -> None:
    settle(un_tampon, conflit(), replace(conflit(), cle=cle(1)))
    un_tampon.decide_ligne(cle(0), Cote.BATISIMPLY, "Léa")
    un_tampon.decide_ligne(cle(1), Cote.BATIGEST, "Léa")
    ecrit(un_tampon, replace(conflit(), geste=Geste.CORRIGER, jugement=BATISIMPLY))
    assert un_tampon.list_decisions(LUNDI) == {cle(1): Decision(Cote.BATIGEST, SIX, HUIT)}


def test_an_ordinary_write_ends_no_decision(un_tampon: UnTampon) -> None:
    settle(un_tampon, conflit())
    un_tampon.decide_ligne(cle(0), Cote.BATISIMPLY, "Léa")
    ecrit(un_tampon, action(Geste.CORRIGER, cle(0), avant=SEPT, apres=SIX, base=SEPT))
    assert cle(0) in un_tampon.list_decisions(LUNDI)


def test_what_the_policy_leaves_to_batigest_stands_but_not_over_a_person(un_tampon: UnTampon) -> None:
    laissee = replace(conflit(), geste=Geste.REPRISE, jugement=BATIGEST)
    settle(un_tampon, laissee)
    assert un_tampon.list_decisions(LUNDI) == {cle(0): Decision(Cote.BATIGEST, SIX, HUIT, par_politique=True)}
    un_tampon.decide_ligne(cle(0), Cote.BATISIMPLY, "Léa")
    settle(un_tampon, laissee)
    assert un_tampon.list_decisions(LUNDI)[cle(0)].choix is Cote.BATISIMPLY
    settle(un_tampon, replace(laissee, apres=SEPT))
    assert un_tampon.list_decisions(LUNDI) == {cle(0): Decision(Cote.BATIGEST, SEPT, HUIT, par_politique=True)}


@pytest.mark.parametrize(
    ("geste", "apres", "base", "voulue"),
    [(Geste.CORRIGER, SIX, SEPT, SIX), (Geste.CORRIGER, SIX, None, SIX), (Geste.VIDER, RIEN, SEPT, None)],
)
def test_a_settled_conflict_is_undone_from_the_record(
    un_tampon: UnTampon, geste: Geste, apres: object, base: object, voulue: object
) -> None:
    reglee = replace(conflit(), geste=geste, apres=apres, base=base, jugement=BATISIMPLY)  # type: ignore[arg-type]
    ecrit(un_tampon, reglee)
    (ecriture,) = un_tampon.list_reglees()
    assert (ecriture.action, ecriture.run) == (reglee, "r1")
    un_tampon.annule_ecriture(ecriture.id, "Léa")
    decision = Decision(Cote.BATIGEST, voulue, apres, Rendu(HUIT, base))  # type: ignore[arg-type]
    assert un_tampon.list_decisions(LUNDI) == {cle(0): decision}
    rendre = Action(Geste.RENDRE, cle(0), apres, HUIT, base, ("0",))  # type: ignore[arg-type]
    ecrit(un_tampon, rendre, run="r2")
    assert un_tampon.list_lignes(SEMAINE) == ([LigneSuivi(cle(0), SEPT, ("0",))] if base else [])
    assert un_tampon.list_decisions(LUNDI) == {cle(0): replace(decision, rendu=None)}
    with pytest.raises(ErreurPermanente, match="de nouveau"):
        un_tampon.annule_ecriture(ecriture.id, "Léa")
    settle(un_tampon)
    assert un_tampon.list_decisions(LUNDI) == {cle(0): replace(decision, rendu=None)}


def test_a_note_of_a_disputed_write_comes_back_whole_after_a_cut(un_tampon: UnTampon) -> None:
    actions = [
        replace(conflit(), geste=Geste.CORRIGER, jugement=BATISIMPLY),
        Action(Geste.RENDRE, cle(1), SIX, None, None, ("1",)),
    ]
    un_tampon.announce("r1", actions)
    assert un_tampon.list_annoncees(SEMAINE) == actions


def test_only_the_last_write_of_a_settled_conflict_can_be_undone(un_tampon: UnTampon) -> None:
    ecrit(un_tampon, action(Geste.INSERER, cle(1), apres=SIX))
    with pytest.raises(ErreurPermanente, match="pas le règlement"):
        un_tampon.annule_ecriture(10**9, "Léa")
    ecrit(un_tampon, replace(conflit(), geste=Geste.CORRIGER, jugement=BATISIMPLY))
    (ecriture,) = un_tampon.list_reglees()
    ecrit(un_tampon, action(Geste.CORRIGER, cle(0), avant=SIX, apres=HUIT, base=SIX))
    with pytest.raises(ErreurPermanente, match="de nouveau"):
        un_tampon.annule_ecriture(ecriture.id, "Léa")


def range_creneaux(tampon: UnTampon, *minutes: int) -> None:
    stockes = [resolu(creneau(str(rang), minutes=combien)) for rang, combien in enumerate(minutes)]
    tampon.store_creneaux(SEMAINE, stockes, illisibles=[], empreinte=str(minutes), empreinte_annuaire="a", run="r")


def test_a_line_is_dated_by_the_looks_around_its_change_and_slots_by_theirs(un_tampon: UnTampon) -> None:
    range_creneaux(un_tampon, 60)
    dispute = Dispute(cle(0), HUIT, ("0", "inconnu"))
    inconnue = un_tampon.read_dates(SEMAINE, [dispute])[cle(0)]
    assert (inconnue.ligne, inconnue.intacte_le) == (None, None)
    assert inconnue.creneaux is not None
    settle(un_tampon)
    neuve = un_tampon.read_dates(SEMAINE, [dispute])[cle(0)]
    assert neuve.intacte_le is not None
    assert neuve.vue_le is not None
    assert inconnue.creneaux < neuve.intacte_le < neuve.vue_le
    settle(un_tampon, conflit())
    connue = un_tampon.read_dates(SEMAINE, [dispute])[cle(0)]
    assert connue.vue_le is not None
    assert connue.intacte_le == neuve.intacte_le
    settle(un_tampon, conflit())
    assert un_tampon.read_dates(SEMAINE, [dispute])[cle(0)] == connue
    autre = un_tampon.read_dates(SEMAINE, [replace(dispute, vue=SEPT)])[cle(0)]
    assert autre.intacte_le is not None
    assert autre.vue_le is not None
    assert connue.vue_le < autre.intacte_le < autre.vue_le
    range_creneaux(un_tampon, 90)
    change = un_tampon.read_dates(SEMAINE, [dispute])[cle(0)].creneaux
    assert change is not None
    assert change > connue.vue_le
    range_creneaux(un_tampon)
    parti = un_tampon.read_dates(SEMAINE, [dispute])[cle(0)].creneaux
    assert parti is not None
    assert parti > change


def arrive(tampon: UnTampon, **dit: object) -> Dates:
    """A slot arrives like this; how its line is dated."""
    connu = resolu(creneau("0", statut=str(dit.pop("statut", VALIDE))), salarie=str(dit.pop("salarie", "MARTIN")))
    arrivee = connu._replace(creneau=connu.creneau._replace(**dit))  # type: ignore[arg-type]
    tampon.store_creneaux(SEMAINE, [arrivee], illisibles=[], empreinte=str(dit), empreinte_annuaire="a", run="r")
    return replace(tampon.read_dates(SEMAINE, [Dispute(cle(0), HUIT, ("0",))])[cle(0)], vue_le=None)


def test_a_slot_is_dated_by_batisimply_where_the_date_moved_with_what_it_says(un_tampon: UnTampon) -> None:
    maintenant = datetime.now(UTC)
    cree, plus_tard = maintenant - timedelta(days=9), maintenant + timedelta(hours=1)
    neuf = arrive(un_tampon, modifie_le=cree)
    assert neuf.modifies is not None
    assert neuf.modifies.milieu == cree
    # The same date, or one of before we saw it as it was: it is not that of this change.
    for jour, minutes in ((0, 60), (3, 120)):
        assert arrive(un_tampon, modifie_le=cree + timedelta(days=jour), minutes=minutes).modifies is None
    change = arrive(un_tampon, modifie_le=plus_tard, minutes=180)
    assert change.modifies is not None
    assert change.modifies.milieu == plus_tard
    # Another name, another comment: nothing that is counted, and so no other date.
    for nom in ("Léa Martin-Roy", "Léa Roy"):
        autre = {"nom_utilisateur": nom, "modifie_le": plus_tard + timedelta(hours=1), "minutes": 180}
        assert arrive(un_tampon, **autre) == change
    # Somebody maps the user to another salarié, here: BatiSimply knows nothing of that.
    ailleurs = arrive(un_tampon, salarie="DUPRE", modifie_le=plus_tard + timedelta(hours=2), minutes=180)
    assert ailleurs.modifies is None
    assert ailleurs.creneaux is not None
    assert change.creneaux is not None
    assert ailleurs.creneaux > change.creneaux
    encore = arrive(un_tampon, salarie="DUPRE", modifie_le=plus_tard + timedelta(hours=3), minutes=200)
    assert encore.modifies is not None
    range_creneaux(un_tampon)
    assert un_tampon.read_dates(SEMAINE, [Dispute(cle(0), HUIT, ("0",))])[cle(0)].modifies is None
    revenu = arrive(un_tampon, salarie="DUPRE", modifie_le=plus_tard + timedelta(hours=4), minutes=180)
    assert revenu.modifies is None


def test_a_change_of_the_slots_happened_since_the_last_reading_of_the_whole_window(un_tampon: UnTampon) -> None:
    assert arrive(un_tampon).creneaux_intacts_le is None
    un_tampon.note_lecture_creneaux(timedelta(minutes=1))
    change = arrive(un_tampon, minutes=60)
    assert change.creneaux is not None
    assert change.creneaux_intacts_le is not None
    assert timedelta(seconds=50) < change.creneaux - change.creneaux_intacts_le
    un_tampon.note_lecture_creneaux(timedelta(0))
    assert arrive(un_tampon, minutes=60, nom_utilisateur="Léa Roy") == change
    encore = arrive(un_tampon, minutes=90)
    assert encore.creneaux_intacts_le is not None
    assert change.creneaux < encore.creneaux_intacts_le
    range_creneaux(un_tampon)
    parti = un_tampon.read_dates(SEMAINE, [Dispute(cle(0), HUIT, ("0",))])[cle(0)]
    assert parti.creneaux_intacts_le == encore.creneaux_intacts_le


COMPTE = Compte(frozenset({-5, 2**62}), 100, Decimal("700.5"), Decimal(0), LUNDI, LUNDI + timedelta(days=6))


def test_a_request_for_confirmation_stays_until_the_push_has_gone_through(un_tampon: UnTampon) -> None:
    assert un_tampon.read_garde() is None
    garde = un_tampon.ouvre_garde(COMPTE, "r1")
    assert (un_tampon.read_garde(), garde.compte, garde.lignes, garde.confirmee_le) == (garde, COMPTE, 2, None)
    assert un_tampon.ouvre_garde(COMPTE, "r2") == garde
    un_tampon.confirme_garde(garde.id, "Léa")
    confirmee = un_tampon.ouvre_garde(COMPTE, "r3")
    assert (confirmee.confirmee_par, confirmee.confirmee_le is not None) == ("Léa", True)
    with pytest.raises(ErreurPermanente):
        un_tampon.confirme_garde(garde.id, "Ugo")
    un_tampon.ferme_garde(garde.id)
    assert un_tampon.read_garde() is None


def test_other_changes_ask_again(un_tampon: UnTampon) -> None:
    garde = un_tampon.ouvre_garde(COMPTE, "r1")
    un_tampon.confirme_garde(garde.id, "Léa")
    autre = un_tampon.ouvre_garde(replace(COMPTE, cles=COMPTE.cles | {7}), "r2")
    assert (autre.confirmee_le, autre.id == garde.id) == (None, False)
    with pytest.raises(ErreurPermanente):
        un_tampon.confirme_garde(garde.id, "Léa")


def test_the_first_import_is_asked_for_once_and_done_once(un_tampon: UnTampon) -> None:
    un_tampon.demande_import(date(2024, 1, 1), "Léa")
    un_tampon.demande_import(date(2024, 6, 1), "Léa")
    demande = un_tampon.read_import()
    assert demande is not None
    assert (demande.depuis, demande.demande_par) == (date(2024, 6, 1), "Léa")
    un_tampon.finit_import(demande.id, "r1")
    assert un_tampon.read_import() is None


def test_slots_paid_in_a_closed_period_and_moved_out_of_it_are_known(un_tampon: UnTampon) -> None:
    range_creneaux(un_tampon, 60, 60)
    ecrit(un_tampon, action(de=cle(0), creneaux=("0", "1")))
    jeudi = LUNDI + timedelta(days=3)
    assert un_tampon.list_payes(LUNDI, jeudi) == {}
    stockes = [resolu(creneau("0", 4)), resolu(creneau("1", 1))]
    un_tampon.store_creneaux(SEMAINE, stockes, illisibles=[], empreinte="e", empreinte_annuaire="a", run="r")
    # However old the line is.
    for depuis in (LUNDI, LUNDI + timedelta(days=1)):
        assert un_tampon.list_payes(depuis, jeudi) == {"0": LUNDI}


def test_slots_that_moved_out_of_days_too_old_to_be_read_are_known(un_tampon: UnTampon) -> None:
    range_creneaux(un_tampon, 60, 60)
    ecrit(un_tampon, action(de=cle(0), creneaux=("0", "1")))
    settle(un_tampon)
    assert un_tampon.list_payes(SUIVANTE.debut, None) == {}
    un_tampon.store_creneaux(
        SUIVANTE, [resolu(creneau("0", 8))], illisibles=[], empreinte="e", empreinte_annuaire="a", run="r"
    )
    assert un_tampon.list_payes(SUIVANTE.debut, None) == {"0": LUNDI}
    assert un_tampon.list_payes(LUNDI, None) == {}


def test_changed_slots_are_counted_only_where_their_slice_is_not_settled(tampon: Tampon) -> None:
    range_creneaux(tampon, 60, 60)
    assert tampon.count_changements(LUNDI, SEMAINE.fin) == (0, 0)
    ecrit(tampon, action(de=cle(0)), action(de=cle(8)))
    assert tampon.count_changements(LUNDI, SEMAINE.fin) == (1, 2)
    assert tampon.count_changements(LUNDI, SUIVANTE.fin) == (2, 2)
    settle(tampon)
    assert tampon.count_changements(LUNDI, SEMAINE.fin) == (1, 0)
    range_creneaux(tampon, 90, 60)
    assert tampon.count_changements(LUNDI, SEMAINE.fin) == (1, 1)


def test_each_decision_leaves_an_event(tampon: Tampon) -> None:
    settle(tampon, conflit())
    tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")
    ecrit(tampon, replace(conflit(), geste=Geste.CORRIGER, jugement=BATISIMPLY))
    tampon.annule_ecriture(tampon.list_reglees()[0].id, "Ugo")
    tampon.confirme_garde(tampon.ouvre_garde(COMPTE, "r1").id, "Zoé")
    tampon.demande_import(LUNDI, "Zoé")
    notes = [note.evenement for note in tampon.list_evenements() if not note.evenement.qui.startswith("run ")]
    assert [(note.qui, note.geste) for note in notes] == [
        ("Zoé", "demander"),
        ("Zoé", "confirmer"),
        ("Ugo", "annuler"),
        ("Léa", "trancher"),
    ]


ANCIENNES, NOUVELLES = ("NbH0", "NbH3", "NbH4"), ("NbH1", "NbH3", "NbH4")


def test_lines_are_in_the_headings_of_the_day_they_were_written(un_tampon: UnTampon) -> None:
    ecrit(un_tampon, action(de=cle(0)))
    assert not un_tampon.note_rubriques(ANCIENNES)
    ecrit(un_tampon, action(de=cle(1)))
    assert un_tampon.list_anciennes(SEMAINE, ANCIENNES) == {}
    assert un_tampon.list_anciennes(SEMAINE, NOUVELLES) == {cle(0): ANCIENNES, cle(1): ANCIENNES}
    assert un_tampon.note_rubriques(NOUVELLES)
    change = Action(Geste.CHANGER_RUBRIQUES, cle(0), quantites(), quantites(), quantites(), ("1",))
    ecrit(un_tampon, change, action(de=cle(2)))
    assert un_tampon.list_anciennes(SEMAINE, NOUVELLES) == {cle(1): ANCIENNES}
    assert len(un_tampon.list_lignes(SEMAINE)) == 3


def test_headings_do_not_change_while_a_write_is_open(un_tampon: UnTampon) -> None:
    un_tampon.note_rubriques(ANCIENNES)
    un_tampon.announce("r1", [action(de=cle(0))])
    assert not un_tampon.note_rubriques(ANCIENNES)
    with pytest.raises(ConfigurationInvalide, match="interrompue"):
        un_tampon.note_rubriques(NOUVELLES)


def test_a_decision_taken_while_a_run_is_under_way_is_seen_by_the_next(tampon: Tampon) -> None:
    settle(tampon, conflit())
    tampon.decide_ligne(cle(0), Cote.BATIGEST, "Léa")
    settle(tampon, conflit())  # by a run that had read the decisions before
    assert tampon.read_etat(SEMAINE).empreinte_suivi is None
    settle(tampon, replace(conflit(), geste=Geste.REPRISE))
    assert tampon.read_etat(SEMAINE).empreinte_suivi == "s1"
