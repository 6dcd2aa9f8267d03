"""What a run would do: as a person and as a program read it."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connecteur.cli.vue_run import (
    SENS,
    action_en_json,
    incident_en_json,
    rejet_en_json,
    rejets_en_texte,
    table_actions,
)
from connecteur.domain.plan import Geste, Plan
from connecteur.domain.run import Flux
from connecteur.sync.plan_chantiers import PlanChantiers, Travail
from connecteur.sync.run import Apercu
from sages_commun.web.format import nombre, typographie

LIGNES_MONTREES = 40
"""How many records are listed without `--detail`."""


def en_texte(apercu: Apercu, *, detail: bool) -> Iterator[RenderableType]:
    """The plan of one flow."""
    yield Text.assemble("\n", (SENS[apercu.flux], "bold"), " — aperçu, rien n’est écrit")
    if apercu.chantiers is not None:
        yield from _chantiers(apercu.chantiers, detail=detail)
    if apercu.flux is Flux.HEURES:
        yield from _heures(apercu, detail=detail)
    for remarque in apercu.remarques:
        yield Text(f"• {typographie(remarque.message)} {typographie(remarque.remede)}".rstrip())
    yield from rejets_en_texte(apercu.rejets, detail=detail)


def _chantiers(plan: PlanChantiers, *, detail: bool) -> Iterator[RenderableType]:
    comptes = {nom: combien for nom, combien in _comptes_chantiers(plan).items() if combien}
    yield Text((", ".join(f"{nombre(combien)} {nom}" for nom, combien in comptes.items()) or "Rien à faire") + ".")
    travaux = plan.travaux
    montres = travaux if detail else travaux[:LIGNES_MONTREES]
    if montres:
        table = Table("geste", "chantier", "nom", "ce qui serait envoyé", box=None, header_style="dim", pad_edge=False)
        for travail in montres:
            table.add_row(
                _geste(travail),
                Text(travail.suivi.chantier.code),
                Text(travail.suivi.chantier.libelle),
                Text(", ".join(f"{champ} : {valeur or '—'}" for champ, valeur in travail.a_envoyer.items())),
            )
        yield Padding(table, (0, 0, 0, 2), expand=False)
    yield from _reste(len(travaux) - len(montres))


def _heures(apercu: Apercu, *, detail: bool) -> Iterator[RenderableType]:
    comptes = Plan(tuple(apercu.actions), apercu.laissees).comptes()
    utiles = {nom: combien for nom, combien in comptes.items() if combien}
    yield Text((", ".join(f"{nombre(combien)} × {nom}" for nom, combien in utiles.items()) or "Rien à faire") + ".")
    actions = [action for action in apercu.actions if action.geste is not Geste.LAISSER]
    montrees = actions if detail else actions[:LIGNES_MONTREES]
    if montrees:
        yield Padding(table_actions(montrees), (0, 0, 0, 2), expand=False)
    yield from _reste(len(actions) - len(montrees))


def _reste(combien: int) -> Iterator[RenderableType]:
    if combien > 0:
        yield Text(f"  … et {nombre(combien)} de plus (--detail les montre tous)", style="dim")


def _comptes_chantiers(plan: PlanChantiers) -> dict[str, int]:
    return {
        "à créer": len(plan.creer),
        "à modifier": len(plan.modifier),
        "à fermer": len(plan.fermer),
        "inchangés": plan.inchanges,
        "en conflit": len(plan.conflits),
        "gardés tels que BatiSimply les a changés": len(plan.divergences),
        "rejetés": len(plan.rejets),
    }


def _geste(travail: Travail) -> str:
    """What is done to the project."""
    if travail.projet is None:
        return "créer"
    if not travail.suivi.present:
        return "fermer"
    return "rouvrir" if travail.drapeaux else "modifier"


def en_json(apercu: Apercu) -> dict[str, object]:
    """The plan of one flow."""
    commun: dict[str, object] = {
        "flux": apercu.flux,
        "rejets": [rejet_en_json(rejet) for rejet in apercu.rejets],
        "remarques": [incident_en_json(remarque) for remarque in apercu.remarques],
    }
    plan = apercu.chantiers
    if plan is None:
        comptes = Plan(tuple(apercu.actions), apercu.laissees).comptes()
        return commun | {"comptes": comptes, "actions": [action_en_json(action) for action in apercu.actions]}
    return commun | {
        "comptes": _comptes_chantiers(plan),
        "creer": [{"chantier": t.suivi.chantier.code, "champs": t.a_envoyer} for t in plan.creer],
        "modifier": [{"chantier": t.suivi.chantier.code, "champs": t.a_envoyer} for t in plan.modifier],
        "fermer": [t.suivi.chantier.code for t in plan.fermer],
        "a_confirmer": [] if plan.garde is None else list(plan.garde.codes),
    }
