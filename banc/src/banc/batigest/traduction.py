"""One statement to run: its PostgreSQL text, what fills it, what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from banc.batigest.analyse import Instruction
from banc.batigest.catalogue import NouvelleTable, Table, cite
from banc.batigest.conversions import convertit
from banc.batigest.definitions import table_de_requete
from banc.batigest.ecritures import Ecritures
from banc.batigest.erreurs import refus
from banc.batigest.jetons import Colonne
from banc.batigest.portee import Contexte, Interne
from banc.batigest.requetes import Requetes
from banc.batigest.types_sql import INT, TypeSql

TrouveTable = Callable[[str | None, str], Table | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A translated statement. `colonnes` is None when it answers no rows."""

    verbe: str
    sql: str
    emplacements: tuple[str | Interne, ...]
    types: tuple[TypeSql, ...]
    """Of the parameters among `emplacements`, in their order (grouped inserts have no others)."""
    colonnes: tuple[Colonne, ...] | None
    table: str
    verrous: tuple[str, ...]
    acces: frozenset[tuple[str, str]]
    verrouille: bool = False
    """Rows are locked until the end of the transaction."""
    nouvelle: NouvelleTable | None = None
    """SELECT … INTO: created first."""


def traduit(
    instruction: Instruction,
    base: str,
    trouve_table: TrouveTable,
    parametres: Mapping[str, TypeSql],
    *,
    lot: bool = False,
) -> Plan:
    """The plan of a SELECT, INSERT, UPDATE or DELETE. `lot`: one INSERT for the values of many calls, as arrays."""
    contexte = Contexte(base, trouve_table, parametres, en_lot=lot)
    requetes = Requetes(contexte)
    ecritures = Ecritures(requetes)
    arbre = instruction.arbre
    colonnes, table, nouvelle = None, "?", None
    if isinstance(arbre, exp.Insert):
        verbe = "INSERT"
        sql, cible = ecritures.insertion(arbre)
        table = cible.nom
    elif isinstance(arbre, exp.Update):
        verbe = "UPDATE"
        sql, cible = ecritures.mise_a_jour(arbre)
        table = cible.nom
    elif isinstance(arbre, exp.Delete):
        verbe = "DELETE"
        sql, cible = ecritures.suppression(arbre)
        table = cible.nom
    elif isinstance(arbre, exp.Select | exp.SetOperation):
        verbe = "SELECT"
        requete = requetes.requete(arbre, sommet=True)
        sql = requete.sql
        into = arbre.args.get("into")
        if into is not None:
            nouvelle = table_de_requete(into, requete.colonnes, base)
            liste = ", ".join(cite(c.nom) for c in nouvelle.table.colonnes)
            valeurs = ", ".join(
                convertit(c, cible.type).sql if c.type is None else f"q.c{rang}"
                for rang, (c, cible) in enumerate(zip(requete.colonnes, nouvelle.table.colonnes, strict=True), 1)
            )
            sql = f"INSERT INTO {nouvelle.table.pg} ({liste}) SELECT {valeurs} FROM ({sql}) AS q"  # noqa: S608 - names are quoted by `cite`, values are placeholders
        else:
            colonnes = tuple(Colonne(c.nom, c.type or INT, c.nullable) for c in requete.colonnes)
    else:
        raise refus(arbre.key.upper())
    emplacements = tuple(contexte.emplacements)
    types = tuple(parametres[e] for e in emplacements if isinstance(e, str))
    if lot:
        sql = _groupe(sql, emplacements, types)
    return Plan(
        verbe, sql, emplacements, types, colonnes, table, tuple(contexte.verrous), frozenset(contexte.acces),
        bool(contexte.verrous or contexte.lignes_verrouillees), nouvelle,
    )  # fmt: skip


def _groupe(sql: str, emplacements: tuple[str | Interne, ...], types: tuple[TypeSql, ...]) -> str:
    if not sql.startswith("INSERT INTO") or len(types) != len(emplacements) or not types:
        raise refus("cet appel groupé")
    tableaux = ", ".join(f"${rang}::{type_.pg}[]" for rang, type_ in enumerate(types, 1))
    noms = ", ".join(f"p{rang}" for rang in range(1, len(types) + 1))
    return f"WITH lot AS (SELECT * FROM unnest({tableaux}) AS l ({noms})) {sql}"  # noqa: S608 - names are quoted by `cite`, values are placeholders


def tableau(valeurs: list[str | None], type_: TypeSql) -> str:
    """These values as one PostgreSQL array literal."""
    if type_.nombre:
        return "{" + ",".join(["NULL" if v is None else v for v in valeurs]) + "}"
    return "{" + ",".join(["NULL" if v is None else _entre_guillemets(v) for v in valeurs]) + "}"


def _entre_guillemets(valeur: str) -> str:
    if "\\" in valeur or '"' in valeur:
        valeur = valeur.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{valeur}"'
