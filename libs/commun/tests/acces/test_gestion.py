"""Accounts: the first administrator, invitations, roles, the last administrator, one's own password, tokens."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import pytest

from sages_commun.acces import (
    Client,
    DernierAdministrateur,
    Encombrement,
    ErreurAcces,
    Inconnu,
    Portee,
    Refuse,
    Role,
    SaisieRefusee,
    TropDeTentatives,
)
from sages_commun.acces.domaine import lit_courriel, lit_nom
from sages_commun.acces.mots_de_passe import FILE, RFC_9106, MotsDePasse, check_mot_de_passe
from sages_commun.acces.tentatives import ADRESSE

from .conftest import AUTRE_MOT_DE_PASSE, BUREAU, INCONNU, MOT_DE_PASSE, Maison


def test_the_first_administrator_takes_a_code_of_the_console_and_the_door_closes_behind_them(maison: Maison) -> None:
    premier = maison.acces.premier_demarrage
    codes = [premier.tire_code() for _ in range(3)]  # as many processes
    assert premier.est_a_faire()
    with pytest.raises(Refuse):
        premier.cree("AAAA-AAAA-AAAA", "claire@exemple.fr", "Claire", MOT_DE_PASSE, INCONNU)
    with pytest.raises(SaisieRefusee):
        premier.cree(str(codes[1]), "claire@exemple.fr", "Claire", "motdepasse", INCONNU)
    assert premier.est_a_faire()
    cree = premier.cree(str(codes[1]).lower(), "claire@exemple.fr", "Claire", MOT_DE_PASSE, INCONNU)
    assert cree.role is Role.ADMINISTRATEUR
    assert not premier.est_a_faire()
    assert premier.tire_code() is None
    assert maison.compte("acces_premier_demarrage") == 0
    with pytest.raises(Refuse, match="existe déjà"):
        premier.cree(str(codes[0]), "voleur@exemple.fr", "Voleur", MOT_DE_PASSE, INCONNU)
    assert maison.acces.connexion.connecte("claire@exemple.fr", MOT_DE_PASSE, BUREAU).complete


def test_a_code_of_the_console_is_over_after_an_hour(maison: Maison) -> None:
    code = maison.acces.premier_demarrage.tire_code()
    maison.montre.avance(hours=1)
    with pytest.raises(Refuse):
        maison.acces.premier_demarrage.cree(str(code), "claire@exemple.fr", "Claire", MOT_DE_PASSE, INCONNU)


def test_codes_of_the_console_cannot_be_guessed_from_one_address(maison: Maison) -> None:
    code = maison.acces.premier_demarrage.tire_code()
    for _ in range(ADRESSE.libres):
        with pytest.raises(Refuse):
            maison.acces.premier_demarrage.cree("0000-0000-0000", "c@exemple.fr", "Claire", MOT_DE_PASSE, INCONNU)
    with pytest.raises(TropDeTentatives):
        maison.acces.premier_demarrage.cree(str(code), "c@exemple.fr", "Claire", MOT_DE_PASSE, INCONNU)


def test_of_several_codes_used_at_once_one_makes_the_first_administrator(maison: Maison) -> None:
    codes = [str(maison.acces.premier_demarrage.tire_code()) for _ in range(6)]

    def cree(rang: int) -> bool:
        try:
            maison.acces.premier_demarrage.cree(
                codes[rang], f"a{rang}@exemple.fr", "Claire", MOT_DE_PASSE, Client(f"203.0.113.{rang}")
            )
        except ErreurAcces:
            return False
        return True

    with ThreadPoolExecutor(6) as fils:
        assert list(fils.map(cree, range(6))).count(True) == 1
    assert maison.compte("acces_utilisateurs") == 1


def test_there_is_no_password_that_nobody_chose(maison: Maison) -> None:
    """DOMAIN.md, fault 10: whatever is tried on fresh tables, nothing opens."""
    for courriel in ("admin@exemple.fr", "admin", "administrateur@groupe-sages.fr", ""):
        for mot_de_passe in ("", "admin", "password", "sages", "changeme"):
            with pytest.raises((Refuse, TropDeTentatives)):
                maison.acces.connexion.connecte(courriel, mot_de_passe, Client(f"203.0.113.{len(mot_de_passe)}"))
    assert maison.compte("acces_utilisateurs") == 0


@pytest.mark.parametrize(
    ("choix", "faute"),
    [
        ("", "trop court"),
        ("onze carac.", "trop court"),
        ("x" * 129, "trop long"),
        ("motdepasse123", "devine"),
        ("Azertyuiop12", "devine"),
        ("aaaaaaaaaaaaaaaa", "devine"),
        ("123456789012345", "devine"),
        ("groupe-sages1", "devine"),
        ("Claire et ses tuiles bleues", "votre nom"),
        ("les tuiles de MÂRTÎN au vent", "votre nom"),
        ("exemple de tuiles bleues", "votre nom"),
    ],
)
def test_passwords_that_are_guessed_are_refused_with_the_reason(choix: str, faute: str) -> None:
    with pytest.raises(SaisieRefusee, match=faute):
        check_mot_de_passe(choix, nom="Claire Martin", courriel="claire.martin@exemple.fr")


@pytest.mark.parametrize("choix", [MOT_DE_PASSE, AUTRE_MOT_DE_PASSE, "Xk29fjqpLm3w", "é" * 3 + " ardoise fine 7"])
def test_long_phrases_and_drawn_passwords_are_taken(choix: str) -> None:
    check_mot_de_passe(choix, nom="Claire Martin", courriel="claire.martin@exemple.fr")


def test_the_parameters_are_those_of_the_rfc_and_an_accent_typed_otherwise_is_the_same() -> None:
    mots = MotsDePasse()
    hache = mots.hache("évidemment une ardoise")
    assert hache.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert mots.verifie(hache, "e\u0301videmment une ardoise")
    assert not mots.verifie(None, "évidemment une ardoise")
    assert not RFC_9106.check_needs_rehash(hache)


def test_somebody_is_invited_and_chooses_their_own_password_once(maison: Maison) -> None:
    maison.administrateur()
    par, _ = maison.entre()
    paul, code = maison.acces.gestion.invite(par, "Paul@exemple.fr", "Paul Petit", Role.LECTURE_SEULE, BUREAU)
    assert paul.invite
    with pytest.raises(SaisieRefusee):
        maison.acces.gestion.invite(par, "paul@exemple.fr", "Autre", Role.LECTURE_SEULE, BUREAU)
    assert maison.acces.gestion.lit_invitation(code) is not None
    with pytest.raises(SaisieRefusee):
        maison.acces.gestion.suit_invitation(code, "court", INCONNU)
    autre = maison.acces.gestion.renouvelle_invitation(par, paul.id, BUREAU)[1]
    with pytest.raises(Refuse):
        maison.acces.gestion.suit_invitation(code, MOT_DE_PASSE, INCONNU)

    def suit(rang: int) -> bool:
        try:
            maison.acces.gestion.suit_invitation(autre, MOT_DE_PASSE, Client(f"203.0.113.{rang}"))
        except Refuse:
            return False
        return True

    with ThreadPoolExecutor(4) as fils:
        assert list(fils.map(suit, range(4))).count(True) == 1
    qui, _ = maison.entre("paul@exemple.fr")
    assert qui.role is Role.LECTURE_SEULE
    tard = maison.acces.gestion.renouvelle_invitation(par, paul.id, BUREAU)[1]
    maison.montre.avance(hours=72)
    assert maison.acces.gestion.lit_invitation(tard) is None
    with pytest.raises(Refuse):
        maison.acces.gestion.suit_invitation(tard, AUTRE_MOT_DE_PASSE, INCONNU)


def test_a_changed_role_ends_the_sessions_and_a_closed_account_ends_everything(maison: Maison) -> None:
    maison.administrateur()
    par, _ = maison.entre()
    paul = maison.lecteur(par)
    _, secret = maison.entre("paul@exemple.fr")
    maison.acces.gestion.change_role(par, paul.id, Role.ADMINISTRATEUR, BUREAU)
    assert maison.acces.utilisateur_de(secret) is None
    qui, secret = maison.entre("paul@exemple.fr")
    assert qui.est_administrateur
    _, jeton = maison.acces.jetons.cree(qui, "Script de Paul", Portee.GESTION, timedelta(days=30), BUREAU)
    assert maison.acces.jetons.identite(jeton, BUREAU) is not None
    invitation = maison.acces.gestion.renouvelle_invitation(par, paul.id, BUREAU)[1]
    maison.acces.gestion.desactive(par, paul.id, BUREAU)
    assert maison.acces.utilisateur_de(secret) is None
    assert maison.acces.jetons.identite(jeton, BUREAU) is None
    assert maison.acces.gestion.lit_invitation(invitation) is None
    with pytest.raises(Refuse):
        maison.entre("paul@exemple.fr")
    maison.acces.gestion.reactive(par, paul.id, BUREAU)
    assert maison.acces.jetons.identite(jeton, BUREAU) is None
    assert maison.acces.utilisateur_de(secret) is None
    maison.entre("paul@exemple.fr")


def test_the_last_administrator_stays_even_when_two_remove_each_other_at_once(maison: Maison) -> None:
    claire = maison.administrateur()
    par, _ = maison.entre()
    with pytest.raises(DernierAdministrateur):
        maison.acces.gestion.desactive(par, claire.id, BUREAU)
    with pytest.raises(DernierAdministrateur):
        maison.acces.gestion.change_role(par, claire.id, Role.LECTURE_SEULE, BUREAU)
    # Invited only, nobody could sign in as them yet.
    maison.acces.gestion.invite(par, "invite@exemple.fr", "Invité", Role.ADMINISTRATEUR, BUREAU)
    with pytest.raises(DernierAdministrateur):
        maison.acces.gestion.desactive(par, claire.id, BUREAU)
    autres = [maison.administrateur(f"a{rang}@exemple.fr", "Autre") for rang in range(5)]

    def retire(numero: int) -> bool:
        try:
            maison.acces.gestion.change_role(par, numero, Role.LECTURE_SEULE, BUREAU)
        except DernierAdministrateur:
            return False
        return True

    with ThreadPoolExecutor(6) as fils:
        assert list(fils.map(retire, [claire.id, *(un.id for un in autres)])).count(True) == 5


def test_the_console_gives_access_back_to_an_account_that_was_lost(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    maison.active_totp(qui)
    console = maison.acces.premier_demarrage.cree_de_la_console
    with pytest.raises(SaisieRefusee) as refus:
        console("claire.martin@exemple.fr", "Claire", AUTRE_MOT_DE_PASSE, par="essai")
    assert "--retablir" in refus.value.remede
    console("claire.martin@exemple.fr", "Claire", AUTRE_MOT_DE_PASSE, par="essai", retablit=True)
    assert maison.acces.connexion.connecte("claire.martin@exemple.fr", AUTRE_MOT_DE_PASSE, BUREAU).complete
    utilisateur, code = console("luc@exemple.fr", "Luc", None, par="essai")
    assert code is not None
    assert maison.acces.gestion.suit_invitation(code, MOT_DE_PASSE, BUREAU).id == utilisateur.id


def test_an_invitation_is_over_once_a_password_was_chosen_otherwise(maison: Maison) -> None:
    claire = maison.administrateur()
    qui, _ = maison.entre()
    lit, renouvelle = maison.acces.gestion.lit_invitation, maison.acces.gestion.renouvelle_invitation
    code = renouvelle(qui, claire.id, BUREAU)[1]
    maison.acces.compte.change_mot_de_passe(qui, MOT_DE_PASSE, AUTRE_MOT_DE_PASSE, BUREAU)
    assert lit(code) is None
    code = renouvelle(qui, claire.id, BUREAU)[1]
    console = maison.acces.premier_demarrage.cree_de_la_console
    console(claire.courriel, "Claire", MOT_DE_PASSE, par="essai", retablit=True)
    assert lit(code) is None


def test_an_invitation_renewed_while_it_is_followed_keeps_nobody_waiting(maison: Maison) -> None:
    maison.administrateur()
    par, _ = maison.entre()
    paul, code = maison.acces.gestion.invite(par, "paul@exemple.fr", "Paul", Role.LECTURE_SEULE, BUREAU)

    def suit(suivi: str, rang: int) -> None:
        with contextlib.suppress(Refuse):
            maison.acces.gestion.suit_invitation(suivi, MOT_DE_PASSE, Client(f"203.0.113.{rang}"))

    with ThreadPoolExecutor(2) as fils:
        for rang in range(60):
            en_cours = fils.submit(suit, code, rang)
            code = fils.submit(maison.acces.gestion.renouvelle_invitation, par, paul.id, BUREAU).result()[1]
            en_cours.result()  # a deadlock is an error of the database


def test_a_changed_password_renews_this_session_and_ends_the_others(maison: Maison) -> None:
    maison.administrateur()
    qui, ici = maison.entre()
    _, ailleurs = maison.entre(client=INCONNU)
    with pytest.raises(SaisieRefusee, match="actuel"):
        maison.acces.compte.change_mot_de_passe(qui, "pas le mien", AUTRE_MOT_DE_PASSE, BUREAU)
    with pytest.raises(SaisieRefusee, match="trop court"):
        maison.acces.compte.change_mot_de_passe(qui, MOT_DE_PASSE, "court", BUREAU)
    assert maison.acces.utilisateur_de(ailleurs) is not None
    nouveau = maison.acces.compte.change_mot_de_passe(qui, MOT_DE_PASSE, AUTRE_MOT_DE_PASSE, BUREAU)
    assert [maison.acces.utilisateur_de(s) is not None for s in (ici, ailleurs, nouveau)] == [False, False, True]
    with pytest.raises(Refuse):
        maison.entre()


def test_a_session_ended_while_its_password_was_being_verified_does_not_come_back(maison: Maison) -> None:
    claire = maison.administrateur()
    qui, _ = maison.entre()

    def ferme() -> object:
        return maison.acces.gestion.ferme_sessions(qui, claire.id, BUREAU)

    compte = maison.acces.compte
    gestes = (
        lambda: compte.change_mot_de_passe(qui, MOT_DE_PASSE, AUTRE_MOT_DE_PASSE, BUREAU),
        lambda: compte.retire_totp(qui, MOT_DE_PASSE, BUREAU),
        lambda: compte.prepare_totp(qui, MOT_DE_PASSE, BUREAU),
    )
    for geste in gestes:
        maison.hacheuse.ensuite.append(ferme)
        with pytest.raises(Refuse, match="vient d’être fermée"):
            geste()
        assert maison.compte("acces_sessions") == 0
        qui, _ = maison.entre()  # with the password of before


def test_a_crowd_at_the_door_is_sent_back_and_not_counted(maison: Maison) -> None:
    """Neither all the memory nor all the threads: two verify, eight wait, the others come back."""
    maison.administrateur()
    entree = threading.Barrier(3)
    sortie = threading.Event()

    def retient() -> None:
        entree.wait(20)
        sortie.wait(20)

    def essaie(rang: int) -> str:
        try:
            maison.acces.connexion.connecte(f"u{rang}@exemple.fr", "faux", Client(f"203.0.113.{rang}"))
        except (Refuse, Encombrement) as exc:
            return type(exc).__name__
        return "entré"

    maison.hacheuse.ensuite += [retient, retient]
    with ThreadPoolExecutor(40) as fils:
        premiers = [fils.submit(essaie, rang) for rang in range(2)]
        entree.wait(20)
        suivants = [fils.submit(essaie, rang) for rang in range(2, 40)]
        renvoyes = 0
        for fait in as_completed(suivants, 20):
            renvoyes += fait.result() == "Encombrement"
            if renvoyes == 38 - FILE:
                break
        sortie.set()
        resultats = [un.result() for un in [*premiers, *suivants]]
    assert resultats.count("Encombrement") == 38 - FILE
    assert maison.compte("acces_tentatives") == 2 * (2 + FILE)


def test_somebody_sees_and_ends_their_own_sessions_only(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    maison.lecteur(qui)
    paul, chez_paul = maison.entre("paul@exemple.fr")
    maison.montre.avance(minutes=3)
    _, ailleurs = maison.entre(client=INCONNU)
    vues = maison.acces.compte.list_sessions(qui)
    assert [(session.adresse, session.machine) for session in vues] == [
        ("198.51.100.66", "curl"), ("192.0.2.10", "Firefox de Claire"),
    ]  # fmt: skip
    with pytest.raises(Inconnu):
        maison.acces.compte.ferme_session(paul, vues[0].id, BUREAU)
    maison.acces.compte.ferme_session(qui, vues[0].id, BUREAU)
    assert maison.acces.utilisateur_de(ailleurs) is None
    maison.entre(client=INCONNU)
    assert maison.acces.compte.ferme_autres(qui, BUREAU) == 1
    assert len(maison.acces.compte.list_sessions(qui)) == 1
    assert maison.acces.utilisateur_de(chez_paul) is not None


def test_a_token_is_shown_once_lets_in_by_its_scope_and_ends(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    jeton, clair = maison.acces.jetons.cree(qui, "Supervision", Portee.LECTURE, timedelta(days=30), BUREAU)
    assert clair.startswith(jeton.prefixe)
    lue = maison.acces.jetons.identite(clair, INCONNU)
    assert lue is not None
    assert (lue.nom, lue.role) == (f"jeton « Supervision » ({jeton.prefixe}…)", Role.LECTURE_SEULE)
    _, gestion = maison.acces.jetons.cree(qui, "Import", Portee.GESTION, timedelta(days=1), BUREAU)
    ecrit = maison.acces.jetons.identite(gestion, INCONNU)
    assert ecrit is not None
    assert ecrit.est_administrateur
    assert maison.acces.jetons.list_jetons()[1].vu_de == INCONNU.adresse
    for faux in ("", "sages_", clair[:-1], clair + "x", clair.removeprefix("sages_"), "sages_" + "é" * 43, "x" * 5000):
        assert maison.acces.jetons.identite(faux, INCONNU) is None
    maison.montre.avance(days=1)
    assert maison.acces.jetons.identite(gestion, INCONNU) is None
    assert maison.acces.jetons.identite(clair, INCONNU) is not None
    maison.acces.jetons.revoque(qui, jeton.id, BUREAU)
    assert maison.acces.jetons.identite(clair, INCONNU) is None
    for duree in (timedelta(), timedelta(days=367), timedelta(days=-1)):
        with pytest.raises(SaisieRefusee):
            maison.acces.jetons.cree(qui, "x", Portee.LECTURE, duree, BUREAU)


def test_a_token_has_no_account_of_its_own(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    _, clair = maison.acces.jetons.cree(qui, "Import", Portee.GESTION, timedelta(days=1), BUREAU)
    lui = maison.acces.jetons.identite(clair, BUREAU)
    assert lui is not None
    with pytest.raises(Refuse):
        maison.acces.compte.list_sessions(lui)
    with pytest.raises(Refuse):
        maison.acces.jetons.cree(lui, "Autre", Portee.GESTION, timedelta(days=1), BUREAU)


@pytest.mark.parametrize("saisie", ["", "x", "a@", "@b", "a b@c.fr", "a@b@c", "a\n@b.fr", "<a>@b.fr", "a@" + "b" * 300])
def test_what_is_no_address_is_refused(saisie: str) -> None:
    with pytest.raises(SaisieRefusee):
        lit_courriel(saisie)


@pytest.mark.parametrize("saisie", ["", "   ", "a\0b", "x" * 81, "\u202eabc"])
def test_what_is_no_name_is_refused(saisie: str) -> None:
    with pytest.raises(SaisieRefusee):
        lit_nom(saisie)
    assert lit_nom("  Anne-Lise  d’Ô ") == "Anne-Lise d’Ô"
