"""`connecteur reprise-ancienne`: the report of the import, on screen, as JSON, and for a spreadsheet."""

import csv as csv_
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.sortie import commande, qui
from connecteur.domain.ancienne import EcartAncien, Nature
from connecteur.errors import ConfigurationInvalide, ErreurPermanente
from connecteur.settings.identifiants import ecrit_configuration, lit_identifiants
from connecteur.sync.reprise_ancienne import Reprise, applique_reprise, prepare_reprise
from sages_commun.postgres_embarque import dossier_par_defaut
from sages_commun.web.format import heures, pluriel

TITRES = {
    Nature.PERDUE: "Heures perdues : validées dans BatiSimply, absentes de Batigest",
    Nature.EN_TROP: "Heures en trop dans Batigest",
    Nature.ETRANGERE: "À vérifier : lignes qui ne sont plus telles que l’ancien connecteur les avait écrites",
}
LIGNES_MONTREES = 200
"""Rows of each list on the screen; the CSV file and the JSON have them all."""
FORMULES = ("=", "+", "-", "@", "\t", "\r")


def reprend_identifiants(fichier: Path, vers: Path, *, en_json: bool, detail: bool) -> None:
    """Make a settings file of `credentials.json`."""
    with commande(en_json=en_json, detail=detail) as sortie:
        identifiants = lit_identifiants(fichier)
        if not identifiants.tables:
            raise ConfigurationInvalide(
                f"Aucune clé de « {fichier} » n’est comprise.",
                remede="Les clés acceptées sont dans docs/reprise.md ; écrivez sinon la configuration à la main.",
            )
        ecrit_configuration(identifiants, vers, dossier_par_defaut("connecteur"))
        sortie.dit(
            f"Configuration écrite dans « {vers} », que vous seul pouvez lire. Ce format n’étant documenté nulle part, "
            "les clés ont été devinées : relisez le fichier, puis lancez « connecteur doctor »."
        )
        sortie.dit(f"Compris : {', '.join(identifiants.comprises)}.")
        if identifiants.incomprises:
            sortie.dit(Text(f"Pas compris, donc pas repris : {', '.join(identifiants.incomprises)}.", style="yellow"))
        sortie.dit(
            Text(
                "Ces mots de passe étaient en clair dans un fichier : changez-les dans SQL Server, PostgreSQL et "
                "BatiSimply, puis ici, et supprimez l’ancien fichier.",
                style="bold yellow",
            )
        )
        sortie.rend(
            {
                "ok": True,
                "fichier": str(vers),
                "compris": identifiants.comprises,
                "pas_compris": identifiants.incomprises,
            }
        )


@dataclass(frozen=True, slots=True)
class Source:
    """The old database, as it was given."""

    url: str | None = field(repr=False)
    tapee: bool
    """On the command line, that every account of the machine can read while the command runs."""

    def verifie(self) -> None:
        """Raises `ConfigurationInvalide` when it shows a password there."""
        if self.tapee and self.url and "@" in self.url and ":" in self.url.partition("://")[2].rpartition("@")[0]:
            raise ConfigurationInvalide(
                "Un mot de passe ne s’écrit pas sur la ligne de commande : toute la machine peut l’y lire.",
                remede="Donnez l’adresse par la variable REPRISE_ANCIENNE_SOURCE, ou le mot de passe par PGPASSWORD.",
            )


