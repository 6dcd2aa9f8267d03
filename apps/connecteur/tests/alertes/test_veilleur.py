"""A dossier is watched: what changes is told once, by whichever program, and messages go on their way in the end."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest

from connecteur.alertes.envoi import Destination, destinations
from connecteur.alertes.veilleur import ABANDON, ESPACEMENT, Veilleur
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux, Incident, Verdict
from connecteur.settings import ReglagesAlertesDossier
from connecteur.tampon.tampon import Tampon

from .conftest import PARIS, Boite, Horloge, texte

ECHEC, RETABLI = "a échoué", "est rétablie"
PANNE = Incident("Batigest ne répond pas.", "Démarrez SQL Server.", "PWD=hunter2")
SEULS_RUNS = ReglagesAlertesDossier(silence=False, rejets=False)


class Maison:
    """One dossier, its runs and whoever watches it."""

    def __init__(self, tampon: Tampon, horloge: Horloge, boite: Boite) -> None:
        self.tampon = tampon
        self.horloge = horloge
        self.boite = boite
        self.rejets: list[Rejet] = []
        self.planifie = False
        self._n = 0

    def veilleur(
        self, reglages: ReglagesAlertesDossier = SEULS_RUNS, vers: Sequence[Destination] | None = None
    ) -> Veilleur:
        return Veilleur(
            "BTG_DEMO",
            self.tampon.alertes,
            lambda: self.rejets,
            lambda: reglages,
            destinations=destinations([self.boite.url()]) if vers is None else vers,
            suite=lambda _flux: "Prochain essai à 14:32.",
            planifie=lambda _flux: self.planifie,
            fuseau=PARIS,
            horloge=self.horloge,
        )

    def finit(self, verdict: Verdict, flux: Flux = Flux.HEURES, *, incidents: Sequence[Incident] = ()) -> None:
        """A run ends now."""
        self._n += 1
        run = f"{self.tampon._dossier}-{self._n:03d}"
        self.tampon.runs.ouvre(run, flux, FLECHES[flux], False, "essai")
        bilan = Bilan(Fleche.PULL_HEURES, rejets=3, conflits=1, incidents=list(incidents))
        erreur = PANNE if verdict is Verdict.ECHEC else None
        self.tampon.runs.termine(run, verdict, [bilan] if verdict is Verdict.PARTIEL else [], erreur)
        with self.tampon._connexions.transaction() as connexion:
            connexion.execute(
                "UPDATE sages.runs SET debut = %s, fin = %s WHERE id = %s",
                (self.horloge() - timedelta(seconds=1), self.horloge(), run),
            )

    def recoit(self, jour: date, combien: int) -> None:
        """So many slots of that day are in the tampon."""
        with self.tampon._connexions.transaction() as connexion:
            for n in range(combien):
                debut = datetime.combine(jour, time(8), PARIS)
                connexion.execute(
                    "INSERT INTO sages.creneaux (dossier, id, debut, nom_utilisateur, statut, trajet, panier,"
                    " debut_local, run) VALUES (%s, %s, %s, 'Léa', 'VALIDATED', false, false, %s, 'r')",
                    (self.tampon._dossier, f"{jour}-{n}", debut.astimezone(UTC), debut.replace(tzinfo=None)),
                )


@pytest.fixture
def maison(tampon: Tampon, horloge: Horloge, boite: Boite) -> Maison:
    return Maison(tampon, horloge, boite)


def fait(veilleur: Veilleur) -> int:
    veilleur.regarde()
    return veilleur.distribue()


def test_a_failure_is_told_once_and_its_end_too(maison: Maison) -> None:
    veilleur = maison.veilleur()
    maison.finit(Verdict.REUSSI)
    assert fait(veilleur) == 0
    maison.horloge.avance(hours=1)
    for _ in range(5):
        maison.finit(Verdict.ECHEC)
        fait(veilleur)
        maison.horloge.avance(minutes=20)
    assert len(maison.boite.recus) == 1
    maison.finit(Verdict.REUSSI)
    fait(veilleur)
    assert maison.boite.titres == [
        f"[Connecteur SAGES] BTG_DEMO : la synchronisation des heures {mot}" for mot in (ECHEC, RETABLI)
    ]
    dit = texte(maison.boite.recus[0])
    assert "Batigest ne répond pas.\nÀ faire : Démarrez SQL Server." in dit
    assert "Prochain essai à 14:32." in dit
    assert "hunter2" not in maison.boite.recus[0].as_string()


def test_each_flow_is_told_apart_and_a_partial_run_says_what_waits(maison: Maison) -> None:
    veilleur = maison.veilleur()
    maison.finit(Verdict.PARTIEL, incidents=[Incident("Tranche illisible.", "Réessayez.")])
    maison.finit(Verdict.ECHEC, Flux.CHANTIERS)
    assert fait(veilleur) == 2
    assert {titre.rpartition("synchronisation ")[2] for titre in maison.boite.titres} == {
        "des heures laisse quelque chose en attente",
        "des chantiers a échoué",
    }
    (partiel,) = [recu for recu in maison.boite.recus if "attente" in str(recu["subject"])]
    dit = texte(partiel)
    assert "3 rejets" in dit
    assert "1 conflit " in dit
    assert "Tranche illisible. À faire : Réessayez." in dit


def test_what_a_person_stopped_changes_nothing(maison: Maison) -> None:
    veilleur = maison.veilleur()
    maison.finit(Verdict.ECHEC)
    fait(veilleur)
    maison.horloge.avance(hours=1)
    maison.finit(Verdict.ANNULE)
    assert fait(veilleur) == 0


def test_a_service_that_comes_and_goes_tells_where_it_settles(maison: Maison) -> None:
    veilleur = maison.veilleur()
    maison.finit(Verdict.ECHEC)
    fait(veilleur)
    for verdict in (Verdict.REUSSI, Verdict.ECHEC) * 10:
        maison.horloge.avance(seconds=30)
        maison.finit(verdict)
        fait(veilleur)
    maison.horloge.avance(seconds=ESPACEMENT.total_seconds())
    fait(veilleur)
    assert len(maison.boite.recus) == 1, "it still fails, as was told"
    maison.finit(Verdict.REUSSI)
    fait(veilleur)
    assert len(maison.boite.recus) == 2


def test_several_programs_tell_it_once_and_a_restart_does_not_tell_it_again(maison: Maison) -> None:
    maison.finit(Verdict.ECHEC)
    veilleurs = [maison.veilleur() for _ in range(3)]
    for veilleur in veilleurs:
        veilleur.regarde()
    for veilleur in veilleurs:
        veilleur.distribue()
    maison.horloge.avance(hours=5)
    fait(maison.veilleur())
    assert len(maison.boite.recus) == 1


def test_everybody_is_told_and_nobody_when_there_is_no_address(maison: Maison) -> None:
    maison.finit(Verdict.ECHEC)
    assert fait(maison.veilleur(vers=[])) == 0
    maison.horloge.avance(hours=1)
    maison.finit(Verdict.REUSSI)
    deux = destinations([maison.boite.url("claire@exemple.fr"), maison.boite.url("paul@exemple.fr")])
    assert fait(maison.veilleur(vers=deux)) == 2
    assert {str(recu["to"]) for recu in maison.boite.recus} == {"claire@exemple.fr", "paul@exemple.fr"}
    assert {titre.rpartition("heures ")[2] for titre in maison.boite.titres} == {RETABLI}


def test_what_the_office_does_not_want_to_hear_is_not_told(maison: Maison) -> None:
    muet = ReglagesAlertesDossier(echec=False, retablissement=False, silence=False, rejets=False)
    for verdict in (Verdict.ECHEC, Verdict.REUSSI, Verdict.PARTIEL):
        maison.finit(verdict)
        fait(maison.veilleur(muet))
        maison.horloge.avance(hours=1)
    assert [titre.rpartition("heures ")[2] for titre in maison.boite.titres] == ["laisse quelque chose en attente"]


def test_a_mail_server_that_fails_is_tried_again_later_and_later_and_each_message_arrives_once(maison: Maison) -> None:
    veilleur = maison.veilleur()
    maison.boite.refuse = "451 Plus tard"
    maison.finit(Verdict.ECHEC)
    assert fait(veilleur) == 0
    (message,) = maison.tampon.alertes.list_messages()
    assert message.erreur
    assert message.prochain_le == maison.horloge() + timedelta(minutes=1)
    assert veilleur.distribue() == 0
    (message,) = maison.tampon.alertes.list_messages()
    assert message.essais == 1, "not before its time"
    maison.horloge.avance(minutes=1)
    assert veilleur.distribue() == 0
    (message,) = maison.tampon.alertes.list_messages()
    assert (message.essais, message.prochain_le) == (2, maison.horloge() + timedelta(minutes=2))
    maison.boite.refuse = ""
    maison.horloge.avance(minutes=2)
    assert veilleur.distribue() == 1
    assert veilleur.distribue() == 0
    (message,) = maison.tampon.alertes.list_messages()
    assert (message.envoye_le, message.erreur) == (maison.horloge(), "")


def test_a_message_too_old_or_without_its_address_is_given_up(maison: Maison) -> None:
    maison.boite.refuse = "451 Plus tard"
    maison.finit(Verdict.ECHEC)
    fait(maison.veilleur())
    maison.horloge.avance(seconds=ABANDON.total_seconds() + 60)
    fait(maison.veilleur())
    (message,) = maison.tampon.alertes.list_messages()
    assert (message.prochain_le, message.envoye_le) == (None, None)
    maison.finit(Verdict.REUSSI)
    maison.veilleur().regarde()
    assert maison.veilleur(vers=destinations([maison.boite.url("autre@exemple.fr")])).distribue() == 0
    assert "plus dans les réglages" in maison.tampon.alertes.list_messages()[0].erreur


def test_a_program_that_dies_while_it_sends_leaves_the_message_to_another(maison: Maison) -> None:
    maison.finit(Verdict.ECHEC)
    veilleur = maison.veilleur()
    veilleur.regarde()
    maintenant = maison.horloge()
    assert maison.tampon.alertes.prend_message(maintenant, maintenant + timedelta(minutes=5)) is not None
    assert veilleur.distribue() == 0
    maison.horloge.avance(minutes=5)
    assert veilleur.distribue() == 1


SILENCE = ReglagesAlertesDossier(rejets=False)


def passe(maison: Maison, semaines: int = 4) -> None:
    """Ten slots on each of the last Tuesdays."""
    for n in range(1, semaines + 1):
        maison.recoit(maison.horloge().date() - timedelta(weeks=n), 10)


def test_a_day_without_hours_when_some_usually_come_is_told_once_in_the_evening(maison: Maison) -> None:
    passe(maison)
    veilleur = maison.veilleur(SILENCE)
    maison.finit(Verdict.REUSSI)
    assert fait(veilleur) == 0
    maison.horloge.avance(hours=9, minutes=59)
    assert fait(veilleur) == 0
    maison.horloge.avance(minutes=1)
    assert fait(veilleur) == 1
    assert maison.boite.titres == ["[Connecteur SAGES] BTG_DEMO : aucune heure reçue aujourd’hui"]
    assert "environ 10" in texte(maison.boite.recus[0])
    maison.horloge.avance(minutes=30)
    assert fait(veilleur) == 0
    maison.horloge.avance(weeks=1)
    maison.finit(Verdict.REUSSI)
    assert fait(veilleur) == 0, "it was told, and nothing has come since"
    maison.recoit(maison.horloge().date(), 3)
    assert fait(veilleur) == 0
    maison.horloge.avance(weeks=1)
    maison.finit(Verdict.REUSSI)
    assert fait(veilleur) == 1, "they came again, and stopped again"


@pytest.mark.parametrize("cas", ["reçu", "férié", "inhabituel", "pas lu", "échec"])
def test_a_day_that_may_be_empty_is_not_told(maison: Maison, cas: str) -> None:
    if cas == "férié":
        maison.horloge.maintenant = datetime(2026, 4, 6, 10, 0, tzinfo=PARIS)  # Easter Monday
    passe(maison, 2 if cas == "inhabituel" else 4)
    if cas == "reçu":
        maison.recoit(maison.horloge().date(), 1)
    if cas != "pas lu":
        maison.finit(Verdict.ECHEC if cas == "échec" else Verdict.REUSSI)
    maison.horloge.avance(hours=10)
    maison.veilleur(ReglagesAlertesDossier(rejets=False, echec=False)).regarde()
    assert maison.tampon.alertes.list_messages() == []


def test_a_day_on_which_a_schedule_could_read_nothing_is_told_with_its_own_remedy(maison: Maison) -> None:
    passe(maison)
    maison.planifie = True
    maison.horloge.avance(hours=10)
    assert fait(maison.veilleur(SILENCE)) == 1
    assert "aucune synchronisation des heures n’a abouti" in texte(maison.boite.recus[0])


def test_a_mail_server_that_hangs_is_not_waited_for_message_after_message(maison: Maison) -> None:
    maison.boite.refuse = "451 Plus tard"
    maison.finit(Verdict.ECHEC)
    quatre = destinations([maison.boite.url(f"{nom}@exemple.fr") for nom in ("a", "b", "c", "d")])
    assert fait(maison.veilleur(vers=quatre)) == 0
    assert sorted(message.essais for message in maison.tampon.alertes.list_messages()) == [0, 0, 1, 1]
    maison.boite.refuse = ""
    assert maison.veilleur(vers=quatre).distribue() == 2


def test_open_rejets_are_told_every_working_day_without_anybody_s_name(maison: Maison) -> None:
    veilleur = maison.veilleur(ReglagesAlertesDossier(silence=False))
    maison.rejets = [
        Rejet(ObjetRejet.CRENEAU, str(n), MotifRejet.SALARIE_INCONNU, "Léa Martin, 06/01/2026 08:00") for n in range(3)
    ]
    assert fait(veilleur) == 1
    assert fait(veilleur) == 0
    (recu,) = maison.boite.recus
    assert str(recu["subject"]).endswith("3 rejets en attente")
    dit = texte(recu)
    assert "• 3 : L’utilisateur BatiSimply" in dit
    assert "Léa" not in dit
    maison.horloge.avance(hours=21, minutes=29)
    assert fait(veilleur) == 0, "07:29"
    maison.horloge.avance(minutes=1)
    assert fait(veilleur) == 1
    maison.rejets = []
    maison.horloge.avance(days=1)
    assert fait(veilleur) == 0
    maison.rejets = [Rejet(ObjetRejet.CHANTIER, "C1", MotifRejet.CHANTIER_REFUSE, "C1")]
    maison.horloge.maintenant = datetime(2026, 1, 10, 10, 0, tzinfo=PARIS)
    assert fait(veilleur) == 0, "Saturday"


def test_the_thread_watches_by_itself(maison: Maison) -> None:
    maison.finit(Verdict.ECHEC)
    horloge = threading.Event()
    with maison.veilleur():
        for _ in range(1000):
            if maison.boite.recus:
                break
            horloge.wait(0.02)
    assert len(maison.boite.recus) == 1
