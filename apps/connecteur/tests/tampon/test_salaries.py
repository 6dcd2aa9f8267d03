"""Who is who, kept alike by both implementations."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.correspondance import EtatCorrespondance
from connecteur.domain.heure import LigneSuivi
from connecteur.domain.plan import Action, Geste
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.resolution import Livre
from connecteur.domain.salarie import Salarie
from connecteur.errors import ConfirmationNecessaire, ErreurConnecteur, GesteRefuse, Introuvable
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon

from .exemples import LUNDI, PARIS, SEMAINE, UUID_LEA, action, creneau, rejete, resolu

UnTampon = Tampon | TamponMemoire
UUID_UGO = "0b7f1b7e-0000-4000-8000-000000000002"
LEA = Salarie("MARTIN", "Martin", "Léa", UUID_LEA)
UGO = Salarie("MOREL", "Morel", "Ugo", None)


def peuple(tampon: UnTampon) -> None:
    """Slots of Léa and of Ugo, whom nobody knows."""
    d_ugo = creneau("2", 1, minutes=90)._replace(utilisateur=UUID_UGO, nom_utilisateur="ugo morel")
    tampon.store_creneaux(
        SEMAINE,
        [resolu(creneau("1")), rejete(d_ugo, MotifRejet.SALARIE_INCONNU)],
        illisibles=[],
        empreinte="e",
        empreinte_annuaire="a",
        run="r",
    )
    tampon.store_salaries([LEA, UGO], "r")


def test_employees_are_kept_as_last_read_and_the_gone_ones_apart(un_tampon: UnTampon) -> None:
    un_tampon.store_salaries([UGO, LEA], "r1")
    assert un_tampon.list_salaries() == [LEA, UGO]
    renomme = Salarie("morel ", "Morel-Petit", "Ugo", None)
    un_tampon.store_salaries([renomme], "r2")
    assert un_tampon.list_salaries() == [renomme]
    assert un_tampon.list_salaries(partis=True) == [LEA, renomme]
    un_tampon.store_salaries([LEA], "r3")
    assert un_tampon.list_salaries() == [LEA]


def test_users_are_known_by_their_slots_with_what_waits_for_them(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    lea, ugo = un_tampon.list_utilisateurs()
    assert (lea.id, lea.nom, lea.creneaux, lea.en_attente, lea.heures_en_attente) == (
        UUID_LEA,
        "Léa Martin",
        1,
        0,
        Decimal(0),
    )
    assert (ugo.id, ugo.nom, ugo.en_attente, ugo.heures_en_attente) == (UUID_UGO, "ugo morel", 1, Decimal("1.5"))
    assert ugo.dernier - lea.dernier == timedelta(days=1)


def test_delivered_slots_are_known_with_whose_they_were(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    assert un_tampon.list_livres(LUNDI, [], []) == {}
    une = action(creneaux=("1", "parti"))
    un_tampon.confirm_annonce("r", un_tampon.announce("r", [une]))
    assert une.cle.code_salarie == "MARTIN"
    livree = Livre(UUID_LEA, "Léa Martin", "MARTIN", "CH001", creneau("1").projet_id, "CH001", une.cle)
    assert livree.projet_id is not None
    assert un_tampon.list_livres(LUNDI, [], []) == {"1": livree}
    assert un_tampon.list_livres(LUNDI, [UUID_UGO], [livree.projet_id]) == {"1": livree}
    assert un_tampon.list_livres(LUNDI, [UUID_LEA], [0]) == {"1": livree}
    assert un_tampon.list_livres(LUNDI, [UUID_UGO, UUID_LEA], [livree.projet_id]) == {}
    assert un_tampon.list_livres(SEMAINE.fin, [], []) == {}


def test_of_two_lines_that_hold_a_slot_the_one_at_its_chantier_counts(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    cle = action().cle
    for code in ("CH0", cle.code_chantier, "CH9"):
        une = replace(action(creneaux=("1",)), cle=cle._replace(code_chantier=code))
        un_tampon.confirm_annonce("r", un_tampon.announce("r", [une]))
    assert un_tampon.list_livres(LUNDI, [], [])["1"].cle == cle


def test_a_line_found_under_another_code_is_ours_there(un_tampon: UnTampon) -> None:
    une = action(creneaux=("1",))
    un_tampon.confirm_annonce("r", un_tampon.announce("r", [une]))
    ailleurs = une.cle._replace(code_chantier="R5")
    oubli = Action(Geste.OUBLIER, une.cle, None, None, une.apres, une.creneaux)
    reprise = Action(Geste.ADOPTER, ailleurs, une.apres, une.apres, None, une.creneaux, deplace_de=une.cle)
    un_tampon.confirm("r2", faites=[], abandonnees=[], sans_ecriture=[oubli, reprise])
    assert une.apres is not None
    assert un_tampon.list_lignes(SEMAINE) == [LigneSuivi(ailleurs, une.apres, une.creneaux)]
    peuple(un_tampon)
    assert un_tampon.list_livres(LUNDI, [], [])["1"].ancien_code == une.cle.code_chantier


def test_a_mapping_is_made_once_and_undone_and_both_are_noted(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    lien = un_tampon.associe_salarie(f" {UUID_UGO.upper()} ", "morel", "Anne")
    assert (lien.utilisateur, lien.code_salarie, lien.par) == (UUID_UGO, "MOREL", "Anne")
    assert un_tampon.associe_salarie(UUID_UGO, "MOREL", "Paul") == lien
    assert un_tampon.list_correspondances() == [lien]
    un_tampon.dissocie_salarie(UUID_UGO, "Paul")
    assert un_tampon.list_correspondances() == []
    with pytest.raises(Introuvable):
        un_tampon.dissocie_salarie(UUID_UGO, "Paul")
    assert [(n.evenement.geste, n.evenement.qui) for n in un_tampon.list_evenements("salarie", UUID_UGO)] == [
        ("dissocier", "Paul"),
        ("associer", "Anne"),
    ]


def test_a_shared_salarie_must_be_said_to_be_right(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    with pytest.raises(ConfirmationNecessaire) as demande:
        un_tampon.associe_salarie(UUID_UGO, "MARTIN", "Anne")
    assert demande.value.remede
    assert un_tampon.list_correspondances() == []
    assert un_tampon.associe_salarie(UUID_UGO, "MARTIN", "Anne", partage=True).partage_par == "Anne"
    with pytest.raises(GesteRefuse, match="déjà associé"):
        un_tampon.associe_salarie(UUID_UGO, "MOREL", "Anne", partage=True)


def test_a_mapping_found_to_be_shared_can_be_confirmed_afterwards(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    un_tampon.associe_salarie(UUID_UGO, "MOREL", "Anne")
    assert un_tampon.associe_salarie(UUID_UGO, "MOREL", "Paul", partage=True).partage_par == "Paul"
    assert [n.evenement.geste for n in un_tampon.list_evenements("salarie")] == ["confirmer", "associer"]


def test_a_change_of_state_is_noted_once(un_tampon: UnTampon) -> None:
    peuple(un_tampon)
    un_tampon.associe_salarie(UUID_UGO, "MOREL", "Anne")
    for run in ("r1", "r2"):
        un_tampon.mark_correspondances({UUID_UGO: EtatCorrespondance.ROMPUE, "autre": EtatCorrespondance.ACTIVE}, run)
    assert [lien.etat for lien in un_tampon.list_correspondances()] == [EtatCorrespondance.ROMPUE]
    constat, _ = un_tampon.list_evenements("salarie")
    assert (constat.evenement.qui, constat.evenement.run) == ("run r1", "r1")
    assert constat.evenement.apres == {"salarie": "MOREL", "etat": "rompue"}


def test_two_people_at_once_do_not_share_a_salarie_unnoticed(tampon: Tampon, url: str, dossier: str) -> None:
    peuple(tampon)
    d_ines = creneau("3", 2)._replace(utilisateur="ines", nom_utilisateur="Inès")
    tampon.store_creneaux(SEMAINE, [rejete(d_ines)], illisibles=[], empreinte="f", empreinte_annuaire="a", run="r")
    depart = threading.Barrier(2)
    sorts: list[str] = []

    def associe(utilisateur: str) -> None:
        with Tampon(url, dossier, PARIS) as le_sien:
            depart.wait()
            try:
                le_sien.associe_salarie(utilisateur, "MOREL", utilisateur)
                sorts.append("fait")
            except ErreurConnecteur as exc:
                sorts.append(type(exc).__name__)

    tampon.associe_salarie("ines", "MOREL", "Anne")
    tampon.dissocie_salarie("ines", "Anne")
    store_ugo = creneau("2", 1)._replace(utilisateur=UUID_UGO, nom_utilisateur="Ugo")
    tampon.store_creneaux(
        SEMAINE, [rejete(d_ines), rejete(store_ugo)], illisibles=[], empreinte="g", empreinte_annuaire="a", run="r"
    )
    fils = [threading.Thread(target=associe, args=(utilisateur,)) for utilisateur in ("ines", UUID_UGO)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(sorts) == ["ConfirmationNecessaire", "fait"]


def test_mappings_belong_to_one_dossier(
    tampon: Tampon, url: str, requete: Callable[..., list[tuple[Any, ...]]]
) -> None:
    peuple(tampon)
    tampon.associe_salarie(UUID_UGO, "MOREL", "Anne")
    with Tampon(url, "voisin-des-salaries", PARIS) as voisin:
        assert (voisin.list_correspondances(), voisin.list_salaries(), voisin.list_utilisateurs()) == ([], [], [])
        with pytest.raises(Introuvable):
            voisin.dissocie_salarie(UUID_UGO, "Anne")
    avant = requete("SELECT ctid::text FROM sages.salaries WHERE dossier = %s", tampon._dossier)
    tampon.store_salaries([LEA, UGO], "r9")
    assert requete("SELECT ctid::text FROM sages.salaries WHERE dossier = %s", tampon._dossier) == avant