def reprend_tampon(
    source: Source,
    config: Path | None,
    dossier: str | None,
    *,
    apercu: bool,
    csv: Path | None,
    en_json: bool,
    detail: bool,
) -> None:
    """Import the old tampon, unless it is only to be shown; then the report."""
    from connecteur.bootstrap.ancienne import lit_ancienne

    with commande(en_json=en_json, detail=detail) as sortie, ExitStack() as pile:
        source.verifie()
        systemes = pile.enter_context(ouvre_systemes(config, dossier))
        bouts = systemes.bouts
        with systemes.tampon.exclusif():
            with sortie.patiente("Lecture de l’ancien tampon et des deux côtés…"):
                ancienne = lit_ancienne(source.url or systemes.url_tampon, bouts.fuseau)
                if not (ancienne.lignes or ancienne.creneaux or ancienne.chantiers or ancienne.devis_list):
                    raise ErreurPermanente(
                        "Cette base ne contient rien de l’ancien connecteur.",
                        remede="Vérifiez l’adresse donnée à --source.",
                        detail=" ".join(ancienne.fautes),
                    )
                reprise = prepare_reprise(ancienne, bouts, lambda _fait, _total: None)
            comptes = None
            if not apercu:
                comptes = applique_reprise(reprise, systemes.tampon, bouts.consignes().genre, qui())
        if csv is not None:
            ecrit_csv(reprise.inventaire.ecarts, csv)
        sortie.dit(*en_texte(reprise))
        if comptes is None:
            sortie.dit(Text("\nAperçu : rien n’a été écrit.", style="bold"))
        else:
            sortie.dit(
                Text(
                    f"\nRepris : {pluriel(comptes.liens, 'projet lié', 'projets liés')}, "
                    f"{pluriel(comptes.lignes, 'ligne')}, "
                    f"{pluriel(comptes.creneaux, 'créneau disparu', 'créneaux disparus')}. "
                    "La prochaine synchronisation corrige les heures perdues et retire celles qui sont en trop ; "
                    "« connecteur sync heures --apercu » le montre avant.",
                    style="bold",
                )
            )
        sortie.rend(
            {
                "ok": True,
                "apercu": apercu,
                "depuis": reprise.depuis,
                "repris": None
                if comptes is None
                else {"liens": comptes.liens, "lignes": comptes.lignes, "creneaux": comptes.creneaux},
                "trouves": {"liens": len(reprise.liens), "lignes": len(reprise.inventaire.a_nous)},
                "heures": {nature.value: reprise.inventaire.heures(nature) for nature in Nature},
                "ecarts": [_en_json(ecart) for ecart in reprise.inventaire.ecarts],
                "remarques": reprise.remarques,
            }
        )


def en_texte(reprise: Reprise) -> Iterator[RenderableType]:
    """The report, for a person."""
    yield Text(f"Ancien connecteur, depuis le {reprise.depuis:%d/%m/%Y}", style="bold")
    for remarque in reprise.remarques:
        yield Text(f"• {remarque}", style="yellow")
    for nature, titre in TITRES.items():
        ecarts = [ecart for ecart in reprise.inventaire.ecarts if ecart.nature is nature]
        if not ecarts:
            continue
        yield Text(f"\n{titre}", style="bold")
        table = Table("salarié", "chantier", "jour", "heures", "pourquoi", box=None, header_style="dim", pad_edge=False)
        for ecart in ecarts[:LIGNES_MONTREES]:
            table.add_row(
                Text(ecart.salarie), Text(ecart.chantier), f"{ecart.jour:%d/%m/%Y}", heures(ecart.heures),
                Text(ecart.raison),
            )  # fmt: skip
        yield table
        if len(ecarts) > LIGNES_MONTREES:
            yield Text(f"… et {len(ecarts) - LIGNES_MONTREES} autres : demandez la liste entière avec --csv.")
        yield Text(f"Total : {heures(reprise.inventaire.heures(nature))}", style="bold")
    if not reprise.inventaire.ecarts:
        yield Text("L’ancien connecteur n’a rien perdu ni laissé en trop sur cette période.", style="green")


def ecrit_csv(ecarts: list[EcartAncien], fichier: Path) -> None:
    """The whole list, as a French spreadsheet opens it. Raises `ErreurPermanente`."""
    try:
        with fichier.open("w", encoding="utf-8-sig", newline="") as ouvert:
            ecrivain = csv_.writer(ouvert, delimiter=";")
            ecrivain.writerow(["nature", "salarié", "chantier", "jour", "heures", "pourquoi", "créneaux"])
            for ecart in ecarts:
                ecrivain.writerow(
                    [
                        ecart.nature.value,
                        _cellule(ecart.salarie),
                        _cellule(ecart.chantier),
                        f"{ecart.jour:%d/%m/%Y}",
                        f"{ecart.heures:.2f}".replace(".", ","),
                        ecart.raison,
                        _cellule(" ".join(ecart.creneaux)),
                    ]
                )
    except OSError as exc:
        raise ErreurPermanente(
            f"Le fichier « {fichier} » ne peut pas être écrit.",
            remede="Choisissez un autre fichier avec --csv.",
            detail=exc.strerror or "",
        ) from exc


def _cellule(texte: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{texte}" if texte.startswith(FORMULES) else texte


def _en_json(ecart: EcartAncien) -> dict[str, object]:
    return {
        "nature": ecart.nature.value,
        "salarie": ecart.salarie,
        "chantier": ecart.chantier,
        "jour": ecart.jour,
        "heures": ecart.heures,
        "raison": ecart.raison,
        "creneaux": list(ecart.creneaux),
    }
