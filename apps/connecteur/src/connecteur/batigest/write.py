"""Bulk write of heures: staged in a #temp table, checked again against what is there, applied in one transaction.

Nothing is trusted between the plan and the write, nor between the check and the write. The check says which lines
are no longer what the plan saw; then every UPDATE and DELETE repeats the condition, so that it holds at the very
moment the row is written, and the number of rows written must be the number announced: if somebody came in between,
everything is rolled back and looked at again. No lock is therefore held while checking: Batigest never waits for a
check, and waits for a write only as long as the write itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from connecteur.batigest.connection import Connexion, Transaction, Valeurs
from connecteur.batigest.lignes import par_rubrique
from connecteur.batigest.sql_ecriture import SqlEcriture
from connecteur.batigest.suivi import Suivi
from connecteur.domain.heure import Quantites
from connecteur.domain.plan import ECRITURES, Action, Geste
from connecteur.errors import EnregistrementRefuse, ErreurConnecteur, ServiceSature
from connecteur.sync.ports import Ecrites, Refus

ESSAIS = 3
"""How often a write that somebody crossed is looked at again before Batigest is said to be busy."""
SONDES = 120
"""How many trial writes may be spent looking for the rows that the server refuses."""
MINUTE = timedelta(minutes=1)
GESTES = {Geste.INSERER: "I", Geste.CORRIGER: "C", Geste.VIDER: "C", Geste.CHANGER_RUBRIQUES: "C", Geste.RETIRER: "R"}
"""What the staging table calls them: emptying a line is correcting it to zero."""


def _lettre(action: Action) -> str:
    """What the staging table calls this action; giving a line back is whatever brings back what was there."""
    if action.geste is not Geste.RENDRE:
        return GESTES[action.geste]
    return "I" if action.avant is None else "R" if action.apres is None else "C"


def write_lignes(connexion: Connexion, suivi: Suivi, actions: Sequence[Action], ancien: Suivi | None = None) -> Ecrites:
    """Apply these actions in one transaction (see `sync.ports.DossierHeures`); `ancien`: where their lines stand."""
    ecrites = Ecrites()
    retenues: list[Action] = []
    for action in actions:
        faute = _faute(suivi, action)
        if faute:
            ecrites.refusees.append(Refus(action, faute))
        else:
            retenues.append(action)
    if retenues:
        with _Chargement(connexion, retenues, SqlEcriture(suivi, ancien)) as chargement:
            chargement.applique(ecrites)
    return ecrites


def _faute(suivi: Suivi, action: Action) -> str:
    """Why this action cannot even be staged; empty when it can."""
    if action.geste not in ECRITURES:
        raise ValueError(f"« {action.geste} » n’écrit rien dans Batigest")
    for colonne, code in (
        (suivi.code_chantier, action.cle.code_chantier),
        (suivi.code_salarie, action.cle.code_salarie),
    ):
        if not colonne.accepte(code):
            return f"le code « {code} » est plus long que la colonne {colonne} ({colonne.longueur} caractères)"
    return ""


@dataclass
class _Sort:
    """What becomes of the staged rows, by number."""

    depassees: set[int] = field(default_factory=set)
    refusees: dict[int, str] = field(default_factory=dict)


class _Croisement(Exception):
    """Somebody changed a line between the check and the write."""


class _Chargement:
    """The actions of one call, staged in `#heures`. Row `n` is action `n`."""

    def __init__(self, connexion: Connexion, actions: Sequence[Action], sql: SqlEcriture) -> None:
        self._connexion = connexion
        self._actions = actions
        self._sql = sql
        self._bornes = (min(a.cle.debut for a in actions), max(a.cle.debut for a in actions) + MINUTE)
        self._sort = _Sort()
        self._sondes = 0

    def __enter__(self) -> Self:
        self._connexion.execute(self._sql.cree)
        try:
            with self._connexion.transaction() as transaction:
                for geste, sql in self._sql.charge.items():
                    lignes = [self._ligne(n, a) for n, a in enumerate(self._actions) if _lettre(a) == geste]
                    transaction.write_many(sql, lignes)
        except BaseException:
            self._libere()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._libere()

    def _ligne(self, n: int, action: Action) -> Valeurs:
        """Row `n` of `#heures`."""
        cle, (vus, poses) = action.cle, self._sql.numeros
        quantites = (*_nombres(action.avant, vus), *_nombres(action.apres, poses))
        return (n, cle.code_chantier, cle.code_salarie, cle.debut, *quantites)

    def _libere(self) -> None:
        if self._connexion.ouverte:  # a session that died took its #temp table along
            try:
                self._connexion.execute(self._sql.supprime)
            except ErreurConnecteur:
                self._connexion.close()

    def applique(self, ecrites: Ecrites) -> None:
        """Write everything that can be written, in one transaction; sort the rest."""
        self._ecrit_tout()
        for n, action in enumerate(self._actions):
            if n in self._sort.refusees:
                ecrites.refusees.append(Refus(action, self._sort.refusees[n]))
            elif n in self._sort.depassees:
                ecrites.depassees.append(action)
            else:
                ecrites.faites.append(action)

    def _ecrit_tout(self) -> None:
        tout = len(self._actions)
        for _ in range(ESSAIS):
            try:
                self._essaie(tout, garde=True)
            except EnregistrementRefuse as exc:
                self._isole(0, tout, exc)
            else:
                return
        raise _occupe()

    def _isole(self, debut: int, fin: int, refus: EnregistrementRefuse) -> None:
        """Find which rows from `debut` to `fin` are refused, given that they are, and that all before go through.

        Each trial writes everything accepted so far and half of what is suspected, then rolls back: rows that only
        clash with one another are told apart too. When too many are refused, the rest of a suspected block is refused
        whole, with the reason: it comes back on the next run.
        """
        if fin - debut == 1:
            self._refuse([debut], refus.detail)
            return
        if self._sondes >= SONDES:
            motif = f"refusée avec un lot de {fin - debut} lignes, sans chercher laquelle : {refus.detail}"
            self._refuse(range(debut, fin), motif)
            return
        milieu = (debut + fin) // 2
        premier = self._sonde(milieu)
        if premier is not None:
            self._isole(debut, milieu, premier)
        second = refus if premier is None else self._sonde(fin)
        if second is not None:
            self._isole(milieu, fin, second)

    def _sonde(self, fin: int) -> EnregistrementRefuse | None:
        """Why the rows before `fin` do not go through together; None when they do."""
        self._sondes += 1
        try:
            self._essaie(fin, garde=False)
        except EnregistrementRefuse as exc:
            return exc
        return None

    def _refuse(self, rangs: Sequence[int], detail: str) -> None:
        self._sort.refusees.update(dict.fromkeys(rangs, detail))
        with self._connexion.transaction() as transaction:
            transaction.write_many(self._sql.oublie, [(rang,) for rang in rangs])

    def _essaie(self, fin: int, *, garde: bool) -> None:
        """Write the staged rows before `fin`; commit them or, for a trial, roll back."""
        for _ in range(ESSAIS):
            sort = _Sort()
            try:
                with self._connexion.transaction(garde=garde) as transaction:
                    self._ecrit(transaction, fin, sort)
            except _Croisement:
                continue
            if garde:
                self._sort.depassees = sort.depassees
                self._sort.refusees |= sort.refusees
            return
        raise _occupe()

    def _ecrit(self, transaction: Transaction, fin: int, sort: _Sort) -> None:
        perimees = transaction.read(self._sql.perimees, (*self._bornes, fin), objet="dbo.SuiviMO")
        sort.depassees = {n for (n,) in perimees}
        for n, chantiers, salaries in transaction.read(self._sql.orphelines, (fin,), objet="dbo.ChantierDef"):
            if n not in sort.depassees:
                sort.refusees[n] = _orpheline(self._actions[n], chantiers, salaries)
        ecartees = sort.depassees | sort.refusees.keys()
        transaction.write_many(self._sql.oublie, [(n,) for n in sorted(ecartees)])
        self._execute_gestes(transaction, [n for n in range(fin) if n not in ecartees and n not in self._sort.refusees])

    def _execute_gestes(self, transaction: Transaction, presentes: Sequence[int]) -> None:
        """Carry out the staged rows, which are these. Raises `_Croisement` when not exactly that many were written."""
        fin = presentes[-1] + 1 if presentes else 0
        for geste, sql in self._sql.gestes.items():
            annoncees = sum(_lettre(self._actions[n]) == geste for n in presentes)
            if annoncees:
                ecrites = transaction.write(sql, (*self._bornes, fin), objet="dbo.SuiviMO")
                if ecrites != annoncees:
                    raise _Croisement


def _occupe() -> ServiceSature:
    return ServiceSature(
        "Les lignes d’heures changent dans Batigest au moment même où elles sont écrites.",
        remede="Rien à faire : le connecteur réessaiera.",
    )


def _nombres(quantites: Quantites | None, numeros: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(map(float, par_rubrique(quantites, numeros))) if quantites else ()


def _orpheline(action: Action, chantiers: int, salaries: int) -> str:
    """Why a line cannot be inserted, from how many sites and employees carry its codes."""
    if not chantiers:
        return f"le chantier « {action.cle.code_chantier} » n’existe plus dans Batigest"
    if not salaries:
        return f"le salarié « {action.cle.code_salarie} » n’existe plus dans Batigest"
    return (
        f"plusieurs fiches de Batigest portent le code « {action.cle.code_chantier} » ou « {action.cle.code_salarie} »"
    )
