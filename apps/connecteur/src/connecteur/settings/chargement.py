"""Every setting of every dossier.

The top-level `[batigest]`, `[batisimply]` and `[dossier]` are the first dossier; `[dossiers.<code>.…]` are more of
them (`CONNECTEUR_DOSSIERS__<CODE>__…`). What is wrong in one dossier stops that dossier, not the others.
"""

import ipaddress
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from connecteur.errors import ConfigurationInvalide
from connecteur.settings.alertes import ReglagesAlertes
from connecteur.settings.dossier import ReglagesDossier
from connecteur.settings.licence import ReglagesLicence
from connecteur.settings.secrets import Gardien, Nomenclature, superpose
from connecteur.settings.section import Section
from connecteur.settings.sources import PREFIXE, PROPRES, Source, autres_dossiers, essaie, lit, premier_dossier
from connecteur.settings.systemes import ReglagesBatigest, ReglagesBatisimply, ReglagesTampon

PRINCIPAL = "principal"
"""The code of a first dossier that has none."""
NOMS_LOCAUX = frozenset({"localhost", "127.0.0.1", "[::1]"})


class ReglagesWeb(Section):
    """The web interface: loopback only by default."""

    hote: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    hotes: tuple[str, ...] = ()
    """Names by which browsers may open it, beside the loopback's: those of the machine, of a proxy in front."""
    mandataires: tuple[str, ...] = ()
    """Addresses of the reverse proxies in front, whose `X-Forwarded-…` is believed: they make the TLS."""
    comptes: bool | None = None
    """Whether one must sign in; None: as soon as somebody elsewhere can open it. Then `false` is refused."""

    @property
    def sur_le_poste(self) -> bool:
        """Whether only this machine can open it: a name of its own means that somebody calls it from elsewhere, through
        a proxy that was perhaps not said."""
        if self.mandataires or not NOMS_LOCAUX.issuperset(self.hotes):
            return False
        if self.hote == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.hote).is_loopback
        except ValueError:
            return False

    @property
    def comptes_exiges(self) -> bool:
        """Whether one must sign in. Raises `ConfigurationInvalide` when nobody would have to, on the network."""
        if self.sur_le_poste:
            return bool(self.comptes)
        if self.comptes is False:
            raise ConfigurationInvalide(
                "L’interface serait ouverte à tout le réseau, sans comptes "
                f"(« web.hote » vaut « {self.hote} »{', derrière « web.mandataires »' * bool(self.mandataires)}"
                f"{', sous les noms de « web.hotes »' * bool(self.hotes)}).",
                remede="Ôtez « web.comptes » ; ou remettez « web.hote » à 127.0.0.1, sans « web.mandataires » ni "
                "« web.hotes ».",
            )
        return True


class Reglages(Section):
    """Everything one dossier needs."""

    donnees: Path
    """The data folder: embedded PostgreSQL, journal."""
    batigest: ReglagesBatigest
    batisimply: ReglagesBatisimply
    tampon: ReglagesTampon = ReglagesTampon()
    dossier: ReglagesDossier = ReglagesDossier()
    alertes: ReglagesAlertes = ReglagesAlertes()
    web: ReglagesWeb = ReglagesWeb()
    licence: ReglagesLicence = ReglagesLicence()


class _Communs(Source):
    donnees: Path
    tampon: ReglagesTampon = ReglagesTampon()
    alertes: ReglagesAlertes = ReglagesAlertes()
    web: ReglagesWeb = ReglagesWeb()
    licence: ReglagesLicence = ReglagesLicence()


class _Propres(Source):
    batigest: ReglagesBatigest
    batisimply: ReglagesBatisimply
    dossier: ReglagesDossier = ReglagesDossier()
    alertes: ReglagesAlertes | None = None
    """None: those of all dossiers."""


NOMENCLATURE = Nomenclature(_Communs, _Propres)
"""Every setting that a file or a vault can hold, by its dotted name."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one program was told: the dossiers that can work, in the order of the file, and why others cannot."""

    donnees: Path
    tampon: ReglagesTampon
    web: ReglagesWeb
    dossiers: Mapping[str, Reglages]
    """Code > settings; at least one."""
    fautes: Mapping[str, ConfigurationInvalide] = field(default_factory=dict)
    """Code > what is wrong with its settings."""
    fichier: Path | None = None
    en_clair: Sequence[str] = ()
    """The secrets that stand in the file, by name: their place is the vault."""
    secrets: Sequence[str] = field(default=(), repr=False)
    """Every secret of the file and of the vault, those of the dossiers at fault included: never to be written."""

    @property
    def codes(self) -> list[str]:
        """Every dossier that is spoken of."""
        return [*self.dossiers, *self.fautes]

    def choisit(self, code: str | None = None) -> Reglages:
        """The dossier of this code, or the only one. Raises `ConfigurationInvalide`."""
        if code is None and len(self.codes) > 1:
            raise ConfigurationInvalide(
                f"Plusieurs dossiers sont configurés : {', '.join(self.codes)}.",
                remede="Dites lequel avec « --dossier CODE ».",
            )
        code = self.codes[0] if code is None else code
        if code in self.fautes:
            raise self.fautes[code]
        if code not in self.dossiers:
            raise ConfigurationInvalide(
                f"Aucun dossier ne porte le code « {code} ».",
                remede=f"Les dossiers configurés : {', '.join(self.codes)}.",
            )
        return self.dossiers[code]


