"""`connecteur audit`: the trail, most recent first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import commande
from connecteur.sync.vue_json import json_de_l_evenement
from sages_commun.web.format import date_heure


@dataclass(frozen=True, slots=True)
class Filtre:
    """Which events are asked for."""

    objet: str | None
    cle: str | None
    avant: int | None
    limite: int


def audit(filtre: Filtre, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Show who did what."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        notes = systemes.tampon.list_evenements(filtre.objet, filtre.cle, filtre.limite + 1, filtre.avant)
        montrees = notes[: filtre.limite]
        suite = montrees[-1].id if len(notes) > filtre.limite else None
        if not montrees:
            sortie.dit("Rien dans la piste d’audit.")
        else:
            table = Table(
                "n°", "le", "qui", "geste", "sur", "avant → après", box=None, header_style="dim", pad_edge=False
            )
            for note in montrees:
                e = note.evenement
                table.add_row(
                    str(note.id),
                    date_heure(note.le, systemes.fuseau),
                    Text(e.qui),
                    Text(e.geste),
                    Text(f"{e.objet} {e.cle}".strip()),
                    Text(f"{bref(e.avant)} → {bref(e.apres)}" if e.avant or e.apres else bref(e.detail)),
                )
            sortie.dit(table)
            if suite is not None:
                sortie.dit(f"La suite : --avant {suite}")
        sortie.rend({"ok": True, "elements": [json_de_l_evenement(note) for note in montrees], "suite": suite})


def bref(contenu: Mapping[str, Any] | None) -> str:
    """What an event holds, on one line."""
    return ", ".join(f"{cle} {_valeur(valeur)}" for cle, valeur in (contenu or {}).items()) or "—"


def _valeur(valeur: object) -> str:
    match valeur:
        case None | "":
            return "—"
        case bool():
            return "oui" if valeur else "non"
        case str():
            return valeur
        case _:
            return json.dumps(valeur, ensure_ascii=False, default=str)
