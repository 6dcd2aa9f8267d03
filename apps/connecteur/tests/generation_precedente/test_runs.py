"""Faults of the previous generation in how it ran and spoke to BatiSimply, each played through the real parts."""

from apps.connecteur.tests.pieces.firme import MARC, Firme, Saisie, chantier, ecritures, projet
from apps.connecteur.tests.pieces.machines import Machines

from banc.batigest import pannes
from banc.batisimply import Genre, Panne
from connecteur.domain.run import Fleche, Verdict
from connecteur.planification.execution import Patience
from connecteur.sync.run import execute_fleche

SAISIES = [Saisie(n, f"2025-11-0{1 + n % 5} 08:00", 60, utilisateur=MARC) for n in range(1, 6)]
REGLE_PAR_UNE_PERSONNE = {
    "projectColor": "#112233",
    "projectManager": {"id": "9d5b", "firstName": "Ana", "lastName": "Roux"},
    "budget": {"amount": 45000.25, "currency": "EUR"},
    "comment": "Clé chez la gardienne",
    "headQuarter": {"id": 7},
}
POINT = {"xLon": 4.8467, "yLat": 45.7485}


def test_fault_6_a_put_resets_nothing_that_a_person_set(firme: Firme) -> None:
    firme.remplit(chantiers=[chantier("CH000001", "Réfection d’une toiture")], projets=[projet(1, "CH000001")])
    firme.synchronise()
    depot = firme.machines.batisimply.depot
    lu = depot.read_projet(1)
    assert lu is not None
    adresse = {**lu["address"], "geoPoint": POINT, "googleFormattedAddress": "3 Rue de l'Église, 69003 Lyon, France"}
    regle = {**lu, **REGLE_PAR_UNE_PERSONNE, "address": adresse}
    depot.replace_projet(1, regle)

    firme.machines.sql("UPDATE dbo.ChantierDef SET Libelle = 'Toiture et zinguerie' WHERE Code = 'CH000001'")
    etapes = [firme.execute(fleche) for fleche in (Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS)]
    assert ecritures(etapes) == 1
    apres = depot.read_projet(1)
    assert apres is not None
    assert apres["projectName"] == "Toiture et zinguerie"
    perdus = {
        cle: (valeur, apres.get(cle))
        for cle, valeur in regle.items()
        if cle not in {"projectName", "name", "lastModifiedDate"} and apres.get(cle) != valeur
    }
    assert perdus == {}


def test_fault_7_a_second_run_sends_nothing_and_writes_nothing(firme: Firme) -> None:
    firme.remplit(
        chantiers=[chantier(f"CH00000{n}", f"Chantier {n}") for n in range(1, 6)],
        projets=[projet(1, "CH000001")],
        saisies=SAISIES,
    )
    assert ecritures(firme.synchronise()) == 5 + 5
    avant = firme.suivi()
    machines = firme.machines
    machines.batisimply.appels.vide()
    # Any write at all would strike here, and the run would not be a success.
    for verbe in ("INSERT INTO dbo.SuiviMO", "UPDATE s SET", "DELETE s FROM"):
        pannes.programme(machines.postgres_batigest, "erreur", sur=verbe, numero=1205)
    assert {etape.verdict for etape in firme.synchronise()} == {Verdict.REUSSI}
    assert pannes.restantes(machines.postgres_batigest) == 3
    envois = {appel for appel in machines.batisimply.appels.comptes() if not appel.startswith("GET ")}
    assert envois <= {"POST /auth/token"}
    assert machines.batisimply.appels.total("GET /api/project/{id}") == 0
    assert firme.suivi() == avant


def test_fault_9_what_failed_is_never_called_success_and_progress_stops_where_the_work_stops(
    machines: Machines,
) -> None:
    with Firme(machines, patience=Patience(essais=1)) as firme:
        firme.remplit(saisies=SAISIES)
        firme.synchronise()
        machines.batisimply.pannes.ajoute(
            Panne(genre=Genre.STATUT, statut=500, chemin="/api/timeSlotManagement/*", apres=2)
        )
        pas: list[tuple[int, int]] = []

        class Temoin:
            """Notes how far the run says it is."""

            def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:  # noqa: ARG002
                pas.append((fait, total))

            def annulation_demandee(self) -> bool:
                return False

        etape = firme.execute(Fleche.PULL_HEURES, execute=lambda f, r, *_: execute_fleche(f, firme.bouts, r, Temoin()))
        assert etape.verdict is Verdict.ECHEC
        assert etape.erreur is not None
        assert "BatiSimply est momentanément en panne" in etape.erreur.message
        assert etape.erreur.remede
        # Two slices arrived, two failures were skipped over, the third one in a row stopped the run: 4 of 5, not 100 %.
        assert pas == [(fait, 5) for fait in range(5)]

        machines.batisimply.pannes.vide()
        machines.batisimply.pannes.ajoute(
            Panne(genre=Genre.STATUT, statut=409, chemin="/api/timeSlotManagement/*", fois=1)
        )
        partiel = firme.execute(Fleche.PULL_HEURES)
        assert partiel.verdict is Verdict.PARTIEL
        assert partiel.bilan is not None
        (incident,) = partiel.bilan.incidents
        assert incident.message.startswith("Heures du ")


def test_fault_11_a_token_that_expires_in_the_middle_of_a_run_is_renewed(firme: Firme) -> None:
    firme.remplit(saisies=SAISIES)
    serveur = firme.machines.batisimply
    serveur.guichet.duree_s = 1
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, duree_ms=450, chemin="/api/timeSlotManagement/*"))
    assert {etape.verdict for etape in firme.synchronise()} == {Verdict.REUSSI}
    assert serveur.appels.total("POST /auth/token") >= 2
    assert len(firme.suivi()) == len(SAISIES)

    serveur.pannes.vide()
    serveur.guichet.duree_s = 300
    firme.saisit(*(Saisie(s.id, s.debut, 120, utilisateur=MARC) for s in SAISIES))
    firme.execute(Fleche.PULL_CHANTIERS)
    serveur.guichet.revoque()  # Keycloak restarts: the token that has minutes to live is worth nothing
    assert {etape.verdict for etape in firme.heures()} == {Verdict.REUSSI}
    assert {heures for heures, _, _ in firme.suivi().values()} == {2}


def test_fault_11_a_429_drops_no_record(firme: Firme) -> None:
    firme.remplit(
        chantiers=[chantier(f"CH0000{n:02}", f"Chantier {n}") for n in range(1, 13)],
        projets=[projet(1, "CH000001"), projet(2, "CH000002")],
        saisies=SAISIES,
    )
    serveur = firme.machines.batisimply
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, statut=429, chemin="/api/*", probabilite=0.25))
    assert {etape.verdict for etape in firme.synchronise()} == {Verdict.REUSSI}
    assert sum(etat.frappees for etat in serveur.pannes.liste()) > 2
    assert sorted(str(p["projectCode"]) for p in firme.projets()) == [f"CH0000{n:02}" for n in range(1, 13)]
    assert len(firme.suivi()) == len(SAISIES)
    assert firme.verifie().tient
