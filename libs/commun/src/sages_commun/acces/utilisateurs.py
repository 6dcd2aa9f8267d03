"""The lines of the users: read, found, changed. Rules that need several of them are here; who may do it is not."""

from typing import Any

from sages_commun.acces.base import Transaction
from sages_commun.acces.domaine import DernierAdministrateur, Inconnu, Role, Utilisateur


def list_utilisateurs(t: Transaction) -> list[Utilisateur]:
    """Everybody, by name."""
    return [
        lit_ligne(ligne)
        for ligne in t.toutes(
            "SELECT u.id, u.courriel, u.nom, u.role, u.actif, u.mot_de_passe IS NULL, u.totp_chiffre IS NOT NULL, "
            "u.cree_le, u.connecte_le FROM {s}.acces_utilisateurs u ORDER BY lower(u.nom), u.id"
        )
    ]


def lit_utilisateur(t: Transaction, utilisateur_id: int) -> Utilisateur:
    """The one of this number; their line is held until the end of the transaction. Raises `Inconnu`."""
    ligne = t.une(
        "SELECT u.id, u.courriel, u.nom, u.role, u.actif, u.mot_de_passe IS NULL, u.totp_chiffre IS NOT NULL, "
        "u.cree_le, u.connecte_le FROM {s}.acces_utilisateurs u WHERE u.id = %(id)s FOR UPDATE",
        id=utilisateur_id,
    )
    if ligne is None:
        raise Inconnu("Cet utilisateur n’existe pas.", "Revenez à la liste des utilisateurs.")
    return lit_ligne(ligne)


def cherche_utilisateur(t: Transaction, courriel: str) -> tuple[Utilisateur, str | None] | None:
    """The one of this address, and the hash of their password."""
    ligne = t.une(
        "SELECT u.id, u.courriel, u.nom, u.role, u.actif, u.mot_de_passe IS NULL, u.totp_chiffre IS NOT NULL, "
        "u.cree_le, u.connecte_le, u.mot_de_passe FROM {s}.acces_utilisateurs u WHERE u.courriel = %(courriel)s",
        courriel=courriel,
    )
    return None if ligne is None else (lit_ligne(ligne[:-1]), ligne[-1])


def y_a_t_il_un_administrateur(t: Transaction) -> bool:
    """Whether somebody can administer: active, and able to sign in."""
    ligne = t.une(
        "SELECT EXISTS (SELECT FROM {s}.acces_utilisateurs "
        "WHERE role = 'administrateur' AND actif AND mot_de_passe IS NOT NULL)"
    )
    return bool(ligne and ligne[0])


def check_il_en_reste(t: Transaction, sans: int) -> None:
    """Raises `DernierAdministrateur` when this one is the last who can administer.

    Their lines are held: of two administrators who remove each other at the same moment, the second one waits, then
    sees that only one is left.
    """
    lignes = t.toutes(
        "SELECT id FROM {s}.acces_utilisateurs WHERE role = 'administrateur' AND actif AND mot_de_passe IS NOT NULL "
        "ORDER BY id FOR UPDATE"
    )
    restants = {ligne[0] for ligne in lignes}
    if sans in restants and len(restants) == 1:
        raise DernierAdministrateur


def lit_ligne(ligne: tuple[Any, ...]) -> Utilisateur:
    """From the nine columns that the queries above ask for."""
    numero, courriel, nom, role, actif, invite, second_facteur, cree_le, connecte_le = ligne
    return Utilisateur(numero, courriel, nom, Role(role), actif, invite, second_facteur, cree_le, connecte_le)
