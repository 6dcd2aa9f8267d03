"""`connecteur rejets`: carried out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import commande, qui
from connecteur.domain.page import Page
from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, RejetSuivi
from connecteur.sync.explication import cadre_de
from connecteur.sync.vue_json import json_du_rejet
from sages_commun.web.format import date_heure, nombre, pluriel, typographie


@dataclass(frozen=True, slots=True)
class Filtre:
    """Which rejets are asked for; `etat` is a name of `EtatRejet`."""

    etat: str
    motif: MotifRejet | None
    objet: ObjetRejet | None
    recherche: str | None
    page: int
    par_page: int


def liste(filtre: Filtre, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """One page of the rejets."""
    etat = EtatRejet[filtre.etat]
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        page = systemes.tampon.list_rejets(
            motif=filtre.motif,
            objet=filtre.objet,
            etat=etat,
            recherche=filtre.recherche,
            page=filtre.page,
            par_page=filtre.par_page,
        )
        sortie.dit(*en_texte(page, etat, systemes.fuseau, detail=detail))
        sortie.rend(
            {
                "ok": True,
                "elements": [json_du_rejet(suivi) for suivi in page.elements],
                "page": page.page,
                "par_page": page.par_page,
                "total": page.total,
            }
        )


def renvoie(numero: int, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Have the next run look at it again."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        suivi = systemes.tampon.renvoie_rejet(numero, qui())
        sortie.dit(typographie(f"Rejet n° {numero} : réexaminé à la prochaine synchronisation."))
        debut = cadre_de(systemes.bouts).debut_fenetre
        hors_fenetre = suivi.jour is not None and suivi.jour < debut
        if hors_fenetre:
            sortie.dit(
                Text(
                    typographie(
                        f"Mais son jour est sorti de la fenêtre, qui commence le {debut:%d/%m/%Y} : élargissez "
                        "« dossier.fenetre_jours » le temps d’une synchronisation."
                    ),
                    style="yellow",
                )
            )
        sortie.rend({"ok": True, "rejet": json_du_rejet(suivi), "hors_fenetre": hors_fenetre})


def ignore(numero: int, raison: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Set it apart, with a reason."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        suivi = systemes.tampon.ignore_rejet(numero, qui(), raison)
        sortie.dit(typographie(f"Rejet n° {numero} ignoré : il reviendra si l’enregistrement change."))
        sortie.rend({"ok": True, "rejet": json_du_rejet(suivi)})


def en_texte(page: Page[RejetSuivi], etat: EtatRejet, fuseau: ZoneInfo, *, detail: bool) -> Iterator[RenderableType]:
    """For a person."""
    mots = {EtatRejet.OUVERT: "ouvert", EtatRejet.IGNORE: "ignoré", EtatRejet.RESOLU: "résolu"}
    if not page.total:
        yield Text(f"Aucun rejet {mots[etat]}.")
        return
    pages = f", page {nombre(page.page)} sur {nombre(page.pages)}" if page.pages > 1 else ""
    yield Text(f"{pluriel(page.total, f'rejet {mots[etat]}', f'rejets {mots[etat]}s')}{pages}", style="bold")
    for suivi in page.elements:
        rejet = suivi.rejet
        yield Text.assemble((f"n° {suivi.id} ", "bold"), rejet.libelle)
        yield _retrait(typographie(rejet.phrase), "yellow")
        essais = f"{pluriel(suivi.tentatives, 'essai')} depuis le {date_heure(suivi.premier_le, fuseau)}"
        if etat is EtatRejet.IGNORE and suivi.ignore_le is not None:
            le = date_heure(suivi.ignore_le, fuseau)
            yield _retrait(typographie(f"Ignoré par {suivi.ignore_par} le {le} : « {suivi.ignore_raison} »"))
        elif etat is EtatRejet.RESOLU and suivi.resolu_le is not None:
            yield _retrait(f"Résolu le {date_heure(suivi.resolu_le, fuseau)}")
        else:
            yield _retrait(f"→ {typographie(rejet.remede)}")
        yield _retrait(f"{essais}, le dernier le {date_heure(suivi.dernier_le, fuseau)}", "dim")
        if detail:
            yield from (_retrait(f"{cle} : {valeur}", "dim") for cle, valeur in rejet.contenu.items())
            if rejet.detail:
                yield _retrait(rejet.detail, "dim")


def _retrait(texte: str, style: str = "") -> Padding:
    return Padding(Text(texte, style=style), (0, 0, 0, 4), expand=False)
