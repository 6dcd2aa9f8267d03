"""Runs through the real DBOS, on a real PostgreSQL."""

import json
import socket
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
import pytest
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from psycopg import sql

from connecteur.domain.executant import Executant
from connecteur.domain.run import Bilan, Fleche, Flux, Verdict
from connecteur.errors import AccesRefuse, ErreurPermanente, ServiceInjoignable
from connecteur.planification.execution import Atelier
from connecteur.planification.lanceur import Lanceur
from connecteur.planification.planification import Planification
from connecteur.planification.rapport import Rapport
from connecteur.planification.registre import Presence
from connecteur.sync.ports import Progression
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import ATTENTE_S, DOSSIER, Barriere, Fabrique, Fleches, jusqua, programme


def attend(lanceur: Lanceur, run: str) -> Rapport:
    rapport = lanceur.attend(run, ATTENTE_S)
    assert rapport.fini, rapport
    return rapport


def etapes_dbos(url: str, run: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connexion:
        return connexion.execute(
            "SELECT function_name, output FROM dbos.operation_outputs WHERE workflow_uuid = %s ORDER BY function_id",
            (run,),
        ).fetchall()


def test_a_run_is_carried_out_and_noted_with_its_counters(lanceur: Lanceur, fleches: Fleches, tampon: Tampon) -> None:
    run = lanceur.lance(Flux.CHANTIERS, declencheur="essai")
    rapport = attend(lanceur, run)
    assert rapport.verdict is Verdict.REUSSI
    assert rapport.bilans == tuple(Bilan(f, {"lus": 1}) for f in (Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS))
    assert fleches.faites == [(run, Fleche.PULL_CHANTIERS), (run, Fleche.PUSH_CHANTIERS)]
    note = tampon.runs.lit(run)
    assert note is not None
    assert (note.flux, note.declencheur, note.verdict) == (Flux.CHANTIERS, "essai", Verdict.REUSSI)
    assert lanceur.dernier(Flux.CHANTIERS) == rapport
    assert list(lanceur.liste(5)) == [rapport]


def test_each_arrow_is_a_recorded_step_in_json(lanceur: Lanceur, url: str) -> None:
    run = lanceur.lance(Flux.HEURES, declencheur="essai")
    attend(lanceur, run)
    etapes = etapes_dbos(url, run)
    assert [nom for nom, _ in etapes] == ["pull_heures", "push_heures"]
    assert json.loads(etapes[0][1])["bilan"]["comptes"] == {"lus": 1}


def test_one_arrow_can_be_asked_for_alone(lanceur: Lanceur, fleches: Fleches) -> None:
    rapport = attend(lanceur, lanceur.lance(Fleche.PULL_HEURES, declencheur="essai"))
    assert (rapport.verdict, rapport.flux, rapport.fleches) == (Verdict.REUSSI, Flux.HEURES, (Fleche.PULL_HEURES,))
    assert [fleche for _, fleche in fleches.faites] == [Fleche.PULL_HEURES]


def test_runs_of_one_dossier_go_one_at_a_time(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    demandes: list[str] = []

    def demande(flux: Flux) -> None:
        demandes.append(lanceur.lance(flux, declencheur="essai"))

    fils = [threading.Thread(target=demande, args=(flux,)) for flux in Flux]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert barriere.dedans.wait(ATTENTE_S)
    attendent = [rapport for rapport in lanceur.liste(5) if rapport.debut is None]
    assert len(attendent) + len(fleches.faites) >= 2
    barriere.ouverte.set()
    assert {attend(lanceur, run).verdict for run in demandes} == {Verdict.REUSSI}
    assert fleches.ensemble_max == 1


def test_asking_again_while_it_waits_or_runs_joins_the_run(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    chantiers, heures = lanceur.lance_tout(declencheur="essai")
    assert barriere.dedans.wait(ATTENTE_S)
    assert lanceur.lance(Flux.CHANTIERS, declencheur="autre") == chantiers
    assert lanceur.lance(Flux.HEURES, declencheur="autre") == heures
    barriere.ouverte.set()
    attend(lanceur, heures)
    assert lanceur.lance(Flux.CHANTIERS, declencheur="encore") != chantiers


def test_a_waiting_run_can_be_seen_before_it_begins(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    _, heures = lanceur.lance_tout(declencheur="essai")
    assert barriere.dedans.wait(ATTENTE_S)
    vu = lanceur.lit(heures)
    assert vu is not None
    assert (vu.flux, vu.declencheur, vu.debut, vu.verdict) == (Flux.HEURES, "essai", None, None)
    assert lanceur.dernier(Flux.HEURES) == vu
    barriere.ouverte.set()
    attend(lanceur, heures)


def test_a_run_under_way_stops_at_its_next_good_place(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)
    fleches.gestes[Fleche.PULL_HEURES] = barriere
    run = lanceur.lance(Flux.HEURES, declencheur="essai")
    assert barriere.dedans.wait(ATTENTE_S)
    lanceur.annule(run)
    rapport = attend(lanceur, run)
    assert rapport.verdict is Verdict.ANNULE
    assert rapport.annulation_demandee
    assert [fleche for _, fleche in fleches.faites] == [Fleche.PULL_HEURES]


def test_a_run_that_has_not_begun_is_cancelled_at_once_and_another_can_be_asked_for(
    lanceur: Lanceur, fleches: Fleches
) -> None:
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    chantiers, heures = lanceur.lance_tout(declencheur="essai")
    assert barriere.dedans.wait(ATTENTE_S)
    lanceur.annule(heures)
    assert attend(lanceur, heures).verdict is Verdict.ANNULE
    suivante = lanceur.lance(Flux.HEURES, declencheur="essai")
    assert suivante != heures
    barriere.ouverte.set()
    assert attend(lanceur, suivante).verdict is Verdict.REUSSI
    assert heures not in {run for run, _ in fleches.faites}
    lanceur.annule(chantiers)  # harmless: it is over
    assert attend(lanceur, chantiers).verdict is Verdict.REUSSI


@pytest.mark.parametrize(
    ("erreur", "essais"),
    [(AccesRefuse("Mot de passe refusé.", remede="Corrigez-le."), 1), (ServiceInjoignable("Personne."), 3)],
)
def test_a_failure_is_told_with_its_sentence(
    lanceur: Lanceur, fleches: Fleches, erreur: AccesRefuse | ServiceInjoignable, essais: int
) -> None:
    def geste(run: str, progression: Progression) -> Bilan:
        raise erreur

    fleches.gestes[Fleche.PUSH_HEURES] = geste
    rapport = attend(lanceur, lanceur.lance(Flux.HEURES, declencheur="essai"))
    assert rapport.verdict is Verdict.ECHEC
    assert rapport.erreur is not None
    assert (rapport.erreur.message, rapport.erreur.remede) == (erreur.message, erreur.remede)
    assert [bilan.fleche for bilan in rapport.bilans] == [Fleche.PULL_HEURES]
    assert [fleche for _, fleche in fleches.faites].count(Fleche.PUSH_HEURES) == essais


def test_an_unknown_run_is_said_to_be_unknown(lanceur: Lanceur) -> None:
    assert lanceur.lit("20260101-000000-abcdef") is None
    with pytest.raises(ErreurPermanente, match="inconnue"):
        lanceur.attend("20260101-000000-abcdef")


def test_whoever_listens_hears_the_run_move_and_end(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)

    def geste(run: str, progression: Progression) -> Bilan:
        progression.avance(Fleche.PULL_HEURES, 3, 9, "Heures du jour")
        return barriere(run, progression)

    fleches.gestes[Fleche.PULL_HEURES] = geste
    run = lanceur.lance(Flux.HEURES, declencheur="essai")
    entendus = []
    for rapport in lanceur.ecoute(run):
        if rapport is None:
            continue
        entendus.append(rapport)
        avancement = rapport.progression.get(Fleche.PULL_HEURES)
        if avancement is not None:
            assert (avancement.fait, avancement.total, avancement.message) == (3, 9, "Heures du jour")
            barriere.ouverte.set()
    assert entendus[-1].verdict is Verdict.REUSSI
    assert len(entendus) >= 2


def test_the_second_program_asks_and_the_first_carries_out(
    lanceur: Lanceur, fabrique: Fabrique, fleches: Fleches
) -> None:
    attend(lanceur, lanceur.lance(Fleche.PULL_HEURES, declencheur="premier"))
    with fabrique(execute=False) as second:
        rapport = attend(second, second.lance(Flux.CHANTIERS, declencheur="second"))
    assert rapport.verdict is Verdict.REUSSI
    assert attend(lanceur, lanceur.lance(Flux.HEURES, declencheur="premier")).verdict is Verdict.REUSSI


def test_a_run_left_by_a_program_that_stops_is_resumed_by_another(fabrique: Fabrique, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PUSH_HEURES)
    fleches.gestes[Fleche.PUSH_HEURES] = barriere
    with fabrique() as premier:
        run = premier.lance(Flux.HEURES, declencheur="essai")
        assert barriere.dedans.wait(ATTENTE_S)
    barriere.ouverte.set()
    with fabrique() as second:
        rapport = attend(second, run)
    assert rapport.verdict is Verdict.REUSSI
    faites = [fleche for _, fleche in fleches.faites]
    assert faites == [Fleche.PULL_HEURES, Fleche.PUSH_HEURES, Fleche.PUSH_HEURES]


def test_a_run_that_nobody_will_carry_out_is_closed_at_the_next_start(fabrique: Fabrique, tampon: Tampon) -> None:
    tampon.runs.ouvre("perdu", Flux.HEURES, [Fleche.PULL_HEURES], False, "essai")
    with fabrique() as lanceur:
        attend(lanceur, lanceur.lance(Flux.CHANTIERS, declencheur="essai"))
    perdu = tampon.runs.lit("perdu")
    assert perdu is not None
    assert perdu.verdict is Verdict.ECHEC


def test_starting_and_stopping_leaves_no_thread(fabrique: Fabrique) -> None:
    avant = set(threading.enumerate())
    for _ in range(2):
        with fabrique() as lanceur:
            attend(lanceur, lanceur.lance(Fleche.PULL_HEURES, declencheur="essai"))
    jusqua(lambda: set(threading.enumerate()) <= avant, "plus un fil d’exécution")


def test_a_server_that_is_away_is_said_to_be_so_at_once(atelier: Atelier) -> None:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    away = f"postgresql://personne:secret@127.0.0.1:{port}/essai"
    with pytest.raises(ServiceInjoignable, match="ne répond pas") as refus, programme(away, {DOSSIER: atelier}):
        pass
    assert "secret" not in repr(refus.value.__dict__)


def test_an_account_without_the_right_to_create_is_told_which_right(
    serveur: PostgresEmbarque, atelier: Atelier
) -> None:
    base = "pas_a_lui"
    url = serveur.create_base(base)
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("DROP ROLE IF EXISTS sans_droit")
        connexion.execute("CREATE ROLE sans_droit LOGIN PASSWORD 'secret'")
        connexion.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM PUBLIC").format(sql.Identifier(base)))
    sans_droit = urlsplit(url)._replace(netloc=f"sans_droit:secret@127.0.0.1:{urlsplit(url).port}").geturl()
    with pytest.raises(ErreurPermanente) as refus, programme(sans_droit, {DOSSIER: atelier}):
        pass
    assert "CREATE" in refus.value.remede


def test_a_run_that_brings_the_program_down_every_time_is_given_up(
    url: str, fabrique: Fabrique, fleches: Fleches
) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)
    fleches.gestes[Fleche.PULL_HEURES] = barriere
    with fabrique() as lanceur:
        run = lanceur.lance(Flux.HEURES, declencheur="essai")
        assert barriere.dedans.wait(ATTENTE_S)
    with psycopg.connect(url) as connexion:
        connexion.execute("UPDATE dbos.workflow_status SET recovery_attempts = 99 WHERE workflow_uuid = %s", (run,))
    fleches.faites.clear()
    with fabrique() as lanceur:
        rapport = attend(lanceur, run)
        assert rapport.verdict is Verdict.ECHEC
        assert rapport.erreur is not None
        assert fleches.faites == []
        del fleches.gestes[Fleche.PULL_HEURES]
        assert attend(lanceur, lanceur.lance(Flux.HEURES, declencheur="essai")).verdict is Verdict.REUSSI


def test_an_engine_that_cannot_start_is_told_to_whoever_waits(url: str, atelier: Atelier) -> None:
    class Refus:
        def presence(self, _executant: Executant, /) -> AbstractContextManager[Presence]:
            raise AccesRefuse("La place est refusée.")

        def list_vivants(self) -> list[Executant]:
            return []

    with Planification(url, {DOSSIER: atelier}, Refus(), lambda: datetime.now(UTC)) as planification:
        lanceur = planification.lanceurs[DOSSIER]
        run = lanceur.lance(Flux.HEURES, declencheur="essai")
        with pytest.raises(AccesRefuse, match="refusée"):
            lanceur.attend(run, ATTENTE_S)


def test_what_an_older_version_had_queued_is_carried_out(url: str, fabrique: Fabrique, fleches: Fleches) -> None:
    DBOS.migrate(url, schema="dbos")
    ancien = DBOSClient(
        system_database_url=url,
        dbos_system_schema="dbos",
        application_name=f"connecteur-{DOSSIER}",
        serializer=DBOSPortableJSONSerializer(),
    )
    ancien.register_queue(f"dossier-{DOSSIER}", global_concurrency=1)
    ancien.enqueue(
        {
            "workflow_name": "synchronise",
            "queue_name": f"dossier-{DOSSIER}",
            "workflow_id": "20260101-080000-abcdef",
            "app_version": "1",
        },
        "20260101-080000-abcdef",
        "pull_heures",
        "ancienne version",
    )
    ancien.destroy()
    with fabrique() as lanceur:
        rapport = attend(lanceur, "20260101-080000-abcdef")
    assert (rapport.verdict, rapport.declencheur) == (Verdict.REUSSI, "ancienne version")
    assert fleches.faites == [("20260101-080000-abcdef", Fleche.PULL_HEURES)]


def test_waiting_no_longer_than_asked_gives_the_run_as_it_stands(lanceur: Lanceur, fleches: Fleches) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)
    fleches.gestes[Fleche.PULL_HEURES] = barriere
    run = lanceur.lance(Flux.HEURES, declencheur="essai")
    assert barriere.dedans.wait(ATTENTE_S)
    assert lanceur.attend(run, 0.0).verdict is None
    barriere.ouverte.set()
    attend(lanceur, run)
