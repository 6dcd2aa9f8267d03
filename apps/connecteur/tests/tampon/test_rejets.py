"""Rejets as people handle them: both implementations list, ignore and send them again alike."""

from dataclasses import replace

import pytest

from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, Rejet, RejetSuivi
from connecteur.errors import ErreurPermanente, GesteRefuse, Introuvable
from connecteur.sync.ports import CreneauIllisible, CreneauStocke
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon

from .exemples import SEMAINE, SUIVANTE, creneau, rejete, resolu

UnTampon = Tampon | TamponMemoire


def store(tampon: UnTampon, *stockes: CreneauStocke, illisibles: tuple[CreneauIllisible, ...] = ()) -> None:
    tampon.store_creneaux(SEMAINE, stockes, illisibles=illisibles, empreinte="e", empreinte_annuaire="a", run="r")


def le_seul(tampon: UnTampon, etat: EtatRejet = EtatRejet.OUVERT) -> RejetSuivi:
    (suivi,) = tampon.list_rejets(etat=etat).elements
    return suivi


def test_an_ignored_rejet_is_listed_apart_and_still_explains_its_slot(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    ident = le_seul(un_tampon).id
    ignore = un_tampon.ignore_rejet(ident, "Anne", "  doublon saisi deux fois ")
    assert (ignore.etat, ignore.ignore_par, ignore.ignore_raison) == (
        EtatRejet.IGNORE,
        "Anne",
        "doublon saisi deux fois",
    )
    assert un_tampon.list_rejets().total == 0
    assert le_seul(un_tampon, EtatRejet.IGNORE).id == ident
    assert (un_tampon.list_rejets_ouverts(), un_tampon.count_rejets_ouverts(ObjetRejet.CRENEAU)) == ([], 0)
    assert un_tampon.list_inexpliques(SEMAINE) == []
    (note,) = un_tampon.list_evenements("rejet", str(ident))
    assert (note.evenement.qui, note.evenement.geste) == ("Anne", "ignorer")
    assert note.evenement.avant == {"etat": "ouvert", "raison": None}
    assert note.evenement.apres == {"etat": "ignoré", "raison": "doublon saisi deux fois"}


def test_an_ignored_rejet_stays_so_while_its_record_is_the_same(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    un_tampon.ignore_rejet(le_seul(un_tampon).id, "Anne", "vu")
    store(un_tampon, rejete(creneau("9"), detail="une autre réponse"))
    suivi = le_seul(un_tampon, EtatRejet.IGNORE)
    assert (suivi.tentatives, suivi.ignore_raison) == (2, "vu")


@pytest.mark.parametrize(
    "change",
    [
        rejete(creneau("9", minutes=60)),
        rejete(creneau("9", 1)),
        rejete(creneau("9"), MotifRejet.SALARIE_INCONNU),
    ],
)
def test_an_ignored_rejet_comes_back_when_its_record_changes(un_tampon: UnTampon, change: CreneauStocke) -> None:
    store(un_tampon, rejete(creneau("9")))
    ident = le_seul(un_tampon).id
    un_tampon.ignore_rejet(ident, "Anne", "vu")
    store(un_tampon, change)
    suivi = le_seul(un_tampon)
    assert (suivi.id, suivi.ignore_par, suivi.tentatives) == (ident, None, 2)
    assert [n.evenement.geste for n in un_tampon.list_evenements("rejet")] == ["rouvrir", "ignorer"]
    assert un_tampon.list_evenements("rejet")[0].evenement.qui == "run r"


def test_an_ignored_rejet_resolves_itself_and_a_new_one_is_open(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    un_tampon.ignore_rejet(le_seul(un_tampon).id, "Anne", "vu")
    store(un_tampon, resolu(creneau("9")))
    assert le_seul(un_tampon, EtatRejet.RESOLU).ignore_raison == "vu"
    store(un_tampon, rejete(creneau("9")))
    assert le_seul(un_tampon).reouvertures == 1


def test_sending_again_makes_the_next_run_look_at_the_record(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    un_tampon.settle_tranche(SEMAINE, empreinte_suivi="s", constats=[], refus=[], run="r")
    un_tampon.store_creneaux(SUIVANTE, [], illisibles=[], empreinte="f", empreinte_annuaire="a", run="r")
    ident = le_seul(un_tampon).id
    un_tampon.ignore_rejet(ident, "Anne", "vu")
    renvoye = un_tampon.renvoie_rejet(ident, "Paul")
    assert (renvoye.etat, renvoye.renvoye_par, renvoye.renvoye_le is None) == (EtatRejet.OUVERT, "Paul", False)
    etat = un_tampon.read_etat(SEMAINE)
    assert (etat.empreinte_creneaux, etat.empreinte_annuaire, etat.empreinte_suivi) == (None, None, None)
    assert un_tampon.read_etat(SUIVANTE).empreinte_creneaux == "f"
    assert [n.evenement.geste for n in un_tampon.list_evenements("rejet")] == ["renvoyer", "ignorer"]


def test_reading_an_unchanged_slice_is_one_more_attempt(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    un_tampon.retente_rejets([SUIVANTE], "r1")
    un_tampon.retente_rejets([SUIVANTE, SEMAINE], "r2")
    suivi = le_seul(un_tampon)
    assert (suivi.tentatives, suivi.premier_run, suivi.dernier_run) == (2, "r", "r2")
    assert suivi.dernier_le >= suivi.premier_le


def test_rejets_are_filtered_searched_and_counted(un_tampon: UnTampon) -> None:
    store(
        un_tampon,
        rejete(creneau("1", nom="Zoé Petit")),
        rejete(creneau("2", 1, nom="100% Été"), MotifRejet.SANS_PROJET),
        rejete(creneau("3", 2, nom="Ugo_Morel"), detail="projet 77"),
    )
    refus = Rejet(ObjetRejet.CHANTIER, "CH9", MotifRejet.CHANTIER_REFUSE, "CH9 « École »")
    un_tampon.replace_rejets(ObjetRejet.CHANTIER, [refus], "r")

    def cles(**filtres: object) -> list[str]:
        return [s.rejet.cle for s in un_tampon.list_rejets(**filtres).elements]  # type: ignore[arg-type]

    assert cles() == ["CH9", "3", "2", "1"]
    assert cles(motif=MotifRejet.CHANTIER_INCONNU) == ["3", "1"]
    assert cles(objet=ObjetRejet.CHANTIER) == ["CH9"]
    assert cles(recherche="zoÉ petit".replace("É", "é")) == ["1"]
    assert (cles(recherche="100% é"), cles(recherche="o_M"), cles(recherche="%")) == (["2"], ["3"], ["2"])
    assert cles(recherche="projet 77") == ["3"]
    page = un_tampon.list_rejets(page=2, par_page=3)
    assert ([s.rejet.cle for s in page.elements], page.total, page.pages) == (["1"], 4, 2)
    assert un_tampon.list_rejets(page=10**30).elements == []
    assert un_tampon.list_rejets(page=-3, par_page=0).elements[0].rejet.cle == "CH9"


def test_what_cannot_be_decided_is_said(un_tampon: UnTampon) -> None:
    store(un_tampon, rejete(creneau("9")))
    ident = le_seul(un_tampon).id
    with pytest.raises(GesteRefuse):
        un_tampon.ignore_rejet(ident, "Anne", " ")
    store(un_tampon, resolu(creneau("9")))
    with pytest.raises(Introuvable, match="déjà résolu"):
        un_tampon.ignore_rejet(ident, "Anne", "vu")
    with pytest.raises(Introuvable, match="déjà résolu"):
        un_tampon.renvoie_rejet(ident, "Anne")
    with pytest.raises(Introuvable, match="n’existe pas"):
        un_tampon.renvoie_rejet(10**15, "Anne")
    with pytest.raises(Introuvable, match="n’existe pas"):
        un_tampon.lit_rejet(-1)
    assert un_tampon.list_evenements() == []


def test_what_the_server_said_is_kept_and_bounded(un_tampon: UnTampon) -> None:
    illisible = CreneauIllisible("7", "son état manque", '{"id": 7, "bavard": "' + "x" * 5000)
    store(un_tampon, illisibles=(illisible,))
    rejet = le_seul(un_tampon).rejet
    assert (rejet.detail, rejet.contenu["id"], len(rejet.contenu["brut"])) == ("son état manque", "7", 2000)
    enorme = {f"champ {n}": {"texte": "y" * 9000} for n in range(200)}
    gros = Rejet(ObjetRejet.CHANTIER, "CH1", MotifRejet.CHANTIER_REFUSE, "CH1\0", "z" * 9000, enorme)
    un_tampon.replace_rejets(ObjetRejet.CHANTIER, [gros], "r")
    (garde,) = un_tampon.list_rejets(objet=ObjetRejet.CHANTIER).elements
    assert len(repr(garde.rejet.contenu)) < 110_000
    assert isinstance(garde.rejet.contenu["champ 1"], str)


def test_another_dossier_cannot_touch_a_rejet(tampon: Tampon, url: str) -> None:
    store(tampon, rejete(creneau("9")))
    ident = le_seul(tampon).id
    with Tampon(url, "voisin-des-rejets", tampon._fuseau) as voisin:
        with pytest.raises(ErreurPermanente):
            voisin.ignore_rejet(ident, "Anne", "vu")
        assert voisin.list_rejets().total == 0
    assert replace(le_seul(tampon), id=0).etat is EtatRejet.OUVERT
