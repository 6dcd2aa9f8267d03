"""The matrix as a page of the documentation: written from what was played, read back by the tests."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connecteur.domain.run import Fleche

from .jeu import Issue
from .pannes import PANNES, Duree, Panne

TITRES = {
    Fleche.PULL_CHANTIERS: "lire les chantiers",
    Fleche.PUSH_CHANTIERS: "envoyer les chantiers",
    Fleche.PULL_HEURES: "lire les heures",
    Fleche.PUSH_HEURES: "écrire les heures",
}
INSECABLE = "\u00a0"
Cellule = tuple[str, Fleche]
"""The name of a fault, and an arrow."""

INTRODUCTION = """\
# Ce que devient chaque panne

<!-- Page écrite par « python run.py matrice », qui joue chaque panne sur de vraies pièces. Ne la modifiez pas. -->

Chaque panne frappe chaque flèche au milieu de son travail, deux fois : *passagère* (un seul coup) et *durable*
(jusqu’à la fin du run). Puis elle est levée et une synchronisation de plus est faite. Dans chaque case, sans exception,
les deux bouts sont alors, ligne pour ligne et champ pour champ, ceux d’une synchronisation que rien n’a dérangée,
l’invariant tient et aucun rejet ne reste : aucune heure n’est perdue, aucune n’est doublée.

## Vue d’ensemble

Dans chaque case : le verdict si la panne est passagère / si elle est durable.
"""
DETAIL = """
## Le détail

*Reprises* : « l’appel seul », la demande ou la tranche a été refaite à l’intérieur de la flèche ; « la flèche », elle a
été refaite en entier ; « aucune », recommencer n’y changerait rien, ou le reste a continué sans attendre. Le message
est le premier qu’une personne lit.
"""


@dataclass
class Tableau:
    """The cells played so far."""

    issues: dict[tuple[Cellule, Duree], Issue] = field(default_factory=dict)

    def note(self, panne: Panne, fleche: Fleche, duree: Duree, issue: Issue) -> None:
        """One more."""
        self.issues[(panne.nom, fleche), duree] = issue

    @property
    def complet(self) -> bool:
        """Whether every cell that has something to try was played."""
        return len(self.issues) == len(Duree) * sum(1 for _ in cellules())

    def verdicts(self) -> dict[Cellule, str]:
        """Cell > « réussi / échec »."""
        return {(panne.nom, fleche): self._verdicts(panne, fleche) for panne, fleche in cellules()}

    def page(self) -> str:
        """The whole page."""
        return insecable("\n".join([INTRODUCTION, *self._ensemble(), DETAIL, *self._detail(), ""]))

    def _verdicts(self, panne: Panne, fleche: Fleche) -> str:
        return " / ".join(self.issues[(panne.nom, fleche), duree].verdict.value for duree in Duree)

    def _ensemble(self) -> Iterator[str]:
        yield _ligne("panne", *TITRES.values())
        yield _ligne(*["---"] * (1 + len(TITRES)))
        for panne in PANNES:
            cases = [
                f"— : {raison}" if (raison := panne.raison_absente(fleche)) else self._verdicts(panne, fleche)
                for fleche in Fleche
            ]
            yield _ligne(f"{panne.systeme} : {panne.nom}", *cases)

    def _detail(self) -> Iterator[str]:
        colonnes = ("panne", "flèche", "durée", "verdict", "reprises", "message", "après la synchronisation suivante")
        yield _ligne(*colonnes)
        yield _ligne(*["---"] * len(colonnes))
        for panne, fleche in cellules():
            for duree in Duree:
                issue = self.issues[(panne.nom, fleche), duree]
                yield _ligne(
                    panne.nom,
                    TITRES[fleche],
                    duree,
                    issue.verdict,
                    issue.reprises,
                    issue.message or "aucun",
                    issue.apres,
                )


def cellules() -> Iterator[tuple[Panne, Fleche]]:
    """The cells in which there is something to try."""
    for panne in PANNES:
        for fleche in Fleche:
            if not panne.raison_absente(fleche):
                yield panne, fleche


def lit_ensemble(page: str) -> tuple[list[str], dict[str, list[str]]]:
    """The columns of the first table of the page, and its rows: name > cells."""
    page = page.replace(INSECABLE, " ")
    lignes = [ligne for ligne in page.partition("\n## Le détail")[0].splitlines() if ligne.startswith("| ")]
    tables = [[case.strip() for case in ligne.strip("| ").split(" | ")] for ligne in lignes]
    return tables[0], {rang[0]: rang[1:] for rang in tables[2:]}


def verdicts_ecrits(page: str) -> Mapping[Cellule, str]:
    """Cell > what the page says of it."""
    _, rangs = lit_ensemble(page)
    return {
        (panne.nom, fleche): case
        for panne in PANNES
        for fleche, case in zip(Fleche, rangs.get(f"{panne.systeme} : {panne.nom}", []), strict=False)
    }


def insecable(texte: str) -> str:
    """The text with the spaces of French typography that must not break."""
    return re.sub(r"(?<=«) | (?=[»;!?])| (?=:\s)", INSECABLE, texte)


def _ligne(*cases: str) -> str:
    return "| " + " | ".join(case.replace("|", "\\|") for case in cases) + " |"
