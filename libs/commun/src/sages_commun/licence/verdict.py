"""What the Licence Manager can say of a key, and the sentence a person reads."""

from enum import StrEnum

from sages_commun.contacts import LICENCES


class Verdict(StrEnum):
    """One code per verdict; the values travel in the API and in the lease and never change."""

    VALIDE = "valid"
    INCONNUE = "unknown"
    MAL_FORMEE = "malformed"
    INACTIVE = "inactive"
    ARCHIVEE = "archived"
    EXPIREE = "expired"
    LIMITE_UTILISATIONS = "usage_limit"
    LIMITE_MACHINES = "machine_limit"


MESSAGES: dict[Verdict, str] = {
    Verdict.VALIDE: "La licence est valide.",
    Verdict.INCONNUE: f"Cette clé de licence n’existe pas. Vérifiez-la, ou écrivez à {LICENCES}.",
    Verdict.MAL_FORMEE: "Cette clé de licence contient une erreur de frappe : recopiez-la telle que vous l’avez reçue.",
    Verdict.INACTIVE: f"Cette licence a été désactivée. Écrivez à {LICENCES}.",
    Verdict.ARCHIVEE: f"Cette licence a été archivée : elle ne sert plus. Écrivez à {LICENCES}.",
    Verdict.EXPIREE: f"Cette licence a expiré. Pour la renouveler, écrivez à {LICENCES}.",
    Verdict.LIMITE_UTILISATIONS: f"Cette licence a atteint son nombre d’utilisations. Écrivez à {LICENCES}.",
    Verdict.LIMITE_MACHINES: (
        f"Cette licence sert déjà sur autant de machines qu’elle le permet. Libérez-en une, ou écrivez à {LICENCES}."
    ),
}
"""Verdict > the sentence, in French: what happened and what to do."""
