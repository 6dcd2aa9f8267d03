"""`connecteur verifier`: the invariant, per salarié and chantier."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_connecteur
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande, par_dossier
from connecteur.domain.invariant import Constat, Cumul, LigneAPart, Nature
from connecteur.errors import DossierOccupe
from connecteur.sync.ports import Verrou
from connecteur.sync.run import verifie_dossier
from sages_commun.web.format import heures, nombre, pluriel

ATTENTE_RUN_S = 600.0
REGARD_S = 0.5


def verifie(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Check the invariant over the window; exit code 1 when it does not hold."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_connecteur(config, dossier) as connecteur:
        constats: dict[str, Constat] = {}
        for code, systemes in connecteur.dossiers.items():
            with _au_repos(systemes.tampon, sortie):
                constats[code] = verifie_dossier(systemes.bouts)
            if len(connecteur.dossiers) > 1:
                sortie.dit(Text(f"\nDossier {code}", style="bold"))
            sortie.dit(*en_texte(constats[code]))
        tient = all(constat.tient for constat in constats.values())
        sortie.rend(
            par_dossier(
                {code: {"ok": constat.tient, **constat_en_json(constat)} for code, constat in constats.items()},
                ok=tient,
            )
        )
        raise Fin(Code.REUSSI if tient else Code.ECHEC)


@contextmanager
def _au_repos(verrou: Verrou, sortie: Sortie) -> Iterator[None]:
    """Hold the dossier, once the run under way is over: counting under its pen would find errors that are none.

    Raises `DossierOccupe` when it does not end.
    """
    limite = time.monotonic() + ATTENTE_RUN_S
    with ExitStack() as pile:
        prevenu = False
        while True:
            try:
                pile.enter_context(verrou.exclusif())
                break
            except DossierOccupe:
                if time.monotonic() >= limite:
                    raise
            if not prevenu:
                sortie.erreurs.print("Une synchronisation est en cours : j’attends qu’elle se termine…")
                prevenu = True
            time.sleep(REGARD_S)
        yield


TITRES = {
    Nature.CONFLIT: "À part : en conflit, une personne doit décider",
    Nature.RETENUE: "À part : retenues par la garde ; « connecteur garde confirme » les laissera passer",
    Nature.REPRISE: "À part : lignes prises en main dans Batigest",
    Nature.PERIODE_CLOSE: "À part : écarts d’une période close, plus rien n’y change",
}
"""Why lines are listed apart, in the order in which a person looks."""


@dataclass(slots=True)
class Somme:
    """One salarié on one chantier, over the window."""

    jours: set[date]
    attendu: Decimal = Decimal(0)
    present: Decimal = Decimal(0)
    lignes: int = 0
    jours_faux: int = 0


def sommes(constat: Constat) -> dict[tuple[str, str], Somme]:
    """(salarié, chantier) > its sums, sorted."""
    faux = {id(cumul) for cumul in constat.faux}
    par_couple: defaultdict[tuple[str, str], Somme] = defaultdict(lambda: Somme(set()))
    for cumul in constat.cumuls:
        somme = par_couple[cumul.code_salarie, cumul.code_chantier]
        somme.jours.add(cumul.jour)
        somme.attendu += cumul.attendu
        somme.present += cumul.present
        somme.lignes += cumul.lignes
        somme.jours_faux += id(cumul) in faux
    return dict(sorted(par_couple.items()))


def en_texte(constat: Constat) -> Iterator[RenderableType]:
    """For a person: every sum, then what does not hold day by day, what is listed apart, and the verdict."""
    toutes = sommes(constat)
    yield _table(toutes)
    if constat.faux:
        yield Text("\nJours qui ne sont pas justes", style="bold red")
        yield Padding(_table_faux(constat.faux), (0, 0, 0, 2), expand=False)
    for nature, titre in TITRES.items():
        lignes = [ligne for ligne in constat.a_part if ligne.nature is nature]
        if lignes:
            yield Text(f"\n{titre}", style="bold yellow")
            yield Padding(_table_a_part(lignes), (0, 0, 0, 2), expand=False)
    if constat.inexpliques:
        yield Text(f"\n{pluriel(len(constat.inexpliques), 'créneau', 'créneaux')} sans explication", style="bold red")
        yield Padding(Text(", ".join(constat.inexpliques)), (0, 0, 0, 2), expand=False)
    attendu = sum((somme.attendu for somme in toutes.values()), Decimal(0))
    present = sum((somme.present for somme in toutes.values()), Decimal(0))
    if constat.tient:
        yield Text(
            f"\nLes comptes sont justes : {heures(present)} dans Batigest pour {heures(attendu)} validées, "
            f"{pluriel(len(toutes), 'couple')} salarié-chantier.",
            style="bold green",
        )
    else:
        yield Text(
            f"\nLes comptes ne sont pas justes : {heures(present)} dans Batigest pour {heures(attendu)} validées.",
            style="bold red",
        )
        yield Text("Relancez « connecteur sync heures », puis recomptez ; si l’écart demeure, appelez le support.")


def _table(toutes: dict[tuple[str, str], Somme]) -> Table:
    table = Table("salarié", "chantier", box=None, header_style="dim", pad_edge=False)
    for titre in ("jours", "validé", "dans Batigest", "écart"):
        table.add_column(titre, justify="right")
    for (salarie, chantier), somme in toutes.items():
        table.add_row(
            Text(salarie),
            Text(chantier),
            nombre(len(somme.jours)),
            heures(somme.attendu),
            heures(somme.present),
            _ecart(somme.present - somme.attendu),
            style="red" if somme.jours_faux else "",
        )
    return table


def _table_faux(faux: list[Cumul]) -> Table:
    table = Table("jour", "salarié", "chantier", box=None, header_style="dim", pad_edge=False)
    for titre in ("validé", "dans Batigest", "écart"):
        table.add_column(titre, justify="right")
    for cumul in faux:
        table.add_row(
            f"{cumul.jour:%d/%m/%Y}",
            Text(cumul.code_salarie),
            Text(cumul.code_chantier),
            heures(cumul.attendu),
            heures(cumul.present),
            _ecart(cumul.ecart),
        )
    return table


def _table_a_part(lignes: Sequence[LigneAPart]) -> Table:
    table = Table("début", "salarié", "chantier", "raison", box=None, header_style="dim", pad_edge=False)
    for titre in ("validé", "dans Batigest", "écart"):
        table.add_column(titre, justify="right")
    for ligne in lignes:
        table.add_row(
            f"{ligne.cle.debut:%d/%m/%Y %H:%M}",
            Text(ligne.cle.code_salarie),
            Text(ligne.cle.code_chantier),
            ligne.raison,
            heures(ligne.attendu),
            heures(ligne.present),
            _ecart(ligne.ecart),
        )
    return table


def _ecart(ecart: Decimal) -> str:
    arrondi = round(ecart, 2)
    return "" if not arrondi else ("+" if arrondi > 0 else "") + heures(arrondi)


def constat_en_json(constat: Constat) -> dict[str, object]:
    """For a program."""
    return {
        "tient": constat.tient,
        "sommes": [
            {
                "salarie": salarie,
                "chantier": chantier,
                "jours": len(somme.jours),
                "attendu": somme.attendu,
                "present": somme.present,
                "lignes": somme.lignes,
                "jours_faux": somme.jours_faux,
            }
            for (salarie, chantier), somme in sommes(constat).items()
        ],
        "faux": [
            {
                "salarie": cumul.code_salarie,
                "chantier": cumul.code_chantier,
                "jour": cumul.jour,
                "attendu": cumul.attendu,
                "present": cumul.present,
            }
            for cumul in constat.faux
        ],
        "a_part": [
            {
                "salarie": ligne.cle.code_salarie,
                "chantier": ligne.cle.code_chantier,
                "debut": ligne.cle.debut,
                "nature": ligne.nature,
                "raison": ligne.raison,
                "attendu": ligne.attendu,
                "present": ligne.present,
                "ecart": ligne.ecart,
            }
            for ligne in constat.a_part
        ],
        "inexpliques": constat.inexpliques,
    }
