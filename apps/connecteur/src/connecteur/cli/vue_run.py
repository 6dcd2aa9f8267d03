"""A run, the rejets and the conflicts: as a person and as a program read them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from connecteur.domain.fusion import Ecart
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.rejet import PHRASES, MotifRejet, Rejet
from connecteur.domain.run import TITRES, Bilan, Flux, Incident, Verdict
from sages_commun.web.format import duree, heures, nombre, pluriel, typographie

if TYPE_CHECKING:
    from connecteur.domain.heure import Quantites
    from connecteur.planification.rapport import Rapport

EXEMPLES = 3
"""How many rejets of one reason are named without `--detail`."""
CONFLITS_MONTRES = 10
MARQUE_DU_PLURIEL = re.compile(r"\b(?!(?:devis|dans|les|plus)\b)(\w*eau|\w+?)[sx]\b")
"""The end of a plural word, in the names of the counts."""

COULEURS: dict[Verdict, str] = {
    Verdict.REUSSI: "green",
    Verdict.PARTIEL: "yellow",
    Verdict.ECHEC: "red",
    Verdict.ANNULE: "cyan",
}
SENS: dict[Flux, str] = {
    Flux.CHANTIERS: "Chantiers : Batigest → BatiSimply",
    Flux.HEURES: "Heures : BatiSimply → Batigest",
}


class EcartOuvert(Protocol):
    """One field on which a site and its project stand apart."""

    @property
    def code(self) -> str: ...
    @property
    def nature(self) -> str: ...
    @property
    def ecart(self) -> Ecart: ...
    @property
    def ouvert_le(self) -> datetime: ...


class ConstatOuvert(Protocol):
    """One line of SuiviMO that waits for a person, or was taken over by one."""

    @property
    def action(self) -> Action: ...
    @property
    def ouvert_le(self) -> datetime: ...


# --- for a person ---------------------------------------------------------------------------------------


def en_texte(rapport: "Rapport", *, detail: bool) -> RenderableType:
    """The report of one run."""
    verdict = rapport.verdict or Verdict.ECHEC
    titre = Text.assemble(SENS[rapport.flux], " — ", (verdict.value, f"bold {COULEURS[verdict]}"))
    corps: list[RenderableType] = [_bilan(bilan, detail=detail) for bilan in rapport.bilans]
    if rapport.erreur is not None:
        corps.append(_incident(rapport.erreur, "red", detail=detail))
    if not corps:
        corps.append(Text("Rien n’a été fait."))
    pied = f"run {rapport.id}"
    if rapport.debut and rapport.fin:
        pied += f", {duree(rapport.fin - rapport.debut)}"
    return Panel(Group(*corps), title=titre, title_align="left", subtitle=Text(pied, style="dim"), border_style="dim")


def _bilan(bilan: Bilan, *, detail: bool) -> RenderableType:
    parties = [_compte(nom, combien) for nom, combien in bilan.comptes.items() if combien]
    parties += [pluriel(bilan.rejets, "rejet")] if bilan.rejets else []
    if bilan.conflits and not any(nom.startswith("conflits qui attendent") for nom in bilan.comptes):
        parties.append(pluriel(bilan.conflits, "conflit"))
    lignes: list[RenderableType] = [
        Text.assemble((TITRES[bilan.fleche], "bold"), f" : {', '.join(parties) or 'rien à faire'}.")
    ]
    lignes += [_incident(incident, "yellow", detail=detail) for incident in bilan.incidents]
    lignes += [_incident(remarque, "", detail=detail) for remarque in bilan.remarques]
    return Group(*lignes)


def _compte(nom: str, combien: int) -> str:
    """« 3 insérées », « 1 ligne inchangée », « dont 1 conflit réglé »: the names of the counts are plural."""
    dont = "dont " if nom.startswith("dont ") else ""
    quoi = nom.removeprefix("dont ")
    if combien == 1:
        quoi = MARQUE_DU_PLURIEL.sub(r"\1", quoi).replace("attendent", "attend")
    return f"{dont}{nombre(combien)} {quoi}"


def _incident(incident: Incident, couleur: str, *, detail: bool) -> RenderableType:
    texte = Text.assemble("• ", (typographie(incident.message), couleur))
    if incident.remede:
        texte.append(f" {typographie(incident.remede)}")
    if incident.detail and detail:
        texte.append(f"\n  {incident.detail}", style="dim")
    return Padding(texte, (0, 0, 0, 2), expand=False)


def rejets_en_texte(rejets: Sequence[Rejet], *, detail: bool) -> Iterator[RenderableType]:
    """What could not be delivered, by reason, with the remedy."""
    par_motif: defaultdict[MotifRejet, list[Rejet]] = defaultdict(list)
    for rejet in rejets:
        par_motif[rejet.motif].append(rejet)
    if not par_motif:
        return
    yield Text(f"\n{pluriel(len(rejets), 'rejet')} en attente", style="bold yellow")
    for motif, groupe in sorted(par_motif.items(), key=lambda item: -len(item[1])):
        phrase, remede = PHRASES[motif]
        yield Text.assemble(f"{nombre(len(groupe))} × ", (typographie(phrase), "yellow"))
        yield Padding(Text(f"→ {typographie(remede)}"), (0, 0, 0, 2), expand=False)
        montres = groupe if detail else groupe[:EXEMPLES]
        for rejet in montres:
            suite = f" ({rejet.detail})" if rejet.detail and detail else ""
            yield Padding(Text(f"{rejet.libelle}{suite}", style="dim"), (0, 0, 0, 4), expand=False)
        if len(montres) < len(groupe):
            yield Padding(
                Text(f"… et {nombre(len(groupe) - len(montres))} de plus", style="dim"), (0, 0, 0, 4), expand=False
            )


def conflits_en_texte(
    ecarts: Sequence[EcartOuvert], constats: Sequence[ConstatOuvert], *, detail: bool
) -> Iterator[RenderableType]:
    """What both sides say differently, left to a person."""
    conflits = [ecart for ecart in ecarts if ecart.nature == "conflit"]
    lignes = [constat.action for constat in constats if constat.action.geste is Geste.CONFLIT]
    if conflits:
        yield Text(f"\n{pluriel(len(conflits), 'conflit')} de chantiers, laissés tels quels", style="bold yellow")
        table = Table("chantier", "champ", "Batigest", "BatiSimply", box=None, header_style="dim", pad_edge=False)
        for conflit in conflits if detail else conflits[:CONFLITS_MONTRES]:
            table.add_row(
                Text(conflit.code), Text(conflit.ecart.champ), _valeur(conflit.ecart.notre), _valeur(conflit.ecart.leur)
            )
        yield Padding(table, (0, 0, 0, 2), expand=False)
    if lignes:
        yield Text(f"\n{pluriel(len(lignes), 'conflit')} d’heures, laissés tels quels", style="bold yellow")
        yield Padding(table_actions(lignes if detail else lignes[:CONFLITS_MONTRES]), (0, 0, 0, 2), expand=False)
    reste = 0 if detail else sum(max(0, len(liste) - CONFLITS_MONTRES) for liste in (conflits, lignes))
    if reste:
        yield Text(f"  … et {nombre(reste)} de plus (--detail les montre tous)", style="dim")


def table_actions(actions: Sequence[Action]) -> Table:
    """Actions of a plan, one per row."""
    table = Table("geste", "chantier", "salarié", "début", box=None, header_style="dim", pad_edge=False)
    table.add_column("dans Batigest", justify="right")
    table.add_column("voulu", justify="right")
    table.add_column("pourquoi")
    for action in actions:
        table.add_row(
            action.geste.value,
            Text(action.cle.code_chantier),
            Text(action.cle.code_salarie),
            f"{action.cle.debut:%d/%m/%Y %H:%M}",
            _quantites(action.avant),
            _quantites(action.apres),
            _pourquoi(action),
        )
    return table


def _quantites(quantites: "Quantites | None") -> str:
    if quantites is None:
        return "—"
    plus = [nom for nom, combien in (("trajet", quantites.trajet), ("panier", quantites.panier)) if combien]
    plus += [f"NbH{numero} {nombre(combien)}" for numero, combien in quantites.plus]
    return " + ".join([heures(quantites.heures), *plus])


def _pourquoi(action: Action) -> str:
    if action.motif is MotifConflit.LIGNE_ETRANGERE:
        return "saisie par quelqu’un d’autre"
    if action.motif is not None:
        return action.motif.value
    if action.deplace_de is not None:
        avant = action.deplace_de
        return f"vient du {avant.debut:%d/%m/%Y %H:%M}, chantier {avant.code_chantier}"
    return ""


def _valeur(valeur: str | None) -> Text:
    return Text(valeur) if valeur else Text("—", style="dim")


# --- for a program --------------------------------------------------------------------------------------


def en_json(rapport: "Rapport") -> dict[str, object]:
    """One run."""
    return {
        "run": rapport.id,
        "flux": rapport.flux,
        "declencheur": rapport.declencheur,
        "verdict": rapport.verdict,
        "debut": rapport.debut,
        "fin": rapport.fin,
        "bilans": [bilan_en_json(bilan) for bilan in rapport.bilans],
        "erreur": None if rapport.erreur is None else incident_en_json(rapport.erreur),
    }


def bilan_en_json(bilan: Bilan) -> dict[str, object]:
    """One arrow."""
    return {
        "fleche": bilan.fleche,
        "verdict": bilan.verdict,
        "ecritures": bilan.ecritures,
        "rejets": bilan.rejets,
        "conflits": bilan.conflits,
        "comptes": bilan.comptes,
        "incidents": [incident_en_json(incident) for incident in bilan.incidents],
        "remarques": [incident_en_json(remarque) for remarque in bilan.remarques],
    }


def incident_en_json(incident: Incident) -> dict[str, str]:
    """What a person should know."""
    return {"message": incident.message, "remede": incident.remede, "detail": incident.detail}


def rejet_en_json(rejet: Rejet) -> dict[str, str]:
    """One record that could not be delivered."""
    return {
        "objet": rejet.objet,
        "cle": rejet.cle,
        "motif": rejet.motif,
        "phrase": rejet.phrase,
        "remede": rejet.remede,
        "libelle": rejet.libelle,
        "detail": rejet.detail,
    }


def ecart_en_json(ouvert: EcartOuvert) -> dict[str, object]:
    """One field on which both sides differ."""
    ecart = ouvert.ecart
    return {
        "objet": "chantier",
        "nature": str(ouvert.nature),
        "chantier": ouvert.code,
        "champ": ecart.champ,
        "base": ecart.base,
        "batigest": ecart.notre,
        "batisimply": ecart.leur,
        "date_batigest": ecart.date_batigest,
        "date_batisimply": ecart.date_batisimply,
        "gagnant": ecart.gagnant,
        "raison": ecart.raison,
        "ouvert_le": ouvert.ouvert_le,
    }


def constat_en_json(ouvert: ConstatOuvert) -> dict[str, object]:
    """One line that waits for a person, or was taken over by one."""
    return {
        "objet": "ligne",
        "nature": ouvert.action.geste,
        **action_en_json(ouvert.action),
        "base": _quantites_json(ouvert.action.base),
        "ouvert_le": ouvert.ouvert_le,
    }


def action_en_json(action: Action) -> dict[str, object]:
    """One action of a plan."""
    origine = action.deplace_de
    return {
        "geste": action.geste,
        "chantier": action.cle.code_chantier,
        "salarie": action.cle.code_salarie,
        "debut": action.cle.debut,
        "avant": _quantites_json(action.avant),
        "apres": _quantites_json(action.apres),
        "motif": action.motif,
        "gagnant": None if action.jugement is None else action.jugement.gagnant,
        "raison": "" if action.jugement is None else action.jugement.raison,
        "creneaux": list(action.creneaux),
        "deplace_de": None
        if origine is None
        else {"chantier": origine.code_chantier, "salarie": origine.code_salarie, "debut": origine.debut},
    }


def _quantites_json(quantites: "Quantites | None") -> dict[str, Decimal] | None:
    if quantites is None:
        return None
    nombres = {"heures": quantites.heures, "trajet": quantites.trajet, "panier": quantites.panier}
    return nombres | {f"NbH{numero}": combien for numero, combien in quantites.plus}
