"""Remote calls: sp_executesql, sp_prepare and their family; and bulk loads.

A driver's `executemany` is one message of thousands of identical calls. Those that insert one row each go to
PostgreSQL together, as arrays; when any of them fails, the group is undone and each is run on its own, so that every
call gets its own outcome.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from sqlglot import exp

from banc.batigest.analyse import EnMasse, Instruction, analyse
from banc.batigest.catalogue import cite
from banc.batigest.conversions import convertit
from banc.batigest.declarations import lit_parametres
from banc.batigest.erreurs import ErreurSql, refus
from banc.batigest.lecture import Appel
from banc.batigest.portee import Expr
from banc.batigest.session import Session
from banc.batigest.traduction import Plan, tableau
from banc.batigest.types_sql import INT, TypeSql

GROUPE = 5000
"""Calls sent to PostgreSQL together."""


@dataclass(frozen=True, slots=True)
class Preparee:
    """A statement a client may execute by its number."""

    texte: str
    declaration: str


@dataclass(frozen=True, slots=True)
class _Execution:
    """What one call wants run."""

    texte: str
    types: dict[str, TypeSql]
    valeurs: dict[str, str | None]


class Procedures:
    """The remote calls of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._preparees: dict[int, Preparee] = {}
        self._prochaine = 1

    def oublie(self) -> None:
        """The connection comes out of a pool."""
        self._preparees.clear()

    def appels(self, appels: Iterable[Appel]) -> None:
        """Every call of one message, in order."""
        self._session.sortie.dans_appel = True
        for _, semblables in groupby(appels, _semblance):
            while groupe := list(islice(semblables, GROUPE)):
                if len(groupe) == 1 or not self._ensemble(groupe):
                    for appel in groupe:
                        self._appel(appel)

    # --- one call ---

    def _appel(self, appel: Appel) -> None:
        session = self._session
        temporaires = dict(session.temporaires)
        sorties: list[tuple[int, str, TypeSql, int]] = []
        correct = False
        try:
            match appel.procedure.lower():
                case "sp_executesql" | "sp_execute":
                    correct = self._execute(self._execution(appel))
                case "sp_prepexec":
                    self._preparees.pop(int(appel.valeurs[0] or 0), None)  # the one it takes the place of
                    numero = self._prepare(_texte(appel, 2), _texte(appel, 1))
                    sorties = [(0, appel.signature.noms[0], INT, numero)]
                    correct = self._execute(self._affecte(self._preparees[numero], appel, 3))
                case "sp_prepare":
                    numero = self._prepare(_texte(appel, 2), _texte(appel, 1))
                    sorties = [(0, appel.signature.noms[0], INT, numero)]
                    correct = self._decrit(self._preparees[numero])
                case "sp_unprepare":
                    correct = self._preparees.pop(int(appel.valeurs[0] or 0), None) is not None
                case nom:
                    raise refus(f"la procédure {nom}")
        except ErreurSql as exc:
            session.sortie.erreur(exc)
        session.supprime_temporaires(temporaires)
        session.sortie.fin_appel(sorties, erreur=not correct)

    def _execute(self, execution: _Execution) -> bool:
        return self._session.lot(execution.texte, execution.types, execution.valeurs)

    def _execution(self, appel: Appel) -> _Execution:
        if appel.procedure.lower() == "sp_execute":
            numero = int(appel.valeurs[0] or 0)
            preparee = self._preparees.get(numero)
            if preparee is None:
                raise ErreurSql(8179, f"Could not find prepared statement with handle {numero}.")
            return self._affecte(preparee, appel, 1)
        declaration = _texte(appel, 1) if len(appel.valeurs) > 1 else ""
        return self._affecte(Preparee(_texte(appel, 0), declaration), appel, 2)

    def _affecte(self, preparee: Preparee, appel: Appel, premier: int) -> _Execution:
        types = lit_parametres(preparee.declaration)
        noms = appel.signature.noms[premier:]
        if any(appel.signature.sorties[premier:]):
            raise refus("un paramètre OUTPUT")
        declares = list(types)
        valeurs: dict[str, str | None] = {}
        for rang, (nom, valeur) in enumerate(zip(noms, appel.valeurs[premier:], strict=True)):
            cle = nom or (declares[rang] if rang < len(declares) else "")
            if cle not in types:
                raise ErreurSql(8144, "Procedure or function has too many arguments specified.")
            valeurs[cle] = valeur
        manquants = [nom for nom in declares if nom not in valeurs]
        if manquants:
            raise ErreurSql(
                8178, f"The parameterized query expects the parameter '{manquants[0]}', which was not supplied."
            )
        return _Execution(preparee.texte, types, valeurs)

    def _prepare(self, texte: str, declaration: str) -> int:
        numero = self._prochaine
        self._prochaine += 1
        self._preparees[numero] = Preparee(texte, declaration)
        return numero

    def _decrit(self, preparee: Preparee) -> bool:
        """sp_prepare tells the shape of the rows to come."""
        etapes = analyse(preparee.texte)
        seule = etapes[0] if len(etapes) == 1 else None
        if isinstance(seule, Instruction) and isinstance(seule.arbre, exp.Select | exp.SetOperation):
            plan = self._session.plan(seule, lit_parametres(preparee.declaration))
            if plan.colonnes is not None:
                self._session.sortie.colonnes(plan.colonnes)
                self._session.sortie.fini("SELECT", None)
        return True

    # --- many calls ---

    def _ensemble(self, groupe: list[Appel]) -> bool:
        """Run them together if they insert one row each; returns whether that was done."""
        session = self._session
        guetteur = session.partage.pannes
        un_par_un = guetteur is not None and guetteur.actives
        if un_par_un or groupe[0].procedure.lower() not in {"sp_execute", "sp_executesql"}:
            return False
        try:
            premiere = self._execution(groupe[0])  # the others have the same signature, and the same statement
            etapes = analyse(premiere.texte)
            seule = etapes[0] if len(etapes) == 1 else None
            if not isinstance(seule, Instruction) or not isinstance(seule.arbre, exp.Insert):
                return False
            plan = session.plan(seule, premiere.types, lot=True)
            if session.active("IMPLICIT_TRANSACTIONS") and not session.niveau:
                return False
            sautees = len(groupe[0].valeurs) - len(premiere.valeurs)
            self._insere(plan, [appel.valeurs[sautees:] for appel in groupe], list(premiere.valeurs))
        except ErreurSql:
            return False
        session.rowcount = 1
        session.sortie.fins_appels(len(groupe), compte=not session.active("NOCOUNT"))
        return True

    def _insere(self, plan: Plan, lignes: list[list[str | None]], noms: list[str]) -> int:
        par_nom = dict(zip(noms, zip(*lignes, strict=True), strict=True))
        tableaux: list[str | None] = [
            tableau(list(par_nom[nom]), type_)
            for nom, type_ in zip(plan.emplacements, plan.types, strict=True)
            if isinstance(nom, str)
        ]
        return self._session.execute(plan, tableaux, silence=True)

    # --- bulk load ---

    def en_masse(self, demande: EnMasse, types: list[TypeSql], lignes: Iterator[list[str | None]]) -> None:
        """The rows of a bulk load, as one statement: all or nothing, like a batch of BULK INSERT."""
        session = self._session
        total = 0
        try:
            plan = self._plan_en_masse(demande, types)
            noms = [f"@p{rang}" for rang in range(1, len(types) + 1)]
            toutes = list(lignes)
            if toutes:
                total = self._insere(plan, toutes, noms)
        except ErreurSql as exc:
            session.sortie.erreur(exc)
            session.sortie.fini("INSERT", None, erreur=True)
            return
        session.rowcount = total
        session.sortie.fini("INSERT", total)

    def _plan_en_masse(self, demande: EnMasse, types: list[TypeSql]) -> Plan:
        table = self._session.trouve_table(None, demande.table)
        if table is None:
            raise ErreurSql(208, f"Invalid object name '{demande.table}'.")
        if len(types) != len(demande.colonnes):
            raise ErreurSql(4819, "Cannot bulk load. The bulk data stream was incorrectly specified.")
        valeurs = []
        for rang, (nom, type_) in enumerate(zip(demande.colonnes, types, strict=True), 1):
            colonne = table.par_nom.get(nom.lower())
            if colonne is None:
                raise ErreurSql(207, f"Invalid column name '{nom}'.")
            valeurs.append(convertit(Expr(f"lot.p{rang}", type_), colonne.type).sql)
        tableaux = ", ".join(f"${rang}::{type_.pg}[]" for rang, type_ in enumerate(types, 1))
        noms = ", ".join(f"p{rang}" for rang in range(1, len(types) + 1))
        colonnes = ", ".join(cite(nom) for nom in demande.colonnes)
        sql = (
            f"WITH lot AS (SELECT * FROM unnest({tableaux}) AS l ({noms})) "  # noqa: S608 - names are quoted by `cite`, values are placeholders
            f"INSERT INTO {table.pg} ({colonnes}) SELECT {', '.join(valeurs)} FROM lot"
        )
        acces = frozenset() if table.temporaire else frozenset({("INSERT", table.nom)})
        parametres = tuple(f"@p{rang}" for rang in range(1, len(types) + 1))
        return Plan("INSERT", sql, parametres, tuple(types), None, table.nom, (), acces)


def _semblance(appel: Appel) -> tuple[object, ...]:
    """Calls that may be run together have this in common."""
    nom = appel.procedure.lower()
    if nom == "sp_execute":
        return nom, appel.signature, appel.valeurs[0]
    if nom == "sp_executesql":
        return nom, appel.signature, *appel.valeurs[:2]
    return (id(appel),)


def _texte(appel: Appel, rang: int) -> str:
    if rang >= len(appel.valeurs):
        raise ErreurSql(201, f"Procedure '{appel.procedure}' expects a parameter which was not supplied.")
    return appel.valeurs[rang] or ""
