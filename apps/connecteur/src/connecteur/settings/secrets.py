"""Which settings are secrets, by their dotted names, and how a vault keeps them.

A vault holds secrets as texts (a list as JSON) beside settings in clear, nested as in the TOML. It is told apart from
the file here and nowhere else: a setting that is made a secret tomorrow is one for the vault, `doctor` and the journal.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol, get_args, get_origin

from pydantic import BaseModel, SecretStr

from connecteur.errors import ConfigurationInvalide


class Forme(StrEnum):
    """What a setting is, for whoever keeps it."""

    TEXTE = "texte"
    LISTE = "liste"
    CLAIR = "clair"
    """No secret."""

    @property
    def secrete(self) -> bool:
        """Whether its value may be seen by nobody."""
        return self is not Forme.CLAIR


class Gardien(Protocol):
    """A vault, for the settings."""

    def reglages(self) -> Mapping[str, Any]:
        """In clear, nested as in the TOML."""
        ...

    def lit_tout(self) -> Mapping[str, str]:
        """Dotted name > secret."""
        ...


class Nomenclature:
    """Every setting by its dotted name, as the models of the tables have them."""

    def __init__(self, communs: type[BaseModel], propres: type[BaseModel]) -> None:
        """`communs`: the tables that all dossiers share; `propres`: those that each has of its own."""
        self._autres = dict(_reglages(propres))
        self._premier = dict(_reglages(communs)) | self._autres
        del self._premier["donnees"]  # the vault is found by it

    def forme(self, nom: str) -> Forme | None:
        """What the setting of this name is; None when there is none of this name that a vault can keep."""
        debut, _, reste = nom.partition(".")
        return self._autres.get(reste.partition(".")[2]) if debut == "dossiers" else self._premier.get(nom)

    def est_secret(self, nom: str) -> bool:
        """Whether its value may be seen by nobody."""
        forme = self.forme(nom)
        return forme is not None and forme.secrete

    def noms_de_secrets(self, code: str = "") -> list[str]:
        """The secrets of the dossier of this code, or those of the first dossier and of all."""
        noms, prefixe = (self._autres, f"dossiers.{code}.") if code else (self._premier, "")
        return [prefixe + nom for nom, forme in noms.items() if forme.secrete]

    def list_secrets(self, brut: Mapping[str, Any]) -> dict[str, str]:
        """Dotted name > text of each secret that stands in these tables, whatever else is wrong with them."""
        return {nom: en_texte(v) for nom, v in feuilles(brut) if v not in ("", []) and self.est_secret(nom)}

    def verifie_formes(self, brut: Mapping[str, Any]) -> None:
        """Raises `ConfigurationInvalide` naming each secret that is not made as it should be."""
        fautes = [
            f"« {nom} » doit être {'une liste de textes' if self.forme(nom) is Forme.LISTE else 'un texte'}"
            for nom, valeur in feuilles(brut)
            if self.est_secret(nom) and not _a_sa_forme(valeur, self.forme(nom))
        ]
        if fautes:
            raise ConfigurationInvalide(
                f"Ces secrets ne peuvent pas aller au coffre : {' ; '.join(fautes)}.",
                remede="Corrigez-les dans le fichier : un texte s’écrit entre guillemets.",
            )

    def valeurs_secretes(self, brut: Mapping[str, Any]) -> list[str]:
        """Every secret text that stands in these tables, those of a list one by one."""
        valeurs = (valeur for nom, valeur in feuilles(brut) if self.est_secret(nom))
        return [en_texte(un) for valeur in valeurs for un in (valeur if isinstance(valeur, list) else [valeur])]

    def sans_secrets(self, brut: Mapping[str, Any]) -> dict[str, Any]:
        """These tables without their secrets."""
        reste = copy.deepcopy(dict(brut))
        for nom, _ in feuilles(brut):
            if self.est_secret(nom):
                retire(reste, nom)
        return reste

    def du_gardien(self, gardien: Gardien) -> dict[str, Any]:
        """What a vault says, as the file would. Secrets that are no settings (the licence) are left out."""
        tables = copy.deepcopy(dict(gardien.reglages()))
        for nom, texte in gardien.lit_tout().items():
            if self.est_secret(nom):
                pose(tables, nom, _liste(nom, texte) if self.forme(nom) is Forme.LISTE else texte)
        return tables


def superpose(dessous: Mapping[str, Any], dessus: Mapping[str, Any]) -> dict[str, Any]:
    """Tables laid over others: what both say is as the upper ones say."""
    resultat = dict(dessous)
    for nom, valeur in dessus.items():
        ici = resultat.get(nom)
        resultat[nom] = superpose(ici, valeur) if isinstance(ici, dict) and isinstance(valeur, dict) else valeur
    return resultat


def en_texte(valeur: object) -> str:
    """A secret of the file as a vault keeps it."""
    return valeur if isinstance(valeur, str) else json.dumps(valeur, ensure_ascii=False, default=str)


def _a_sa_forme(valeur: object, forme: Forme | None) -> bool:
    if forme is Forme.LISTE:
        return isinstance(valeur, list) and all(isinstance(un, str) for un in valeur)
    return isinstance(valeur, str)


def _liste(nom: str, texte: str) -> list[str]:
    try:
        lue = json.loads(texte)
    except ValueError:
        lue = None
    if not isinstance(lue, list) or not all(isinstance(un, str) for un in lue):
        raise ConfigurationInvalide(
            f"Dans le coffre, « {nom} » n’est pas une liste.", remede=f"Reposez-la : « connecteur coffre pose {nom} »."
        )
    return lue


def pose(tables: dict[str, Any], nom: str, valeur: object) -> None:
    """Set the value of this dotted name. Raises `ConfigurationInvalide` when a value stands where a table should."""
    *chemin, feuille = nom.split(".")
    for partie in chemin:
        suivante = tables.setdefault(partie, {})
        if not isinstance(suivante, dict):
            raise ConfigurationInvalide(f"« {partie} » n’est pas une table dans le coffre.")
        tables = suivante
    tables[feuille] = valeur


def retire(tables: dict[str, Any], nom: str) -> bool:
    """Take the value of this dotted name away; False when there is none."""
    *chemin, feuille = nom.split(".")
    table: Any = tables
    for partie in chemin:
        table = table.get(partie) if isinstance(table, dict) else None
    return isinstance(table, dict) and table.pop(feuille, None) is not None


def feuilles(tables: Mapping[str, Any], prefixe: str = "") -> Iterator[tuple[str, object]]:
    """Dotted name, value of everything that is no table."""
    for nom, valeur in tables.items():
        if isinstance(valeur, dict):
            yield from feuilles(valeur, f"{prefixe}{nom}.")
        else:
            yield f"{prefixe}{nom}", valeur


def _reglages(modele: type[BaseModel], prefixe: str = "") -> Iterator[tuple[str, Forme]]:
    for nom, champ in modele.model_fields.items():
        annotation: Any = champ.annotation
        table = next((un for un in (annotation, *get_args(annotation)) if _est_modele(un)), None)
        if table is not None:
            yield from _reglages(table, f"{prefixe}{nom}.")
        elif annotation is SecretStr or SecretStr in get_args(annotation):
            yield prefixe + nom, Forme.LISTE if get_origin(annotation) is tuple else Forme.TEXTE
        else:
            yield prefixe + nom, Forme.CLAIR


def _est_modele(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
