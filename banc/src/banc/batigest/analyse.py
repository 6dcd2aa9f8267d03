"""From the text of a batch to its statements. What is not known here is refused by name, before anything runs.

The small statements (SET, transactions, USE, INSERT BULK) are read here; the others by sqlglot, one at a time, and
every node of the tree must be in a list of those the translation knows. sqlglot is lenient where SQL Server is
not: a reserved word taken for an alias is a syntax error here, as it is there.
"""

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.tsql import TSQL
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.tsql import TSQLParser

from banc.batigest.erreurs import ErreurSql, refus, syntaxe
from banc.batigest.vocabulaire import DETAILS, NOMS_DE_REFUS, PERMIS, RESERVES


class Dialecte(TSQL):
    """T-SQL with its functions left under their own names: the translation knows them, or refuses them, by name."""

    class Tokenizer(TSQL.Tokenizer):
        # sqlglot takes `real` for `float`: left alone, it comes through as a name.
        KEYWORDS: ClassVar = {mot: jeton for mot, jeton in TSQL.Tokenizer.KEYWORDS.items() if mot != "REAL"}

    class Parser(TSQLParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar = {
            nom: lecture for nom, lecture in TSQLParser.FUNCTION_PARSERS.items() if nom.endswith(("CAST", "CONVERT"))
        }
        NO_PAREN_FUNCTIONS: ClassVar = {
            jeton: noeud for jeton, noeud in TSQLParser.NO_PAREN_FUNCTIONS.items() if noeud is exp.CurrentTimestamp
        }


logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what we refuse anyway


@dataclass(frozen=True, slots=True)
class Reglage:
    """SET name value; both in upper case."""

    nom: str
    valeur: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """BEGIN, COMMIT, ROLLBACK or SAVE. `si_ouverte`: IF @@TRANCOUNT > 0 stood in front."""

    verbe: str
    nom: str | None = None
    si_ouverte: bool = False


@dataclass(frozen=True, slots=True)
class Utilise:
    """USE base."""

    base: str


@dataclass(frozen=True, slots=True)
class EnMasse:
    """INSERT BULK: the rows come in the next message."""

    table: str
    colonnes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """A statement for the translation."""

    arbre: exp.Expr
    texte: str


Etape = Reglage | Transaction | Utilise | EnMasse | Instruction

_IDENT = r"(?:\[(?:[^\]]|\]\])+\]|\"[^\"]+\"|[#\w][\w$#@]*)"
_BLANC = re.compile(r"(?:\s|;|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_INTERRUPTEURS = (
    "NOCOUNT|XACT_ABORT|IMPLICIT_TRANSACTIONS|ANSI_NULLS|ANSI_PADDING|ANSI_WARNINGS|ANSI_NULL_DFLT_ON|ANSI_DEFAULTS|"
    "ARITHABORT|QUOTED_IDENTIFIER|CONCAT_NULL_YIELDS_NULL|NUMERIC_ROUNDABORT|CURSOR_CLOSE_ON_COMMIT|NO_BROWSETABLE"
)
_SET = re.compile(rf"SET\s+((?:{_INTERRUPTEURS})(?:\s*,\s*(?:{_INTERRUPTEURS}))*)\s+(ON|OFF)\b", re.IGNORECASE)
_SET_NOMBRE = re.compile(r"SET\s+(LOCK_TIMEOUT|TEXTSIZE)\s+(-?\d+)\b", re.IGNORECASE)
_SET_MOT = re.compile(r"SET\s+(LANGUAGE|DATEFORMAT|DATEFIRST)\s+'?(\w+)'?", re.IGNORECASE)
_SET_ISOLATION = re.compile(
    r"SET\s+(TRANSACTION\s+ISOLATION\s+LEVEL)\s+(READ\s+UNCOMMITTED|READ\s+COMMITTED|REPEATABLE\s+READ|SERIALIZABLE|"
    r"SNAPSHOT)\b",
    re.IGNORECASE,
)
_TRANSACTION = re.compile(
    r"(IF\s+@@TRANCOUNT\s*>\s*0\s+)?(BEGIN\s+TRAN(?:SACTION)?|COMMIT(?:\s+(?:TRAN(?:SACTION)?|WORK))?|"
    rf"ROLLBACK(?:\s+(?:TRAN(?:SACTION)?|WORK))?|SAVE\s+TRAN(?:SACTION)?)\b(?:[ \t]+({_IDENT}))?",
    re.IGNORECASE,
)
_CLUSTERED = re.compile(r"\b(PRIMARY\s+KEY|UNIQUE)\s+(?:NON)?CLUSTERED\b(?!\s*\()", re.IGNORECASE)
_USE = re.compile(rf"USE\s+({_IDENT})", re.IGNORECASE)
_EN_MASSE = re.compile(
    rf"INSERT\s+BULK\s+((?:{_IDENT}\s*\.\s*)*{_IDENT})\s*\((.*)\)\s*(?:WITH\s*\([\w\s,]*\))?\s*;?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_COLONNE_EN_MASSE = re.compile(rf"\s*({_IDENT})\s+{_IDENT}")


def sans_crochets(nom: str) -> str:
    """The name inside `[…]` or `"…"`."""
    if nom.startswith("["):
        return nom[1:-1].replace("]]", "]")
    return nom.strip('"')


@lru_cache(maxsize=2000)
def analyse(texte: str) -> tuple[Etape, ...]:
    """The statements of a batch. Raises `ErreurSql` (102, 156, or the refusal) when one is not understood."""
    etapes: list[Etape] = []
    at = _apres_blanc(texte, 0)
    while at < len(texte):
        etape, fin = _petite(texte, at)
        if etape is None:
            fin = _fin_instruction(texte, at)
            etapes.append(_instruction(texte[at:fin]))
        else:
            etapes += etape
        at = _apres_blanc(texte, fin)
    return tuple(etapes)


def _apres_blanc(texte: str, at: int) -> int:
    trouve = _BLANC.match(texte, at)
    return trouve.end() if trouve else at


def _petite(texte: str, at: int) -> tuple[list[Etape] | None, int]:
    """A statement that needs no translation, and where it ends."""
    if m := _SET.match(texte, at):
        noms = re.split(r"\s*,\s*", m.group(1).upper())
        return [Reglage(nom, m.group(2).upper()) for nom in noms], m.end()
    if m := _SET_NOMBRE.match(texte, at) or _SET_MOT.match(texte, at) or _SET_ISOLATION.match(texte, at):
        return [Reglage(" ".join(m.group(1).upper().split()), " ".join(m.group(2).upper().split()))], m.end()
    if m := _TRANSACTION.match(texte, at):
        return _transaction(m)
    if m := _USE.match(texte, at):
        return [Utilise(sans_crochets(m.group(1)))], m.end()
    if m := _EN_MASSE.match(texte, at):
        return [_en_masse(m)], m.end()
    return None, at


def _transaction(m: re.Match[str]) -> tuple[list[Etape] | None, int]:
    verbe, nom, fin = m.group(2).upper().split()[0], m.group(3), m.end()
    if nom and nom.upper() in RESERVES:
        nom, fin = None, m.start(3)
    return [Transaction(verbe, sans_crochets(nom) if nom else None, bool(m.group(1)))], fin


def _en_masse(m: re.Match[str]) -> EnMasse:
    table = sans_crochets(re.findall(_IDENT, m.group(1))[-1])
    colonnes, profondeur, debut = [], 0, 0
    corps = m.group(2) + ","
    for rang, lettre in enumerate(corps):
        profondeur += (lettre == "(") - (lettre == ")")
        if lettre == "," and not profondeur:
            colonne = _COLONNE_EN_MASSE.match(corps, debut)
            if colonne is None:
                raise syntaxe("BULK", mot_cle=True)
            colonnes.append(sans_crochets(colonne.group(1)))
            debut = rang + 1
    return EnMasse(table, tuple(colonnes))


def _fin_instruction(texte: str, at: int) -> int:
    """The next semicolon that is not in a string, a name or a comment."""
    try:
        jetons = Dialecte().tokenize(texte[at:])
    except TokenError as exc:
        raise syntaxe(texte[at : at + 20]) from exc
    for jeton in jetons:
        if jeton.text == ";" and jeton.token_type.name == "SEMICOLON":
            return int(at + jeton.start)
    return len(texte)


def _instruction(texte: str) -> Instruction:
    try:
        # sqlglot expects a list of columns after CLUSTERED, even on a column's own key.
        arbres = parse(_CLUSTERED.sub(r"\1", texte), dialect=Dialecte)
    except ParseError as exc:
        premier = (texte.split() or ["?"])[0].upper()
        if premier in _VERBES:
            raise syntaxe(str((exc.errors or [{}])[0].get("highlight") or premier)) from None
        raise refus(premier) from None
    arbre = arbres[0] if len(arbres) == 1 else None
    if arbre is None:
        raise syntaxe(texte[:20])
    verifie(arbre, texte)
    return Instruction(arbre, texte)


_VERBES = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "WITH"})


