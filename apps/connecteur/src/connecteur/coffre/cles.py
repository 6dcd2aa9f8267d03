"""Where the key of the vault is: given by the environment, in the keyring of the system, or in a file of ours.

Which of them holds it is written in the vault, so that a keyring that is missing one day is named, and no new key ever
takes the place of the one that is needed. A key has its own name in its source: the old and the new one stand side by
side while the vault changes its key.
"""

import getpass
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import platformdirs

from connecteur.coffre.chiffre import Cle
from connecteur.coffre.document import CleNommee
from connecteur.coffre.fichiers import OUVERT_A_D_AUTRES, OUVERT_A_TOUS, ecrit_fichier, lit_fichier
from connecteur.coffre.trousseau import Trousseau, TrousseauRefuse
from connecteur.errors import CoffreIllisible, ConfigurationInvalide, ErreurPermanente

VARIABLE = "CONNECTEUR_CLE_COFFRE"
VARIABLE_FICHIER = "CONNECTEUR_FICHIER_CLE_COFFRE"
PROGRAMME = "connecteur-sages"
CLE_PERDUE = (
    "Si la clé est perdue, mettez « credentials.json » et « credentials.json.precedent » de côté et saisissez de "
    "nouveau les secrets : « connecteur coffre pose »."
)
A_COTE = "cle-du-coffre"
"""The folder of last resort, within the data folder."""


class Source(StrEnum):
    """Where a key is."""

    ENVIRONNEMENT = "environnement"
    TROUSSEAU = "trousseau"
    FICHIER = "fichier"


class Cles:
    """Finds, makes and removes the keys of the vault of one data folder."""

    def __init__(self, donnees: Path, environ: Mapping[str, str], trousseau: Trousseau) -> None:
        self._donnees = donnees
        self._environ = environ
        self._trousseau = trousseau

    def cherche(self, nommee: CleNommee) -> Cle:
        """The key of this name. Raises `CoffreIllisible`, saying where it should be."""
        donnee = self.donnee()
        if donnee is not None and donnee.ident == nommee.ident:
            return donnee
        match nommee.source:
            case Source.TROUSSEAU:
                texte = self._du_trousseau(nommee)
            case Source.FICHIER:
                texte = self._du_fichier(nommee)
            case _:
                raise _illisible(
                    "La clé du coffre est donnée par l’environnement, "
                    + ("et celle qui s’y trouve n’est pas la sienne." if donnee else "et ne s’y trouve pas."),
                    f"Donnez la clé {nommee.ident} au service par {VARIABLE_FICHIER} (un fichier) ou {VARIABLE}.",
                )
        try:
            cle = Cle.du_texte(texte)
        except ValueError:
            cle = None
        if cle is None or cle.ident != nommee.ident:
            raise _illisible(
                f"La clé {nommee.ident} de ce coffre n’est pas celle que tient {_lieu(nommee)}.",
                "Remettez-y la bonne clé, d’une sauvegarde.",
            )
        return cle

    def donnee(self) -> Cle | None:
        """The key that the environment gives; None when it gives none. Raises `ConfigurationInvalide`."""
        texte, ou = self._environ.get(VARIABLE, "").strip(), VARIABLE
        if not texte:
            chemin = self._environ.get(VARIABLE_FICHIER, "").strip()
            if not chemin:
                return None
            ou = f"{VARIABLE_FICHIER} (« {chemin} »)"
            octets = lit_fichier(Path(chemin), interdits=OUVERT_A_TOUS)
            if octets is None:
                raise ConfigurationInvalide(
                    f"Le fichier de clé que nomme {ou} n’existe pas.",
                    remede="« connecteur coffre nouvelle-cle FICHIER » en fait un.",
                )
            texte = octets.decode("ascii", "replace")
        try:
            return Cle.du_texte(texte)
        except ValueError:
            raise ConfigurationInvalide(
                f"La clé du coffre que donne {ou} n’en est pas une.",
                remede="Il faut 32 octets en base64 ; « connecteur coffre nouvelle-cle FICHIER » en écrit une.",
            ) from None

    def fait(self, vers: Source | None = None) -> tuple[Cle, CleNommee]:
        """A new key, put in this source, or in the best one there is. Raises `ErreurPermanente`."""
        if vers is None:
            vers = Source.TROUSSEAU if self._trousseau.nom else Source.FICHIER
            vers = Source.ENVIRONNEMENT if self.donnee() else vers
        match vers:
            case Source.ENVIRONNEMENT:
                cle = self.donnee()
                if cle is None:
                    raise ConfigurationInvalide(
                        "L’environnement ne donne pas de clé.",
                        remede=f"Donnez-la par {VARIABLE_FICHIER} (un fichier) ou {VARIABLE}.",
                    )
                return cle, CleNommee(cle.ident, vers)
            case Source.TROUSSEAU:
                return self._pose_au_trousseau(Cle.neuve())
            case Source.FICHIER:
                return self._pose_en_fichier(Cle.neuve())

    def retire(self, nommee: CleNommee) -> None:
        """Remove a key that opens nothing any more; what cannot be removed stays."""
        try:
            if nommee.source == Source.TROUSSEAU:
                self._trousseau.retire(nommee.ident)
            elif nommee.source == Source.FICHIER and Path(nommee.ou).name == _fichier(nommee.ident):
                Path(nommee.ou).unlink(missing_ok=True)
        except (TrousseauRefuse, OSError):
            return

    def est_a_cote(self, nommee: CleNommee) -> bool:
        """Whether a copy of the data folder carries the key of its vault away with it."""
        return nommee.source == Source.FICHIER and Path(nommee.ou).is_relative_to(self._donnees.absolute())

    def _du_trousseau(self, nommee: CleNommee) -> str:
        moi = compte()
        ailleurs = f" ; ce programme fonctionne sous « {moi} »" if nommee.compte and nommee.compte != moi else ""
        try:
            texte = self._trousseau.lit(nommee.ident)
        except TrousseauRefuse as exc:
            raise _illisible(
                f"La clé du coffre est dans {_lieu(nommee)}, qui ne répond pas{ailleurs}.",
                "Déverrouillez-le, ou lancez le programme sous ce compte. Pour un service sans session : « connecteur "
                "coffre change-cle --vers fichier », sous ce compte.",
                str(exc),
            ) from None
        if texte is None:
            raise _illisible(
                f"La clé du coffre devrait être dans {_lieu(nommee)}, et n’y est pas{ailleurs}.",
                f"Lancez le programme sous ce compte, sur la machine où le coffre a été fait. {CLE_PERDUE}",
            )
        return texte

    def _du_fichier(self, nommee: CleNommee) -> str:
        octets = lit_fichier(Path(nommee.ou), interdits=OUVERT_A_D_AUTRES)
        if octets is None:
            raise _illisible(
                f"La clé du coffre devrait être dans {_lieu(nommee)}, et n’y est pas.",
                "Remettez ce fichier à sa place, d’une sauvegarde, ou donnez son chemin par "
                f"{VARIABLE_FICHIER}. {CLE_PERDUE}",
            )
        return octets.decode("ascii", "replace")

    def _pose_au_trousseau(self, cle: Cle) -> tuple[Cle, CleNommee]:
        nom = self._trousseau.nom
        try:
            self._trousseau.pose(cle.ident, cle.texte())
            gardee = self._trousseau.lit(cle.ident)
        except TrousseauRefuse as exc:
            gardee, detail = None, str(exc)
        else:
            detail = ""
        if nom is None or gardee != cle.texte():
            raise ErreurPermanente(
                "Le trousseau du système n’a pas gardé la clé du coffre.",
                remede="Déverrouillez-le et recommencez, ou gardez la clé dans un fichier : --vers fichier.",
                detail=detail,
            )
        return cle, CleNommee(cle.ident, Source.TROUSSEAU, nom, compte())

    def _pose_en_fichier(self, cle: Cle) -> tuple[Cle, CleNommee]:
        texte = (
            f"# La clé {cle.ident} du coffre du Connecteur SAGES. Sans elle, ses secrets sont perdus.\n{cle.texte()}\n"
        )
        dossiers = self._dossiers_de_cle()
        for dossier in dossiers:
            chemin = dossier.absolute() / _fichier(cle.ident)
            try:
                dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
                ecrit_fichier(chemin, texte.encode())
            except (OSError, ErreurPermanente):
                if dossier == dossiers[-1]:
                    raise
                continue
            return cle, CleNommee(cle.ident, Source.FICHIER, str(chemin), compte())
        raise AssertionError

    def _dossiers_de_cle(self) -> list[Path]:
        """Away from the data folder, whose backup would hold both; within it when this account has no other place."""
        configuration = platformdirs.user_config_path(PROGRAMME, appauthor=False)
        return [configuration / "cles", self._donnees / A_COTE]


