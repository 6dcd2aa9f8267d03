"""`connecteur coffre importe`: secrets that stand in clear in a file go to the vault, and leave the file."""

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.text import Text

from connecteur.cli.coffre import commande_du_coffre
from connecteur.cli.sortie import Sortie
from connecteur.coffre import Coffre
from connecteur.coffre.fichiers import ecrit_fichier
from connecteur.errors import ConfigurationInvalide, ErreurPermanente, GesteRefuse
from connecteur.settings import NOMENCLATURE
from connecteur.settings.copies import copie_de
from connecteur.settings.identifiants import lit_identifiants
from connecteur.settings.importation import pour_le_coffre, sans_secrets
from connecteur.settings.secrets import feuilles
from connecteur.settings.sources import lit


def importe(fichier: Path, config: Path | None, *, tout: bool, efface_copie: bool, en_json: bool, detail: bool) -> None:
    """The file is only changed once the vault has given everything back."""
    fichier = fichier.resolve()
    toml = fichier.suffix == ".toml"
    with commande_du_coffre(config or (fichier if toml else None), en_json=en_json, detail=detail) as (sortie, coffre):
        fait = _importe_toml(fichier, coffre, tout=tout) if toml else _importe_ancien(fichier, coffre)
        sortie.dit(f"Dans le coffre : {', '.join(fait.noms)}." if fait.noms else "Ce fichier ne contient aucun secret.")
        if fait.incomprises:
            sortie.dit(Text(f"Pas compris, donc pas repris : {', '.join(fait.incomprises)}.", style="yellow"))
        en_clair = fait.en_clair
        if en_clair is not None and _efface(sortie, en_clair, sans_demander=efface_copie):
            en_clair = None
        if en_clair is not None:
            sortie.dit(
                Text(
                    f"« {en_clair} » a encore ces secrets en clair : supprimez-le quand « connecteur doctor » ne "
                    "trouve rien à redire.",
                    style="yellow",
                )
            )
        if not toml:
            sortie.dit(
                Text(
                    "Ces mots de passe étaient en clair dans un fichier : changez-les dans SQL Server, PostgreSQL et "
                    "BatiSimply, puis ici par « connecteur coffre pose ».",
                    style="bold yellow",
                )
            )
        sortie.rend(
            {
                "ok": True,
                "importes": fait.noms,
                "pas_compris": fait.incomprises,
                "en_clair": None if en_clair is None else str(en_clair),
            }
        )


@dataclass(frozen=True, slots=True)
class _Import:
    noms: list[str]
    en_clair: Path | None = None
    """The file that still holds what was imported."""
    incomprises: list[str] = field(default_factory=list)


def _importe_toml(fichier: Path, coffre: Coffre, *, tout: bool) -> _Import:
    brut = lit(fichier)
    NOMENCLATURE.verifie_formes(brut)
    secrets = NOMENCLATURE.list_secrets(brut)
    reglages = dict(feuilles(pour_le_coffre(NOMENCLATURE.sans_secrets(brut)))) if tout else {}
    if not secrets and not reglages:
        return _Import([])
    nouveau = sans_secrets(fichier.read_text(encoding="utf-8-sig"), tout=tout)
    copie = copie_de(fichier)
    if copie.exists():
        raise GesteRefuse(
            f"« {copie} » est déjà la copie d’un premier import.",
            remede="Vérifiez que tout fonctionne, supprimez ce fichier, puis recommencez.",
        )
    coffre.ecrit(secrets, reglages)
    _verifie(coffre, secrets)
    ecrit_fichier(copie, fichier.read_bytes())
    ecrit_fichier(fichier, nouveau.encode("utf-8"), mode=stat.S_IMODE(fichier.stat().st_mode))
    return _Import([*secrets, *sorted(reglages)], copie)


def _importe_ancien(fichier: Path, coffre: Coffre) -> _Import:
    identifiants = lit_identifiants(fichier)
    tables: dict[str, Any] = dict(identifiants.en_reglages())
    secrets = NOMENCLATURE.list_secrets(tables)
    reglages = NOMENCLATURE.sans_secrets(tables)
    if not secrets:
        raise ConfigurationInvalide(
            f"Aucun secret de « {fichier} » n’est compris.",
            remede="Les clés acceptées sont dans docs/reprise.md ; sinon : « connecteur coffre pose NOM ».",
        )
    en_clair = fichier
    if fichier == coffre.fichier.resolve():
        # It stands where the vault will: it makes room, under a name that says what it is.
        en_clair = copie_de(fichier)
        if en_clair.exists():
            raise GesteRefuse(f"« {en_clair} » existe déjà.", remede="Déplacez l’un des deux fichiers.")
        fichier.rename(en_clair)
    deja = dict(feuilles(coffre.reglages()))
    clairs = {nom: valeur for nom, valeur in feuilles(reglages) if nom not in deja}
    coffre.ecrit(secrets, clairs)
    _verifie(coffre, secrets)
    return _Import([*secrets, *sorted(clairs)], en_clair, identifiants.incomprises)


def _verifie(coffre: Coffre, secrets: dict[str, str]) -> None:
    rendus = coffre.lit_tout()
    if any(rendus.get(nom) != secret for nom, secret in secrets.items()):
        raise ErreurPermanente("Le coffre ne rend pas ce qui vient d’y être mis : le fichier n’a pas été changé.")


def _efface(sortie: Sortie, copie: Path, *, sans_demander: bool) -> bool:
    if not sans_demander and (sortie.json or not sortie.entree.isatty()):
        return False
    if sans_demander or sortie.confirme(f"Supprimer la copie en clair « {copie} » ?", sinon="--efface-copie"):
        copie.unlink()
        return True
    return False
