"""`connecteur reglages`: carried out."""

import json
from pathlib import Path

from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import commande, qui
from connecteur.errors import ConfigurationInvalide
from connecteur.settings.surcharge import list_effectifs
from sages_commun.web.format import date_heure


def montre(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Every setting that can be changed, as it stands. What was changed stands out."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        changes = {un.cle: un for un in systemes.tampon.list_reglages()}
        effectifs = list_effectifs(systemes.reglages.dossier, {cle: un.valeur for cle, un in changes.items()})
        table = Table("réglage", "valeur", "dans le fichier", "changé", box=None, header_style="dim", pad_edge=False)
        for effectif in effectifs:
            change = changes.get(effectif.cle)
            table.add_row(
                Text(effectif.cle),
                Text(_texte(effectif.valeur), style="bold" if effectif.surcharge else ""),
                Text(_texte(effectif.fichier), style="dim"),
                Text(f"{date_heure(change.modifie_le, systemes.fuseau)} par {change.modifie_par}" if change else ""),
            )
        sortie.dit(table)
        sortie.rend(
            {
                "ok": True,
                "reglages": [
                    {
                        "cle": effectif.cle,
                        "valeur": effectif.valeur,
                        "fichier": effectif.fichier,
                        "change": effectif.surcharge,
                        "modifie_le": changes[effectif.cle].modifie_le if effectif.surcharge else None,
                        "modifie_par": changes[effectif.cle].modifie_par if effectif.surcharge else None,
                    }
                    for effectif in effectifs
                ],
            }
        )


def change(cle: str, valeur: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Lay a value over the file's."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        lue = systemes.change_reglage(cle, valeur, qui())
        sortie.dit(f"« {cle} » vaut désormais {_texte(lue)} ; la synchronisation suivante en tient compte.")
        sortie.rend({"ok": True, "cle": cle, "valeur": lue})


def retire(cle: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Go back to the file's value."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        if not systemes.tampon.retire_reglage(cle, qui()):
            raise ConfigurationInvalide(
                f"Le réglage « {cle} » n’avait pas été changé.",
                remede="« connecteur reglages montre » dit lesquels l’ont été.",
            )
        sortie.dit(f"« {cle} » reprend la valeur du fichier.")
        sortie.rend({"ok": True, "cle": cle})


def _texte(valeur: object) -> str:
    match valeur:
        case None:
            return "aucun"
        case bool():
            return "oui" if valeur else "non"
        case str():
            return valeur
        case _:
            return json.dumps(valeur, ensure_ascii=False)
