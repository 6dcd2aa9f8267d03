"""Licences to and from a CSV file, as spreadsheets in France read and write them (`;`, UTF-8 with its mark).

A cell that a spreadsheet would take for a formula leaves with an apostrophe before it, and comes back without. An
import is all or nothing: every wrong line is named, and nothing is written while one is.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from licence_manager.domain.duree import echeance, fin_de_journee, jour_de, lit_date, lit_duree
from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.licence import ETATS_FR, SANS_LIMITE, Fiche, Fonction, Licence, defauts
from licence_manager.domain.recherche import TAILLE_PAGE_MAX, Critere
from licence_manager.errors import DemandeInvalide, ErreurLigne, ImportRefuse
from licence_manager.repository.historique import note
from licence_manager.services.contexte import Contexte
from licence_manager.services.licences import Licences
from sages_commun.licence.cle import lit_cle, make_cle, masque_cle

COLONNES = (
    "cle", "client", "entreprise", "email", "expire", "fonctions", "utilisations_max", "machines_max", "notes",
)  # fmt: skip
COLONNES_LUES = frozenset({*COLONNES, "duree"})
COLONNES_MONTREES = (*COLONNES, "etat", "cree", "utilisations", "derniere_utilisation")
TAILLE_MAX = 2_000_000
"""Bytes."""
LIGNES_MAX = 5_000
FORMULES = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell must not begin with."""
MARQUE = "\ufeff"
DEJA_LA = "Cette clé existe déjà."


@dataclass(frozen=True, slots=True)
class _Ligne:
    fiche: Fiche
    cle: str
    expire_le: datetime
    donnee: bool
    """Whether the file gave the key."""


@dataclass(frozen=True, slots=True)
class LigneExaminee:
    """A licence that an import would create."""

    ligne: int
    fiche: Fiche
    expire_le: datetime
    cle: str
    """The key of the file, masked; empty when one would be drawn."""


@dataclass(frozen=True, slots=True)
class Examen:
    """What an import would do: all of it, or nothing as long as something is wrong."""

    lignes: tuple[LigneExaminee, ...]
    erreurs: tuple[ErreurLigne, ...]


