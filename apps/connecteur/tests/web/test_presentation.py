"""What is said of runs, systems and rejets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connecteur.domain.controle import Controle
from connecteur.domain.heure import Creneau
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux, Incident, Verdict
from connecteur.planification.lanceur import Lanceur as LanceurReel
from connecteur.web import services
from connecteur.web.accueil import etat_general, groupe_rejets, manchette, vue_systeme
from connecteur.web.attente import Attente, compte_attente
from connecteur.web.heures import decrit
from connecteur.web.presentation import EtatEtape, comptes_affiches, en_json, evenement, vue_run
from connecteur.web.services import NomSysteme, Systeme

from .demonstration import (
    AvancementDemo,
    Maison,
    RunDemo,
    maison_a_jour,
    maison_en_cours,
    maison_en_panne,
    maison_pleine,
    maison_vide,
)
from .systemes_et_bilans import MAINTENANT, bilans_heures, rejets_realistes, systemes_ok

INSECABLE = "\u00a0"
EN_COURS = RunDemo("r1", Flux.HEURES, FLECHES[Flux.HEURES], "page d’accueil", MAINTENANT)


def etats(run: RunDemo) -> list[EtatEtape]:
    return [etape.etat for etape in vue_run(run).etapes]


def test_a_step_is_waiting_then_going_on_then_done() -> None:
    pull = Bilan(Fleche.PULL_HEURES)
    assert etats(EN_COURS) == [EtatEtape.ATTENTE, EtatEtape.ATTENTE]
    commence = replace(EN_COURS, progression={Fleche.PULL_HEURES: AvancementDemo(1, 26)})
    assert etats(commence) == [EtatEtape.EN_COURS, EtatEtape.ATTENTE]
    assert etats(replace(commence, bilans=(pull,))) == [EtatEtape.FAIT, EtatEtape.ATTENTE]


def test_a_step_is_done_once_the_next_one_has_begun_although_its_report_is_still_to_come() -> None:
    un, deux = AvancementDemo(26, 26), AvancementDemo(0, 26)
    suite = replace(EN_COURS, progression={Fleche.PULL_HEURES: un, Fleche.PUSH_HEURES: deux})
    assert etats(suite) == [EtatEtape.FAIT, EtatEtape.EN_COURS]


def test_a_step_that_left_something_behind_is_partial() -> None:
    fini = replace(EN_COURS, verdict=Verdict.PARTIEL, bilans=bilans_heures())
    assert etats(fini) == [EtatEtape.PARTIEL, EtatEtape.PARTIEL]


@pytest.mark.parametrize(("verdict", "etat"), [(Verdict.ECHEC, EtatEtape.ECHEC), (Verdict.ANNULE, EtatEtape.ANNULE)])
def test_an_interrupted_run_shows_where_it_stopped(verdict: Verdict, etat: EtatEtape) -> None:
    arrete = replace(EN_COURS, verdict=verdict, progression={Fleche.PULL_HEURES: AvancementDemo(3, 26)})
    assert etats(arrete) == [etat, EtatEtape.ATTENTE]
    assert etats(replace(arrete, bilans=(Bilan(Fleche.PULL_HEURES),))) == [EtatEtape.FAIT, etat]


def test_a_run_of_one_arrow_has_one_step() -> None:
    assert etats(replace(EN_COURS, fleches=(Fleche.PUSH_HEURES,))) == [EtatEtape.ATTENTE]


def test_a_run_in_the_queue_is_waiting() -> None:
    vue = vue_run(replace(EN_COURS, debut=None))
    assert vue.etat == "attente"
    assert vue.etiquette == ("En attente", "neutre")
    assert vue.duree(MAINTENANT) is None


def test_the_summary_agrees_with_what_was_written() -> None:
    def resume(flux: Flux, ecritures: int, verdict: Verdict = Verdict.REUSSI) -> str:
        bilan = Bilan(FLECHES[flux][1], ecritures=ecritures)
        run = replace(EN_COURS, flux=flux, fleches=FLECHES[flux], verdict=verdict, bilans=(bilan,))
        return vue_run(run).resume.replace(INSECABLE, " ")

    assert resume(Flux.CHANTIERS, 1) == "1 projet écrit dans BatiSimply."
    assert resume(Flux.CHANTIERS, 2) == "2 projets écrits dans BatiSimply."
    assert resume(Flux.HEURES, 1) == "1 ligne écrite dans Batigest."
    assert resume(Flux.HEURES, 0) == "Rien à écrire : tout était déjà à jour."
    assert resume(Flux.HEURES, 0, Verdict.PARTIEL) == "Rien de nouveau à écrire dans Batigest."
    assert resume(Flux.HEURES, 3, Verdict.ANNULE).startswith("Arrêtée à la demande. 3 lignes écrites dans Batigest")


def test_a_failed_run_says_its_error() -> None:
    erreur = Incident("Le serveur de Batigest ne répond pas.")
    assert vue_run(replace(EN_COURS, verdict=Verdict.ECHEC, erreur=erreur)).resume == erreur.message


def test_progress_is_told_in_words_ready_to_show() -> None:
    run = replace(EN_COURS, progression={Fleche.PULL_HEURES: AvancementDemo(412, 1800, "Heures : mai")})
    etape, suivante = evenement(vue_run(run))["etapes"]
    assert etape["texte"] == "412 sur 1\u202f800"
    assert etape["message"] == f"Heures{INSECABLE}: mai"
    assert (etape["etat"], suivante["etat"]) == ("en-cours", "attente")


def test_a_run_for_a_script_holds_everything_a_page_shows() -> None:
    fini = replace(EN_COURS, verdict=Verdict.PARTIEL, bilans=bilans_heures(), fin=MAINTENANT + timedelta(seconds=41))
    lu = en_json(vue_run(fini))
    bilans = lu["bilans"]
    assert isinstance(bilans, list)
    assert (lu["etat"], lu["verdict"], lu["fin"]) == ("fini", "partiel", "2025-06-24T06:31:41+00:00")
    assert [bilan["ecritures"] for bilan in bilans] == [0, 1307]
    assert bilans[1]["incidents"][0]["remede"].startswith("Rien n’est perdu")


def test_counters_that_are_zero_are_left_out_and_rejets_are_counted() -> None:
    bilan = Bilan(Fleche.PULL_HEURES, {"lus": 1234, "rien": 0}, rejets=2)
    assert comptes_affiches(bilan) == [("lus", "1\u202f234"), ("rejets", "2")]


def test_the_worst_control_decides_for_a_system() -> None:
    ok, ignore = Controle.ok("Port", "Répond."), Controle.ignore("Droits", "Non essayé.")
    alerte, echec = Controle.alerte("Horloge", "En retard.", "Réglez-la."), Controle.echec("Accès", "Refusé.", "Voyez.")

    def etiquette(*controles: Controle) -> str:
        return vue_systeme(Systeme(NomSysteme.BATIGEST, controles, MAINTENANT)).etiquette

    assert etiquette(ok, alerte, echec, ignore) == "En échec"
    assert etiquette(ok, alerte) == "À surveiller"
    assert etiquette(ok, ignore) == "Répond"
    assert etiquette(ignore) == etiquette() == "Non vérifié"


def test_a_system_not_yet_checked_is_never_said_to_answer() -> None:
    inconnu = Systeme(NomSysteme.TAMPON)
    assert vue_systeme(inconnu).etiquette == "Vérification…"
    assert etat_general([inconnu, *systemes_ok()]) == "vérification"
    assert etat_general(systemes_ok()) == "ok"


def test_rejets_are_grouped_by_cause_the_most_frequent_first() -> None:
    groupes = groupe_rejets(rejets_realistes())
    assert [(groupe.motif, len(groupe.rejets)) for groupe in groupes][:2] == [
        (MotifRejet.SALARIE_INCONNU, 11),
        (MotifRejet.SANS_PROJET, 4),
    ]
    assert sum(len(groupe.rejets) for groupe in groupes) == len(rejets_realistes())


@pytest.mark.parametrize(
    ("maison", "titre"),
    [
        (maison_vide, "Prêt pour la première synchronisation"),
        (maison_en_cours, "Synchronisation en cours"),
        (maison_en_panne, "BatiSimply demande votre attention"),
        (maison_pleine, "Des changements importants attendent votre confirmation"),
        (maison_a_jour, "Tout est à jour"),
    ],
)
def test_the_headline_says_what_matters_most(maison: "type[Maison]", titre: str) -> None:
    assert titre_de(maison()) == titre


def test_the_headline_never_says_all_is_well_when_a_direction_never_ran_or_ended_badly() -> None:
    maison = maison_a_jour()
    chantiers, heures, *_ = maison.runs
    sens_unique = replace(maison, runs=[chantiers])
    assert titre_de(sens_unique) == "Il reste un sens à synchroniser"
    arrete = replace(maison, runs=[chantiers, replace(heures, verdict=Verdict.ANNULE)])
    assert titre_de(arrete) == "La dernière synchronisation est incomplète"
    rate = replace(maison, runs=[chantiers, replace(heures, verdict=Verdict.ECHEC)])
    assert titre_de(rate) == "La dernière synchronisation des heures a échoué"
    maison.tampon.charge_conflits()
    maison.tampon.charge_litiges()
    assert titre_de(maison) == "Des changements importants attendent votre confirmation"


def test_the_headline_counts_what_waits_now_not_what_the_last_run_met() -> None:
    chantiers, heures, *_ = maison_a_jour().runs
    conflit = replace(heures, verdict=Verdict.PARTIEL, bilans=(Bilan(Fleche.PUSH_HEURES, conflits=2),))
    derniers = {Flux.CHANTIERS: vue_run(chantiers), Flux.HEURES: vue_run(conflit)}
    dite = manchette([], derniers, [], Attente(conflits=2))
    assert dite.titre == f"2{INSECABLE}conflits demandent une décision"
    assert manchette([], derniers, [], Attente()).titre == "La dernière synchronisation est incomplète"
    rejets = rejets_realistes()[:1]
    dite = manchette([], derniers, rejets, Attente(conflits=1, rejets=1))
    assert dite.titre == f"1{INSECABLE}enregistrement attend une correction"
    assert dite.suite.startswith(f"1{INSECABLE}conflit demande une décision.")
    assert manchette([], derniers, rejets, Attente(2, 1, 0, 1)).titre == (
        "Un changement important attend votre confirmation"
    )


def test_the_real_launcher_is_what_the_pages_need() -> None:
    """The types say so: this is for the type checker; here, only that nothing they call was renamed."""

    def convient(lanceur: LanceurReel) -> tuple[services.Lanceur, services.Runs]:
        return lanceur, lanceur

    assert convient.__annotations__["lanceur"] is LanceurReel
    assert all(callable(getattr(LanceurReel, nom)) for nom in ("lance", "annule", "dernier", "liste", "lit", "ecoute"))


def titre_de(maison: Maison) -> str:
    derniers = {flux: vue_run(run) if (run := maison.dernier(flux)) else None for flux in Flux}
    systemes = [vue_systeme(systeme) for systeme in maison.etats]
    return manchette(systemes, derniers, maison.rejets, compte_attente(maison.dossier())).titre.replace(INSECABLE, " ")


@pytest.mark.parametrize(
    ("motif", "attendu"),
    [
        (MotifRejet.SALARIE_INCONNU, "salarié non reconnu"),
        (MotifRejet.CHANTIER_INCONNU, "chantier non reconnu"),
        (MotifRejet.SANS_PROJET, "sans projet"),
        (None, "pas encore attribué"),
    ],
)
def test_a_slot_without_a_place_tells_what_is_missing(motif: MotifRejet | None, attendu: str) -> None:
    creneau = Creneau(
        "1",
        datetime(2025, 6, 24, 6, tzinfo=UTC),
        None,
        "u",
        "Zoé",
        1,
        None,
        "VALIDATED",
        60,
        trajet=False,
        panier=False,
    )
    assert f", {attendu}, validé" in decrit(creneau, None, motif, ZoneInfo("Europe/Paris"))
