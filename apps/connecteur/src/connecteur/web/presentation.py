"""What the pages say of runs: pure functions from the domain to what a template shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypedDict

from connecteur.domain.run import TITRES, Bilan, Fleche, Flux, Incident, Verdict
from connecteur.web.services import Run
from sages_commun.web.format import avancement, nombre, pluriel, typographie

EtatRun = Literal["attente", "en-cours", "fini"]
Ton = Literal["bien", "garde", "mal", "neutre", "actif"]
"""How something is coloured; never the only sign of it."""


class EtatEtape(StrEnum):
    """Where one arrow of a run stands."""

    ATTENTE = "attente"
    EN_COURS = "en-cours"
    FAIT = "fait"
    PARTIEL = "partiel"
    ECHEC = "echec"
    ANNULE = "annule"


@dataclass(frozen=True, slots=True)
class Libelles:
    """How one direction is named."""

    titre: str
    depuis: str
    vers: str
    bouton: str
    ecrit: tuple[str, str]
    """What is written at the far end, one and several."""
    accord: tuple[str, str]
    adresse: str


LIBELLES: dict[Flux, Libelles] = {
    Flux.CHANTIERS: Libelles(
        "Chantiers",
        "Batigest",
        "BatiSimply",
        "Envoyer les chantiers",
        ("projet", "projets"),
        ("écrit", "écrits"),
        "/sync-batigest-to-batisimply",
    ),
    Flux.HEURES: Libelles(
        "Heures",
        "BatiSimply",
        "Batigest",
        "Récupérer les heures",
        ("ligne", "lignes"),
        ("écrite", "écrites"),
        "/sync-batisimply-to-batigest",
    ),
}

VERDICTS: dict[Verdict, tuple[str, Ton]] = {
    Verdict.REUSSI: ("Réussi", "bien"),
    Verdict.PARTIEL: ("Partiel", "garde"),
    Verdict.ECHEC: ("Échec", "mal"),
    Verdict.ANNULE: ("Annulé", "neutre"),
}

_ETAPE_FINIE: dict[Verdict, EtatEtape] = {
    Verdict.REUSSI: EtatEtape.FAIT,
    Verdict.PARTIEL: EtatEtape.PARTIEL,
    Verdict.ECHEC: EtatEtape.ECHEC,
    Verdict.ANNULE: EtatEtape.ANNULE,
}


@dataclass(frozen=True, slots=True)
class VueEtape:
    """One arrow of a run, as shown."""

    fleche: Fleche
    etat: EtatEtape
    fait: int
    total: int
    message: str
    bilan: Bilan | None

    @property
    def titre(self) -> str:
        """« Lecture des heures dans BatiSimply »."""
        return TITRES[self.fleche]

    @property
    def texte(self) -> str:
        """« 412 sur 1 800 »."""
        return avancement(self.fait, self.total)


@dataclass(frozen=True, slots=True)
class VueRun:
    """A run, as shown."""

    run: Run
    etapes: tuple[VueEtape, ...]

    @property
    def etat(self) -> EtatRun:
        """Waiting for its turn, going on, or over."""
        if self.run.verdict is not None:
            return "fini"
        return "attente" if self.run.debut is None else "en-cours"

    @property
    def etiquette(self) -> tuple[str, Ton]:
        """One word and its colour."""
        if self.run.verdict is not None:
            return VERDICTS[self.run.verdict]
        return ("En attente", "neutre") if self.etat == "attente" else ("En cours", "actif")

    @property
    def libelles(self) -> Libelles:
        """How its direction is named."""
        return LIBELLES[self.run.flux]

    @property
    def adresse(self) -> str:
        """Its page."""
        return f"/runs/{self.run.id}"

    @property
    def ecritures(self) -> int:
        """Records written at the far end."""
        return sum(bilan.ecritures for bilan in self.run.bilans)

    @property
    def rejets(self) -> int:
        """Records it could not deliver."""
        return sum(bilan.rejets for bilan in self.run.bilans)

    @property
    def conflits(self) -> int:
        """Records on which both sides differ and a person must decide."""
        return sum(bilan.conflits for bilan in self.run.bilans)

    @property
    def incidents(self) -> int:
        """What went wrong for some records while the rest went on."""
        return sum(len(bilan.incidents) for bilan in self.run.bilans)

    def duree(self, maintenant: datetime) -> timedelta | None:
        """How long it took, or how long it has been going on."""
        if self.run.debut is None:
            return None
        return (self.run.fin or maintenant) - self.run.debut

    @property
    def resume(self) -> str:
        """One sentence: what it did."""
        return typographie(_resume(self))


def vue_run(run: Run) -> VueRun:
    """Lay out a run step by step."""
    bilans = {bilan.fleche: bilan for bilan in run.bilans}
    interrompue = _ETAPE_FINIE[run.verdict] if run.verdict in {Verdict.ECHEC, Verdict.ANNULE} else None
    commencees = [rang for rang, fleche in enumerate(run.fleches) if fleche in run.progression]
    etapes: list[VueEtape] = []
    for rang, fleche in enumerate(run.fleches):
        bilan, avance = bilans.get(fleche), run.progression.get(fleche)
        if bilan is not None:
            etat = _ETAPE_FINIE[bilan.verdict]
        elif interrompue is not None:
            # The first step without a report is where it stopped; the next ones never began.
            etat, interrompue = interrompue, None
        elif run.verdict is None and avance is not None:
            # Reports come at the end of the run: a step is over as soon as the next one has begun.
            etat = EtatEtape.EN_COURS if rang == max(commencees) else EtatEtape.FAIT
        else:
            etat = EtatEtape.ATTENTE
        fait, total, message = (avance.fait, avance.total, avance.message) if avance else (0, 0, "")
        etapes.append(VueEtape(fleche, etat, fait, total, typographie(message), bilan))
    return VueRun(run, tuple(etapes))


class EtapeDite(TypedDict):
    """What the page is told of a step."""

    fleche: str
    etat: str
    fait: int
    total: int
    texte: str
    message: str


class RunDit(TypedDict):
    """What the page is told of a run."""

    etat: EtatRun
    annulation: bool
    etapes: list[EtapeDite]


def evenement(vue: VueRun) -> RunDit:
    """What the page is told of a run that moved: texts ready to show, so that French is written in one place."""
    return {
        "etat": vue.etat,
        "annulation": vue.run.annulation_demandee,
        "etapes": [
            {
                "fleche": etape.fleche.value,
                "etat": etape.etat.value,
                "fait": etape.fait,
                "total": etape.total,
                "texte": etape.texte,
                "message": etape.message,
            }
            for etape in vue.etapes
        ],
    }


def en_json(vue: VueRun) -> dict[str, object]:
    """A run for a script."""
    run = vue.run
    return {
        "id": run.id,
        "flux": run.flux.value,
        "etat": vue.etat,
        "verdict": run.verdict.value if run.verdict else None,
        "declencheur": run.declencheur,
        "debut": run.debut.isoformat() if run.debut else None,
        "fin": run.fin.isoformat() if run.fin else None,
        "resume": vue.resume,
        "erreur": _incident_json(run.erreur) if run.erreur else None,
        "progression": {f.value: {"fait": a.fait, "total": a.total} for f, a in run.progression.items()},
        "bilans": [
            {
                "fleche": bilan.fleche.value,
                "comptes": bilan.comptes,
                "ecritures": bilan.ecritures,
                "rejets": bilan.rejets,
                "conflits": bilan.conflits,
                "incidents": [_incident_json(i) for i in bilan.incidents],
                "remarques": [_incident_json(i) for i in bilan.remarques],
            }
            for bilan in run.bilans
        ],
    }


def _incident_json(incident: Incident) -> dict[str, str]:
    return {"message": incident.message, "remede": incident.remede, "detail": incident.detail}


def _ecrits(vue: VueRun) -> str:
    """« 12 projets écrits dans BatiSimply »."""
    combien, libelles = vue.ecritures, vue.libelles
    if not combien:
        return "Rien n’a été écrit"
    accord = libelles.accord[0] if combien == 1 else libelles.accord[1]
    return f"{pluriel(combien, *libelles.ecrit)} {accord} dans {libelles.vers}"


def _resume(vue: VueRun) -> str:
    match vue.run.verdict:
        case None:
            return _resume_en_cours(vue)
        case Verdict.ECHEC:
            return vue.run.erreur.message if vue.run.erreur else "La synchronisation s’est arrêtée."
        case Verdict.ANNULE:
            return f"Arrêtée à la demande. {_ecrits(vue)} avant l’arrêt : c’est acquis."
        case _:
            return _resume_fini(vue)


def _resume_fini(vue: VueRun) -> str:
    if vue.ecritures:
        return f"{_ecrits(vue)}."
    if vue.run.verdict is Verdict.REUSSI:
        return "Rien à écrire : tout était déjà à jour."
    if vue.incidents:
        return f"Rien n’a été écrit dans {vue.libelles.vers}."
    return f"Rien de nouveau à écrire dans {vue.libelles.vers}."


def _resume_en_cours(vue: VueRun) -> str:
    if vue.run.annulation_demandee:
        return "Annulation demandée : arrêt au prochain enregistrement."
    if vue.etat == "attente":
        return "En attente de son tour : une seule synchronisation à la fois pour ce dossier."
    en_cours = next((etape for etape in vue.etapes if etape.etat is EtatEtape.EN_COURS), None)
    return f"{en_cours.titre}…" if en_cours else "Démarrage…"


COMPTES_DITS = {
    "insérées": "ajoutées",
    "adoptées": "déjà dans Batigest",
    "oubliées": "disparues de Batigest",
    "vidées": "mises à zéro",
    "rendues": "remises comme avant",
    "changées de rubriques": "changées de colonne",
    "tranches inchangées": "périodes inchangées",
    "conflits qui attendent une décision": "conflits",
}
"""A counter of the engine > what an office calls it; the others are said as they are."""


def comptes_affiches(bilan: Bilan) -> list[tuple[str, str]]:
    """The counters of a step, those that are zero left out, ready to show."""
    comptes = {COMPTES_DITS.get(nom, nom): combien for nom, combien in bilan.comptes.items()}
    comptes |= {"rejets": bilan.rejets, "conflits": bilan.conflits}
    return [(nom, nombre(combien)) for nom, combien in comptes.items() if combien]
