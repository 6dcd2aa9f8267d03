"""`connecteur doctor`: each link of the chain."""

from collections.abc import Iterable
from pathlib import Path

from rich.padding import Padding
from rich.text import Text

from connecteur.cli.assemblage import configuration_et_journal
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande
from connecteur.doctor import Maillon, examine
from connecteur.domain.controle import EtatControle
from sages_commun.web.format import pluriel, typographie

SIGNES: dict[EtatControle, tuple[str, str]] = {
    EtatControle.OK: ("✓", "green"),
    EtatControle.ALERTE: ("!", "yellow"),
    EtatControle.ECHEC: ("✗", "bold red"),
    EtatControle.IGNORE: ("·", "dim"),
}


def diagnostique(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Try every link, showing each as it is tried; exit code 1 when one is broken."""
    with commande(en_json=en_json, detail=detail) as sortie, configuration_et_journal(config) as configuration:
        from connecteur.bootstrap import controles_complets

        maillons = montre(examine(controles_complets(configuration)), sortie)
        casses = sum(maillon.casse for maillon in maillons)
        if casses:
            sortie.dit(Text(f"\n{pluriel(casses, 'maillon cassé', 'maillons cassés')}.", style="bold red"))
        else:
            sortie.dit(Text("\nLa chaîne est en état.", style="bold green"))
        sortie.rend({"ok": not casses, "maillons": [en_json_maillon(maillon) for maillon in maillons]})
        raise Fin(Code.ECHEC if casses else Code.REUSSI)


def montre(maillons: Iterable[Maillon], sortie: Sortie) -> list[Maillon]:
    """Show each link as soon as it is known; all of them."""
    vus: list[Maillon] = []
    for maillon in maillons:
        if not vus or vus[-1].systeme != maillon.systeme:
            sortie.dit(Text(f"\n{maillon.systeme}", style="bold"))
        vus.append(maillon)
        controle = maillon.controle
        signe, couleur = SIGNES[controle.etat]
        sortie.dit(
            Text.assemble(f"  {signe} ", (controle.nom, ""), " : ", (typographie(controle.message), ""), style=couleur)
        )
        if controle.remede:
            sortie.dit(Padding(Text(f"→ {typographie(controle.remede)}"), (0, 0, 0, 4), expand=False))
        if controle.detail and sortie.detail:
            sortie.dit(Padding(Text(controle.detail, style="dim"), (0, 0, 0, 4), expand=False))
    return vus


def en_json_maillon(maillon: Maillon) -> dict[str, str]:
    """For a program."""
    controle = maillon.controle
    return {
        "systeme": maillon.systeme,
        "nom": controle.nom,
        "etat": controle.etat,
        "message": controle.message,
        "remede": controle.remede,
        "detail": controle.detail,
    }
