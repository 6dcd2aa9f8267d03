"""What the home page says besides the runs: the three systems, the rejets by cause, and the sentence at the top."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connecteur.domain.controle import Controle, EtatControle
from connecteur.domain.rejet import PHRASES, MotifRejet, Rejet
from connecteur.domain.run import Flux, Verdict
from connecteur.errors import ErreurConnecteur
from connecteur.web.attente import Attente
from connecteur.web.presentation import Ton, VueRun
from connecteur.web.services import NomSysteme, Systeme
from sages_commun.web.format import majuscule, pluriel, typographie

ROLES: dict[NomSysteme, str] = {
    NomSysteme.BATIGEST: "Devis, chantiers et suivi des heures",
    NomSysteme.TAMPON: "La mémoire des échanges",
    NomSysteme.BATISIMPLY: "La saisie sur le terrain",
}
NOMS: dict[NomSysteme, str] = {nom: nom.value for nom in NomSysteme} | {NomSysteme.TAMPON: "Connecteur"}
"""An office need not know that there is a database between both sides."""

_GRAVITE = (EtatControle.ECHEC, EtatControle.ALERTE, EtatControle.OK, EtatControle.IGNORE)
"""Worst first."""


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
    def nom(self) -> str:
        """What an office calls it."""
        return NOMS[self.systeme.nom]

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


def sans_tampon(systemes: Sequence[Systeme], panne: ErreurConnecteur, quand: datetime) -> list[Systeme]:
    """The systems when the tampon has just failed us, whatever its last check said."""
    controle = Controle.echec("Lecture du tampon", panne.message, panne.remede, panne.detail)
    return [
        Systeme(systeme.nom, (controle,), quand) if systeme.nom is NomSysteme.TAMPON else systeme
        for systeme in systemes
    ]


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
    systemes: Sequence[VueSysteme],
    derniers: Mapping[Flux, VueRun | None],
    rejets: Sequence[Rejet],
    attente: Attente,
) -> Manchette:
    """What matters most comes first: a system that does not answer, then a run going on, then what needs a person."""
    en_echec = [vue.nom for vue in systemes if vue.ton == "mal"]
    vues = [vue for vue in derniers.values() if vue is not None]
    if en_echec:
        quoi = majuscule(" et ".join(en_echec).replace(NOMS[NomSysteme.TAMPON], "le connecteur"))
        verbe = "demandent" if len(en_echec) > 1 else "demande"
        return Manchette(f"{quoi} {verbe} votre attention", "mal", "Le détail et la marche à suivre sont ci-dessous.")
    if any(vue.etat != "fini" for vue in vues):
        return Manchette("Synchronisation en cours", "actif", "Vous pouvez quitter cette page : le travail continue.")
    if not vues:
        suite = "Commencez par envoyer les chantiers ; les heures pourront alors y être rattachées."
        return Manchette("Prêt pour la première synchronisation", "neutre", suite)
    return _manchette_au_repos(vues, rejets, attente)


def _manchette_au_repos(vues: Sequence[VueRun], rejets: Sequence[Rejet], attente: Attente) -> Manchette:
    for vue in vues:
        if vue.run.verdict is Verdict.ECHEC:
            quoi = vue.libelles.titre.lower()
            return Manchette(f"La dernière synchronisation des {quoi} a échoué", "mal", vue.resume)
    if a_faire := _manchette_a_decider(rejets, attente):
        return a_faire
    if any(vue.run.verdict is not Verdict.REUSSI for vue in vues):
        suite = "Lisez le compte rendu, puis relancez."
        return Manchette("La dernière synchronisation est incomplète", "garde", suite)
    if len({vue.run.flux for vue in vues}) < len(Flux):
        return Manchette("Il reste un sens à synchroniser", "neutre", "L’autre sens n’a encore jamais été lancé.")
    return Manchette("Tout est à jour", "bien", "Aucun rejet, aucun conflit aux dernières synchronisations.")


def _manchette_a_decider(rejets: Sequence[Rejet], attente: Attente) -> Manchette | None:
    """What needs a person now, the heaviest first."""
    if attente.gardes:
        attendent = "Un changement important attend" if attente.gardes == 1 else "Des changements importants attendent"
        suite = "Rien de cela n’est écrit tant que personne ne confirme."
        return Manchette(f"{attendent} votre confirmation", "garde", suite)
    conflits = attente.conflits
    demandent = f"{pluriel(conflits, 'conflit')} {'demande' if conflits == 1 else 'demandent'} une décision"
    if rejets:
        verbe = "attendent" if len(rejets) > 1 else "attend"
        titre = f"{pluriel(len(rejets), 'enregistrement')} {verbe} une correction"
        suite = "Chaque rejet est retenté à chaque synchronisation, sans rien relancer à la main."
        return Manchette(titre, "garde", f"{demandent}. {suite}" if conflits else suite)
    if conflits:
        return Manchette(demandent, "garde", "Les deux côtés diffèrent : rien n’a été écrasé.")
    return None
