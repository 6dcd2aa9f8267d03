"""Explain an hour: the real tampon, both ends in memory, and what a technician would read aloud."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.conflit import Cote
from connecteur.domain.heure import CleSuivi, Creneau, Quantites
from connecteur.domain.rejet import EtatRejet
from connecteur.domain.run import Fleche
from connecteur.domain.salarie import Salarie
from connecteur.errors import ServiceInjoignable
from connecteur.sync.explication import (
    Cadre,
    ExplicationCreneau,
    ExplicationLigne,
    Situation,
    explique_creneau,
    explique_ligne,
)
from connecteur.sync.memoire import BatigestMemoire, BatisimplyMemoire, LigneMemoire, SansEcran
from connecteur.sync.recit import raconte_creneau, raconte_ligne
from connecteur.sync.run import Bouts, execute_fleche
from connecteur.tampon.tampon import Tampon

from .exemples import PARIS, chantier

Requete = Callable[..., list[tuple[Any, ...]]]
MARDI = date(2025, 6, 24)
CADRE = Cadre(PARIS, date(2025, 6, 1))


def lisible(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


@dataclass
class Firme:
    """Léa and Ugo on two sites, with a real memory."""

    tampon: Tampon
    batigest: BatigestMemoire = field(
        default_factory=lambda: BatigestMemoire(
            chantiers=[chantier("CH1", "École"), chantier("CH2", "Mairie")],
            salaries=[Salarie("S1", "Vasseur", "Léa", "aaaa-1"), Salarie("S2", "Morel", "Ugo", "bbbb-2")],
        )
    )
    batisimply: BatisimplyMemoire = field(default_factory=BatisimplyMemoire)
    runs: int = 0

    def saisit(self, ident: str, heure: int = 8, minutes: int = 450, **champs: Any) -> None:
        debut = datetime(2025, 6, 24, heure, tzinfo=PARIS).astimezone(UTC)
        pose = Creneau(
            ident, debut, debut + timedelta(minutes=minutes), "aaaa-1", "Léa Vasseur", 101, None, "VALIDATED", minutes,
            trajet=False, panier=False,
        )  # fmt: skip
        self.batisimply.creneaux[ident] = pose._replace(**champs)

    def bouts(self) -> Bouts:
        maintenant = datetime(2025, 6, 27, 10, tzinfo=UTC)
        return Bouts(self.batigest, self.batisimply, self.tampon, PARIS, lambda: maintenant, fenetre_jours=20)

    def sync(self, *fleches: Fleche) -> str:
        """One run; its id."""
        self.runs += 1
        run = f"{self.tampon._dossier}-{self.runs}"
        fleches = fleches or (Fleche.PULL_HEURES, Fleche.PUSH_HEURES)
        for fleche in fleches:
            execute_fleche(fleche, self.bouts(), run, SansEcran())
        return run

    def ligne(self, chantier: str = "CH1", salarie: str = "S1", jour: date = MARDI) -> tuple[ExplicationLigne, str]:
        explication = explique_ligne(self.tampon, self.batigest, CADRE, salarie=salarie, chantier=chantier, jour=jour)
        return explication, lisible(raconte_ligne(explication, PARIS))

    def creneau(self, ident: str, cadre: Cadre = CADRE) -> tuple[ExplicationCreneau, str]:
        explication = explique_creneau(self.tampon, cadre, ident)
        return explication, lisible(raconte_creneau(explication, PARIS))


@pytest.fixture
def firme(tampon: Tampon) -> Firme:
    une = Firme(tampon)
    une.sync(Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS)
    return une


def test_a_line_is_explained_by_its_slots_its_writes_and_its_runs(firme: Firme) -> None:
    firme.saisit("1", 8, 240, panier=True)
    firme.saisit("2", 8, 30)
    firme.saisit("3", 14, 60, statut="TO_VALIDATE")
    premier = firme.sync()
    firme.saisit("2", 8, 60)
    second = firme.sync()
    explication, recit = firme.ligne("ch1 ", "s1")
    assert [(c.suivi.creneau.id, c.situation) for c in explication.creneaux] == [
        ("1", Situation.LIVRE),
        ("2", Situation.LIVRE),
        ("3", Situation.NON_VALIDE),
    ]
    assert [(e.action.geste, e.run) for e in explication.memoire.ecritures] == [
        ("insérer", premier),
        ("corriger", second),
    ]
    assert explication.batigest is not None
    assert [ligne.quantites.heures for ligne in explication.batigest] == [5]
    assert (explication.nom_salarie, explication.libelle_chantier) == ("Léa Vasseur", "École")
    assert recit.startswith(
        "Léa Vasseur (salarié S1), chantier CH1 « École », mardi 24/06/2025 : Batigest tient 5 h et 1 panier à 08:00, "
        "comme le connecteur l’a écrit. Cela vient de 2 créneaux : le n° 1 du 24/06/2025"
    )
    for attendu in (
        ", avec panier ; le n° 2 du",
        "n’est pas validé (état : TO_VALIDATE)",
        "la ligne a été écrite (4,5 h et 1 panier à 08:00), par la synchronisation",
        "la ligne a été corrigée : 4,5 h et 1 panier devient 5 h et 1 panier, par la synchronisation",
    ):
        assert attendu in recit


def test_a_slot_tells_where_it_is_and_each_of_its_versions(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()
    firme.saisit("1", 9, 60)
    firme.sync()
    explication, recit = firme.creneau("1")
    assert explication.situation is Situation.LIVRE
    assert explication.suivi is not None
    assert [v.creneau.minutes for v in explication.suivi.versions] == [450]
    assert sorted(e.action.geste for e in explication.memoire.ecritures) == ["insérer", "insérer", "retirer"]
    assert "Il est dans Batigest : ligne du 24/06/2025 à 09:00, salarié S1, 1 h." in recit
    assert "il a changé : début 24/06/2025 08:00 puis 24/06/2025 09:00, durée 7,5 h puis 1 h, vu par" in recit
    assert "ces heures étaient le 24/06/2025 à 08:00, chantier CH1, salarié S1" in recit


def test_the_line_that_was_left_tells_where_its_hours_went(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()
    firme.saisit("1", utilisateur="bbbb-2", nom_utilisateur="Ugo Morel")
    firme.sync()
    explication, recit = firme.ligne()
    assert [c.situation for c in explication.creneaux] == [Situation.AILLEURS]
    assert "il est maintenant ailleurs : le 24/06/2025, chantier CH1, salarié S2" in recit
    assert "il n’y a aucune heure dans Batigest" in recit
    assert "la ligne a été retirée (elle tenait 7,5 h)" in recit
    assert "ces heures étaient le 24/06/2025 à 08:00, chantier CH1, salarié S1" in recit


def test_a_slot_that_disappeared_is_told_and_so_is_its_last_version(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()
    del firme.batisimply.creneaux["1"]
    firme.sync()
    creneau, recit = firme.creneau("1")
    ligne, dit = firme.ligne()
    assert creneau.situation is Situation.DISPARU
    assert "n’est plus dans BatiSimply depuis le" in recit
    assert [c.situation for c in ligne.creneaux] == [Situation.DISPARU]
    assert "disparu de BatiSimply depuis le" in dit


def test_an_edit_by_hand_is_told_with_the_run_that_saw_it_even_once_it_is_gone(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()
    firme.batigest.suivi[0].quantites = Quantites(Decimal(6), Decimal(0), Decimal(0))
    vu = firme.sync()
    explication, recit = firme.ligne()
    assert [c.situation for c in explication.creneaux] == [Situation.REPRIS]
    (constat,) = explication.memoire.constats
    assert constat.run == vu
    assert "6 h à 08:00, où le connecteur avait écrit 7,5 h" in recit
    assert "la ligne avait été modifiée à la main dans Batigest, constaté par la synchronisation" in recit
    firme.batigest.suivi[0].quantites = Quantites(Decimal("7.5"), Decimal(0), Decimal(0))
    firme.sync()
    explication, recit = firme.ligne()
    assert explication.memoire.constats == []
    gestes = [(n.evenement.geste, n.evenement.run) for n in explication.memoire.evenements]
    assert gestes == [("constater", vu), ("lever", None)]
    assert "il n’y avait plus de désaccord" in recit


def test_a_foreign_line_is_a_conflict_and_the_slot_says_so(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync(Fleche.PULL_HEURES)
    huit_heures = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time
    firme.batigest.suivi.append(LigneMemoire(huit_heures, Quantites(Decimal(3), Decimal(0), Decimal(0))))
    firme.sync()
    explication, recit = firme.creneau("1")
    assert explication.situation is Situation.CONFLIT
    assert "sa ligne est en conflit" in recit
    _, dit = firme.ligne()
    assert "3 h à 08:00, que le connecteur n’a pas écrites" in dit
    assert "Batigest tient 3 h, les créneaux disent 7,5 h, et rien n’était du connecteur" in dit


def test_a_rejected_slot_gives_its_reason_its_remedy_and_what_people_decided(firme: Firme) -> None:
    firme.saisit("1", utilisateur="cccc-3", nom_utilisateur="Zoé Petit")
    firme.sync()
    explication, recit = firme.creneau("1")
    assert explication.situation is Situation.REJETE
    assert "ne correspond à aucun salarié de Batigest (Zoé Petit, 24/06/2025 08:00, 7,5 h ; 1 essai depuis" in recit
    assert "Associez cet utilisateur à un salarié" in recit
    (rejet,) = explication.memoire.rejets
    firme.tampon.ignore_rejet(rejet.id, "Anne", "payée ailleurs")
    explication, recit = firme.creneau("1")
    assert (explication.situation, explication.memoire.rejets[0].etat) == (Situation.IGNORE, EtatRejet.IGNORE)
    assert "Anne l’a ignoré : « payée ailleurs »" in recit
    firme.batigest.salaries.append(Salarie("S3", "Petit", "Zoé", None))
    firme.sync()
    firme.tampon.associe_salarie("cccc-3", "S3", "Paul")
    firme.sync()
    explication, recit = firme.creneau("1")
    assert explication.situation is Situation.LIVRE
    assert "Paul a associé l’utilisateur au salarié S3" in recit
    assert "Anne a ignoré le rejet : « payée ailleurs »" in recit
    assert explication.memoire.rejets[0].etat is EtatRejet.RESOLU


@pytest.mark.parametrize(
    ("prepare", "cadre", "situation", "phrase"),
    [
        ("ecrire", CADRE, Situation.A_ECRIRE, "la prochaine synchronisation l’écrira"),
        ("ecrire", replace(CADRE, debut_fenetre=date(2025, 6, 25)), Situation.HORS_FENETRE, "depuis le 25/06/2025"),
        ("ecrire", replace(CADRE, cloture=date(2025, 7, 1)), Situation.PERIODE_CLOSE, "avant le 01/07/2025"),
        ("refuser", CADRE, Situation.REFUSE, "une écriture annoncée (7,5 h à 08:00) ne s’est pas faite"),
        ("rien", CADRE, Situation.INCONNU, "n’existe pas, ou son jour est avant le 01/06/2025"),
    ],
)
def test_what_is_not_in_batigest_says_why(
    firme: Firme, prepare: str, cadre: Cadre, situation: Situation, phrase: str
) -> None:
    if prepare != "rien":
        firme.saisit("1")
        firme.batigest.refuse = "547" if prepare == "refuser" else ""
        firme.sync(*([] if prepare == "refuser" else [Fleche.PULL_HEURES]))
    explication, recit = firme.creneau("1", cadre)
    assert (explication.situation, phrase in recit) == (situation, True), recit


def test_a_server_that_is_away_does_not_silence_the_explanation(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()

    def absent(etape: str) -> None:
        raise ServiceInjoignable("Batigest ne répond pas.")

    firme.batigest.panne = absent
    explication, recit = firme.ligne()
    assert explication.batigest is None
    assert "Batigest ne répond pas en ce moment (Batigest ne répond pas) ; le connecteur y a écrit 7,5 h" in recit
    assert [c.situation for c in explication.creneaux] == [Situation.LIVRE]


def test_a_day_without_anything_is_said_to_be_so(firme: Firme) -> None:
    firme.sync()
    explication, recit = firme.ligne("CH9", "S9")
    assert (explication.creneaux, explication.memoire.ecritures) == ([], [])
    assert recit == "Le salarié S9, chantier CH9, mardi 24/06/2025 : il n’y a aucune heure dans Batigest."


def test_a_hostile_name_stays_one_paragraph(firme: Firme) -> None:
    firme.saisit("1", utilisateur="cccc-3", nom_utilisateur="{qui} %s\n\0" * 20)
    firme.sync()
    _, recit = firme.creneau("1")
    assert "{qui} %s" in recit


def test_a_run_lets_go_of_what_is_older_than_the_retention(firme: Firme, requete: Requete, dossier: str) -> None:
    for ans in (4, 7):
        requete(
            "INSERT INTO sages.audit (dossier, le, qui, geste, objet, cle)"
            " VALUES (%s, now() - make_interval(years => %s), 'Anne', 'vieux', 'o', '')",
            dossier, ans,
        )  # fmt: skip
    run = firme.sync()
    purge, reste = firme.tampon.list_evenements()
    assert (purge.evenement.geste, purge.evenement.qui, reste.evenement.geste) == ("purger", f"run {run}", "vieux")
    assert purge.evenement.detail["audit"] == 1
    requete(
        "INSERT INTO sages.audit (dossier, le, qui, geste, objet, cle)"
        " VALUES (%s, now() - interval '8 years', 'Anne', 'encore', 'o', '')",
        dossier,
    )
    firme.sync()
    assert firme.tampon.list_evenements()[0].evenement.geste == "encore"  # done today already
    requete("UPDATE sages.purges SET le = now() - interval '25 hours' WHERE dossier = %s", dossier)
    firme.sync()
    assert firme.tampon.list_evenements()[0].evenement.geste == "purger"


def test_a_line_put_back_by_an_undoing_is_not_told_as_edited_by_hand(firme: Firme) -> None:
    firme.saisit("1")
    firme.sync()
    firme.batigest.suivi[0].quantites = Quantites(Decimal(6), Decimal(0), Decimal(0))
    firme.sync()
    (constat,) = firme.ligne()[0].memoire.constats
    firme.tampon.decide_ligne(constat.action.cle, Cote.BATISIMPLY, "Anne")
    firme.sync()
    (reglee,) = firme.tampon.list_reglees()
    firme.tampon.annule_ecriture(reglee.id, "Anne")
    firme.sync()
    _, recit = firme.ligne()
    fin = recit.partition("Anne a annulé une écriture")[2]
    assert "où une écriture avait été annulée, constaté par la synchronisation" in fin
    assert "modifiée à la main dans Batigest, constaté" not in fin
