"""What must happen in BatiSimply, decided from one reading of both sides. Pure: no call, nothing stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from connecteur.domain.chantier import Champs, champs_du_chantier
from connecteur.domain.fusion import Fusion, Projet, fusionne, nouvelle_base
from connecteur.domain.heure import normalise_code
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.sync.ports import ChantierSuivi, ConflitChantier, Lien


@dataclass(frozen=True, slots=True)
class Travail:
    """One site that needs a call: `projet` is None when it is to be created."""

    suivi: ChantierSuivi
    notres: Champs
    projet: Projet | None


@dataclass(slots=True)
class PlanChantiers:
    """What must happen in BatiSimply, decided from one reading of both sides; the dry run shows it."""

    creer: list[Travail] = field(default_factory=list)
    modifier: list[Travail] = field(default_factory=list)
    liens: list[Lien] = field(default_factory=list)
    """Links and agreements to note without any call."""
    inchanges: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    conflits: list[ConflitChantier] = field(default_factory=list)
    divergences: list[ConflitChantier] = field(default_factory=list)

    def note(self, code: str, fusion: Fusion) -> None:
        """Keep what both sides disagree on."""
        if fusion.conflits:
            self.conflits.append(ConflitChantier(code, fusion.conflits))
        if fusion.divergences:
            self.divergences.append(ConflitChantier(code, fusion.divergences))


def plan_chantiers(suivis: Sequence[ChantierSuivi], distants: Sequence[Projet]) -> PlanChantiers:
    """Compare every site with its project. Pure: no call, nothing stored."""
    par_id = {projet.id: projet for projet in distants}
    par_code: defaultdict[str, list[Projet]] = defaultdict(list)
    for projet in distants:
        par_code[normalise_code(projet.champs.get("code") or "")].append(projet)
    plan = PlanChantiers()
    for suivi in suivis:
        _range(plan, suivi, par_id, par_code[normalise_code(suivi.chantier.code)])
    return plan


def _range(plan: PlanChantiers, suivi: ChantierSuivi, par_id: dict[int, Projet], homonymes: list[Projet]) -> None:
    notres = champs_du_chantier(suivi.chantier)
    projet = par_id.get(suivi.projet_id) if suivi.projet_id is not None else None
    base = suivi.base if projet is not None else None
    if projet is None:
        if len(homonymes) > 1:
            ids = ", ".join(str(p.id) for p in homonymes)
            plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJETS_EN_DOUBLE, f"Projets n° {ids}"))
            return
        if homonymes:
            projet = homonymes[0]
        elif suivi.projet_id is not None:
            plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJET_SUPPRIME, f"Projet n° {suivi.projet_id}"))
            return
    if projet is None:
        plan.creer.append(Travail(suivi, notres, None))
        return
    fusion = fusionne(base, notres, projet.champs)
    if fusion.a_envoyer:
        plan.modifier.append(Travail(suivi, notres, projet))
        return
    plan.note(suivi.chantier.code, fusion)
    plan.inchanges += 1
    accord = nouvelle_base(base, fusion, notres, projet.champs)
    if accord != base or suivi.projet_id != projet.id:
        plan.liens.append(Lien(suivi.chantier.code, projet.id, accord))


def rejet_du_chantier(suivi: ChantierSuivi, motif: MotifRejet, detail: str = "") -> Rejet:
    chantier = suivi.chantier
    libelle = f"{chantier.code} « {chantier.libelle} »"
    return Rejet(ObjetRejet.CHANTIER, chantier.code, motif, libelle, detail, champs_du_chantier(chantier))
