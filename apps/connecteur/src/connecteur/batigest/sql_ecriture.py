"""The statements of the bulk write, for one dossier's SuiviMO: plain T-SQL, valid since SQL Server 2012.

`#heures` holds one row per action: `Geste` is I (insert: no line there), C (correct, or empty) or R (remove), `Avant`
what the plan saw there and `Apres` what there should be. Its codes have the type and collation of SuiviMO's, so that
no join converts or clashes.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from connecteur.batigest.schema import Colonne
from connecteur.batigest.suivi import Suivi

PRESQUE = Decimal("0.75")
"""Two quantities differ when they are more than this part of a step apart: what was read was rounded to the step, by
at most half of one, and a binary fraction is never compared for equality."""
AVANT = ("AvantHeures", "AvantTrajet", "AvantPanier")
APRES = ("ApresHeures", "ApresTrajet", "ApresPanier")


class SqlEcriture:
    """Statements with bounds take (earliest minute, minute after the latest, number of the first row left out)."""

    cree: str
    charge: dict[str, str]
    """Geste > how its rows are staged: (number, site, employee, minute, what the plan saw if a line was there, what
    there should be if a line stays). Few values per row: sending them is most of the cost of a write."""
    oublie = "DELETE FROM #heures WHERE N = ?"
    supprime = "DROP TABLE #heures"
    perimees: str
    """Numbers of the rows whose line is no longer what the plan saw."""
    orphelines: str
    """Number, sites found, employees found, for the inserts where either is not exactly one (last bound only)."""
    numeros: tuple[tuple[int, ...], tuple[int, ...]]
    """The further headings of what the plan saw, and of what there should be."""
    gestes: dict[str, str]
    """Geste > what it does, in the order they are done: removed first, so that a slot that moves leaves its place."""

    def __init__(self, suivi: Suivi, ancien: Suivi | None = None) -> None:
        """`ancien`: the lines stand in other headings, and are moved from there; only "C" makes sense then."""
        s, depart = suivi, (ancien or suivi).quantites
        vus = [*AVANT, *(f"AvantNbH{numero}" for numero in (ancien or suivi).numeros)]
        valeurs = [*APRES, *(f"ApresNbH{numero}" for numero in suivi.numeros)]
        vierges = [colonne for colonne in s.quantites if colonne not in depart]
        quittees = [colonne for colonne in depart if colonne not in s.quantites]
        cle = (
            f"{s.code_chantier.egale('s', 'p.CodeChantier')} AND {s.code_salarie.egale('s', 'p.CodeSalarie')}"
            f" AND s.{s.date.sql} >= p.Debut AND s.{s.date.sql} < DATEADD(minute, 1, p.Debut)"
            # Said once more as constants: the server need not look beyond these days.
            f" AND s.{s.date.sql} >= CAST(? AS datetime) AND s.{s.date.sql} < CAST(? AS datetime)"
        )
        avant = list(zip(depart, vus, strict=True))
        differe = " OR ".join(
            [f"{_ecart(colonne, vu)} > {_tolerance(colonne)}" for colonne, vu in avant]
            + [f"s.{colonne.sql} <> 0" for colonne in vierges]
        )
        inchange = " AND ".join(
            [f"{_ecart(colonne, vu)} <= {_tolerance(colonne)}" for colonne, vu in avant]
            + [f"COALESCE(s.{colonne.sql}, 0) = 0" for colonne in vierges]
        )
        occupee = " OR ".join(f"s.{autre.sql} <> 0" for autre in s.autres) or "1 = 0"
        libre = " AND ".join(f"COALESCE(s.{autre.sql}, 0) = 0" for autre in s.autres) or "1 = 1"
        self.cree = (
            "CREATE TABLE #heures (N int NOT NULL PRIMARY KEY, Geste char(1) NOT NULL,"
            f" CodeChantier {s.code_chantier.declaration} NOT NULL, CodeSalarie {s.code_salarie.declaration} NOT NULL,"
            f" Debut datetime NOT NULL, {', '.join(f'{nom} float NULL' for nom in (*vus, *valeurs))})"
        )
        self.charge = {"I": _charge("I", valeurs), "C": _charge("C", [*vus, *valeurs]), "R": _charge("R", vus)}
        self.numeros = (ancien or suivi).numeros, suivi.numeros
        self.perimees = (
            f"SELECT p.N FROM #heures p LEFT JOIN dbo.SuiviMO s ON {cle}"  # noqa: S608  names from INFORMATION_SCHEMA
            " WHERE p.N < ? GROUP BY p.N, p.Geste"
            f" HAVING COUNT(s.{s.date.sql}) <> CASE WHEN p.Geste = 'I' THEN 0 ELSE 1 END"
            f" OR MAX(CASE WHEN {differe} OR (p.Geste = 'R' AND ({occupee})) THEN 1 ELSE 0 END) = 1"
        )
        source, chantier = _fiches(s)
        fiches = (
            f"{source} ON {chantier.egale('c', 'p.CodeChantier')}",
            f"dbo.Salarie e ON {s.salarie.egale('e', 'p.CodeSalarie')}",
        )
        chantiers, salaries = f"COUNT(c.{chantier.sql})", f"COUNT(e.{s.salarie.sql})"
        self.orphelines = (
            f"SELECT p.N, {chantiers} AS Chantiers, {salaries} AS Salaries FROM #heures p"  # noqa: S608  idem
            f" LEFT JOIN {fiches[0]} LEFT JOIN {fiches[1]} WHERE p.Geste = 'I' AND p.N < ?"
            f" GROUP BY p.N HAVING {chantiers} <> 1 OR {salaries} <> 1"
        )
        apres = list(zip(s.quantites, valeurs, strict=True))
        poses = [f"s.{colonne.sql} = p.{valeur}" for colonne, valeur in apres]
        poses += [f"s.{colonne.sql} = 0" for colonne in quittees]
        colonnes = (s.code_chantier, s.code_salarie, s.date, *s.quantites, *s.obligatoires)
        self.gestes = {
            "R": f"DELETE s FROM dbo.SuiviMO s JOIN #heures p ON {cle}"
            f" WHERE p.Geste = 'R' AND p.N < ? AND {inchange} AND {libre}",
            "C": f"UPDATE s SET {', '.join(poses)}"  # noqa: S608  idem
            f" FROM dbo.SuiviMO s JOIN #heures p ON {cle} WHERE p.Geste = 'C' AND p.N < ? AND {inchange}",
            "I": f"INSERT INTO dbo.SuiviMO ({', '.join(colonne.sql for colonne in colonnes)})"  # noqa: S608  idem
            # Without the padding of a char column, which a varchar one would keep.
            f" SELECT RTRIM(c.{chantier.sql}), RTRIM(e.{s.salarie.sql}), p.Debut,"
            f" {', '.join([*(f'p.{valeur}' for valeur in valeurs), *('0' for _ in s.obligatoires)])}"
            f" FROM #heures p JOIN {fiches[0]} JOIN {fiches[1]}"
            f" WHERE NOT EXISTS (SELECT 1 FROM dbo.SuiviMO s WHERE {cle}) AND p.Geste = 'I' AND p.N < ?",
        }


def _fiches(suivi: Suivi) -> tuple[str, Colonne]:
    """What the codes are looked up in, as `c`, and the column there.

    Of a site and a devis with one code, either will do: the code is what is written.
    """
    if len(suivi.fiches) == 1:
        return f"dbo.{suivi.fiches[0].table} c", suivi.fiches[0]
    commune = replace(suivi.code_chantier, nom="Code")
    codes = " UNION ".join(
        f"SELECT {commune.convertie(f'f.{fiche.sql}')} AS Code FROM dbo.{fiche.table} f"  # noqa: S608  idem
        for fiche in suivi.fiches
    )
    return f"({codes}) c", commune


def _ecart(colonne: Colonne, vu: str) -> str:
    return f"ABS(COALESCE(CAST(s.{colonne.sql} AS float), 0) - p.{vu})"


def _tolerance(colonne: Colonne) -> str:
    return f"{colonne.pas * PRESQUE:f}"


def _charge(geste: str, quantites: Sequence[str]) -> str:
    colonnes = ", ".join(("N", "CodeChantier", "CodeSalarie", "Debut", *quantites))
    valeurs = ", ".join("?" for _ in range(4 + len(quantites)))
    return f"INSERT INTO #heures (Geste, {colonnes}) VALUES ('{geste}', {valeurs})"  # noqa: S608  our own names
