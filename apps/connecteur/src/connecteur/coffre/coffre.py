"""The vault of one data folder: read by every program, written by one at a time.

A write is a whole new file put in place of the former one, which stays beside it as `credentials.json.precedent`.
What is damaged is never written over, and a vault that has gone is never taken for one that was never there.
"""

import copy
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connecteur.coffre.chiffre import Cle, ValeurIllisible
from connecteur.coffre.cles import Cles, Source
from connecteur.coffre.document import CleNommee, Document, DocumentAbime, DocumentEtranger, lit_document
from connecteur.coffre.fichiers import cree_vide, ecrit_fichier, lit_fichier, proprietaire
from connecteur.coffre.trousseau import Trousseau, TrousseauSysteme
from connecteur.errors import CoffreAbime, CoffreEtranger, CoffreIllisible, ErreurPermanente, GesteRefuse
from connecteur.settings.secrets import pose, retire
from sages_commun.systeme import est_root, verrou

FICHIER = "credentials.json"
PRECEDENT = f"{FICHIER}.precedent"
VERROU = f"{FICHIER}.verrou"
TROUSSEAU_SYSTEME = TrousseauSysteme()

REMEDE_ABIME = (
    "Revenez à l’état précédent : « connecteur coffre restaure ». S’il est abîmé aussi, mettez « credentials.json » de "
    "côté et saisissez de nouveau les secrets : « connecteur coffre pose »."
)


@dataclass(frozen=True, slots=True)
class EtatCoffre:
    """What can be told of a vault without opening it."""

    fichier: Path
    cle: CleNommee
    ecriture: int
    ecrit_le: str
    secrets: int
    precedent: bool
    """Whether the former state stands beside it."""
    cle_a_cote: bool
    """Whether a copy of the data folder would hold the key as well."""


