"""Reads of the dossier: short statements, each committed at once, normalised on the way in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import overload
from uuid import UUID

from connecteur.batigest import besoins
from connecteur.batigest.connection import Connexion, Ligne
from connecteur.batigest.schema import PAS_LE_PLUS_FIN, Colonne, Examen, read_inventaire
from connecteur.batigest.suivi import Suivi
from connecteur.domain.chantier import Adresse, Chantier
from connecteur.domain.devis import Devis
from connecteur.domain.heure import CleSuivi, LigneActuelle, Quantites, normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.salarie import Salarie
from connecteur.sync.ports import LignesLues, Selection


@dataclass(frozen=True, slots=True)
class ColonnesSelection:
    """What the selection is read from, in this dossier."""

    chantier: list[Colonne]
    fin: Colonne
    devis: list[Colonne]
    etat: Colonne


def check_selection(connexion: Connexion) -> ColonnesSelection:
    """Compare the dossier with what reading the selection needs. Raises `SchemaInattendu` naming every fault."""
    examen = Examen(read_inventaire(connexion))
    colonnes = ColonnesSelection(
        chantier=[examen.trouve(besoin) for besoin in _COLONNES_CHANTIER],
        fin=examen.trouve(besoins.CHANTIER_FIN),
        devis=[examen.trouve(besoin) for besoin in _COLONNES_DEVIS],
        etat=examen.trouve(besoins.DEVIS_ETAT),
    )
    du_chantier = next(filter(None, map(examen.cherche, besoins.DEVIS_CHANTIERS)), None)
    examen.conclut()
    return replace(colonnes, devis=[*colonnes.devis, du_chantier]) if du_chantier else colonnes


def read_selection(connexion: Connexion, aujourdhui: date) -> Selection:
    """The sites that are not over and the accepted devis. Raises `SchemaInattendu` naming every fault."""
    colonnes = check_selection(connexion)
    demain = datetime.combine(aujourdhui + timedelta(days=1), time())
    chantiers = connexion.read(
        f"SELECT {_liste(colonnes.chantier, 'c')} FROM dbo.ChantierDef c"  # noqa: S608  names from INFORMATION_SCHEMA
        f" WHERE c.{colonnes.fin.sql} IS NULL OR c.{colonnes.fin.sql} >= CAST(? AS datetime)",
        (demain,),
        objet="dbo.ChantierDef",
    )
    devis = connexion.read(
        f"SELECT {_liste(colonnes.devis, 'd')} FROM dbo.Devis d WHERE d.{colonnes.etat.sql} = ?",  # noqa: S608  idem
        (besoins.DEVIS_ACCEPTE,),
        objet="dbo.Devis",
    )
    devis_list = [_devis(ligne) for ligne in devis]
    return Selection(
        chantiers=[_chantier(ligne) for ligne in chantiers],
        devis_list=devis_list,
        # A column nobody fills links nothing: the client does.
        devis_nomment_chantier=any(un_devis.code_chantier for un_devis in devis_list),
    )


_COLONNES_CHANTIER = (
    besoins.CHANTIER_CODE,
    besoins.CHANTIER_LIBELLE,
    besoins.CHANTIER_CODE_CLIENT,
    besoins.CHANTIER_CLIENT,
    besoins.CHANTIER_DEBUT,
    besoins.CHANTIER_FIN,
    besoins.CHANTIER_RUE,
    besoins.CHANTIER_CODE_POSTAL,
    besoins.CHANTIER_VILLE,
    besoins.CHANTIER_ETAT,
)
_COLONNES_DEVIS = (besoins.DEVIS_CODE, besoins.DEVIS_CODE_CLIENT, besoins.DEVIS_TEMPS_MO)


def _chantier(ligne: Ligne) -> Chantier:
    code, libelle, code_client, client, debut, fin, rue, code_postal, ville, etat = ligne
    return Chantier(
        code=_texte(code),
        libelle=_texte(libelle),
        code_client=_texte(code_client),
        client=_texte(client),
        date_debut=_jour(debut),
        date_fin=_jour(fin),
        adresse=Adresse(_texte(rue), _texte(code_postal), _texte(ville)),
        heures_vendues=None,
        etat=_texte(etat),
    )


def _devis(ligne: Ligne) -> Devis:
    code, code_client, temps_mo, *chantier = ligne
    return Devis(
        code=_texte(code),
        code_client=_texte(code_client),
        code_chantier=(_texte(chantier[0]) or None) if chantier else None,
        temps_mo=arrondi(temps_mo, PAS_LE_PLUS_FIN),
    )


def read_codes_chantiers(connexion: Connexion) -> list[str]:
    """The code of every site, over or not, as Batigest writes it (trailing blanks removed)."""
    examen = Examen(read_inventaire(connexion))
    code = examen.trouve(besoins.CHANTIER_CODE)
    examen.conclut()
    lignes = connexion.read(f"SELECT c.{code.sql} FROM dbo.ChantierDef c", objet="dbo.ChantierDef")  # noqa: S608  idem
    return [code.rstrip() for (code,) in lignes if code and code.strip()]


def read_salaries(connexion: Connexion) -> list[Salarie]:
    """Every employee; `utilisateur` is None where `codebs` is missing, empty or not a UUID."""
    examen = Examen(read_inventaire(connexion))
    code, nom = examen.trouve(besoins.SALARIE_CODE), examen.trouve(besoins.SALARIE_NOM)
    prenom, utilisateur = examen.cherche(besoins.SALARIE_PRENOM), examen.cherche(besoins.SALARIE_UTILISATEUR)
    examen.conclut()
    choisies = [code, nom, *filter(None, (prenom, utilisateur))]
    lignes = connexion.read(f"SELECT {_liste(choisies, 's')} FROM dbo.Salarie s", objet="dbo.Salarie")  # noqa: S608  idem
    salaries = []
    for ligne in lignes:
        valeurs = dict(zip((colonne.nom.lower() for colonne in choisies), ligne, strict=True))
        if _texte(ligne[0]):
            salaries.append(
                Salarie(
                    code=_texte(ligne[0]),
                    nom=_texte(ligne[1]),
                    prenom=_texte(valeurs.get("prenom")),
                    utilisateur=_uuid(valeurs.get("codebs")),
                )
            )
    return salaries


def read_brutes(connexion: Connexion, suivi: Suivi, tranche: Tranche) -> list[Ligne]:
    """Every row of SuiviMO whose date falls in these local days, as the driver gives it.

    Lines without a chantier or salarié are nobody's.
    """
    s = suivi
    cles = f"s.{s.date.sql}, s.{s.code_chantier.sql}, s.{s.code_salarie.sql}"
    quantites = _liste(s.quantites, "s")
    utilisees = " OR ".join(f"s.{autre.sql} <> 0" for autre in s.autres) or "1 = 0"
    return connexion.read(
        f"SELECT {cles}, {quantites}, CASE WHEN {utilisees} THEN 1 ELSE 0 END AS Autres FROM dbo.SuiviMO s"  # noqa: S608  idem
        f" WHERE s.{s.date.sql} >= CAST(? AS datetime) AND s.{s.date.sql} < CAST(? AS datetime)"
        f" AND s.{s.code_chantier.sql} IS NOT NULL AND s.{s.code_salarie.sql} IS NOT NULL"
        # Every column takes part, so that equal slices come in the same order whatever the server's plan.
        f" ORDER BY {cles}, {quantites}",
        (datetime.combine(tranche.debut, time()), datetime.combine(tranche.fin, time())),
        objet="dbo.SuiviMO",
    )


def lignes_lues(suivi: Suivi, brutes: list[Ligne]) -> LignesLues:
    """These rows and their digest. An unchanged slice costs no more: lines are built when somebody looks at them."""
    return LignesLues(_empreinte(brutes), LignesDifferees(brutes, tuple(c.pas for c in suivi.quantites)))


def _empreinte(lignes: Sequence[Ligne]) -> str:
    digest = blake2b(digest_size=16)
    for colonne in zip(*lignes, strict=True):  # by column: one `repr` of 4,000 values costs far less than 4,000
        digest.update(repr(colonne).encode())
    return digest.hexdigest()


@dataclass(eq=False)
class LignesDifferees(Sequence[LigneActuelle]):
    """The lines of a slice, built when first looked at."""

    _brutes: list[Ligne]
    _pas: tuple[Decimal, ...]

    @cached_property
    def _lignes(self) -> list[LigneActuelle]:
        lignes = [self._ligne(brute) for brute in self._brutes]
        self._brutes = []
        return lignes

    def _ligne(self, brute: Ligne) -> LigneActuelle:
        debut, code_chantier, code_salarie, *quantites, autres = brute
        # A line typed at 08:00:30 stands on the same minute as ours: it must be seen there.
        cle = CleSuivi(
            normalise_code(code_chantier), normalise_code(code_salarie), debut.replace(second=0, microsecond=0)
        )
        return LigneActuelle(cle, Quantites(*map(arrondi, quantites, self._pas)), bool(autres))

    def __len__(self) -> int:
        return len(self._lignes)

    def __iter__(self) -> Iterator[LigneActuelle]:
        return iter(self._lignes)

    @overload
    def __getitem__(self, rang: int) -> LigneActuelle: ...
    @overload
    def __getitem__(self, rang: slice) -> Sequence[LigneActuelle]: ...
    def __getitem__(self, rang: int | slice) -> LigneActuelle | Sequence[LigneActuelle]:
        return self._lignes[rang]


@lru_cache(maxsize=4096)
def arrondi(valeur: float | Decimal | None, pas: Decimal) -> Decimal:
    """A quantity as it compares: rounded to the column's step; NULL counts for nothing, as it does in a sum."""
    if valeur is None:
        return Decimal(0)
    exacte = Decimal(repr(valeur)) if isinstance(valeur, float) else Decimal(valeur)
    try:
        return exacte.quantize(pas, rounding=ROUND_HALF_UP).normalize() + 0
    except InvalidOperation:  # too large for its decimals: somebody else's line, to be shown as it is
        return exacte


def _liste(colonnes: Sequence[Colonne], alias: str) -> str:
    return ", ".join(f"{alias}.{colonne.sql}" for colonne in colonnes)


def _texte(valeur: object) -> str:
    """Text without the padding of `char` columns; NULL is the empty text. PostgreSQL takes no NUL character."""
    return "" if valeur is None else str(valeur).replace("\x00", "").strip()


def _jour(valeur: date | None) -> date | None:
    return valeur.date() if isinstance(valeur, datetime) else valeur


def _uuid(valeur: object) -> str | None:
    try:
        return str(UUID(_texte(valeur)))
    except ValueError:
        return None
