"""From an answer that is not the one hoped for to a sentence a person can act on."""

import re
from collections.abc import Iterable
from http import HTTPStatus

from connecteur.batisimply.debit import lit_attente
from connecteur.batisimply.echange import Demande, Reponse
from connecteur.batisimply.schemas import ChampRefuse, ProblemeRecu
from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    EnregistrementRefuse,
    ErreurConnecteur,
    ReponseIllisible,
    ReponseIncertaine,
    ServiceInjoignable,
)

NOMS_CHAMPS: dict[str, str] = {
    "projectCode": "code",
    "projectName": "nom",
    "name": "nom",
    "customerName": "client",
    "startEstimated": "date de début",
    "startDate": "date de début",
    "endEstimated": "date de fin",
    "endDate": "date de fin",
    "hoursSold": "heures vendues",
    "address": "adresse",
    "address.street": "rue",
    "address.postalCode": "code postal",
    "address.city": "ville",
    "headQuarter": "siège (siege_id)",
    "headQuarter.id": "siège (siege_id)",
}
CONTRAINTES: dict[str, str] = {
    "notnull": "obligatoire",
    "notblank": "obligatoire",
    "notempty": "obligatoire",
    "size": "longueur non admise",
    "length": "longueur non admise",
    "min": "valeur trop petite",
    "decimalmin": "valeur trop petite",
    "max": "valeur trop grande",
    "decimalmax": "valeur trop grande",
    "positive": "valeur trop petite",
    "positiveorzero": "valeur trop petite",
    "pattern": "forme non admise",
    "typemismatch": "forme non admise",
    "endafterstart": "la fin précède le début",
    "unique": "déjà pris",
}
"""Spring's constraints, lower case > what is wrong."""
DETAIL_MAX = 500
SERVEUR = range(500, 600)
REDIRECTION = range(300, 400)


class ReponsePassagere(ReponseIllisible):
    """An answer that is not JSON: a maintenance page, perhaps gone in a moment. Worth one more attempt."""


def masque(texte: str, secrets: Iterable[str]) -> str:
    """The text without these secrets."""
    for secret in secrets:
        if secret:
            texte = texte.replace(secret, "•••")
    return texte


def passagere(reponse: Reponse, quoi: str) -> ReponsePassagere:
    """The error of an answer of another type, or cut."""
    page = "une page web" if "html" in reponse.type_contenu else "autre chose"
    return ReponsePassagere(
        f"BatiSimply a répondu {page} à la place de : {quoi}.",
        remede="Recommencez dans quelques minutes ; si cela dure, vérifiez les adresses url_api et url_sso.",
        detail=f"HTTP {reponse.statut}, {reponse.type_contenu or 'type inconnu'}, {len(reponse.corps)} octets",
    )


def resume(reponse: Reponse, qui: str) -> ServiceInjoignable:
    """The error of a server in trouble."""
    return ServiceInjoignable(
        f"{qui} est momentanément en panne (erreur {reponse.statut}).",
        remede="Attendez quelques minutes : la synchronisation reprendra d’elle-même.",
        detail=technique(reponse),
        attendre_s=lit_attente(reponse),
    )


def technique(reponse: Reponse) -> str:
    """Status and what the server says of it, for the journal."""
    probleme = ProblemeRecu.de(reponse.corps)
    dits = [f"HTTP {reponse.statut}", probleme.title, probleme.detail, probleme.message]
    dits += [f"{c.champ}: {c.message}" for c in (*probleme.field_errors, *probleme.violations)]
    return re.sub(r"[\x00-\x1f\x7f]+", " ", " · ".join(dit for dit in dits if dit))[:DETAIL_MAX]


def juge(reponse: Reponse, demande: Demande) -> ErreurConnecteur:
    """The error of an answer other than 2xx, 401 and 429."""
    statut, quoi, detail = reponse.statut, demande.quoi, technique(reponse)
    if statut in SERVEUR or statut in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        return _en_panne(reponse, demande)
    if statut == HTTPStatus.FORBIDDEN:
        return AccesRefuse(
            f"Le compte BatiSimply n’a pas le droit d’accéder à : {quoi}.",
            remede="Faites donner à ce compte le droit de lire et d’écrire les projets et de lire les heures.",
            detail=detail,
        )
    if statut in REDIRECTION:
        return ConfigurationInvalide(
            "BatiSimply renvoie vers une autre adresse ; le connecteur n’y envoie pas les identifiants.",
            remede="Vérifiez l’adresse url_api dans les réglages (https, nom exact).",
            detail=f"{detail} · Location: {reponse.entetes.get('location', '')[:200]}",
        )
    if statut == HTTPStatus.METHOD_NOT_ALLOWED or (statut == HTTPStatus.NOT_FOUND and not demande.un_seul):
        return ConfigurationInvalide(
            f"L’adresse de BatiSimply ne connaît pas : {quoi}.",
            remede="Vérifiez url_api dans les réglages : l’adresse sans rien derrière le nom du serveur.",
            detail=detail,
        )
    if demande.methode != "GET":
        return _enregistrement(reponse, quoi, detail)
    return ReponseIllisible(
        f"BatiSimply n’accepte pas la demande : {quoi} (erreur {statut}).",
        remede="Appelez le support en donnant le détail.",
        detail=detail,
    )


def _en_panne(reponse: Reponse, demande: Demande) -> ErreurConnecteur:
    panne = resume(reponse, "BatiSimply")
    if demande.rejouable:
        return panne
    # Even a 503 may come from a relay that lost patience while the server went on.
    return ReponseIncertaine(
        f"BatiSimply est tombé en panne (erreur {reponse.statut}) pendant la demande : elle a pu être exécutée.",
        remede="La prochaine synchronisation regardera ce qui a été fait avant de recommencer.",
        detail=panne.detail,
        attendre_s=panne.attendre_s,
    )


def _enregistrement(reponse: Reponse, quoi: str, detail: str) -> EnregistrementRefuse:
    if reponse.statut == HTTPStatus.NOT_FOUND:
        return EnregistrementRefuse(
            f"Dans BatiSimply, {quoi} n’existe plus.",
            remede="Vérifiez dans BatiSimply si le projet a été supprimé.",
            detail=detail,
        )
    if reponse.statut == HTTPStatus.CONFLICT:
        return EnregistrementRefuse(
            f"BatiSimply refuse {quoi} : il contredit un autre enregistrement ou vient d’être modifié.",
            remede="La prochaine synchronisation réessaiera ; si cela dure, cherchez dans BatiSimply un projet de même "
            "code.",
            detail=detail,
        )
    probleme = ProblemeRecu.de(reponse.corps)
    champs = [_phrase(champ) for champ in (*probleme.field_errors, *probleme.violations) if champ.champ]
    raison = " ; ".join(dict.fromkeys(champs)) or f"erreur {reponse.statut}"
    return EnregistrementRefuse(
        f"BatiSimply refuse {quoi} : {raison}.",
        remede="Corrigez la fiche dans Batigest ; elle sera envoyée de nouveau à la prochaine synchronisation.",
        detail=detail,
    )


def _phrase(champ: ChampRefuse) -> str:
    nom = NOMS_CHAMPS.get(champ.champ, champ.champ[:60])
    contrainte = champ.message.rpartition(".")[2].lower()
    return f"{nom} : {CONTRAINTES.get(contrainte, champ.message[:120] or 'refusé')}"
