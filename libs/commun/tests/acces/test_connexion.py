"""Signing in: what is answered, what it costs, what the database keeps, and what a stranger can and cannot do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from sages_commun.acces import Client, Durees, MotsDePasse, Refuse, Role, TropDeTentatives
from sages_commun.acces.tentatives import ADRESSE, APPAREIL, COMPTE

from .conftest import AUTRE_MOT_DE_PASSE, BUREAU, INCONNU, MOT_DE_PASSE, Compteuse, Maison


def test_somebody_signs_in_is_known_by_their_session_and_signs_out(maison: Maison) -> None:
    maison.administrateur()
    ouverture = maison.acces.connexion.connecte("  Claire.MARTIN@exemple.fr ", MOT_DE_PASSE, BUREAU)
    assert ouverture.complete
    utilisateur = maison.acces.utilisateur_de(ouverture.secret)
    assert utilisateur is not None
    assert (utilisateur.nom, utilisateur.courriel, utilisateur.role) == (
        "Claire Martin", "claire.martin@exemple.fr", Role.ADMINISTRATEUR,
    )  # fmt: skip
    maison.acces.connexion.deconnecte(ouverture.secret, BUREAU)
    assert maison.acces.utilisateur_de(ouverture.secret) is None
    assert maison.gestes() == [("utilisateur créé", True), ("connexion", True), ("déconnexion", True)]


@pytest.mark.parametrize("genre", ["inconnu", "mal écrit", "mauvais", "invité", "désactivé"])
def test_every_refusal_says_the_same_and_costs_the_same_work(maison: Maison, genre: str) -> None:
    maison.administrateur()
    par, _ = maison.entre()
    maison.acces.gestion.invite(par, "invite@exemple.fr", "Invité", Role.LECTURE_SEULE, BUREAU)
    inactif = maison.lecteur(par, "inactif@exemple.fr")
    maison.acces.gestion.desactive(par, inactif.id, BUREAU)
    courriel, mot_de_passe = {
        "inconnu": ("personne@exemple.fr", MOT_DE_PASSE),
        "mal écrit": ("pas une adresse", MOT_DE_PASSE),
        "mauvais": ("claire.martin@exemple.fr", "autre chose du tout"),
        "invité": ("invite@exemple.fr", MOT_DE_PASSE),
        "désactivé": ("inactif@exemple.fr", MOT_DE_PASSE),
    }[genre]
    maison.hacheuse.verifications.clear()
    with pytest.raises(Refuse) as refus:
        maison.acces.connexion.connecte(courriel, mot_de_passe, INCONNU)
    assert str(refus.value) == "L’adresse ou le mot de passe n’est pas le bon."
    # One verification, with the parameters of all the others: by work, whatever the clock says.
    assert maison.hacheuse.verifications == ["$argon2id$v=19$m=64,t=1,p=1"]
    assert maison.gestes()[-1] == ("connexion", False)


def test_the_audit_trail_never_keeps_a_password_typed_in_the_wrong_field(maison: Maison) -> None:
    with pytest.raises(Refuse):
        maison.acces.connexion.connecte(MOT_DE_PASSE, "", INCONNU)
    assert [entree.qui for entree in maison.acces.list_journal(9)] == ["inconnu"]


def test_a_password_hashed_with_old_parameters_is_hashed_again_when_it_is_used(maison: Maison) -> None:
    maison.administrateur()
    nouveau = replace(maison.contexte, mots_de_passe=MotsDePasse(Compteuse(time_cost=2)))
    from sages_commun.acces import Acces

    assert Acces(nouveau).connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU).complete
    with maison.ouvre() as connexion:
        ligne = connexion.execute(f"SELECT mot_de_passe FROM {maison.schema}.acces_utilisateurs".encode()).fetchone()
    assert ligne is not None
    assert ligne[0].startswith("$argon2id$v=19$m=64,t=2,p=1$")
    assert Acces(nouveau).connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU).complete


def test_a_session_ends_when_idle_when_old_when_its_user_is_closed_and_is_never_taken_over(maison: Maison) -> None:
    maison.administrateur()
    durees = Durees()
    _, oisive = maison.entre()
    maison.montre.avance(seconds=durees.oisivete.total_seconds() - 1)
    assert maison.acces.utilisateur_de(oisive) is not None
    maison.montre.avance(seconds=durees.oisivete.total_seconds())
    assert maison.acces.utilisateur_de(oisive) is None
    _, utilisee = maison.entre()
    passe = timedelta()
    while passe < durees.session:
        assert maison.acces.utilisateur_de(utilisee) is not None
        maison.montre.avance(hours=1)
        passe += timedelta(hours=1)
    assert maison.acces.utilisateur_de(utilisee) is None
    # Fixation: what the browser came with is not what it leaves with, and is worth nothing afterwards.
    _, avant = maison.entre()
    apres = maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU, avant).secret
    assert apres != avant
    assert maison.acces.utilisateur_de(avant) is None
    assert (
        maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU, "choisi").secret != "choisi"
    )
    assert maison.acces.utilisateur_de("choisi") is None


def test_the_database_keeps_nothing_that_opens(maison: Maison) -> None:
    maison.administrateur()
    par, secret = maison.entre()
    _, codes, secret = maison.active_totp(par)
    code = maison.acces.gestion.invite(par, "paul@exemple.fr", "Paul", Role.LECTURE_SEULE, BUREAU)[1]
    with maison.ouvre() as connexion:
        tables = connexion.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (maison.schema,)
        ).fetchall()
        contenu = "".join(
            str(connexion.execute(f"SELECT t::text FROM {maison.schema}.{table} t".encode()).fetchall())
            for (table,) in tables
        )
    assert len(tables) == 9
    for clair in (MOT_DE_PASSE, secret, code, *codes):
        assert clair not in contenu
        assert clair.encode().hex() not in contenu


def test_attempts_slow_down_and_a_stranger_keeps_nobody_out_of_the_browser_they_use(maison: Maison) -> None:
    maison.administrateur()
    connu = maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU).appareil
    for rang in range(COMPTE.libres):
        with pytest.raises(Refuse):
            maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", Client(f"203.0.113.{rang}"))
    with pytest.raises(TropDeTentatives) as trop:
        maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, Client("203.0.113.99"))
    assert trop.value.attendre_s == 1
    # From an unknown browser even the right password waits; from her own it does not.
    assert maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, replace(BUREAU, appareil=connu))
    attentes = []
    for rang in range(12):
        with pytest.raises(TropDeTentatives) as trop:
            maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", Client(f"203.0.113.{rang}"))
        attentes.append(trop.value.attendre_s)
        maison.montre.avance(seconds=trop.value.attendre_s)
        with pytest.raises(Refuse):
            maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", Client(f"203.0.113.{rang}"))
    assert attentes[:4] == [1, 2, 4, 8]
    assert attentes[-1] == COMPTE.plafond.total_seconds()
    # Never for ever: once the wait is over the right password opens, and the count starts again.
    maison.montre.avance(minutes=5)
    assert maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, INCONNU).complete
    with pytest.raises(Refuse):
        maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", INCONNU)


def test_one_address_cannot_try_every_account(maison: Maison) -> None:
    maison.administrateur()
    connu = maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, INCONNU).appareil
    for rang in range(ADRESSE.libres):
        with pytest.raises(Refuse):
            maison.acces.connexion.connecte(f"u{rang}@exemple.fr", "faux", INCONNU)
    with pytest.raises(TropDeTentatives):
        maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, INCONNU)
    assert maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU).complete
    # Whoever does that from her own office, or from behind the same proxy, does not keep her out of her own browser.
    entree = maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, replace(INCONNU, appareil=connu))
    chez_elle = replace(INCONNU, appareil=entree.appareil)
    for _ in range(APPAREIL.libres):  # which is counted all the same
        with pytest.raises(Refuse):
            maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", chez_elle)
    with pytest.raises(TropDeTentatives):
        maison.acces.connexion.connecte("claire.martin@exemple.fr", "faux", chez_elle)


def test_addresses_of_one_ipv6_subscriber_count_together(maison: Maison) -> None:
    for rang in range(ADRESSE.libres):
        with pytest.raises(Refuse):
            maison.acces.connexion.connecte(f"u{rang}@exemple.fr", "faux", Client(f"2001:db8:0:1::{rang:x}"))
    with pytest.raises(TropDeTentatives):
        maison.acces.connexion.connecte("u@exemple.fr", "faux", Client("2001:db8:0:1:ffff::1"))
    with pytest.raises(Refuse):
        maison.acces.connexion.connecte("u@exemple.fr", "faux", Client("2001:db8:0:2::1"))


def test_refusals_while_one_must_wait_do_not_fill_the_audit_trail(maison: Maison) -> None:
    for _ in range(60):
        with pytest.raises((Refuse, TropDeTentatives)):
            maison.acces.connexion.connecte("u@exemple.fr", "faux", INCONNU)
    assert maison.gestes() == [("connexion", False)] * COMPTE.libres + [("essais ralentis", False)]


def test_parallel_attempts_get_exactly_as_many_tries_as_one_after_the_other(maison: Maison) -> None:
    maison.administrateur()
    maison.hacheuse.verifications.clear()

    def essaie(rang: int) -> str:
        try:
            maison.acces.connexion.connecte("claire.martin@exemple.fr", f"faux {rang}", Client(f"203.0.113.{rang}"))
        except (Refuse, TropDeTentatives) as exc:
            return type(exc).__name__
        return "entré"

    with ThreadPoolExecutor(8) as fils:  # as many as may be at the door
        resultats = list(fils.map(essaie, range(48)))
    assert resultats.count("Refuse") == COMPTE.libres
    assert resultats.count("TropDeTentatives") == 48 - COMPTE.libres
    assert len(maison.hacheuse.verifications) == COMPTE.libres


def test_the_audit_trail_can_be_neither_changed_nor_emptied(maison: Maison) -> None:
    maison.administrateur()
    for requete in ("UPDATE {} SET qui = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(psycopg.errors.RaiseException, match="ne se modifie pas"), maison.ouvre() as connexion:
            connexion.execute(requete.format(f"{maison.schema}.acces_journal").encode())
    assert maison.gestes() == [("utilisateur créé", True)]


def test_what_is_over_is_forgotten_and_the_trail_is_not(maison: Maison) -> None:
    maison.administrateur()
    maison.entre()
    with pytest.raises(Refuse):
        maison.acces.connexion.connecte("u@exemple.fr", "faux", INCONNU)
    maison.montre.avance(days=400)
    maison.acces.purge()
    assert [maison.compte(f"acces_{t}") for t in ("sessions", "appareils", "tentatives", "journal")] == [0, 0, 0, 3]


def test_a_password_changed_while_another_was_being_verified_opens_nothing(maison: Maison) -> None:
    """The old password, verified just before the change, must not open a session just after it."""
    maison.administrateur()
    maison.hacheuse.ensuite.append(
        lambda: maison.acces.premier_demarrage.cree_de_la_console(
            "claire.martin@exemple.fr", "Claire Martin", AUTRE_MOT_DE_PASSE, par="essai", retablit=True
        )
    )
    with pytest.raises(Refuse):
        maison.acces.connexion.connecte("claire.martin@exemple.fr", MOT_DE_PASSE, BUREAU)
    assert maison.compte("acces_sessions") == 0