class Tableur:
    """Export and import."""

    def __init__(self, contexte: Contexte, licences: Licences) -> None:
        self._contexte = contexte
        self._licences = licences

    def export_csv(self, critere: Critere, *, avec_cles: bool = False) -> Iterator[str]:
        """The lines of the file, heading first, page by page: no export is too big for the memory.

        Keys are masked unless asked for.
        """
        yield MARQUE + _ecrit(COLONNES_MONTREES)
        suite, premiere = None, True
        while premiere or suite is not None:
            premiere = False
            page = self._licences.list_licences(critere, suite, TAILLE_PAGE_MAX)
            cles = self._licences.show_cles([licence.id for licence in page.lignes])
            for licence in page.lignes:
                cle = cles[licence.id]
                yield _ecrit(self._cellules(licence, cle if avec_cles else masque_cle(cle)))
            suite = page.suite

    def note_export(self, qui: str) -> None:
        """Somebody takes keys in clear."""
        with self._contexte.transaction() as (connexion, _):
            note(connexion, [Evenement(Geste.EXPORT, qui, self._contexte.maintenant())])

    def examine_csv(self, contenu: bytes) -> Examen:
        """What an import of this file would do, line by line; nothing is written. Raises `DemandeInvalide`."""
        lues, erreurs = self._examine(contenu)
        with self._contexte.transaction() as (_, depot):
            connues = depot.has_empreintes([ligne.cle for _, ligne in lues])
        erreurs += [ErreurLigne(rang, DEJA_LA) for rang, ligne in lues if ligne.cle in connues]
        vues = tuple(
            LigneExaminee(rang, ligne.fiche, ligne.expire_le, masque_cle(ligne.cle) if ligne.donnee else "")
            for rang, ligne in lues
            if ligne.cle not in connues
        )
        return Examen(vues, tuple(sorted(erreurs, key=lambda erreur: erreur.ligne)))

    def import_csv(self, contenu: bytes, qui: str) -> list[tuple[Licence, str]]:
        """Create the licences of a file; each with its key. Raises `DemandeInvalide`, `ImportRefuse`.

        Needed: `client`, and `expire` (a date) or `duree` (« 1 an »). A key that is given is kept; others are drawn.
        """
        lignes = self._lit(contenu)
        try:
            return self._cree(lignes, qui)
        except IntegrityError as exc:
            raise DemandeInvalide(
                "Une clé de ce fichier vient d’être créée par ailleurs : rien n’a été enregistré.",
                remede="Recommencez : la ligne sera nommée.",
            ) from exc

    def _cree(self, lignes: Sequence[tuple[int, _Ligne]], qui: str) -> list[tuple[Licence, str]]:
        with self._contexte.transaction() as (connexion, depot):
            connues = depot.has_empreintes([ligne.cle for _, ligne in lignes])
            deja = [ErreurLigne(rang, DEJA_LA) for rang, ligne in lignes if ligne.cle in connues]
            if deja:
                raise ImportRefuse(tuple(deja))
            valeurs = [(ligne.fiche, ligne.cle, ligne.expire_le) for _, ligne in lignes]
            numeros = self._licences.add_licences(connexion, depot, valeurs, qui, Geste.IMPORT) if valeurs else []
            creees = [depot.read(numero) for numero in numeros]
        cles = [ligne.cle for _, ligne in lignes]
        return [(licence, cle) for licence, cle in zip(creees, cles, strict=True) if licence is not None]

    def _cellules(self, licence: Licence, cle: str) -> list[str]:
        fiche = licence.fiche
        utilisee = licence.derniere_utilisation
        return [
            cle, fiche.client, fiche.entreprise, fiche.email, f"{jour_de(licence.expire_le):%d/%m/%Y}",
            " ".join(sorted(fiche.fonctions)), str(fiche.utilisations_max), str(fiche.machines_max), fiche.notes,
            ETATS_FR[self._licences.etat_de(licence)], f"{jour_de(licence.cree_le):%d/%m/%Y}",
            str(licence.utilisations), f"{jour_de(utilisee):%d/%m/%Y}" if utilisee else "",
        ]  # fmt: skip

    def _lit(self, contenu: bytes) -> list[tuple[int, _Ligne]]:
        """(line of the file, what it says). Raises `DemandeInvalide`, `ImportRefuse`."""
        lues, erreurs = self._examine(contenu)
        if erreurs:
            raise ImportRefuse(tuple(erreurs))
        return lues

    def _examine(self, contenu: bytes) -> tuple[list[tuple[int, _Ligne]], list[ErreurLigne]]:
        """(line of the file, what it says), and what is wrong with the others. Raises `DemandeInvalide`."""
        lues: list[tuple[int, _Ligne]] = []
        erreurs: list[ErreurLigne] = []
        cles: set[str] = set()
        for rang, cellules in _rangees(contenu):
            if isinstance(cellules, ErreurLigne):
                erreurs.append(cellules)
                continue
            try:
                ligne = self._ligne(cellules, cles)
            except ValueError as exc:
                erreurs.append(ErreurLigne(rang, str(exc)))
                continue
            cles.add(ligne.cle)
            lues.append((rang, ligne))
        return lues, erreurs

    def _ligne(self, cellules: Mapping[str, str], prises: set[str]) -> _Ligne:
        fiche = Fiche(
            client=cellules.get("client", ""),
            entreprise=cellules.get("entreprise", ""),
            email=cellules.get("email", ""),
            fonctions=_fonctions(cellules.get("fonctions", "")),
            utilisations_max=_limite(cellules.get("utilisations_max", "")),
            machines_max=_limite(cellules.get("machines_max", "")),
            notes=cellules.get("notes", ""),
        )
        trouves = defauts(fiche)
        if trouves:
            raise ValueError(" ".join(trouves))
        saisie = cellules.get("cle", "")
        cle = lit_cle(saisie) if saisie else make_cle()
        if cle in prises:
            raise ValueError("Cette clé est deux fois dans le fichier.")
        return _Ligne(fiche, cle, self._echeance(cellules), donnee=bool(saisie))

    def _echeance(self, cellules: Mapping[str, str]) -> datetime:
        expire, duree = cellules.get("expire", ""), cellules.get("duree", "")
        if bool(expire) is bool(duree):
            raise ValueError("Donnez « expire » ou « duree », l’un des deux.")
        if expire:
            return fin_de_journee(lit_date(expire))
        return echeance(self._contexte.maintenant(), lit_duree(duree))