def verifie(arbre: exp.Expr, texte: str) -> None:
    """Every node is one the translation knows, and no reserved word was taken for a name."""
    if not isinstance(
        arbre, exp.Select | exp.SetOperation | exp.Insert | exp.Update | exp.Delete | exp.Create | exp.Drop | exp.Alter
    ):
        raise refus(_nom_du_refus(arbre, texte))
    for noeud in arbre.walk():
        if type(noeud) not in PERMIS:
            raise refus(_nom_du_refus(noeud, texte))
        if isinstance(noeud, exp.Identifier) and noeud.args.get("global_"):
            raise refus(f"la table partagée ##{noeud.name}")
        if (
            isinstance(noeud, exp.Identifier)
            and not noeud.quoted
            and not noeud.args.get("temporary")  # `#plan` is no keyword
            and noeud.name.upper() in RESERVES
        ):
            raise syntaxe(noeud.name, mot_cle=True)


def _nom_du_refus(noeud: exp.Expr, texte: str) -> str:
    mots = [mot.strip("(;").upper() for mot in texte.split()] or ["?"]
    if isinstance(noeud, exp.Command):
        return " ".join(mots[:2])
    if isinstance(noeud, exp.Alias | exp.Column | exp.Anonymous):
        return mots[0]
    return NOMS_DE_REFUS.get(type(noeud), noeud.key.upper())


def seulement(noeud: exp.Expr, *permis: str) -> None:
    """Refuse a node that says more than the translation will look at."""
    for nom, valeur in noeud.args.items():
        if nom not in permis and valeur is not None and valeur is not False and valeur != []:
            raise refus(DETAILS.get(nom, f"{NOMS_DE_REFUS.get(type(noeud), noeud.key.upper())} avec « {nom} »"))


def erreur_de_refus(exc: ErreurSql) -> bool:
    """Whether this is a refusal rather than an error of the statement."""
    return exc.message.startswith("le banc ne sait pas traduire")