def compte() -> str:
    """The account of this machine that this program runs under."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, in a container
        return str(os.getuid()) if hasattr(os, "getuid") else ""


def lit_cle(chemin: Path) -> Cle:
    """The key of this file. Raises `ConfigurationInvalide`."""
    octets = lit_fichier(chemin, interdits=OUVERT_A_TOUS)
    try:
        return Cle.du_texte((octets or b"").decode("ascii", "replace"))
    except ValueError:
        raise ConfigurationInvalide(
            f"« {chemin} » n’est pas un fichier de clé." if octets else f"Le fichier de clé « {chemin} » n’existe pas.",
            remede="Il faut 32 octets en base64 ; « connecteur coffre nouvelle-cle FICHIER » en écrit une.",
        ) from None


def ecrit_nouvelle_cle(chemin: Path) -> str:
    """Write a new key in a file that its owner alone can read; its name. Raises `ErreurPermanente`."""
    if chemin.exists() or chemin.is_symlink():
        raise ErreurPermanente(
            f"Le fichier « {chemin} » existe déjà.", remede="Donnez un nom nouveau : une clé ne se remplace pas."
        )
    cle = Cle.neuve()
    ecrit_fichier(chemin, f"{cle.texte()}\n".encode())
    return cle.ident


def _fichier(ident: str) -> str:
    return f"{ident}.cle"


def _lieu(nommee: CleNommee) -> str:
    if nommee.source == Source.FICHIER:
        return f"le fichier « {nommee.ou} », fait sous le compte « {nommee.compte} »"
    return f"le trousseau ({nommee.ou}) du compte « {nommee.compte} »"


def _illisible(message: str, remede: str, detail: str = "") -> CoffreIllisible:
    return CoffreIllisible(message, remede=remede, detail=detail)
