"""`connecteur explique`: the paragraph to read aloud, then the facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import commande
from connecteur.domain.heure import Quantites, debut_local
from connecteur.domain.histoire import CreneauSuivi, EcritureSuivie
from connecteur.errors import ConfigurationInvalide
from connecteur.sync.explication import CreneauExplique, cadre_de, explique_creneau, explique_ligne
from connecteur.sync.recit import raconte_creneau, raconte_ligne
from connecteur.sync.vue_json import json_de_la_ligne, json_du_creneau
from sages_commun.web.format import date_heure, heures


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: three codes, or one slot."""

    salarie: str | None
    chantier: str | None
    jour: date | None
    creneau: str | None

    def ligne(self) -> tuple[str, str, date] | None:
        """Salarié, chantier and day; None: a slot is meant. Raises `ConfigurationInvalide` when it is neither."""
        if self.salarie and self.chantier and self.jour and not self.creneau:
            return self.salarie, self.chantier, self.jour
        if self.creneau and not (self.salarie or self.chantier or self.jour):
            return None
        raise ConfigurationInvalide(
            "Dites quelle heure expliquer.",
            remede="Donnez --salarie, --chantier et --jour, tous les trois ; ou bien --creneau seul.",
        )


def explique(question: Question, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Explain a line or a slot."""
    with commande(en_json=en_json, detail=detail) as sortie:
        demandee = question.ligne()
        with ouvre_systemes(config, dossier) as systemes:
            bouts, fuseau = systemes.bouts, systemes.fuseau
            cadre = cadre_de(bouts)
            if demandee is None:
                un = explique_creneau(systemes.tampon, cadre, (question.creneau or "").strip())
                recit, faits = raconte_creneau(un, fuseau), _faits([], un.memoire.ecritures, fuseau)
                explication = json_du_creneau(un, fuseau)
            else:
                salarie, chantier, jour = demandee
                ligne = explique_ligne(
                    systemes.tampon, bouts.batigest, cadre, salarie=salarie, chantier=chantier, jour=jour
                )
                recit, faits = raconte_ligne(ligne, fuseau), _faits(ligne.creneaux, ligne.memoire.ecritures, fuseau)
                explication = json_de_la_ligne(ligne, fuseau)
        sortie.dit(Text(recit))
        if detail:
            sortie.dit(*faits)
        sortie.rend({"ok": True, "explication": explication})


def _faits(
    creneaux: Sequence[CreneauExplique], ecritures: Sequence[EcritureSuivie], fuseau: ZoneInfo
) -> Iterator[RenderableType]:
    if creneaux:
        table = Table("créneau", "début", "durée", "état", "situation", "lu le", box=None, header_style="dim")
        for explique_ in creneaux:
            table.add_row(*_creneau(explique_.suivi, fuseau), explique_.situation.value, _lu(explique_.suivi, fuseau))
        yield table
    if ecritures:
        table = Table("le", "geste", "début", "avant", "après", "run", "état", box=None, header_style="dim")
        for ecriture in ecritures:
            action = ecriture.action
            table.add_row(
                date_heure(ecriture.le, fuseau),
                action.geste.value,
                f"{action.cle.debut:%d/%m/%Y %H:%M}",
                _quantites(action.avant),
                _quantites(action.apres),
                Text(ecriture.run),
                ecriture.etat,
            )
        yield table


def _creneau(suivi: CreneauSuivi, fuseau: ZoneInfo) -> Iterable[RenderableType]:
    c = suivi.creneau
    debut = debut_local(c.debut, fuseau)
    duree = "—" if c.minutes is None else heures(c.minutes / 60)
    return Text(c.id), f"{debut:%d/%m/%Y %H:%M}", duree, Text(c.statut)


def _lu(suivi: CreneauSuivi, fuseau: ZoneInfo) -> str:
    return date_heure(suivi.change_le, fuseau)


def _quantites(quantites: Quantites | None) -> str:
    return "—" if quantites is None else heures(quantites.heures)
