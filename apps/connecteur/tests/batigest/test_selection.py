"""What becomes a project, through the real driver: dates of modification, sites that are over, mode devis."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connecteur.batigest.connection import Connexion
from connecteur.batigest.diagnostic import check_colonnes, check_droits, check_modification
from connecteur.batigest.selection import MODIFIEE, nom_du_devis
from connecteur.domain.chantier import Adresse, Genre, champs_du_chantier
from connecteur.domain.controle import EtatControle
from connecteur.domain.datation import Datation
from connecteur.domain.selection import ChantierFini, attribue_heures_vendues
from connecteur.errors import SchemaInattendu
from connecteur.settings import ReglagesChantiers

from .bac import LUNDI, SEMAINE, Bac, cle, inserer, local, q

AUJOURDHUI = date(2025, 6, 24)
SECONDE = timedelta(seconds=1)
DEVIS = {
    "Nom": "varchar(30) NULL",
    "Date": "datetime NULL",
    "DateConcretis": "datetime NULL",
    "Adr": "varchar(60) NULL",
    "CP": "varchar(10) NULL",
    "Ville": "varchar(40) NULL",
    "Sujet": "varchar(200) NULL",
}


def modifie_le(bac: Bac, colonne: str = "DateModif") -> Datation | None:
    (chantier,) = bac.regle(modification_chantier=colonne).read_selection(AUJOURDHUI).chantiers
    return chantier.modifie_le


def proche(vue: Datation | None, attendue: datetime, marge: timedelta) -> bool:
    """Whether that is the date, by the clock of a server a few milliseconds away from ours."""
    assert vue is not None
    return abs(vue.milieu - attendue) < SECONDE and abs(vue.marge - marge) < SECONDE


@pytest.mark.parametrize(
    ("ecrite", "attendue", "marge"),
    [
        (local(2025, 6, 23, 8, 30), datetime(2025, 6, 23, 6, 30, tzinfo=UTC), SECONDE),
        # A midnight is a day whose hour nobody kept.
        (local(2025, 6, 23), datetime(2025, 6, 23, 10, tzinfo=UTC), timedelta(hours=12, seconds=1)),
        # The hour that comes twice.
        (local(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 1, 0, tzinfo=UTC), timedelta(minutes=30, seconds=1)),
    ],
)
def test_the_column_that_was_chosen_dates_the_record_by_our_clock(
    bac: Bac, ecrite: datetime, attendue: datetime, marge: timedelta
) -> None:
    bac.cree(ChantierDef={"DateModif": "datetime NULL"})
    bac.ajoute("ChantierDef", Code="CH1", DateModif=ecrite)
    assert proche(modifie_le(bac), attendue, marge)


def test_a_date_to_the_minute_is_half_a_minute_wrong_and_no_date_is_none(bac: Bac) -> None:
    bac.cree(ChantierDef={"DateModif": "smalldatetime NULL"})
    bac.ajoute("ChantierDef", Code="CH1", DateModif=local(2025, 6, 23, 8, 30))
    assert proche(modifie_le(bac), datetime(2025, 6, 23, 6, 30, tzinfo=UTC), timedelta(seconds=31))
    bac.sql("UPDATE dbo.ChantierDef SET DateModif = NULL")
    assert modifie_le(bac) is None


@pytest.mark.parametrize(
    ("colonne", "faute"), [("Absente", "introuvable"), ("Libelle", "il faut une date"), ("x]; DROP", "introuvable")]
)
def test_a_column_that_is_not_there_or_is_no_date_is_named_and_nothing_is_read(
    bac: Bac, colonne: str, faute: str
) -> None:
    bac.cree()
    with pytest.raises(SchemaInattendu, match=faute):
        modifie_le(bac, colonne)


@pytest.mark.parametrize(
    ("nom", "ressemble"),
    [
        ("DateModif", True), ("DATEMODIFICATION", True), ("DateMaj", True), ("dt_modif", True), ("ModifieLe", True),
        ("DerniereModif", True), ("Date_Derniere_Modif", True), ("UpdatedAt", True), ("LastUpdate", True),
        ("DateDebut", False), ("DateFin", False), ("Modele", False), ("Majoration", False), ("DateModule", False),
    ],
)  # fmt: skip
def test_likely_names_are_recognised_and_others_are_not(nom: str, ressemble: bool) -> None:
    assert bool(MODIFIEE.fullmatch(nom)) is ressemble


def test_doctor_offers_a_likely_column_and_nothing_uses_it_unasked(bac: Bac) -> None:
    bac.cree(ChantierDef={"DateModif": "datetime NULL", "ModifPar": "varchar(10) NULL"})
    bac.ajoute("ChantierDef", Code="CH1", DateModif=LUNDI)
    (chantier,) = bac.dossier.read_selection(AUJOURDHUI).chantiers
    assert chantier.modifie_le is None
    with Connexion(bac.reglages) as connexion:
        propose = check_modification(connexion, ReglagesChantiers(), Genre.CHANTIER)
        assert (propose.etat, "(DateModif)" in propose.message) == (EtatControle.ALERTE, True)
        assert "chantiers.modification_chantier" in propose.remede
        choisie = check_modification(connexion, ReglagesChantiers(modification_chantier="DateModif"), Genre.CHANTIER)
        assert choisie.etat is EtatControle.OK
        assert check_modification(connexion, ReglagesChantiers(), Genre.DEVIS).etat is EtatControle.OK


def test_the_clock_of_the_server_is_measured(bac: Bac) -> None:
    bac.cree()
    ecart = bac.dossier.read_selection(AUJOURDHUI).ecart_horloge_s
    assert ecart is not None
    assert abs(ecart) < 1


def test_a_client_of_one_open_site_and_one_that_is_over_gets_no_figure(bac: Bac) -> None:
    """Padding, case, and a state nobody knows included."""
    bac.cree()
    bac.ajoute("ChantierDef", Code="CH1", CodeClient="cli ", Etat="E")
    bac.ajoute("ChantierDef", Code="CH0", CodeClient="CLI", DateFin=local(2024, 1, 1), Etat="X")
    bac.ajoute("ChantierDef", Code="CH2", CodeClient="AUTRE")
    bac.ajoute("ChantierDef", Code="  ", CodeClient="AUTRE")
    for code, client in (("D1", "Cli"), ("D2", "AUTRE")):
        bac.ajoute("Devis", Code=code, CodeClient=client, Etat=3, TempsMO=10)
    selection = bac.dossier.read_selection(AUJOURDHUI)
    assert selection.finis == [ChantierFini("CH0", "CLI")]
    attribution = attribue_heures_vendues(
        selection.chantiers, selection.devis_list, devis_nomment_chantier=False, finis=selection.finis
    )
    assert {c.code: c.heures_vendues for c in attribution.chantiers} == {"CH1": None, "CH2": Decimal(10)}
    assert "CLI (CH0, CH1)" in attribution.remarques[0].message


def test_the_column_that_names_the_site_can_be_chosen_and_an_unlikely_one_is_passed_over(bac: Bac) -> None:
    bac.cree(Devis={"CodeChantier": "int NULL", "Affaire": "char(8) NULL"})
    bac.ajoute("Devis", Code="D1", Etat=3, TempsMO=10, CodeChantier=7, Affaire="CH1")
    assert not bac.dossier.read_selection(AUJOURDHUI).devis_nomment_chantier
    selection = bac.regle(devis_chantier="affaire").read_selection(AUJOURDHUI)
    assert (selection.devis_nomment_chantier, selection.devis_list[0].code_chantier) == (True, "CH1")


def test_the_states_of_an_accepted_devis_are_a_setting(bac: Bac) -> None:
    bac.cree()
    for etat in (0, 2, 3, 4):
        bac.ajoute("Devis", Code=f"D{etat}", Etat=etat, TempsMO=1)
    lus = bac.regle(etats_devis=[0, 3, 4]).read_selection(AUJOURDHUI).devis_list
    assert sorted(devis.code for devis in lus) == ["D0", "D3", "D4"]


def test_in_mode_devis_each_accepted_devis_is_a_project(bac: Bac) -> None:
    bac.cree(Devis=DEVIS | {"Modifie": "datetime NULL"})
    bac.ajoute(
        "Devis", Code="D1", CodeClient="CLI", Nom="Mairie ", Date=local(2025, 1, 6), DateConcretis=local(2025, 9, 30),
        Adr="3 rue A", CP="33000", Ville="Bordeaux", Sujet=" Réfection\r\nde la toiture ", TempsMO=42.5, Etat=3,
        Modifie=LUNDI,
    )  # fmt: skip
    bac.ajoute("Devis", Code="D2", Etat=3)
    bac.ajoute("Devis", Code="D3", Etat=1, TempsMO=9)
    bac.ajoute("ChantierDef", Code="CH1")
    selection = bac.regle(Genre.DEVIS, modification_devis="Modifie").read_selection(AUJOURDHUI)
    assert (selection.genre, selection.devis_list) == (Genre.DEVIS, [])
    complet, nu = sorted(selection.chantiers, key=lambda c: c.code)
    assert champs_du_chantier(complet) == {
        "code": "D1", "nom": "Réfection de la toiture", "client": "Mairie", "debut": "2025-01-06", "fin": "2025-09-30",
        "heures_vendues": "42.5", "rue": "3 rue A", "code_postal": "33000", "ville": "Bordeaux",
        "commentaire": "Réfection\r\nde la toiture",
    }  # fmt: skip
    assert proche(complet.modifie_le, datetime(2025, 6, 23, 6, tzinfo=UTC), SECONDE)
    assert (nu.libelle, nu.adresse, nu.heures_vendues, nu.modifie_le) == ("Devis D2", Adresse(), Decimal(0), None)


def test_mode_devis_names_every_column_that_misses(bac: Bac) -> None:
    bac.cree()
    with pytest.raises(SchemaInattendu) as info:
        bac.regle(Genre.DEVIS).read_selection(AUJOURDHUI)
    assert all(f"dbo.Devis.{nom}" in info.value.message for nom in DEVIS)


@pytest.mark.parametrize(
    ("client", "sujet", "nom"),
    [("", "", "Devis D1"), ("Mairie", "", "Devis D1 – Mairie"), ("Mairie", "Toiture", "Toiture")],
)
def test_a_devis_is_named_by_its_subject_else_by_its_code_and_client(client: str, sujet: str, nom: str) -> None:
    assert nom_du_devis("D1", client, sujet) == nom


def test_a_long_subject_is_cut_at_a_word() -> None:
    nom = nom_du_devis("D1", "", "charpente " * 20)
    assert (len(nom) <= 100, nom.endswith("charpente…")) == (True, True)


# --- hours of devis ---------------------------------------------------------------------------------------


def test_in_mode_devis_hours_are_written_under_the_code_of_the_devis(bac: Bac) -> None:
    bac.cree(Devis=DEVIS)
    bac.peuple()
    bac.ajoute("Devis", Code="De7", Etat=1)
    dossier = bac.regle(Genre.DEVIS)
    assert dossier.read_codes_chantiers() == {"CH1": "CH1", "Ch2": "Ch2", "De7": "De7"}
    ecrites = dossier.write_lignes([inserer(q(7.5), cle("DE7")), inserer(q(2), cle("CH2")), inserer(q(1), cle("ZZ"))])
    assert sorted(action.cle.code_chantier for action in ecrites.faites) == ["CH2", "DE7"]
    assert [refus.action.cle.code_chantier for refus in ecrites.refusees] == ["ZZ"]
    assert sorted(ligne[0].rstrip() for ligne in bac.suivi()) == ["Ch2", "De7"]
    assert {la.code_chantier for la in bac.lignes()} == {"DE7", "CH2"}


def test_a_devis_and_a_site_of_one_code_are_one_line_and_not_two(bac: Bac) -> None:
    bac.cree(Devis=DEVIS)
    bac.peuple()
    bac.ajoute("Devis", Code="CH1", Etat=3)
    assert len(bac.regle(Genre.DEVIS).write_lignes([inserer(q(7.5))]).faites) == 1
    assert len(bac.suivi()) == 1


def test_a_firm_without_the_table_of_sites_works_in_mode_devis(bac: Bac) -> None:
    bac.cree(Devis=DEVIS)
    bac.sql("DROP TABLE dbo.ChantierDef")
    bac.ajoute("Salarie", Code="DUP", Nom="Dupont")
    bac.ajoute("Devis", Code="D1", Etat=3)
    dossier = bac.regle(Genre.DEVIS)
    assert dossier.read_codes_chantiers() == {"D1": "D1"}
    assert len(dossier.write_lignes([inserer(q(7.5), cle("D1"))]).faites) == 1
    assert len(dossier.read_lignes(SEMAINE).lignes) == 1
    with pytest.raises(SchemaInattendu):
        bac.ouvre().check_suivi()
    with Connexion(bac.reglages) as connexion:
        assert check_droits(connexion, Genre.DEVIS).etat is EtatControle.OK
        assert check_droits(connexion, Genre.CHANTIER).etat is EtatControle.ECHEC
        assert check_colonnes(connexion, bac.rubriques, ReglagesChantiers(), Genre.DEVIS).etat is EtatControle.OK


def test_hours_of_a_devis_can_be_written_under_its_site_instead(bac: Bac) -> None:
    bac.cree(Devis=DEVIS | {"CodeChantier": "char(8) NULL"})
    bac.peuple()
    bac.ajoute("Devis", Code="D1", Etat=3, CodeChantier="CH1")
    bac.ajoute("Devis", Code="D2", Etat=3)
    codes = bac.regle(Genre.DEVIS, code_suivi="chantier").read_codes_chantiers()
    assert codes == {"CH1": "CH1", "Ch2": "Ch2", "D1": "CH1"}
    bac.cree(Devis=DEVIS)
    with pytest.raises(SchemaInattendu, match="code_suivi"):
        bac.regle(Genre.DEVIS, code_suivi="chantier").read_codes_chantiers()


def test_back_in_mode_chantier_the_devis_that_were_sent_still_take_their_hours(bac: Bac) -> None:
    bac.cree()
    bac.peuple()
    for code in ("D1", "D2", "CH1"):
        bac.ajoute("Devis", Code=code, Etat=3)
    dossier = bac.regle(envoyes=["d1", "ch1"])
    assert dossier.read_codes_chantiers() == {"CH1": "CH1", "Ch2": "Ch2", "D1": "D1"}
    assert len(dossier.write_lignes([inserer(q(7.5), cle("D1"))]).faites) == 1
    assert bac.ouvre().read_codes_chantiers() == {"CH1": "CH1", "Ch2": "Ch2"}
