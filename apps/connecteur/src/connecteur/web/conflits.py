"""The conflicts, as shown: three values side by side, who wins and why, what can be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from connecteur.domain.conflit import Cote
from connecteur.domain.garde import Garde
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.reglement import Decision
from connecteur.web.services.litiges import Constat, EcritureReglee, Lignes
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.format import INSECABLE, heures, nombre, pluriel, typographie

TOUJOURS = date(1900, 1, 1)
AUCUNE_LIGNE = "aucune ligne"

MOTIFS: Mapping[MotifConflit, str] = {
    MotifConflit.LIGNE_ETRANGERE: "Une ligne saisie par quelqu’un d’autre occupe cette place.",
    MotifConflit.DEUX_COTES: "La ligne a changé dans Batigest, et les créneaux dans BatiSimply.",
    MotifConflit.LIGNES_MULTIPLES: "Batigest tient plusieurs lignes pour ce salarié, ce chantier et cette heure.",
    MotifConflit.SUPPRIMEE: "La ligne a été supprimée dans Batigest, et les créneaux ont changé.",
}


@dataclass(frozen=True, slots=True)
class VueConflit:
    """One disagreement, as shown. `champs` are what its forms send besides the choice."""

    ancre: str
    titre: str
    sous_titre: str
    base: str
    notre: str
    leur: str
    date_batigest: datetime | None
    date_batisimply: datetime | None
    gagnant: Cote | None
    raison: str
    ouvert_le: datetime | None
    adresse: str
    champs: Mapping[str, str] = field(default_factory=dict)
    decision: Cote | None = None
    """What a person decided and the next run carries out."""
    decide_par: str = ""
    batisimply_possible: bool = True
    resolu_le: datetime | None = None
    run: str = ""
    reprenable: bool = True
    """Whether a person may still decide otherwise: only the latest of one field."""
    explication: Mapping[str, str] | None = None
    """Where the line is explained: the parameters of that page."""


@dataclass(frozen=True, slots=True)
class VueReglee:
    """One settled conflict, which can be undone."""

    id: int
    vue: VueConflit
    run: str
    le: datetime
    annulable: bool


def quantites(valeur: Quantites | None) -> str:
    """« 7,5 h, 1 panier, 1 trajet »."""
    if valeur is None:
        return AUCUNE_LIGNE
    textes = [heures(valeur.heures)]
    for combien, nom in ((valeur.panier, "panier"), (valeur.trajet, "trajet")):
        if combien:
            entier = combien == int(combien)
            textes.append(pluriel(int(combien), nom) if entier else f"{nombre(combien)}{INSECABLE}{nom}")
    textes += [f"NbH{numero}{INSECABLE}:{INSECABLE}{nombre(combien)}" for numero, combien in valeur.plus]
    return ", ".join(textes)


def vue_ligne(
    action: Action, noms: Mapping[str, str], constat: Constat | None = None, decision: Decision | None = None
) -> VueConflit:
    """One line of SuiviMO. `noms` are those of the salariés, by code in its compared form."""
    cle = action.cle
    dates = constat.dates if constat else None
    jugement = action.jugement
    motif = MOTIFS[action.motif] if action.motif else ""
    raison = jugement.raison if jugement and jugement.raison else ""
    debut = f"{cle.debut:%d/%m/%Y}"
    if cle.debut.time() != time():
        debut += f"{INSECABLE}à{INSECABLE}{cle.debut:%H:%M}"
    return VueConflit(
        ancre=f"ligne-{cle.code_chantier}-{cle.code_salarie}-{cle.debut:%Y%m%d%H%M}".replace(" ", "_"),
        titre=f"{noms.get(cle.code_salarie, 'Salarié')} ({cle.code_salarie}), chantier {cle.code_chantier}",
        sous_titre=debut,
        base=quantites(action.base) if action.base else "",
        notre="plusieurs lignes" if action.motif is MotifConflit.LIGNES_MULTIPLES else quantites(action.avant),
        leur=quantites(action.apres),
        date_batigest=dates.date_batigest if dates else None,
        date_batisimply=dates.date_batisimply if dates else None,
        gagnant=jugement.gagnant if jugement else None,
        raison=typographie(" ".join(filter(None, (motif, raison)))),
        ouvert_le=constat.ouvert_le if constat else None,
        adresse="/conflits/lignes",
        champs={
            "chantier": cle.code_chantier,
            "salarie": cle.code_salarie,
            "debut": cle.debut.isoformat(timespec="minutes"),
        },
        decision=decision.choix if decision else None,
        decide_par="une personne",
        batisimply_possible=action.motif is not MotifConflit.LIGNES_MULTIPLES,
        explication={
            "salarie": cle.code_salarie,
            "chantier": cle.code_chantier,
            "jour": cle.debut.date().isoformat(),
        },
    )


@dataclass(frozen=True, slots=True)
class LignesVues:
    """The findings by what a person can do about them."""

    conflits: tuple[VueConflit, ...]
    reprises: tuple[VueConflit, ...]
    closes: tuple[VueConflit, ...]


def lignes_vues(
    constats: Sequence[Constat], noms: Mapping[str, str], decisions: Mapping[CleSuivi, Decision]
) -> LignesVues:
    """Sort them out."""

    def de(geste: Geste) -> tuple[VueConflit, ...]:
        return tuple(
            vue_ligne(un.action, noms, un, en_attente(un.action, decisions))
            for un in constats
            if un.action.geste is geste
        )

    return LignesVues(de(Geste.CONFLIT), de(Geste.REPRISE), de(Geste.PERIODE_CLOSE))


def en_attente(action: Action, decisions: Mapping[CleSuivi, Decision]) -> Decision | None:
    """What a person decided about this line and the next push carries out."""
    decision = decisions.get(action.cle)
    if decision is None or decision.par_politique or not decision.vaut(action.apres, action.avant):
        return None
    # Batigest's value on a line that was taken over is what stands already.
    return None if action.geste is Geste.REPRISE and decision.choix is Cote.BATIGEST else decision


def compte_a_decider(lignes: Lignes) -> int:
    """How many lines wait for a person."""
    if not lignes.count_constats().get(Geste.CONFLIT):
        return 0
    decisions = lignes.list_decisions(TOUJOURS)
    actions = [un.action for un in lignes.list_constats() if un.action.geste is Geste.CONFLIT]
    return sum(en_attente(action, decisions) is None for action in actions)


def vue_reglee(ecriture: EcritureReglee, noms: Mapping[str, str]) -> VueReglee:
    """One settled line."""
    jugement = ecriture.action.jugement
    annulable = jugement is not None and jugement.gagnant is Cote.BATISIMPLY
    return VueReglee(ecriture.id, vue_ligne(ecriture.action, noms), ecriture.run, ecriture.le, annulable)


@dataclass(frozen=True, slots=True)
class VueGarde:
    """A run that would change too much, as shown."""

    garde: Garde
    phrase: str
    ecart: str


def vue_garde(garde: Garde) -> VueGarde:
    """« 320 lignes sur 1 800 changeraient, du 02/05/2025 au 24/06/2025 »."""
    compte = garde.compte
    verbe = "changerait" if garde.lignes == 1 else "changeraient"
    phrase = (
        f"{pluriel(garde.lignes, 'ligne')} sur {nombre(compte.possedees)} {verbe} dans Batigest, "
        f"du {compte.debut:%d/%m/%Y} au {compte.fin:%d/%m/%Y}."
    )
    ecart = f"{heures(compte.heures_avant)} aujourd’hui, {heures(compte.heures_apres)} après."
    return VueGarde(garde, phrase, ecart)


def cle_de(chantier: str, salarie: str, debut: str) -> CleSuivi:
    """The key that a form or a script names; `debut` is local. Raises `ErreurPage` 422 when it is no time."""
    try:
        local = datetime.fromisoformat(debut).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as exc:
        faute = {"champ": "debut", "faute": "n’est pas une date et une heure"}
        raise ErreurPage(422, "Cette date n’existe pas.", "Reprenez-la de la liste.", champs=[faute]) from exc
    return CleSuivi(chantier, salarie, local)
