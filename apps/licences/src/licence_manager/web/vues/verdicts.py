"""The verdicts, for whoever sells licences: short."""

from sages_commun.licence.verdict import Verdict

VERDICTS_FR: dict[Verdict, str] = {
    Verdict.VALIDE: "Valide",
    Verdict.INCONNUE: "Clé inconnue",
    Verdict.MAL_FORMEE: "Faute de frappe",
    Verdict.INACTIVE: "Refusée : désactivée",
    Verdict.ARCHIVEE: "Refusée : archivée",
    Verdict.EXPIREE: "Refusée : expirée",
    Verdict.LIMITE_UTILISATIONS: "Refusée : plus d’utilisations",
    Verdict.LIMITE_MACHINES: "Refusée : plus de place pour une machine",
}
