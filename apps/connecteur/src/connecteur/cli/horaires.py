"""`connecteur horaires`: carried out."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import horaires_de, ouvre_connecteur, ouvre_systemes
from connecteur.cli.sortie import Sortie, commande, par_dossier, qui
from connecteur.domain.horaire import Cadence
from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide
from connecteur.planification.horaires import EtatHoraire
from connecteur.planification.saisie import lit_horaire
from sages_commun.web.format import date_heure

if TYPE_CHECKING:
    from connecteur.bootstrap import Systemes

Saisi = tuple[Cadence, int, str]
"""Cadence, number, hours: as typed."""


def lit(*, temps_reel: int | None, minutes: int | None, heures: str | None, demande: bool) -> list[Saisi]:
    """The kinds of schedule that were asked for: there must be one."""
    saisis: list[Saisi] = []
    if temps_reel is not None:
        saisis.append((Cadence.TEMPS_REEL, temps_reel, ""))
    if minutes is not None:
        saisis.append((Cadence.MINUTES, minutes, ""))
    if heures is not None:
        saisis.append((Cadence.JOURS, 0, heures))
    if demande:
        saisis.append((Cadence.A_LA_DEMANDE, 0, ""))
    return saisis


def montre(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """The schedule of each flow, and when it runs next."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_connecteur(config, dossier) as connecteur:
        etats = {code: horaires_de(systemes).list_horaires() for code, systemes in connecteur.dossiers.items()}
        table = Table("dossier", "flux", "horaire", "prochaine", box=None, header_style="dim", pad_edge=False)
        for code, liste in etats.items():
            for etat in liste:
                prochaine = _prochaine(etat, connecteur.dossiers[code])
                table.add_row(code, etat.flux.value, Text(etat.phrase), Text(prochaine))
        sortie.dit(table)
        if not any(not executant.passager for executant in connecteur.executants.list_vivants()):
            sortie.dit(Text("Aucun « connecteur serve » ne fonctionne : rien ne se fera de soi-même.", style="yellow"))
        sortie.rend(
            par_dossier(
                {
                    code: {"ok": True, "horaires": [en_json_etat(etat) for etat in liste]}
                    for code, liste in etats.items()
                },
                ok=True,
            )
        )


def change(
    flux: Flux,
    saisis: list[Saisi],
    jours: str,
    plage: str,
    *,
    config: Path | None,
    dossier: str | None,
    en_json: bool,
    detail: bool,
) -> None:
    """Give a flow a schedule."""
    with commande(en_json=en_json, detail=detail) as sortie:
        if len(saisis) != 1:
            raise ConfigurationInvalide(
                "Dites une cadence, et une seule.",
                remede="« --temps-reel », « --minutes », « --a » ou « --a-la-demande ».",
            )
        cadence, nombre, heures = saisis[0]
        horaire = lit_horaire(cadence, nombre=nombre, heures=heures, jours=jours, plage=plage)
        with ouvre_systemes(config, dossier) as systemes:
            horaires_de(systemes).change_horaire(flux, horaire, qui())
            _dit_etat(flux, systemes, sortie)
            if horaire.marche and systemes.tampon.runs.dernier(flux) is None:
                conseil = f"regardez d’abord « connecteur sync {flux.value} --apercu »."
                sortie.dit(Text(f"Ce flux n’a jamais été synchronisé : {conseil}", style="yellow"))


def suspend(flux: Flux, config: Path | None, dossier: str | None, *, pause: bool, en_json: bool, detail: bool) -> None:
    """Pause, or go on."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        horaires = horaires_de(systemes)
        (horaires.pause if pause else horaires.reprend)(flux, qui())
        _dit_etat(flux, systemes, sortie)


def _dit_etat(flux: Flux, systemes: "Systemes", sortie: Sortie) -> None:
    etat = next(etat for etat in horaires_de(systemes).list_horaires() if etat.flux is flux)
    sortie.dit(f"{flux.value.capitalize()} : {etat.phrase}. Prochaine synchronisation : {_prochaine(etat, systemes)}.")
    sortie.rend({"ok": True, **en_json_etat(etat)})


def _prochaine(etat: EtatHoraire, systemes: "Systemes") -> str:
    if etat.prochaine is None:
        return "jamais de soi-même"
    quand = "tout de suite" if etat.prochaine <= systemes.horloge() else date_heure(etat.prochaine, systemes.fuseau)
    if not etat.echecs:
        return quand
    return f"prochain essai : {quand} (a échoué {etat.echecs} fois de suite)"


def en_json_etat(etat: EtatHoraire) -> dict[str, object]:
    """For a program."""
    return {
        "flux": etat.flux,
        "cadence": etat.horaire.cadence,
        "phrase": etat.phrase,
        "en_pause": etat.horaire.en_pause,
        "prochaine": etat.prochaine,
        "echecs": etat.echecs,
        "modifie_le": etat.modifie_le,
        "modifie_par": etat.modifie_par,
    }
