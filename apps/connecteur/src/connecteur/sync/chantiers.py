"""Chantiers: Batigest > tampon (pull), tampon > BatiSimply (push)."""

from datetime import date

from connecteur.domain.fusion import Ecart
from connecteur.domain.rejet import ObjetRejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.domain.selection import attribue_heures_vendues
from connecteur.sync.envoi_chantiers import Envoi
from connecteur.sync.plan_chantiers import plan_chantiers
from connecteur.sync.ports import ConflitChantier, DossierChantiers, Progression, Projets, TamponChantiers


def pull_chantiers(
    dossier: DossierChantiers, tampon: TamponChantiers, aujourdhui: date, run: str, progression: Progression
) -> Bilan:
    """Read the selection of the dossier into the tampon."""
    bilan = Bilan(Fleche.PULL_CHANTIERS)
    selection = dossier.read_selection(aujourdhui)
    attribution = attribue_heures_vendues(
        selection.chantiers, selection.devis_list, devis_nomment_chantier=selection.devis_nomment_chantier
    )
    bilan.remarques += attribution.remarques
    total = len(attribution.chantiers)
    comptes = tampon.store_chantiers(attribution.chantiers, run)
    bilan.comptes = {
        "chantiers lus": total,
        "nouveaux": comptes.nouveaux,
        "modifiés": comptes.modifies,
        "sortis de la sélection": comptes.sortis,
        "inchangés": comptes.inchanges,
    }
    progression.avance(Fleche.PULL_CHANTIERS, total, total)
    return bilan


def push_chantiers(
    projets: Projets, tampon: TamponChantiers, paralleles: int, run: str, progression: Progression
) -> Bilan:
    """Bring BatiSimply up to date: only what Batigest changed is sent, nothing a person set is reset."""
    bilan = Bilan(Fleche.PUSH_CHANTIERS)
    plan = plan_chantiers(tampon.list_chantiers(), projets.read_projets())
    tampon.save_liens(plan.liens)
    envoi = Envoi(projets, tampon, plan, bilan=bilan, progression=progression, paralleles=paralleles)
    envoi.execute([*plan.creer, *plan.modifier])
    if envoi.incertains:
        envoi.second_regard()
    tampon.replace_conflits_chantiers(plan.conflits, plan.divergences, run)
    tampon.replace_rejets(ObjetRejet.CHANTIER, plan.rejets, run)
    bilan.compte("inchangés", plan.inchanges)
    bilan.rejets = tampon.count_rejets_ouverts(ObjetRejet.CHANTIER)
    bilan.conflits = len(plan.conflits)
    bilan.remarques += [_remarque(divergence) for divergence in plan.divergences]
    return bilan


def _remarque(divergence: ConflitChantier) -> Incident:
    champs = " ; ".join(_phrase(ecart) for ecart in divergence.ecarts)
    return Incident(f"Chantier {divergence.code} : modifié dans BatiSimply, conservé. {champs}")


def _phrase(ecart: Ecart) -> str:
    return f"{ecart.champ} : Batigest « {ecart.notre or ''} », BatiSimply « {ecart.leur or ''} »"
