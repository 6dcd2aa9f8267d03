"""What the licence keeps away from, and how the pages show it."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from connecteur.domain.run import Fleche, Flux
from connecteur.licence.etats import Etat, Fonction, Situation
from connecteur.licence.phrases import CONTACTS, FONCTIONS, RECULEE, phrase
from connecteur.web.pages_erreur import PAGES_ERREUR
from connecteur.web.services import Dossier
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.rendu import Rendu, veut_du_json

CONFIGURATION, EXPIREE = "/configuration", "/license-expired"
HORS_LICENCE = "feature"
TONS: dict[Etat, str] = {
    Etat.VALIDE: "bien",
    Etat.A_RAFRAICHIR: "bien",
    Etat.GRACE: "garde",
    Etat.EXPIREE: "mal",
    Etat.REFUSEE: "mal",
    Etat.ABSENTE: "neutre",
}


class SansLicence(Exception):
    """The licence does not allow what was asked."""

    def __init__(self, situation: Situation, message: str, remede: str) -> None:
        super().__init__(message)
        self.situation = situation
        self.message = message
        self.remede = remede


def exige_licence(dossier: Dossier, quoi: Flux | Fleche | None = None) -> None:
    """Raises `SansLicence` unless a licence is in force; and, for a run, one that was sold for it."""
    situation = dossier.licence.situation()
    if not situation.en_vigueur:
        dite = phrase(situation)
        raise SansLicence(situation, dite.message, dite.remede)
    refus = None if quoi is None else dossier.licence.permet(quoi)
    if refus is not None:
        raise SansLicence(situation, refus.message, refus.remede)


def sans_licence(request: Request, exc: Exception) -> Response:
    """A program is told why, with the code; a person is led to where it is mended."""
    if not isinstance(exc, SansLicence):
        raise TypeError from exc
    situation = exc.situation
    if situation.en_vigueur or veut_du_json(request):
        return PAGES_ERREUR.reponse(request, ErreurPage(403, exc.message, exc.remede, code=code(situation)))
    rendu: Rendu = request.app.state.rendu
    return RedirectResponse(rendu.lien(request, CONFIGURATION if situation.etat is Etat.ABSENTE else EXPIREE), 303)


def code(situation: Situation) -> str:
    """For programs: what the server said, else our own reason; `feature` when the licence is in force."""
    if situation.en_vigueur:
        return HORS_LICENCE
    return situation.motif.value if situation.verdict is None or situation.verdict == "valid" else situation.verdict


@dataclass(frozen=True, slots=True)
class VueLicence:
    """The licence as the pages show it."""

    etat: Etat
    ton: str
    titre: str
    message: str
    remede: str
    detail: str
    jours: int | None
    terme: datetime | None
    echeance: datetime | None
    """The end of the licence, when `terme` is another day."""
    client: str
    entreprise: str
    fonctions: tuple[tuple[str, bool], ...]
    """Name, and whether it is comprised; empty when it is not known."""
    utilisations: str
    emis: datetime | None
    prochain: datetime | None
    reculee: str
    contacts: tuple[tuple[str, str], ...] = CONTACTS


def vue_licence(situation: Situation) -> VueLicence:
    """Texts ready to be shown."""
    dite, faits = phrase(situation), situation.faits
    montre_echec = situation.echec is not None and situation.echec.message not in dite.message
    detail = (
        ""
        if situation.echec is None
        else " ".join(
            texte for texte in (situation.echec.message if montre_echec else "", situation.echec.detail) if texte
        )
    )
    return VueLicence(
        etat=situation.etat,
        ton=TONS[situation.etat],
        titre=dite.titre,
        message=dite.message,
        remede=dite.remede,
        detail=detail,
        jours=situation.jours_restants,
        terme=situation.terme,
        echeance=faits.expire if faits and not (situation.en_vigueur and faits.expire == situation.terme) else None,
        client=faits.client if faits else "",
        entreprise=faits.entreprise if faits else "",
        fonctions=tuple((nom, fonction.value in faits.fonctions) for fonction, nom in FONCTIONS.items())
        if faits
        else (),
        utilisations=_utilisations(situation),
        emis=situation.emis,
        prochain=situation.prochain_contact,
        reculee=RECULEE if situation.horloge_reculee else "",
    )


def _utilisations(situation: Situation) -> str:
    faits = situation.faits
    if faits is None or faits.utilisations_max < 0:
        return ""
    return f"{faits.utilisations} sur {faits.utilisations_max}"


def en_json(situation: Situation) -> dict[str, object]:
    """For programs: `GET /check-license-status`."""
    dite, faits = phrase(situation), situation.faits
    return {
        "valid": situation.en_vigueur,
        "status": situation.etat.value,
        "code": "valid" if situation.en_vigueur else code(situation),
        "title": dite.titre,
        "message": dite.message,
        "remede": dite.remede,
        "days_left": situation.jours_restants,
        "until": _iso(situation.terme),
        "last_contact": _iso(situation.emis),
        "next_contact": _iso(situation.prochain_contact),
        "clock_set_back": situation.horloge_reculee,
        "expires": _iso(faits.expire) if faits else None,
        "features": [fonction.value for fonction in Fonction if situation.permet(fonction)],
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