def _ecrit(cellules: Iterable[str]) -> str:
    tampon = io.StringIO()
    csv.writer(tampon, delimiter=";", lineterminator="\r\n").writerow([_inoffensive(c) for c in cellules])
    return tampon.getvalue()


def _inoffensive(cellule: str) -> str:
    # Nor after blanks, which some spreadsheets drop; -1 and -5 are numbers, not formulas.
    formule = cellule.lstrip(" \u00a0").startswith(FORMULES) and not cellule.removeprefix("-").isdecimal()
    return f"'{cellule}" if formule or _telle_qu_elle_etait(cellule) != cellule else cellule


def _telle_qu_elle_etait(cellule: str) -> str:
    if cellule.startswith("'") and cellule[1:].lstrip(" \u00a0").startswith(FORMULES):
        return cellule[1:]
    return cellule


def _rangees(contenu: bytes) -> Iterator[tuple[int, dict[str, str] | ErreurLigne]]:
    """(line of the file, column > cell) of each row that is not empty. Raises `DemandeInvalide`."""
    lecteur = csv.reader(io.StringIO(_texte(contenu), newline=""), delimiter=_separateur(contenu), strict=True)
    try:
        entete = [titre.strip().casefold() for titre in next(lecteur, [])]
        inconnues = [titre for titre in entete if titre not in COLONNES_LUES | set(COLONNES_MONTREES)]
        if inconnues or len(set(entete)) != len(entete) or "client" not in entete:
            raise DemandeInvalide(
                "La première ligne du fichier doit nommer les colonnes, une fois chacune.",
                remede=f"Colonnes connues : {', '.join(sorted(COLONNES_LUES))}. « client » est obligatoire.",
            )
        nombre = 0
        debut = lecteur.line_num + 1
        for cellules in lecteur:
            rang, debut = debut, lecteur.line_num + 1
            if not any(cellule.strip() for cellule in cellules):
                continue
            nombre += 1
            if nombre > LIGNES_MAX:
                raise DemandeInvalide(f"Le fichier dépasse {LIGNES_MAX} lignes : importez-le en plusieurs fois.")
            if len(cellules) != len(entete):
                yield rang, ErreurLigne(rang, f"{len(cellules)} cellules au lieu de {len(entete)}.")
                continue
            propres = (_telle_qu_elle_etait(cellule.strip(" \u00a0")) for cellule in cellules)
            yield (
                rang,
                {titre: cellule for titre, cellule in zip(entete, propres, strict=True) if titre in COLONNES_LUES},
            )
    except csv.Error as exc:
        raise DemandeInvalide(
            f"Le fichier n’est pas un CSV lisible (ligne {lecteur.line_num}).", detail=str(exc)
        ) from exc


def _texte(contenu: bytes) -> str:
    if len(contenu) > TAILLE_MAX:
        raise DemandeInvalide(f"Le fichier dépasse {TAILLE_MAX // 1_000_000} Mo : importez-le en plusieurs fois.")
    if b"\0" in contenu:
        raise DemandeInvalide("Le fichier n’est pas un CSV : c’est peut-être un classeur. Enregistrez-le en CSV.")
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return contenu.decode("cp1252")  # what Excel writes when it is not asked for UTF-8
    except UnicodeDecodeError as exc:
        raise DemandeInvalide(
            "Les lettres accentuées du fichier ne se lisent pas.", remede="Enregistrez-le en « CSV UTF-8 »."
        ) from exc


def _separateur(contenu: bytes) -> str:
    entete = contenu.split(b"\n", 1)[0]
    return max((";", ",", "\t"), key=lambda signe: entete.count(signe.encode()))


def _fonctions(texte: str) -> frozenset[Fonction]:
    if not texte:
        return frozenset(Fonction)
    try:
        return frozenset(Fonction(mot) for mot in texte.casefold().replace(",", " ").split())
    except ValueError:
        raise ValueError("Les fonctions sont « chantier », « devis » et « heures », séparées par un espace.") from None


def _limite(texte: str) -> int:
    if not texte:
        return SANS_LIMITE
    try:
        return int(texte)
    except ValueError:
        raise ValueError("Une limite est un nombre entier, ou -1 (sans limite).") from None