def charge(fichier: Path | None = None) -> Reglages:
    """The settings of the only dossier. Raises `ConfigurationInvalide` naming every setting at fault."""
    return charge_configuration(fichier).choisit()


def dossier_de_donnees(fichier: Path | None = None) -> Path:
    """Where the data of this program are, whatever else is wrong with its settings. Raises `ConfigurationInvalide`."""
    donnees = _donnees(lit(fichier))
    if donnees is None:
        raise _refus(["« donnees » manque"])
    return donnees


def _donnees(brut: Mapping[str, Any]) -> Path | None:
    donnees = os.environ.get(f"{PREFIXE}DONNEES") or brut.get("donnees")
    return Path(donnees) if isinstance(donnees, str) and donnees else None


def charge_configuration(
    fichier: Path | None = None, ouvre_coffre: Callable[[Path], Gardien] | None = None
) -> Configuration:
    """Read the settings of every dossier. Raises `ConfigurationInvalide` when none can work.

    `ouvre_coffre` opens the vault of a data folder: what it says stands below the file, and the variables above both.
    """
    du_fichier = brut = lit(fichier)
    donnees = _donnees(brut)
    if ouvre_coffre is not None and donnees is not None:
        brut = superpose(NOMENCLATURE.du_gardien(ouvre_coffre(donnees)), brut)
    communes = [f"« {nom} » n’existe pas" for nom in brut if nom not in {*_Communs.model_fields, *PROPRES, "dossiers"}]
    communs = essaie(_Communs, {nom: brut[nom] for nom in _Communs.model_fields if nom in brut}, fautes=communes)
    tri = _Tri()
    autres = autres_dossiers(brut)
    if premier_dossier(brut) or not autres:
        tri.ajoute_premier({nom: brut[nom] for nom in PROPRES if nom in brut})
    for code, valeurs in autres.items():
        tri.ajoute(code, valeurs)
    if communs is None or communes or not tri.bons:
        raise _refus([*communes, *(phrase for phrases in tri.fautes.values() for phrase in phrases)])
    return Configuration(
        donnees=communs.donnees,
        tampon=communs.tampon,
        web=communs.web,
        dossiers={code: _reglages(communs, propres) for code, propres in tri.bons.items()},
        fautes={code: _refus(dites) for code, dites in tri.fautes.items()},
        fichier=fichier,
        en_clair=list(NOMENCLATURE.list_secrets(du_fichier)),
        secrets=NOMENCLATURE.valeurs_secretes(brut),
    )


def _reglages(communs: _Communs, propres: _Propres) -> Reglages:
    return Reglages(
        donnees=communs.donnees,
        tampon=communs.tampon,
        web=communs.web,
        licence=communs.licence,
        alertes=propres.alertes or communs.alertes,
        batigest=propres.batigest,
        batisimply=propres.batisimply,
        dossier=propres.dossier,
    )


class _Tri:
    """The dossiers as they are read: which can work, what is wrong with the others."""

    def __init__(self) -> None:
        self.bons: dict[str, _Propres] = {}
        self.fautes: dict[str, list[str]] = {}

    def ajoute_premier(self, valeurs: Mapping[str, Any]) -> None:
        """The dossier whose tables stand at the top."""
        dites: list[str] = []
        propres = essaie(_Propres, valeurs, fautes=dites)
        table = valeurs.get("dossier")
        voulu = table.get("code") if isinstance(table, dict) else None
        self._range(propres.dossier.code if propres else str(voulu or PRINCIPAL), propres, dites)

    def ajoute(self, code: str, valeurs: object) -> None:
        """A dossier of `[dossiers.<code>]`; its code needs not be said twice."""
        dites: list[str] = []
        propres: _Propres | None = None
        table = valeurs.get("dossier", {}) if isinstance(valeurs, dict) else None
        if not isinstance(valeurs, dict) or not isinstance(table, dict):
            dites.append(f"« dossiers.{code} » doit être une table de tables")
        else:
            propres = essaie(_Propres, {**valeurs, "dossier": {"code": code, **table}}, code=code, fautes=dites)
        if propres is not None and propres.dossier.code != code:
            dites.append(f"« dossiers.{code}.dossier.code » doit être « {code} », ou absent")
        if code.casefold() in {connu.casefold() for connu in [*self.bons, *self.fautes]}:
            dites.append(f"le code « {code} » est porté par deux dossiers")
            code = f"dossiers.{code}"  # the first to bear it keeps it
        self._range(code, propres, dites)

    def _range(self, code: str, propres: _Propres | None, dites: list[str]) -> None:
        if propres is not None and not dites:
            meme = next((autre for autre, bon in self.bons.items() if _base(bon) == _base(propres)), None)
            if meme is not None:
                dites.append(f"les dossiers « {meme} » et « {code} » désignent la même base de Batigest")
        if propres is None or dites:
            self.fautes.setdefault(code, []).extend(dites)
        else:
            self.bons[code] = propres


def _base(propres: _Propres) -> tuple[str, int | None, str]:
    """Two dossiers on one base would each take the other's lines for a stranger's."""
    batigest = propres.batigest
    return batigest.serveur.casefold(), batigest.port, batigest.base.casefold()


def _refus(phrases: list[str]) -> ConfigurationInvalide:
    return ConfigurationInvalide(
        "La configuration est incomplète ou erronée : " + " ; ".join(dict.fromkeys(phrases)) + ".",
        remede="Corrigez ces réglages dans le fichier ou dans les variables CONNECTEUR_…",
    )
