"""`connecteur conflits`: carried out."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import Sortie, commande, qui
from connecteur.cli.vue_run import EcartOuvert, ecart_en_json
from connecteur.domain.conflit import Cote
from connecteur.errors import ErreurPermanente
from sages_commun.web.format import date_heure, pluriel, typographie


class ConflitOuvert(EcartOuvert, Protocol):
    """One field on which a chantier and its project differ, or differed."""

    @property
    def genre(self) -> str: ...
    @property
    def libelle(self) -> str: ...
    @property
    def resolu_le(self) -> datetime | None: ...
    @property
    def run(self) -> str: ...
    @property
    def decision(self) -> Cote | None: ...
    @property
    def decide_par(self) -> str | None: ...
    @property
    def decision_suite(self) -> str | None: ...


COTES = {"batigest": Cote.BATIGEST, "batisimply": Cote.BATISIMPLY}


def liste(config: Path | None, dossier: str | None, *, tous: bool, en_json: bool, detail: bool) -> None:
    """Every conflict of the chantiers, open ones first."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        conflits = systemes.tampon.list_conflits_chantiers(resolus=tous)
        _montre(conflits, systemes.fuseau, sortie)
        sortie.rend({"ok": True, "chantiers": [conflit_en_json(conflit) for conflit in conflits]})


def decide(
    code: str, champ: str, choix: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool
) -> None:
    """Say whose value is kept."""
    cote = COTES[choix]
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        systemes.tampon.decide_conflit_chantier(code, champ, cote, qui())
        sortie.dit(
            typographie(
                f"Chantier {code}, {champ} : la valeur de {cote.value} sera gardée à la prochaine synchronisation."
            )
        )
        sortie.rend({"ok": True, "chantier": code, "champ": champ, "choix": cote})


def garde(config: Path | None, dossier: str | None, *, confirmer: bool, en_json: bool, detail: bool) -> None:
    """Show, or confirm, the closing of many projects."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        demande = systemes.tampon.read_garde_chantiers(systemes.dossier.mode)
        if demande is None:
            if confirmer:
                raise ErreurPermanente("Aucune fermeture n’attend de confirmation.")
            sortie.dit("Aucune fermeture n’attend de confirmation.")
            sortie.rend({"ok": True, "demande": None})
            return
        if confirmer:
            systemes.tampon.confirme_garde_chantiers(demande.id, qui())
        codes = sorted(demande.codes)
        sortie.dit(Text(f"{pluriel(len(codes), 'projet')} à fermer ({demande.restent} resteraient ouverts)", "bold"))
        sortie.dit(", ".join(codes))
        confirmee = confirmer or demande.confirmee_par is not None
        sortie.dit(
            "Confirmé : la prochaine synchronisation les fermera." if confirmee else "En attente d’une confirmation."
        )
        sortie.rend(
            {
                "ok": True,
                "demande": {
                    "id": demande.id,
                    "chantiers": codes,
                    "restent": demande.restent,
                    "demandee_le": demande.demandee_le,
                    "confirmee": confirmee,
                },
            }
        )


def conflit_en_json(conflit: ConflitOuvert) -> dict[str, object]:
    """One field on which both sides differ, or differed."""
    return {
        **ecart_en_json(conflit),
        "genre": conflit.genre,
        "libelle": conflit.libelle,
        "resolu": conflit.resolu_le is not None,
        "resolu_le": conflit.resolu_le,
        "run": conflit.run,
        "decision": conflit.decision,
        "decide_par": conflit.decide_par,
        "decision_suite": conflit.decision_suite,
    }


def _montre(conflits: Sequence[ConflitOuvert], fuseau: ZoneInfo, sortie: Sortie) -> None:
    if not conflits:
        sortie.dit("Aucun conflit de chantiers.")
        return
    table = Table("chantier", "champ", "Batigest", "BatiSimply", "l’emporte", "pourquoi", box=None, header_style="dim")
    for conflit in conflits:
        ecart = conflit.ecart
        gagnant = ecart.gagnant.value if ecart.gagnant else "—"
        if conflit.decision and conflit.decision_suite is None:
            gagnant = f"{conflit.decision.value} (décidé par {conflit.decide_par})"
        table.add_row(
            Text(f"{conflit.code} {conflit.libelle}".strip()),
            Text(ecart.champ),
            _valeur(ecart.notre, ecart.date_batigest, fuseau),
            _valeur(ecart.leur, ecart.date_batisimply, fuseau),
            Text(gagnant, style="" if conflit.resolu_le else "bold yellow"),
            Text(typographie(ecart.raison or "Changé dans BatiSimply seulement : gardé.")),
        )
    sortie.dit(table)


def _valeur(valeur: str | None, le: datetime | None, fuseau: ZoneInfo) -> Text:
    texte = Text(valeur or "—")
    return texte.append(f"\n{date_heure(le, fuseau)}", style="dim") if le else texte