class Coffre:
    """Secrets by their dotted names, and settings in clear. Every call reads what is on disk.

    Raises, from any method: `CoffreAbime`, `CoffreIllisible`, `CoffreEtranger`, each with its way out.
    """

    def __init__(
        self,
        donnees: Path,
        *,
        environ: Mapping[str, str] | None = None,
        trousseau: Trousseau | None = None,
        confie: Callable[[str], None] = lambda _secret: None,
    ) -> None:
        """`confie` is told every secret that passes, for whoever sees that it is not written."""
        self._donnees = donnees
        self.fichier = donnees / FICHIER
        self.precedent = donnees / PRECEDENT
        self._cles = Cles(donnees, os.environ if environ is None else environ, trousseau or TROUSSEAU_SYSTEME)
        self._confie = confie
        self._connues: dict[str, Cle] = {}

    @property
    def existe(self) -> bool:
        """Whether something stands in its place, be it damaged."""
        return self.fichier.exists() or self.precedent.exists()

    def lit(self, nom: str) -> str | None:
        """The secret of this name; None when there is none."""
        document = self._lit()
        return None if document is None or nom not in document.secrets else self._ouvre(document, nom)

    def lit_tout(self) -> dict[str, str]:
        """Every secret."""
        document = self._lit()
        return {} if document is None else {nom: self._ouvre(document, nom) for nom in document.secrets}

    def noms(self) -> list[str]:
        """The names of the secrets, in order."""
        document = self._lit()
        return [] if document is None else sorted(document.secrets)

    def reglages(self) -> dict[str, Any]:
        """The settings that stand in clear, nested as in the TOML."""
        document = self._lit()
        return {} if document is None else dict(document.reglages)

    def etat(self) -> EtatCoffre | None:
        """Without the key; None when there is no vault. Raises `CoffreAbime`, `CoffreEtranger`."""
        octets = self._octets()
        if octets is None:
            return None
        document = self._document(octets)
        return EtatCoffre(
            self.fichier, document.cle, document.ecriture, document.ecrit_le, len(document.secrets),
            self.precedent.exists(), self._cles.est_a_cote(document.cle),
        )  # fmt: skip

    def ecrit(self, changes: Mapping[str, str | None], reglages: Mapping[str, object] | None = None) -> None:
        """Set these secrets and these settings in clear, by their dotted names; remove those that are None.

        All of it or nothing, whoever else writes; the first call makes the vault. Raises `ErreurPermanente` when it
        cannot be written.
        """
        for nom, valeur in changes.items():
            if not nom or valeur == "" or not _est_du_texte(f"{nom}{valeur or ''}"):
                raise GesteRefuse(f"Le secret « {nom} » n’a pas de valeur, ou une valeur qui n’est pas du texte.")
        with self._seul():
            document, cle = self._lit_ou_fait()
            gardes = dict(document.secrets)
            for nom, valeur in changes.items():
                if valeur is None:
                    gardes.pop(nom, None)
                else:
                    self._confie(valeur)
                    gardes[nom] = cle.chiffre(document.place(nom), valeur)
            voulus = copy.deepcopy(dict(document.reglages))
            for nom, reglage in (reglages or {}).items():
                if reglage is None:
                    retire(voulus, nom)
                else:
                    pose(voulus, nom, reglage)
            self._pose(replace(document, secrets=gardes, reglages=voulus), cle)

    def change_cle(self, vers: Source | None = None, donnee: Cle | None = None) -> CleNommee:
        """Encrypt everything with a new key, kept in this source (None: where the present one is); `donnee` is one that
        the environment will give from now on.

        At any instant a key that is kept opens what is on disk. Raises `GesteRefuse` when there is no vault.
        """
        with self._seul():
            document = self._lit()
            if document is None:
                raise GesteRefuse("Il n’y a pas encore de coffre : sa clé sera faite avec lui.")
            ancienne = document.cle
            if donnee is not None:
                cle, nommee = donnee, CleNommee(donnee.ident, Source.ENVIRONNEMENT)
            else:
                cle, nommee = self._cles.fait(vers or Source(ancienne.source))
            if nommee.ident == ancienne.ident:
                raise GesteRefuse(
                    f"La clé {nommee.ident} est déjà celle du coffre.",
                    remede="Faites-en une avec « connecteur coffre nouvelle-cle FICHIER », puis donnez ce fichier : "
                    "« connecteur coffre change-cle --cle FICHIER ».",
                )
            self._connues[cle.ident] = cle
            clairs = {nom: self._ouvre(document, nom) for nom in document.secrets}
            neuf = replace(document, cle=nommee)
            neuf = replace(neuf, secrets={nom: cle.chiffre(neuf.place(nom), clair) for nom, clair in clairs.items()})
            self._pose(neuf, cle)
            # The former state would need the former key: it gives way to a copy of the present one.
            ecrit_fichier(self.precedent, self.fichier.read_bytes())
            self._cles.retire(ancienne)
            self._connues.pop(ancienne.ident, None)
            return nommee

    def verifie(self) -> int:
        """Open every secret; how many there are."""
        return len(self.lit_tout())

    def restaure(self) -> Document:
        """Put the former state back; what stood in its place is kept as `credentials.json.abime`.

        Raises `GesteRefuse` when there is no former state, and the vault's own errors when it is damaged too.
        """
        with self._seul():
            octets = lit_fichier(self.precedent)
            if octets is None:
                raise GesteRefuse(
                    "Il n’y a pas d’état précédent à restaurer.",
                    remede="Remettez « credentials.json » d’une sauvegarde, ou saisissez de nouveau les secrets.",
                )
            document = self._verifie(self._document(octets, self.precedent), self.precedent)
            for nom in document.secrets:
                self._ouvre(document, nom)
            if self.fichier.exists():
                ecrit_fichier(self._donnees / f"{FICHIER}.abime", self.fichier.read_bytes())
            ecrit_fichier(self.fichier, octets)
            return document

    # --- within -------------------------------------------------------------------------------------

    @contextmanager
    def _seul(self) -> Iterator[None]:
        with ExitStack() as pile:
            try:
                self._donnees.mkdir(parents=True, exist_ok=True)
                cree_vide(self._donnees / VERROU)
                pile.enter_context(verrou(self._donnees / VERROU))
            except OSError as exc:
                raise ErreurPermanente(
                    f"Le coffre ne peut pas être écrit dans « {self._donnees} ».",
                    remede="Vérifiez les droits de ce dossier.",
                    detail=exc.strerror or "",
                ) from exc
            yield

    def _octets(self) -> bytes | None:
        octets = lit_fichier(self.fichier)
        if octets is None and self.precedent.exists():
            raise CoffreAbime(
                f"Le coffre « {self.fichier} » a disparu, alors que son état précédent est là.", remede=REMEDE_ABIME
            )
        return octets

    def _document(self, octets: bytes, fichier: Path | None = None) -> Document:
        fichier = fichier or self.fichier
        try:
            return lit_document(octets)
        except DocumentEtranger:
            raise CoffreEtranger(
                f"« {fichier} » n’est pas un coffre : ce sont les identifiants de l’ancien connecteur, en clair.",
                remede=f"Reprenez-le dans le coffre : « connecteur coffre importe {fichier} ».",
            ) from None
        except DocumentAbime as exc:
            raise CoffreAbime(f"Le coffre « {fichier} » est abîmé : {exc}.", remede=REMEDE_ABIME) from None

    def _lit(self) -> Document | None:
        """The state on disk, its seal verified; None when there is no vault."""
        octets = self._octets()
        while octets is not None:
            try:
                return self._verifie(self._document(octets), self.fichier)
            except CoffreIllisible:
                # Another program may have changed the key since we read the file.
                octets, lus = self._octets(), octets
                if octets == lus:
                    raise
        return None

    def _verifie(self, document: Document, fichier: Path) -> Document:
        try:
            document.verifie_sceau(self._cle(document))
        except DocumentAbime as exc:
            raise CoffreAbime(f"Le coffre « {fichier} » est abîmé : {exc}.", remede=REMEDE_ABIME) from None
        return document

    def _cle(self, document: Document) -> Cle:
        nommee = document.cle
        cle = self._connues.get(nommee.ident)
        if cle is None:
            cle = self._connues[nommee.ident] = self._cles.cherche(nommee)
            self._confie(cle.texte())
        return cle

    def _ouvre(self, document: Document, nom: str) -> str:
        try:
            clair = self._cle(document).dechiffre(document.place(nom), document.secrets[nom])
        except ValeurIllisible:
            raise CoffreAbime(
                f"Dans le coffre « {self.fichier} », la valeur de « {nom} » est abîmée.",
                remede=f"Saisissez-la de nouveau : « connecteur coffre pose {nom} ».",
            ) from None
        self._confie(clair)
        return clair

    def _lit_ou_fait(self) -> tuple[Document, Cle]:
        document = self._lit()
        if document is not None:
            return document, self._cle(document)
        self._refuse_pour_un_autre()
        cle, nommee = self._cles.fait()
        self._connues[cle.ident] = cle
        return Document(coffre=secrets.token_hex(16), cle=nommee), cle

    def _refuse_pour_un_autre(self) -> None:
        """An administrator would put the key where the account of the service cannot read it."""
        if est_root() and self._cles.donnee() is None and (compte := proprietaire(self._donnees)):
            raise GesteRefuse(
                f"Le dossier de données appartient au compte « {compte} » : c’est à lui de faire le coffre et sa clé.",
                remede=f"Lancez la commande sous ce compte : « sudo -u {compte} connecteur coffre … ».",
            )

    def _pose(self, document: Document, cle: Cle) -> None:
        maintenant = datetime.now(UTC).isoformat(timespec="seconds")
        if not _est_json(document.reglages):
            raise GesteRefuse(
                "Ces réglages ne peuvent pas être gardés dans le coffre : ce ne sont pas des valeurs JSON."
            )
        neuf = replace(document, ecriture=document.ecriture + 1, ecrit_le=maintenant).scelle(cle)
        octets = neuf.rend()
        if lit_document(octets) != neuf:
            raise GesteRefuse(
                "Ces réglages ne peuvent pas être gardés dans le coffre : ce ne sont pas des valeurs JSON."
            )
        actuel = lit_fichier(self.fichier)
        if actuel is not None:
            ecrit_fichier(self.precedent, actuel)
        ecrit_fichier(self.fichier, octets)


def _est_json(valeurs: Mapping[str, Any]) -> bool:
    try:
        return bool(json.loads(json.dumps(valeurs, allow_nan=False)) == valeurs)
    except (TypeError, ValueError):
        return False


def _est_du_texte(texte: str) -> bool:
    try:
        texte.encode()
    except UnicodeEncodeError:
        return False
    return True
