"""Domain values as JSON and back: what the tampon keeps in its jsonb columns."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connecteur.domain.chantier import Adresse, Champs, Chantier, Genre, texte_nombre
from connecteur.domain.datation import Datation
from connecteur.domain.fusion import Base
from connecteur.domain.lien import Vue
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.errors import ErreurConnecteur
from connecteur.journal import CAVIARDAGE
from connecteur.tampon.textes import propre, propre_ou_rien

Json = dict[str, Any]

CHAMPS_DU_CONTENU = {"libelle": "nom", "date_debut": "debut", "date_fin": "fin"}
"""Where what is kept of a record has not the name of the field it becomes."""
HORS_FICHE: dict[Genre, tuple[str, ...]] = {Genre.CHANTIER: ("heures_vendues",), Genre.DEVIS: ()}
"""What does not come from the record itself: its date says nothing of these."""


def json_du_chantier(chantier: Chantier) -> Json:
    """Everything known of a site or devis."""
    contenu: Json = {
        "code": propre(chantier.code),
        "libelle": propre(chantier.libelle),
        "code_client": propre(chantier.code_client),
        "client": propre(chantier.client),
        "date_debut": chantier.date_debut.isoformat() if chantier.date_debut else None,
        "date_fin": chantier.date_fin.isoformat() if chantier.date_fin else None,
        "rue": propre(chantier.adresse.rue),
        "code_postal": propre(chantier.adresse.code_postal),
        "ville": propre(chantier.adresse.ville),
        "heures_vendues": texte_nombre(chantier.heures_vendues),
        "etat": propre(chantier.etat),
    }
    if chantier.genre is Genre.DEVIS:
        contenu |= {"genre": chantier.genre.value, "commentaire": propre(chantier.commentaire)}
    return contenu


def chantier_du_json(contenu: Json) -> Chantier:
    """The way back."""
    debut, fin, vendues = contenu["date_debut"], contenu["date_fin"], contenu["heures_vendues"]
    return Chantier(
        code=contenu["code"],
        libelle=contenu["libelle"],
        code_client=contenu["code_client"],
        client=contenu["client"],
        date_debut=None if debut is None else date.fromisoformat(debut),
        date_fin=None if fin is None else date.fromisoformat(fin),
        adresse=Adresse(contenu["rue"], contenu["code_postal"], contenu["ville"]),
        heures_vendues=None if vendues is None else Decimal(vendues),
        etat=contenu["etat"],
        genre=Genre(contenu.get("genre", Genre.CHANTIER)),
        commentaire=contenu.get("commentaire", ""),
    )


def empreinte(contenu: Json) -> str:
    """A digest: equal contents, equal digests."""
    return hashlib.sha256(json.dumps(contenu, sort_keys=True).encode()).hexdigest()


def json_de_base(base: Base) -> Json:
    """What both sides agreed on."""
    return {"notres": champs_propres(base.notres), "leurs": champs_propres(base.leurs)}


def base_du_json(contenu: Json) -> Base:
    """The way back."""
    return Base(contenu["notres"], contenu["leurs"])


def json_des_vues(vues: Mapping[str, Vue]) -> Json:
    """What BatiSimply says beside the agreement, since when."""
    return {
        champ: {
            "valeur": propre_ou_rien(vue.valeur),
            "depuis": vue.date.depuis.isoformat(),
            "le": vue.date.le.isoformat(),
        }
        for champ, vue in vues.items()
    }


def vues_du_json(contenu: Json) -> dict[str, Vue]:
    """The way back."""
    return {
        champ: Vue(vue["valeur"], Datation(datetime.fromisoformat(vue["depuis"]), datetime.fromisoformat(vue["le"])))
        for champ, vue in contenu.items()
    }


def dates_du_json(contenu: Json) -> dict[str, Datation]:
    """Field > when its value came there; a field whose date nobody knows is left out."""
    return {
        CHAMPS_DU_CONTENU.get(nom, nom): Datation(datetime.fromisoformat(depuis), datetime.fromisoformat(le))
        for nom, (depuis, le) in contenu.items()
        if depuis is not None
    }


def champs_propres(champs: Mapping[str, str | None]) -> Champs:
    """Fields whose texts PostgreSQL can store."""
    return {champ: propre_ou_rien(valeur) for champ, valeur in champs.items()}


def json_du_bilan(bilan: Bilan) -> Json:
    """What one arrow did."""
    return {
        "fleche": bilan.fleche.value,
        "comptes": bilan.comptes,
        "rejets": bilan.rejets,
        "conflits": bilan.conflits,
        "incidents": [json_de_l_incident(incident) for incident in bilan.incidents],
        "remarques": [json_de_l_incident(incident) for incident in bilan.remarques],
        "ecritures": bilan.ecritures,
    }


def bilan_du_json(contenu: Json) -> Bilan:
    """The way back."""
    return Bilan(
        fleche=Fleche(contenu["fleche"]),
        comptes=dict(contenu["comptes"]),
        rejets=contenu["rejets"],
        conflits=contenu["conflits"],
        incidents=[Incident(**incident) for incident in contenu["incidents"]],
        remarques=[Incident(**incident) for incident in contenu["remarques"]],
        ecritures=contenu["ecritures"],
    )


def json_de_l_incident(incident: Incident) -> Json:
    """Something a person should know."""
    code = {"code": incident.code} if incident.code else {}
    return {
        "message": propre(incident.message),
        "remede": propre(incident.remede),
        # The adapters keep secrets out of it; should one fail to, it does not stay, nor reach a page.
        "detail": CAVIARDAGE.texte(propre(incident.detail)),
        **code,
    }


def incident_de(erreur: ErreurConnecteur | Incident) -> Incident:
    """An error as what is kept of it."""
    if isinstance(erreur, Incident):
        return erreur
    return Incident(erreur.message, erreur.remede, erreur.detail)
