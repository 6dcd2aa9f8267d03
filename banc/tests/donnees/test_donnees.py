"""The invented sets: the same each time, the right sizes, every awkward case inside, fit for both systems."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from banc.batisimply import Comportement, Depot
from banc.batisimply.schemas import projet_recu
from banc.donnees import CAS, TAILLES, Jeu, est_ouvert, genere, lignes_batigest, remplit_batisimply
from banc.donnees.creneaux import dernier_changement

PARIS = ZoneInfo("Europe/Paris")
AUJOURDHUI = date(2025, 12, 3)
LARGEURS: dict[str, dict[str, int | None]] = {
    "dbo.ChantierDef": {
        "Code": 8, "CodeClient": 8, "NomClient": 30, "Libelle": 50, "DateDebut": None, "DateFin": None,
        "AdrChantier": 60, "CPChantier": 10, "VilleChantier": 40, "Etat": 1,
    },
    "dbo.Devis": {
        "Code": 8, "CodeClient": 8, "Date": None, "Nom": 30, "Adr": 60, "CP": 10, "Ville": 40, "Sujet": 50,
        "DateConcretis": None, "TempsMO": None, "Etat": None,
    },
    "dbo.Salarie": {"Code": 8, "Nom": 30, "Prenom": 30, "codebs": 36},
    "dbo.SuiviMO": {"CodeChantier": 8, "CodeSalarie": 8, "Date": None, **{f"NbH{n}": None for n in range(10)}},
}  # fmt: skip


@cache
def jeu(taille: str, aujourdhui: date = AUJOURDHUI, graine: int = 1) -> Jeu:
    return genere(taille, graine=graine, aujourdhui=aujourdhui)


def test_the_same_seed_and_day_give_the_same_set() -> None:
    assert genere("petit", aujourdhui=AUJOURDHUI).empreinte() == jeu("petit").empreinte()
    assert jeu("petit", graine=2).empreinte() != jeu("petit").empreinte()
    assert jeu("petit", date(2025, 12, 4)).empreinte() != jeu("petit").empreinte()


@pytest.mark.parametrize("taille", TAILLES)
def test_each_size_has_what_it_promises(taille: str) -> None:
    attendu = TAILLES[taille]
    assert len(jeu(taille).chantiers) == attendu.chantiers
    assert len(jeu(taille).salaries) == attendu.salaries
    jours = Counter(datetime.fromisoformat(c.debut).astimezone(PARIS).date() for c in jeu(taille).creneaux)
    assert min(j for j, n in jours.items() if n > 4) >= AUJOURDHUI - timedelta(days=attendu.jours)


def test_the_large_size_has_about_a_hundred_thousand_validated_slots() -> None:
    assert 95_000 < jeu("grand").cas["creneau_valide"] < 105_000


@pytest.mark.parametrize("taille", TAILLES)
def test_every_awkward_case_is_in_every_size(taille: str) -> None:
    assert jeu(taille).cas.keys() == CAS.keys()
    assert [nom for nom, nombre in jeu(taille).cas.items() if nombre < 1] == []


@pytest.mark.parametrize("graine", range(1, 6))
@pytest.mark.parametrize("aujourdhui", [date(2024, 2, 29), date(2025, 3, 30), date(2025, 10, 26), date(2026, 10, 10)])
def test_every_awkward_case_is_there_whatever_the_day_and_the_seed(aujourdhui: date, graine: int) -> None:
    assert [nom for nom, nombre in jeu("petit", aujourdhui, graine).cas.items() if nombre < 1] == []


@pytest.mark.parametrize("taille", ["petit", "moyen"])
def test_rows_fit_the_columns_and_the_code_page_of_batigest(taille: str) -> None:
    for table, lignes in lignes_batigest(jeu(taille)).items():
        for ligne in lignes:
            assert list(ligne) == list(LARGEURS[table])
            for colonne, largeur in LARGEURS[table].items():
                valeur = ligne[colonne]
                if largeur is None:
                    assert not isinstance(valeur, str)
                elif valeur is not None:
                    assert isinstance(valeur, str)
                    assert len(valeur.encode("cp1252")) <= largeur


@pytest.mark.parametrize("taille", TAILLES)
def test_keys_are_unique_as_sql_server_compares_them(taille: str) -> None:
    for table, cle in (("dbo.ChantierDef", ("Code",)), ("dbo.Devis", ("Code",)), ("dbo.Salarie", ("Code",)),
                       ("dbo.SuiviMO", ("CodeChantier", "CodeSalarie", "Date"))):  # fmt: skip
        cles = [tuple(str(ligne[c]).rstrip().upper() for c in cle) for ligne in lignes_batigest(jeu(taille))[table]]
        assert len(set(cles)) == len(cles)


def test_projects_are_such_as_the_api_would_have_taken() -> None:
    for projet in jeu("moyen").projets:
        ident, document = projet_recu(projet, Comportement())
        assert document | {"id": ident, "lastModifiedDate": projet["lastModifiedDate"]} == projet


def lignes_du_jeu(j: Jeu) -> dict[tuple[str, str, datetime], Decimal]:
    """Our own reading of what SuiviMO should hold, from the stored slots alone: key > hours."""
    codes = {p["id"]: (p["projectCode"] or "").strip().upper() for p in j.projets}
    chantiers = {str(c["Code"]).upper() for c in j.chantiers}
    salaries = {str(s["codebs"]).lower(): str(s["Code"]).upper() for s in j.salaries if s["codebs"]}
    minutes: Counter[tuple[str, str, datetime]] = Counter()
    for c in j.creneaux:
        code = codes.get(c.projet or 0, "")
        salarie = salaries.get(c.utilisateur or "")
        if c.statut == "VALIDATED" and code in chantiers and salarie and c.minutes is not None:
            local = datetime.fromisoformat(c.debut).astimezone(PARIS).replace(tzinfo=None, second=0, fold=0)
            minutes[code, salarie, local] += c.minutes
    return {cle: Decimal(total) / 60 for cle, total in minutes.items()}


@pytest.mark.parametrize("taille", ["petit", "moyen"])
def test_lines_that_were_there_are_foreign_equal_or_different_as_counted(taille: str) -> None:
    j = jeu(taille)
    voulues = lignes_du_jeu(j)
    comptes: Counter[str] = Counter()
    for ligne in j.suivi:
        heures, quand = ligne["NbH0"], ligne["Date"]
        assert isinstance(heures, float)
        assert isinstance(quand, datetime)
        cle = (str(ligne["CodeChantier"]).upper(), str(ligne["CodeSalarie"]).upper(), quand)
        if cle not in voulues:
            comptes["suivi_etrangere"] += 1
        else:
            comptes["suivi_a_adopter" if voulues[cle] == Decimal(heures) else "suivi_en_conflit"] += 1
    assert comptes == {nom: j.cas[nom] for nom in comptes}
    assert len(comptes) == 3


def test_the_doubled_hour_makes_one_line_of_two_slots() -> None:
    j = jeu("petit")
    une, deux = "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"
    doubles = Counter((c.utilisateur, c.projet) for c in j.creneaux if c.debut in {une, deux})
    assert list(doubles.values()) == [2, 2]
    heures = [h for (_, _, quand), h in lignes_du_jeu(j).items() if quand == datetime(2025, 10, 26, 2, 30)]  # noqa: DTZ001
    assert heures == [2, 2]


def test_slots_go_across_both_clock_changes() -> None:
    for mois, duree_murale in ((3, 5), (10, 3)):
        dimanche = dernier_changement(AUJOURDHUI, mois)
        traversees = [
            (debut, fin)
            for c in jeu("petit").creneaux
            if (debut := datetime.fromisoformat(c.debut).astimezone(PARIS)).date() == dimanche
            and (fin := datetime.fromisoformat(c.fin or c.debut).astimezone(PARIS)).utcoffset() != debut.utcoffset()
            and c.minutes == 240
        ]
        assert len(traversees) == 2
        for debut, fin in traversees:
            assert fin.replace(tzinfo=None) - debut.replace(tzinfo=None) == timedelta(hours=duree_murale)


@pytest.mark.parametrize(
    ("aujourdhui", "ete", "hiver"),
    [
        (date(2025, 12, 3), date(2025, 3, 30), date(2025, 10, 26)),
        (date(2025, 3, 30), date(2024, 3, 31), date(2024, 10, 27)),
        (date(2025, 3, 31), date(2025, 3, 30), date(2024, 10, 27)),
    ],
)
def test_the_latest_past_clock_changes_are_taken(aujourdhui: date, ete: date, hiver: date) -> None:
    assert (dernier_changement(aujourdhui, 3), dernier_changement(aujourdhui, 10)) == (ete, hiver)


def test_most_slots_hang_on_open_sites_that_are_projects_already() -> None:
    j = jeu("petit")
    ouverts = {str(c["Code"]).upper() for c in j.chantiers if est_ouvert(c, AUJOURDHUI)}
    projets = {p["id"] for p in j.projets if (p["projectCode"] or "").strip().upper() in ouverts}
    assert sum(c.projet in projets for c in j.creneaux) > 0.9 * len(j.creneaux)
    assert 0 < len(projets) < len(ouverts)


def test_a_set_is_loaded_into_the_tenant_as_it_is(tmp_path: Path) -> None:
    j = jeu("petit")
    remplit_batisimply(tmp_path / "b.sqlite", j)
    remplit_batisimply(tmp_path / "b.sqlite", j)
    depot = Depot(tmp_path / "b.sqlite")
    try:
        assert depot.list_projets() == list(j.projets)
        assert sorted(u.id for u in depot.list_utilisateurs()) == sorted(u.id for u in j.utilisateurs)
        lus = depot.list_creneaux("0000", "9999")
        assert {nom: lus[0][nom] for nom in asdict(j.creneaux[0])} == asdict(j.creneaux[0])
        assert [ligne["id"] for ligne in lus] == [c.id for c in j.creneaux]
    finally:
        depot.close()


def test_dates_are_relative_to_the_day_given() -> None:
    futur = [c for c in jeu("petit").creneaux if datetime.fromisoformat(c.debut) > datetime(2025, 12, 4, tzinfo=UTC)]
    assert len(futur) <= jeu("petit").cas["creneau_futur"] == 3
