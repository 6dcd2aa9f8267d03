"""Many new lines at once, where nothing stands in their way: the first import, and its like.

Most of what a batch costs is sending rows one by one, and seven values for each. Here a line is one text of fixed
width, `PAR_PAQUET` of them are a row of `#paquets`, and the server takes them apart straight into SuiviMO. What is
checked is the same as elsewhere (`write.py`), in another place: the codes are looked up here among those read at the
start of the push, the lines that are there are read just before; and before the commit the server counts the lines of
these days, which must be those that were there and ours. Anything else, and anything that does not fit, is left to the
longer way.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from connecteur.batigest.connection import Connexion
from connecteur.batigest.schema import Colonne
from connecteur.batigest.suivi import Suivi
from connecteur.domain.heure import CleSuivi, Quantites, normalise_code
from connecteur.domain.plan import Action, Geste
from connecteur.errors import EnregistrementRefuse

MINIMUM = 50
"""Fewer lines are not worth reading every code for."""
PAR_PAQUET = 8
"""Lines per packet; the last one is filled with NULL."""
MINUTE = 14
"""Characters of a date with its minute, in the one form that SQL Server reads alike in every language."""
QUANTITES = (12, 3, 3)
"""Those of hours, trajet, panier."""
CODE_MAX = 40
LIGNE_MAX = 2 * CODE_MAX + MINUTE + sum(QUANTITES)
UNE_MINUTE = timedelta(minutes=1)
PLACES = [f"L{rang}" for rang in range(PAR_PAQUET)]
CREE = f"CREATE TABLE #paquets ({', '.join(f'{place} nvarchar({LIGNE_MAX}) NULL' for place in PLACES)})"
VIDE = "DELETE FROM #paquets"
EMBALLE = f"INSERT INTO #paquets ({', '.join(PLACES)}) VALUES ({', '.join('?' for _ in PLACES)})"  # noqa: S608  our own names
DEBALLE = " UNION ALL ".join(f"SELECT {p} AS Ligne FROM #paquets WHERE {p} IS NOT NULL" for p in PLACES)  # noqa: S608  idem


@dataclass(frozen=True, slots=True)
class Codes:
    """Compared form of a code > the code as Batigest writes it, for those that one row alone bears."""

    chantiers: Mapping[str, str]
    salaries: Mapping[str, str]


def read_codes(connexion: Connexion, suivi: Suivi) -> Codes:
    """Every code that a line may bear."""
    chantiers: dict[str, str] = {}
    for colonne in suivi.fiches:
        chantiers |= _read_uniques(connexion, colonne)
    return Codes(chantiers, _read_uniques(connexion, suivi.salarie))


def _read_uniques(connexion: Connexion, colonne: Colonne) -> dict[str, str]:
    table = f"dbo.{colonne.table}"
    lignes = connexion.read(f"SELECT f.{colonne.sql} FROM {table} f", objet=table)  # noqa: S608  names from INFORMATION_SCHEMA
    codes = [str(code).rstrip() for (code,) in lignes if code is not None]
    fois = Counter(map(normalise_code, codes))
    # A code that begins with a blank is another one to SQL Server.
    return {normalise_code(code): code for code in codes if fois[normalise_code(code)] == 1 and code == code.strip()}


class _Croisement(Exception):
    """Somebody wrote in these days meanwhile."""


def insere_d_un_coup(connexion: Connexion, suivi: Suivi, codes: Codes, actions: Sequence[Action]) -> bool:
    """Insert these lines in one transaction; False when that is not possible, and nothing was written."""
    emballage = None if suivi.en_plus else _emballe(codes, actions)
    if emballage is None:
        return False
    largeurs, paquets = emballage
    bornes = (min(a.cle.debut for a in actions), max(a.cle.debut for a in actions) + UNE_MINUTE)
    ces_jours = f"s.{suivi.date.sql} >= CAST(? AS datetime) AND s.{suivi.date.sql} < CAST(? AS datetime)"
    presentes = connexion.read(
        f"SELECT s.{suivi.code_chantier.sql}, s.{suivi.code_salarie.sql}, s.{suivi.date.sql}"  # noqa: S608  idem
        f" FROM dbo.SuiviMO s WHERE {ces_jours}",
        bornes,
        objet="dbo.SuiviMO",
    )
    if not _libre(actions, presentes):
        return False
    connexion.dote(CREE)
    compte = f"SELECT @@ROWCOUNT AS Inserees, COUNT(*) AS Lignes FROM dbo.SuiviMO s WHERE {ces_jours}"  # noqa: S608  idem
    try:
        with connexion.transaction() as transaction:
            transaction.read(VIDE)
            transaction.write_many(EMBALLE, paquets, textes=LIGNE_MAX)
            comptes = transaction.read(f"{_insere(suivi, largeurs)}; {compte}", bornes, objet="dbo.SuiviMO")
            _verifie(comptes, (len(actions), len(presentes) + len(actions)))
    except (_Croisement, EnregistrementRefuse):
        return False
    return True


def _verifie(comptes: Sequence[tuple[object, ...]], attendus: tuple[int, int]) -> None:
    if comptes != [attendus]:
        raise _Croisement


def _libre(actions: Sequence[Action], presentes: Sequence[tuple[object, ...]]) -> bool:
    """Whether none of these lines is there. Codes that some collation may take for another are not compared here."""
    cles = {action.cle for action in actions}
    for chantier, salarie, debut in presentes:
        if not isinstance(debut, datetime) or not f"{chantier}{salarie}".isascii():
            return False
        minute = debut.replace(second=0, microsecond=0)
        if CleSuivi(normalise_code(str(chantier)), normalise_code(str(salarie)), minute) in cles:
            return False
    return True


def _emballe(codes: Codes, actions: Sequence[Action]) -> tuple[tuple[int, int], list[tuple[str | None, ...]]] | None:
    """How wide the codes are, and the packets; None when a line does not fit, or its codes are not to be found."""
    chantiers = {a.cle.code_chantier: codes.chantiers.get(a.cle.code_chantier, "") for a in actions}
    salaries = {a.cle.code_salarie: codes.salaries.get(a.cle.code_salarie, "") for a in actions}
    if not all(map(_emballable, (*chantiers.values(), *salaries.values()))):
        return None
    largeurs = max(map(len, chantiers.values())), max(map(len, salaries.values()))
    chantiers = {cle: code.ljust(largeurs[0]) for cle, code in chantiers.items()}
    salaries = {cle: code.ljust(largeurs[1]) for cle, code in salaries.items()}
    lignes: list[str | None] = []
    for action in actions:
        (chantier, salarie, debut), quantites = action.cle, _quantites(action.apres)
        if action.geste is not Geste.INSERER or not quantites:
            return None
        lignes.append(f"{chantiers[chantier]}{salaries[salarie]}{_minute(debut)}{quantites}")
    lignes += [None] * (-len(lignes) % PAR_PAQUET)
    return largeurs, list(zip(*[iter(lignes)] * PAR_PAQUET, strict=True))


def _emballable(code: str) -> bool:
    """Whether it fits, and SQL Server counts its characters as we do: beyond U+FFFF it may count two."""
    return 0 < len(code) <= CODE_MAX and code.isprintable() and max(code) <= "\uffff"


@lru_cache(maxsize=1 << 14)
def _minute(debut: datetime) -> str:
    return f"{debut:%Y%m%d %H:%M}"


@lru_cache(maxsize=4096)
def _quantites(quantites: Quantites | None) -> str:
    """As fixed-width text; empty when it does not fit."""
    if quantites is None or quantites.plus or min(quantites[:3]) < 0:
        return ""
    textes = [f"{valeur:f}".rjust(place, "0") for valeur, place in zip(quantites[:3], QUANTITES, strict=True)]
    return "".join(textes) if tuple(map(len, textes)) == QUANTITES else ""


def _insere(suivi: Suivi, largeurs: tuple[int, int]) -> str:
    """Take the packets apart, into SuiviMO."""
    places = (*largeurs, MINUTE, *QUANTITES)
    debuts = (sum(places[:rang]) + 1 for rang in range(len(places)))
    chantier, salarie, minute, *quantites = (
        f"SUBSTRING(q.Ligne, {debut}, {place})" for debut, place in zip(debuts, places, strict=True)
    )
    colonnes = (suivi.code_chantier, suivi.code_salarie, suivi.date, *suivi.quantites, *suivi.obligatoires)
    valeurs = [
        # Without the padding, which a varchar column would keep.
        f"RTRIM({chantier})",
        f"RTRIM({salarie})",
        f"CAST({minute} AS datetime)",
        *(f"CAST({quantite} AS float)" for quantite in quantites),
        *("0" for _ in suivi.obligatoires),
    ]
    return (
        f"INSERT INTO dbo.SuiviMO ({', '.join(colonne.sql for colonne in colonnes)}) SELECT {', '.join(valeurs)}"  # noqa: S608  idem
        f" FROM ({DEBALLE}) q"
    )
