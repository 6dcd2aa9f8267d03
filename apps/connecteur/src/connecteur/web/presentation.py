"""What the pages say of runs, systems and rejets: pure functions from the domain to what a template shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from connecteur.domain.controle import Controle, EtatControle
from connecteur.domain.rejet import PHRASES, MotifRejet, Rejet
from connecteur.domain.run import TITRES, Bilan, Fleche, Flux, Incident, Verdict
from connecteur.web.format import avancement, nombre, pluriel, typographie
from connecteur.web.services import NomSysteme, Run, Systeme

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

ROLES: dict[NomSysteme, str] = {
    NomSysteme.BATIGEST: "Devis, chantiers et suivi des heures",
    NomSysteme.TAMPON: "La mémoire du connecteur",
    NomSysteme.BATISIMPLY: "La saisie sur le terrain",
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

_GRAVITE = (EtatControle.ECHEC, EtatControle.ALERTE, EtatControle.OK, EtatControle.IGNORE)
"""Worst first."""


# --- runs -----------------------------------------------------------------------------------------------


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
        match self.run.verdict:
            case None:
                return _resume_en_cours(self)
            case Verdict.ECHEC:
                return typographie(self.run.erreur.message if self.run.erreur else "La synchronisation s’est arrêtée.")
            case Verdict.ANNULE:
                return f"Arrêtée à la demande. {_ecrits(self)} avant l’arrêt : c’est acquis."
            case _:
                return _resume_fini(self)


def vue_run(run: Run) -> VueRun:
    """Lay out a run step by step."""
    bilans = {bilan.fleche: bilan for bilan in run.bilans}
    avancements = {avancement.fleche: avancement for avancement in run.avancements}
    interrompue = _ETAPE_FINIE[run.verdict] if run.verdict in {Verdict.ECHEC, Verdict.ANNULE} else None
    etapes: list[VueEtape] = []
    for fleche in run.fleches:
        bilan, avance = bilans.get(fleche), avancements.get(fleche)
        if bilan is not None:
            etat = _ETAPE_FINIE[bilan.verdict]
        elif interrompue is not None:
            # The first step without a report is where it stopped; the next ones never began.
            etat, interrompue = interrompue, None
        elif run.verdict is None and avance is not None:
            etat = EtatEtape.EN_COURS
        else:
            etat = EtatEtape.ATTENTE
        fait, total, message = (avance.fait, avance.total, avance.message) if avance else (0, 0, "")
        etapes.append(VueEtape(fleche, etat, fait, total, typographie(message), bilan))
    return VueRun(run, tuple(etapes))


def evenement(vue: VueRun) -> dict[str, object]:
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
        "progression": {a.fleche.value: {"fait": a.fait, "total": a.total} for a in run.avancements},
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


def _resume_fini(vue: VueRun) -> str:
    if vue.ecritures:
        return f"{_ecrits(vue)}."
    if vue.run.verdict is Verdict.REUSSI:
        return "Rien à écrire : tout était déjà à jour."
    return f"Rien n’a été écrit dans {vue.libelles.vers}."


def _resume_en_cours(vue: VueRun) -> str:
    if vue.run.annulation_demandee:
        return "Annulation demandée : arrêt au prochain enregistrement."
    if vue.etat == "attente":
        return "En attente de son tour : une seule synchronisation à la fois pour ce dossier."
    en_cours = next((etape for etape in vue.etapes if etape.etat is EtatEtape.EN_COURS), None)
    return f"{en_cours.titre}…" if en_cours else "Démarrage…"


# --- systems --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VueSysteme:
    """One system, as shown."""

    systeme: Systeme
    etiquette: str
    ton: Ton
    principal: Controle | None
    """What there is to say, when something is wrong."""

    @property
    def role(self) -> str:
        """What it is for the firm."""
        return ROLES[self.systeme.nom]


def vue_systeme(systeme: Systeme) -> VueSysteme:
    """The worst control decides."""
    if systeme.verifie_a is None:
        return VueSysteme(systeme, "Vérification…", "neutre", None)
    pire = min(systeme.controles, key=lambda controle: _GRAVITE.index(controle.etat), default=None)
    match pire.etat if pire else None:
        case EtatControle.ECHEC:
            return VueSysteme(systeme, "En échec", "mal", pire)
        case EtatControle.ALERTE:
            return VueSysteme(systeme, "À surveiller", "garde", pire)
        case EtatControle.OK:
            return VueSysteme(systeme, "Répond", "bien", None)
        case _:
            return VueSysteme(systeme, "Non vérifié", "neutre", None)


def etat_general(systemes: Sequence[Systeme]) -> str:
    """One word for all systems, for machines: `vérification`, `échec`, `alerte` or `ok`."""
    if any(systeme.verifie_a is None for systeme in systemes):
        return "vérification"
    etats = {controle.etat for systeme in systemes for controle in systeme.controles}
    return next((etat.value for etat in _GRAVITE if etat in etats), EtatControle.OK.value)


# --- rejets ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupeRejets:
    """The open rejets that share a reason."""

    motif: MotifRejet
    rejets: tuple[Rejet, ...]

    @property
    def phrase(self) -> str:
        """What happened."""
        return typographie(PHRASES[self.motif][0])

    @property
    def remede(self) -> str:
        """What to do."""
        return typographie(PHRASES[self.motif][1])


def groupe_rejets(rejets: Iterable[Rejet]) -> list[GroupeRejets]:
    """By reason, the most frequent first; inside a reason the order given is kept."""
    par_motif: defaultdict[MotifRejet, list[Rejet]] = defaultdict(list)
    for rejet in rejets:
        par_motif[rejet.motif].append(rejet)
    groupes = [GroupeRejets(motif, tuple(liste)) for motif, liste in par_motif.items()]
    return sorted(groupes, key=lambda groupe: (-len(groupe.rejets), groupe.motif))


# --- the headline ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manchette:
    """The sentence at the top of the home page: how things stand."""

    titre: str
    ton: Ton
    suite: str


def manchette(
    systemes: Sequence[VueSysteme], derniers: Mapping[Flux, VueRun | None], rejets: Sequence[Rejet]
) -> Manchette:
    """What matters most comes first: a system that does not answer, then a run going on, then what needs a person."""
    en_echec = [vue.systeme.nom.value for vue in systemes if vue.ton == "mal"]
    vues = [vue for vue in derniers.values() if vue is not None]
    if en_echec:
        quoi = " et ".join(en_echec)
        verbe = "demandent" if len(en_echec) > 1 else "demande"
        return Manchette(f"{quoi} {verbe} votre attention", "mal", "Le détail et la marche à suivre sont ci-dessous.")
    if any(vue.etat != "fini" for vue in vues):
        return Manchette("Synchronisation en cours", "actif", "Vous pouvez quitter cette page : le travail continue.")
    if not vues:
        suite = "Commencez par envoyer les chantiers ; les heures pourront alors y être rattachées."
        return Manchette("Prêt pour la première synchronisation", "neutre", typographie(suite))
    return _manchette_au_repos(vues, rejets)


def _manchette_au_repos(vues: Sequence[VueRun], rejets: Sequence[Rejet]) -> Manchette:
    for vue in vues:
        if vue.run.verdict is Verdict.ECHEC:
            quoi = vue.libelles.titre.lower()
            return Manchette(f"La dernière synchronisation des {quoi} a échoué", "mal", vue.resume)
    if rejets:
        verbe = "attendent" if len(rejets) > 1 else "attend"
        titre = f"{pluriel(len(rejets), 'enregistrement')} {verbe} une correction"
        return Manchette(
            titre, "garde", "Chaque rejet est retenté à chaque synchronisation, sans rien relancer à la main."
        )
    if conflits := sum(vue.conflits for vue in vues):
        verbe = "demandent" if conflits > 1 else "demande"
        suite = "Les deux côtés diffèrent : rien n’a été écrasé."
        return Manchette(f"{pluriel(conflits, 'conflit')} {verbe} une décision", "garde", typographie(suite))
    if any(vue.run.verdict is not Verdict.REUSSI for vue in vues):
        suite = "Lisez le compte rendu, puis relancez."
        return Manchette("La dernière synchronisation est incomplète", "garde", suite)
    if len({vue.run.flux for vue in vues}) < len(Flux):
        return Manchette("Il reste un sens à synchroniser", "neutre", "L’autre sens n’a encore jamais été lancé.")
    return Manchette("Tout est à jour", "bien", "Aucun rejet, aucun conflit aux dernières synchronisations.")


def comptes_affiches(bilan: Bilan) -> list[tuple[str, str]]:
    """The counters of a step, those that are zero left out, ready to show."""
    comptes = {**bilan.comptes, "rejets": bilan.rejets, "conflits": bilan.conflits}
    return [(nom, nombre(combien)) for nom, combien in comptes.items() if combien]
