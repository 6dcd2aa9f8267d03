"""What a person reads of the licence: what is the matter, and what to do."""

from dataclasses import dataclass

from connecteur.licence.etats import Etat, Fonction, Motif, Situation
from sages_commun.contacts import DEVELOPPEMENT, LICENCES, TECHNIQUE
from sages_commun.licence import MESSAGES, PHRASES_REFUS

CONTACTS: tuple[tuple[str, str], ...] = (
    (LICENCES, "licences : renouveler, changer de machine, retrouver une clé"),
    (TECHNIQUE, "technique : connexion, installation"),
    (DEVELOPPEMENT, "développement"),
)
"""Whom to write to, and for what."""

TITRES: dict[Etat, str] = {
    Etat.VALIDE: "Licence en règle",
    Etat.A_RAFRAICHIR: "Licence en règle, à rafraîchir",
    Etat.GRACE: "Période de grâce",
    Etat.EXPIREE: "Licence expirée",
    Etat.REFUSEE: "Licence refusée",
    Etat.ABSENTE: "Aucune licence",
}
FONCTIONS: dict[Fonction, str] = {
    Fonction.CHANTIER: "l’envoi des chantiers",
    Fonction.DEVIS: "l’envoi des devis",
    Fonction.HEURES: "la reprise des heures",
}
A_TAPER = "Saisissez la clé de licence sur la page Configuration, ou « connecteur licence pose »."
A_VERIFIER = "Vérifiez la connexion Internet de cette machine, puis « Actualiser »."
RECULEE = (
    "L’horloge de cette machine a été reculée : le temps déjà écoulé reste compté. Remettez-la à l’heure ; le prochain "
    "échange avec le serveur de licences remettra tout d’accord."
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A title, what happened, and what to do (may be empty)."""

    titre: str
    message: str
    remede: str = ""


def phrase(situation: Situation) -> Phrase:
    """The situation in words."""
    message, remede = _dit(situation)
    return Phrase(_titre(situation), message, remede)


def _titre(situation: Situation) -> str:
    match situation.motif:
        case Motif.JAMAIS_VERIFIEE:
            return "Licence à vérifier"
        case Motif.BAIL_REFUSE:
            return "Licence illisible"
        case Motif.COFFRE_ILLISIBLE:
            return "Coffre illisible"
        case _:
            return TITRES[situation.etat]


def _dit(situation: Situation) -> tuple[str, str]:  # noqa: PLR0911 -- one sentence per reason
    match situation.motif:
        case Motif.EN_REGLE:
            return MESSAGES_VALIDE, ""
        case Motif.REFUS if situation.verdict is not None:
            return MESSAGES[situation.verdict], ""
        case Motif.SANS_CLE:
            return "Aucune clé de licence n’est enregistrée : aucune synchronisation ne peut commencer.", A_TAPER
        case Motif.JAMAIS_VERIFIEE:
            cause = f" {situation.echec.message}" if situation.echec else ""
            return f"La clé est enregistrée, mais n’a pas encore pu être vérifiée.{cause}", _remede(situation)
        case Motif.BAIL_REFUSE if situation.refus is not None:
            return f"La licence gardée sur cette machine n’est pas crue. {PHRASES_REFUS[situation.refus]}", A_VERIFIER
        case Motif.COFFRE_ILLISIBLE if situation.echec is not None:
            return situation.echec.message, situation.echec.remede
        case Motif.GRACE_EPUISEE:
            message = "Le serveur de licences n’a pas répondu depuis trop longtemps : la période de grâce est terminée."
            return message, f"{A_VERIFIER} Un seul échange suffit. Sinon, écrivez à {LICENCES}."
        case Motif.ECHEANCE_SANS_CONTACT:
            message = (
                "La licence est arrivée à échéance, et le serveur de licences ne répond pas. Renouvelée ou non, "
                f"cette machine ne peut pas le savoir. Les synchronisations continuent {_jours(situation)}."
            )
            return message, _remede(situation)
        case _:
            suite = f"Les synchronisations continuent {_jours(situation)}." if situation.etat is Etat.GRACE else ""
            message = f"Le serveur de licences n’a pas répondu récemment ; il est interrogé de nouveau. {suite}".strip()
            return message, _remede(situation)


MESSAGES_VALIDE = "La licence est valide."


def _remede(situation: Situation) -> str:
    return (situation.echec.remede if situation.echec else "") or A_VERIFIER


def _jours(situation: Situation) -> str:
    jours = situation.jours_restants or 0
    return f"encore {jours} jour{'s' if jours > 1 else ''}"


def sans_fonction(fonction: Fonction) -> Phrase:
    """The licence is in order, and was not sold for this."""
    return Phrase(
        "Hors licence",
        f"La licence ne comprend pas {FONCTIONS[fonction]}.",
        f"Pour l’ajouter, écrivez à {LICENCES}.",
    )
