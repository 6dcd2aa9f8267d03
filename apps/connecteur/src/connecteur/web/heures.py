"""A day of work as shown, and the explanation of an hour as a thread of facts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connecteur.domain.heure import Creneau, normalise_code
from connecteur.domain.histoire import CreneauSuivi, EcritureSuivie
from connecteur.domain.plan import Geste
from connecteur.domain.rejet import PHRASES, MotifRejet
from connecteur.domain.salarie import Salarie
from connecteur.sync import mots
from connecteur.sync.explication import Memoire, Situation
from connecteur.sync.ports import CreneauStocke
from connecteur.sync.recit import VERBES
from connecteur.web.attente import MOTIFS_SALARIE
from connecteur.web.audit import vue_evenement
from connecteur.web.conflits import quantites
from connecteur.web.presentation import Ton
from sages_commun.web.format import majuscule, typographie

TONS: Mapping[Situation, Ton] = {
    Situation.LIVRE: "bien",
    Situation.REPRIS: "garde",
    Situation.CONFLIT: "garde",
    Situation.REFUSE: "mal",
    Situation.REJETE: "mal",
    Situation.A_ECRIRE: "actif",
}
"""How a situation is coloured; the others are neutral."""


@dataclass(frozen=True, slots=True)
class LigneJour:
    """What one salarié did on one chantier that day, as BatiSimply says it. Codes are empty where nobody knows."""

    code_salarie: str
    nom: str
    code_chantier: str
    projet: str
    """The code BatiSimply gives, recognised or not."""
    heures: Decimal
    creneaux: tuple[CreneauStocke, ...]
    attente: tuple[str, ...]
    """Why some of it is not in Batigest, in a few words."""

    @property
    def explicable(self) -> bool:
        """Whether it is a line: else each slot is explained by itself."""
        return bool(self.code_salarie and self.code_chantier)


def journee(creneaux: Sequence[CreneauStocke], salaries: Sequence[Salarie], salarie: str) -> list[LigneJour]:
    """The slots of a day by salarié and chantier, by name; of one salarié when one is named."""
    noms = {normalise_code(un.code): un.nom_complet for un in salaries}
    codebs = {un.utilisateur: un.code for un in salaries if un.utilisateur}
    groupes: defaultdict[tuple[str, str, str, str], list[CreneauStocke]] = defaultdict(list)
    for stocke in creneaux:
        code = stocke.code_salarie or codebs.get(stocke.creneau.utilisateur or "", "")
        nom = noms.get(normalise_code(code)) or stocke.creneau.nom_utilisateur or "Sans nom"
        if not salarie or normalise_code(code) == normalise_code(salarie):
            chantier = stocke.code_chantier or ""
            groupes[nom, code, chantier, chantier or stocke.creneau.code_projet or ""].append(stocke)
    return [
        LigneJour(code, nom, chantier, projet, _heures(groupe), tuple(groupe), tuple(sorted(set(_attentes(groupe)))))
        for (nom, code, chantier, projet), groupe in sorted(groupes.items())
    ]


def _heures(groupe: Sequence[CreneauStocke]) -> Decimal:
    return Decimal(sum(stocke.creneau.minutes or 0 for stocke in groupe)) / 60


def _attentes(groupe: Sequence[CreneauStocke]) -> Iterator[str]:
    for stocke in groupe:
        if not stocke.creneau.valide:
            yield "Non validé dans BatiSimply."
        elif stocke.motif is not None:
            yield PHRASES[stocke.motif][0]


CONSTATS: Mapping[Geste, str] = {
    Geste.REPRISE: "Modifiée à la main dans Batigest : laissée telle quelle.",
    Geste.CONFLIT: "Batigest et les créneaux diffèrent : un conflit attend une décision.",
    Geste.PERIODE_CLOSE: "La période est close : la ligne ne change plus.",
}
"""What a reading of Batigest found > how it is told."""

_FIN_DE_PHRASE = re.compile(r"(?<=[^A-Z ])\.\s(?=[A-ZÀÂÉÈÊÎÔÛ])")


def tete_du_recit(recit: str) -> tuple[str, str]:
    """Its first sentence, which is the answer, and the others."""
    fin = _FIN_DE_PHRASE.search(recit)
    return (recit, "") if fin is None else (recit[: fin.start() + 1], recit[fin.end() :])


@dataclass(frozen=True, slots=True)
class Fait:
    """One thing that happened."""

    le: datetime
    titre: str
    details: tuple[str, ...] = ()
    qui: str = ""
    run: str | None = None
    ton: Ton = "neutre"


def frise(memoire: Memoire, creneaux: Sequence[CreneauSuivi], fuseau: ZoneInfo) -> list[Fait]:
    """Everything that is remembered, oldest first."""
    faits = [fait for suivi in creneaux for fait in _faits_du_creneau(suivi, fuseau)]
    faits += [_ecriture(ecriture) for ecriture in memoire.ecritures]
    for note in memoire.evenements:
        vue = vue_evenement(note)
        details = tuple(f"{nom} : {avant} devient {apres}" for nom, avant, apres in vue.changements)
        faits.append(Fait(note.le, vue.phrase, details, vue.qui, vue.run, "actif"))
    for suivi in memoire.rejets:
        faits.append(
            Fait(
                suivi.premier_le, f"Rejeté : {suivi.rejet.phrase}", (suivi.rejet.libelle,), "", suivi.premier_run, "mal"
            )
        )
        if suivi.resolu_le:
            faits.append(Fait(suivi.resolu_le, "Le rejet est résolu.", (), "", suivi.dernier_run, "bien"))
    for constat in memoire.constats:
        raison = constat.action.jugement.raison if constat.action.jugement else ""
        titre = CONSTATS.get(constat.action.geste, f"Constaté dans Batigest : {constat.action.geste.value}")
        faits.append(Fait(constat.ouvert_le, titre, tuple(filter(None, (raison,))), "", constat.run, "garde"))
    return sorted(faits, key=lambda fait: fait.le)


def _faits_du_creneau(suivi: CreneauSuivi, fuseau: ZoneInfo) -> Iterator[Fait]:
    etats = [(version.creneau, version.code_chantier, version.motif) for version in suivi.versions]
    etats.append((suivi.creneau, suivi.code_chantier, suivi.motif))
    premier = suivi.versions[0].depuis_run if suivi.versions else suivi.run
    nom = f"Créneau n° {suivi.creneau.id}"
    yield Fait(suivi.vu_le, f"{nom} reçu de BatiSimply", (decrit(*etats[0], fuseau),), "", premier)
    for version, apres in zip(suivi.versions, etats[1:], strict=True):
        details = (decrit(*apres, fuseau),) if version.evenement != "disparu" else ()
        yield Fait(version.jusqu_au, f"{nom} {version.evenement} dans BatiSimply", details, "", version.run)


NON_RECONNUS: dict[MotifRejet | None, str] = {
    **dict.fromkeys(MOTIFS_SALARIE, "salarié non reconnu"),
    MotifRejet.SANS_UTILISATEUR: "sans salarié",
    MotifRejet.SANS_PROJET: "sans projet",
    MotifRejet.PROJET_SANS_CODE: "chantier non reconnu",
    MotifRejet.CHANTIER_INCONNU: "chantier non reconnu",
    MotifRejet.DUREE_INVALIDE: "durée impossible",
}
"""Why a slot had no place."""


def decrit(creneau: Creneau, chantier: str | None, motif: MotifRejet | None, fuseau: ZoneInfo) -> str:
    """One version of a slot, and its place or what it lacked."""
    debut = creneau.debut.astimezone(fuseau)
    fin = f" à {creneau.fin.astimezone(fuseau):%H:%M}" if creneau.fin else ""
    ou = f", chantier {chantier}" if chantier else f", {NON_RECONNUS.get(motif, 'pas encore attribué')}"
    etat = "validé" if creneau.valide else "non validé"
    return f"{debut:%d/%m/%Y}, {debut:%H:%M}{fin}, {mots.minutes(creneau.minutes)}{ou}, {etat}"


def _ecriture(ecriture: EcritureSuivie) -> Fait:
    action = ecriture.action
    ou = f"à {action.cle.debut:%H:%M}"
    if ecriture.etat == "abandonnée":
        return Fait(ecriture.le, f"Une écriture {ou} ne s’est pas faite.", (), "", ecriture.run, "garde")
    titre = f"{majuscule(VERBES.get(action.geste, action.geste.value))} dans Batigest {ou}"
    details = [f"{quantites(action.avant)} devient {quantites(action.apres)}"]
    if action.geste in {Geste.INSERER, Geste.ADOPTER}:
        details = [quantites(action.apres)]
    if action.deplace_de is not None:
        origine = action.deplace_de
        details.append(f"Venait du {origine.debut:%d/%m/%Y à %H:%M}, chantier {origine.code_chantier}")
    if action.jugement is not None:
        details.append(action.jugement.raison)
    return Fait(ecriture.le, typographie(titre), tuple(details), "", ecriture.run, "bien")
