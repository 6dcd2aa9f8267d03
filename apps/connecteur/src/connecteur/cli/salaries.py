"""`connecteur salaries`: carried out."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_dossier, ouvre_systemes
from connecteur.cli.sortie import commande, qui
from connecteur.cli.synchro import refuse_sans_licence
from connecteur.domain.correspondance import EtatCorrespondance
from connecteur.domain.run import Flux
from connecteur.domain.salarie import Salarie
from connecteur.sync import salaries
from connecteur.sync.salaries import Suggestion, UtilisateurRelie, VueSalaries, vue_salaries
from connecteur.sync.vue_json import json_de_la_correspondance, json_de_la_suggestion, json_du_relie, json_du_salarie
from sages_commun.web.format import date_jour, heures, nombre, pluriel, typographie

LARGEUR_UUID = 36

A_DIRE: dict[EtatCorrespondance, str] = {
    EtatCorrespondance.ECARTEE: "associé à la main à un autre ; Batigest l’emporte",
    EtatCorrespondance.ROMPUE: "associé à un salarié qui n’est plus dans Batigest",
    EtatCorrespondance.A_CONFIRMER: "ce salarié a un autre utilisateur : à confirmer",
}


def liste(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Everyone."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        vue = vue_salaries(systemes.tampon)
        sortie.dit(*en_texte(vue, systemes.fuseau))
        sortie.rend(
            {
                "ok": True,
                "utilisateurs": [json_du_relie(relie) for relie in vue.utilisateurs],
                "sans_utilisateur": [json_du_salarie(salarie) for salarie in vue.sans_utilisateur],
            }
        )


def suggere(utilisateur: str | None, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Who may be who."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        trouvees = salaries.suggere(systemes.tampon, utilisateur.strip().lower() if utilisateur else None)
        sortie.dit(*suggestions_en_texte(trouvees))
        sortie.rend({"ok": True, "suggestions": [json_de_la_suggestion(suggestion) for suggestion in trouvees]})


def associe(
    utilisateur: str,
    code: str,
    config: Path | None,
    dossier: str | None,
    *,
    partage: bool,
    en_json: bool,
    detail: bool,
) -> None:
    """Map a user to a salarié."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        lien = systemes.tampon.associe_salarie(utilisateur, code, qui(), partage=partage)
        sortie.dit(
            typographie(f"Associé au salarié {lien.code_salarie} : ses heures partent à la prochaine synchronisation.")
        )
        sortie.rend({"ok": True, "correspondance": json_de_la_correspondance(lien)})


def dissocie(utilisateur: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Undo it."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        systemes.tampon.dissocie_salarie(utilisateur, qui())
        sortie.dit("Dissocié.")
        sortie.rend({"ok": True, "utilisateur": utilisateur})


def ecris_codebs(code: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Fill the empty cell of one salarié in Batigest. Raises `LicenceRefusee`, as `sync heures` does."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_dossier(config, dossier) as connecteur:
        refuse_sans_licence(connecteur, Flux.HEURES)
        systemes = connecteur.premier
        bouts = systemes.bouts
        ecrit = salaries.ecris_codebs(systemes.tampon, bouts.batigest, code, qui(), permis=bouts.ecrire_codebs)
        sortie.dit(
            f"L’identifiant du salarié {code} est écrit dans Batigest."
            if ecrit
            else f"L’identifiant du salarié {code} était déjà dans Batigest."
        )
        sortie.rend({"ok": True, "ecrit": ecrit})


def en_texte(vue: VueSalaries, fuseau: ZoneInfo) -> Iterator[RenderableType]:
    """For a person."""
    if not vue.utilisateurs:
        yield Text("Aucun utilisateur connu : lancez d’abord « connecteur sync heures ».")
    else:
        table = Table(box=None, header_style="dim", pad_edge=False)
        table.add_column("utilisateur", no_wrap=True, min_width=LARGEUR_UUID)  # to be copied: never cut
        for titre in ("nom", "salarié", "par"):
            table.add_column(titre)
        for titre in ("créneaux", "en attente"):
            table.add_column(titre, justify="right")
        table.add_column("dernier")
        table.add_column("à regarder")
        for relie in vue.utilisateurs:
            table.add_row(*_rangee(relie, fuseau))
        yield table
    if vue.sans_utilisateur:
        combien = pluriel(len(vue.sans_utilisateur), "salarié sans utilisateur", "salariés sans utilisateur")
        yield Text(typographie(f"\n{combien} : {', '.join(_nomme(s) for s in vue.sans_utilisateur)}"))


def _rangee(relie: UtilisateurRelie, fuseau: ZoneInfo) -> Iterator[RenderableType]:
    connu = relie.utilisateur
    yield Text(connu.id, style="dim")
    yield Text(connu.nom)
    yield Text(", ".join(_nomme(salarie) for salarie in relie.salaries) or "—")
    yield relie.source
    yield nombre(connu.creneaux)
    yield f"{nombre(connu.en_attente)} ({heures(connu.heures_en_attente)})" if connu.en_attente else ""
    yield date_jour(connu.dernier, fuseau)
    yield Text(_a_dire(relie), style="yellow")


def _a_dire(relie: UtilisateurRelie) -> str:
    etat = relie.correspondance.etat if relie.correspondance else None
    if etat in A_DIRE:
        return A_DIRE[etat]
    if len(relie.salaries) > 1:
        return "plusieurs salariés portent cet identifiant dans Batigest"
    return "" if relie.salaries else "à associer"


def suggestions_en_texte(suggestions: list[Suggestion]) -> Iterator[RenderableType]:
    """For a person, with the command to type."""
    if not suggestions:
        yield Text("Aucune suggestion : personne n’attend, ou aucun nom ne ressemble.")
        return
    table = Table("utilisateur", "nom", "salarié possible", box=None, header_style="dim", pad_edge=False)
    table.add_column("ressemblance", justify="right")
    for suggestion in suggestions:
        table.add_row(
            Text(suggestion.utilisateur.id, style="dim"),
            Text(suggestion.utilisateur.nom),
            Text(_nomme(suggestion.salarie)),
            typographie(f"{suggestion.ressemblance} %"),
        )
    yield table
    yield Text("Rien n’est associé de soi-même : « connecteur salaries associe UTILISATEUR CODE ».")


def _nomme(salarie: Salarie) -> str:
    return f"{salarie.code} {salarie.nom_complet}" if salarie.nom_complet != salarie.code else salarie.code
