"""What the database itself keeps and refuses: the history of writes, of rejets, of conflicts; dossiers apart."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from connecteur.domain.fusion import Base
from connecteur.domain.lien import Lien
from connecteur.domain.plan import Geste, MotifConflit
from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, Rejet
from connecteur.tampon.tampon import Tampon

from .exemples import PARIS, SEMAINE, action, chantier, cle, creneau, quantites, rejete, resolu

Requete = Callable[..., list[tuple[Any, ...]]]


def store(tampon: Tampon, *stockes: Any, run: str = "r") -> None:
    tampon.store_creneaux(SEMAINE, stockes, illisibles=[], empreinte="e", empreinte_annuaire="a", run=run)


def test_every_write_leaves_a_trace_with_its_two_runs(tampon: Tampon, dossier: str, requete: Requete) -> None:
    insertion, correction = action(de=cle(0)), action(Geste.CORRIGER, cle(1), apres=quantites("1"))
    tampon.announce("mort", [insertion, correction])
    tampon.confirm(
        "suivant",
        faites=[insertion],
        abandonnees=[correction],
        sans_ecriture=[action(Geste.ADOPTER, cle(2), avant=quantites("2"), apres=quantites("2"))],
    )
    assert requete(
        "SELECT geste, etat, run, regle_run FROM sages.ecritures WHERE dossier = %s ORDER BY debut", dossier
    ) == [
        ("insérer", "faite", "mort", "suivant"),
        ("corriger", "abandonnée", "mort", "suivant"),
        ("adopter", "faite", "suivant", "suivant"),
    ]
    assert requete("SELECT origine, run FROM sages.lignes WHERE dossier = %s ORDER BY debut", dossier) == [
        ("insérée", "suivant"),
        ("adoptée", "suivant"),
    ]


def test_the_history_is_written_once_the_fate_of_a_write_is_known(
    tampon: Tampon, dossier: str, requete: Requete
) -> None:
    insertion, refusee = action(de=cle(0)), action(de=cle(1))
    annonce = tampon.announce("r1", [insertion, refusee])
    assert requete("SELECT * FROM sages.ecritures WHERE dossier = %s", dossier) == []
    tampon.confirm_annonce("r1", annonce, sauf=[refusee])
    assert requete(
        "SELECT etat, run, regle_run, le < regle_le, apres[1], creneaux, deplace_de FROM sages.ecritures"
        " WHERE dossier = %s ORDER BY debut",
        dossier,
    ) == [
        ("faite", "r1", "r1", True, Decimal("7.5"), ["1"], None),
        ("abandonnée", "r1", "r1", True, Decimal("7.5"), ["1"], None),
    ]


def test_a_line_that_was_adopted_stays_so_when_it_is_corrected(tampon: Tampon, dossier: str, requete: Requete) -> None:
    adoption = action(Geste.ADOPTER, avant=quantites("2"), apres=quantites("2"))
    tampon.confirm("r1", faites=[], abandonnees=[], sans_ecriture=[adoption])
    correction = action(Geste.CORRIGER, avant=quantites("2"), apres=quantites("3"), base=quantites("2"))
    tampon.announce("r2", [correction])
    tampon.confirm("r2", faites=[correction], abandonnees=[], sans_ecriture=[])
    lignes = requete("SELECT origine, heures, run FROM sages.lignes WHERE dossier = %s", dossier)
    assert lignes == [("adoptée", 3, "r2")]


@pytest.mark.parametrize(
    "requete_interdite",
    [
        "DELETE FROM sages.ecritures",
        "TRUNCATE sages.ecritures",
        "UPDATE sages.ecritures SET apres = NULL",
        "UPDATE sages.ecritures SET creneaux = '{}'",
    ],
)
def test_the_history_of_writes_cannot_be_rewritten(url: str, requete_interdite: str) -> None:
    with (
        psycopg.connect(url) as connexion,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connexion.execute(requete_interdite.encode())


@pytest.mark.parametrize(
    ("table", "faute"),
    [
        ("creneaux", "present = false"),
        ("creneaux", "code_salarie = NULL"),
        ("creneaux", "motif = 'sans_projet'"),
        ("lignes", "debut = debut + interval '1 second'"),
        ("lignes", "heures = 'NaN'"),
        ("lignes", "origine = 'devinée'"),
        ("tranches", "fin = debut"),
        ("chantiers", "sorti_le = now()"),
    ],
)
def test_a_wrong_state_is_refused_by_the_database(tampon: Tampon, url: str, table: str, faute: str) -> None:
    tampon.store_chantiers([chantier()], "r")
    store(tampon, resolu(creneau()))
    tampon.confirm("r", faites=[action()], abandonnees=[], sans_ecriture=[])
    with psycopg.connect(url) as connexion, pytest.raises(psycopg.errors.CheckViolation):
        connexion.execute(f"UPDATE sages.{table} SET {faute}".encode())


def test_a_rejet_keeps_its_story(tampon: Tampon) -> None:
    store(tampon, rejete(creneau("9")), run="r1")
    store(tampon, rejete(creneau("9"), MotifRejet.SANS_PROJET), run="r2")
    store(tampon, resolu(creneau("9")), run="r3")
    store(tampon, rejete(creneau("9")), run="r4")
    (ouvert,) = tampon.list_rejets().elements
    resolus = tampon.list_rejets(etat=EtatRejet.RESOLU).elements
    assert (ouvert.tentatives, ouvert.premier_run, ouvert.resolu_le, ouvert.reouvertures) == (1, "r4", None, 1)
    assert [(r.tentatives, r.premier_run, r.dernier_run, r.rejet.motif) for r in resolus] == [
        (2, "r1", "r3", MotifRejet.SANS_PROJET)
    ]
    assert resolus[0].resolu_le is not None
    assert resolus[0].resolu_le >= resolus[0].dernier_le >= resolus[0].premier_le
    assert ouvert.rejet.cle == "9"


def test_standing_lines_are_listed_since_they_opened(tampon: Tampon) -> None:
    conflit = action(Geste.CONFLIT, cle(1), avant=quantites("1"), apres=quantites(), motif=MotifConflit.LIGNE_ETRANGERE)
    reprise = action(Geste.REPRISE, cle(0), apres=quantites(), base=quantites(), motif=MotifConflit.SUPPRIMEE)
    tampon.settle_tranche(SEMAINE, empreinte_suivi="s", constats=[reprise, conflit], refus=[], run="r1")
    premiers = tampon.list_constats()
    assert [c.action for c in premiers] == [conflit, reprise]
    tampon.settle_tranche(SEMAINE, empreinte_suivi="s", constats=[conflit], refus=[], run="r2")
    assert tampon.list_constats() == [premiers[0]]
    assert tampon.count_constats() == {Geste.CONFLIT: 1}


def test_two_dossiers_of_one_database_do_not_see_each_other(url: str, tampon: Tampon) -> None:
    with Tampon(url, "un-autre", PARIS) as autre:
        for chacun in (tampon, autre):
            chacun.store_chantiers([chantier()], "r")
            chacun.save_liens([Lien("CH001", 7, Base({}, {}))])
            store(chacun, resolu(creneau("1")), rejete(creneau("2")))
            chacun.announce("r", [action()])
        autre.store_chantiers([], "r2")
        autre.store_creneaux(SEMAINE, [], illisibles=[], empreinte="e2", empreinte_annuaire="a", run="r2")
        autre.confirm("r2", faites=[action()], abandonnees=[], sans_ecriture=[])
        autre.settle_tranche(SEMAINE, empreinte_suivi="s", constats=[], refus=[], run="r2")
    assert [s.projet_id for s in tampon.list_chantiers()] == [7]
    assert len(tampon.list_creneaux(SEMAINE)) == 2
    assert len(tampon.list_rejets_ouverts()) == 1
    assert tampon.list_annoncees(SEMAINE) == [action()]
    assert tampon.list_lignes(SEMAINE) == []
    assert tampon.read_etat(SEMAINE).empreinte_creneaux == "e"


def test_the_local_day_depends_on_the_zone_of_the_dossier(url: str, dossier: str) -> None:
    with Tampon(url, dossier, ZoneInfo("Indian/Reunion")) as reunion:
        # Monday 00:30 in Paris is Monday 02:30 at Saint-Denis; Sunday 22:30 in Paris is already Monday there.
        store(reunion, resolu(creneau("1", -1, 22)))
        assert [s.creneau.id for s in reunion.list_creneaux(SEMAINE)] == ["1"]


def test_unchanged_rows_are_not_rewritten(tampon: Tampon, dossier: str, requete: Requete) -> None:
    tampon.store_chantiers([chantier("A"), chantier("B")], "r")
    store(tampon, resolu(creneau("1")), resolu(creneau("2")))
    requetes = (
        "SELECT cle, ctid::text, xmax::text FROM sages.chantiers WHERE dossier = %s ORDER BY 1",
        "SELECT id, ctid::text, xmax::text FROM sages.creneaux WHERE dossier = %s ORDER BY 1",
    )
    avant = [requete(texte, dossier) for texte in requetes]
    tampon.store_chantiers([chantier("A"), chantier("B", "Autre")], "r2")
    store(tampon, resolu(creneau("1")), resolu(creneau("2", minutes=60)))
    apres = [requete(texte, dossier) for texte in requetes]
    assert [lignes[0] for lignes in apres] == [lignes[0] for lignes in avant]
    assert [lignes[1] for lignes in apres] != [lignes[1] for lignes in avant]


def test_a_rejet_of_a_chantier_and_of_a_slot_may_share_a_name(tampon: Tampon) -> None:
    refus = Rejet(ObjetRejet.CHANTIER, "1", MotifRejet.CHANTIER_REFUSE, "Chantier 1")
    tampon.replace_rejets(ObjetRejet.CHANTIER, [refus], "r")
    store(tampon, rejete(creneau("1")))
    assert {r.objet for r in tampon.list_rejets_ouverts()} == {ObjetRejet.CHANTIER, ObjetRejet.CRENEAU}
