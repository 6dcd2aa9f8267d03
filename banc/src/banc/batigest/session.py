"""One client's session: its statements run here, one after the other.

A failed statement leaves the transaction usable, as SQL Server does. With XACT_ABORT, and for a few errors always,
everything is rolled back.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pysqlbridge.tds.token import EnvChangeType
from sqlglot import exp

from banc.batigest import catalogue, internes
from banc.batigest.analyse import EnMasse, Etape, Instruction, Reglage, Transaction, Utilise, analyse, erreur_de_refus
from banc.batigest.catalogue import Table
from banc.batigest.definir import Definitions
from banc.batigest.erreurs import (
    FIN_DE_LOT,
    FIN_DE_TRANSACTION,
    MESSAGES,
    SYNTAXE,
    Annulee,
    Contexte,
    ErreurSql,
    refus,
)  # fmt: skip
from banc.batigest.lien import Coupure, Curseur, Lien, Protection
from banc.batigest.pannes import Guetteur
from banc.batigest.sortie import Sortie, muette
from banc.batigest.traduction import Plan, traduit
from banc.batigest.transactions import Transactions
from banc.batigest.types_sql import TypeSql

PAR_ENVOI = 2000
"""Rows encoded at a time."""
PLANS_GARDES = 500
MANIPULATIONS = (exp.Select, exp.SetOperation, exp.Insert, exp.Update, exp.Delete)
_INCOMPRIS = frozenset({102, 137, 156})


@dataclass(slots=True)
class Partage:
    """What the sessions of one server share."""

    url: str = field(repr=False)
    pannes: Guetteur | None = None
    """Who knows of planned faults."""
    version: int = 0
    """Changes whenever a table may have changed: what sessions remember of the catalogue is then stale."""
    verrou: threading.Lock = field(default_factory=threading.Lock)

    def change(self) -> None:
        """A table may have changed."""
        with self.verrou:
            self.version += 1


@dataclass(frozen=True, slots=True)
class Compte:
    """Who is logged in. `droits`: table (lower case, `*` for the others) > rights; None is everything."""

    nom: str
    droits: Mapping[str, frozenset[str]] | None = None
    hote: str = ""
    programme: str = ""

    def peut(self, droit: str, table: str) -> bool:
        """Whether this account has this right on that table."""
        if self.droits is None:
            return True
        return droit in self.droits.get(table.lower(), self.droits.get("*", frozenset()))


class Session:
    """Runs statements and tells `sortie`. Not for two threads at once, except `lien.annule`."""

    def __init__(self, partage: Partage, compte: Compte, spid: int) -> None:
        self.partage = partage
        self.compte: Compte = compte
        self.spid: int = spid
        self.base: str = "master"
        self.lien = Lien(partage.url)
        self.pg: catalogue.Connexion = self.lien.pg
        self.sortie: Sortie = muette()
        self.transactions = Transactions(self)
        self.rowcount: int = 0
        self.erreur: int = 0
        self.derniere_erreur: ErreurSql | None = None
        self.reglages: dict[str, str] = {}
        self.temporaires: dict[str, Table] = {}
        self._definitions = Definitions(self)
        self._tables: dict[tuple[str, str], Table | None] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._version = partage.version
        self._generation = 0
        """Part of every statement sent to PostgreSQL, which would otherwise remember the shape of a dropped table."""

    def ferme(self) -> None:
        """Whatever was not committed is lost."""
        self.pg.close()

    @property
    def niveau(self) -> int:
        """@@TRANCOUNT."""
        return self.transactions.niveau

    def active(self, interrupteur: str) -> bool:
        """Whether a SET option is ON."""
        return self.reglages.get(interrupteur) == "ON"

    # --- databases and tables ---

    def utilise(self, base: str) -> None:
        """USE, without a word to the client. Raises 911."""
        nom = catalogue.trouve_base(self.pg, base)
        if nom is None:
            raise ErreurSql(911, f"Database '{base}' does not exist. Make sure that the name is entered correctly.")
        self.base = nom
        self.pg.execute("SELECT set_config('banc.base', %s, false)", (nom,))
        self.oublie_plans()

    def trouve_table(self, base: str | None, nom: str) -> Table | None:
        """A #temp table, or one of a dossier."""
        self._rafraichit()
        if nom.startswith("#"):
            return self.temporaires.get(nom.lower())
        cle = ((base or self.base).lower(), nom.lower())
        if cle not in self._tables:
            self._tables[cle] = catalogue.lit_table(self.pg, *cle)
        return self._tables[cle]

    def oublie_plans(self) -> None:
        """Names may stand for other tables from now on."""
        self._generation += 1
        self._plans.clear()

    def oublie_temporaires_disparues(self) -> None:
        """After a partial rollback: the #temp tables it took along are gone."""
        for nom, table in list(self.temporaires.items()):
            ligne = self.pg.execute("SELECT to_regclass(%s)", (table.pg,)).fetchone()
            if ligne is None or ligne[0] is None:
                del self.temporaires[nom]
        self.oublie_plans()

    def supprime_temporaires(self, sauf: Mapping[str, Table]) -> None:
        """Drop the #temp tables made since: those of a remote call end with it."""
        for nom in [n for n in self.temporaires if n not in sauf]:
            self.lien.simple(f"DROP TABLE {self.temporaires.pop(nom).pg}".encode())
            self.oublie_plans()

    def _rafraichit(self) -> None:
        if self._version != self.partage.version:
            self._version = self.partage.version
            self._tables.clear()
            self.oublie_plans()

    # --- running ---

    def lot(self, texte: str, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]) -> bool:
        """Every statement of a batch. Returns whether all went well; what the client sees goes to `sortie`."""
        try:
            etapes = analyse(texte)
            if len(etapes) > 1:
                self._refuse_d_avance(etapes, parametres)
        except ErreurSql as exc:
            self.echec(exc)
            return False
        correct = True
        for etape in etapes:
            try:
                self._etape(etape, parametres, valeurs)
                self.erreur = 0
            except ErreurSql as exc:
                correct = False
                if self.echec(exc):
                    break
        return correct

    def _refuse_d_avance(self, etapes: Sequence[Etape], parametres: Mapping[str, TypeSql]) -> None:
        """A batch with one statement that is not understood does not run at all. Tables may still be missing."""
        for etape in etapes:
            if isinstance(etape, Instruction) and isinstance(etape.arbre, MANIPULATIONS):
                try:
                    self.plan(etape, parametres)
                except ErreurSql as exc:
                    if erreur_de_refus(exc) or exc.numero in _INCOMPRIS:
                        raise

    def echec(self, exc: ErreurSql) -> bool:
        """Tell the client of a failed statement; returns whether the batch ends here."""
        self.erreur, self.derniere_erreur, self.rowcount = exc.numero, exc, 0
        compris = not erreur_de_refus(exc) and exc.classe != SYNTAXE
        radical = compris and self.active("XACT_ABORT")
        if self.niveau and (exc.numero in FIN_DE_TRANSACTION or radical):
            self.transactions.annule_tout()
        self.sortie.erreur(exc)
        self.sortie.fini("", None, erreur=True)
        return exc.numero in FIN_DE_LOT or exc.classe == SYNTAXE or radical

    def interrompt(self) -> None:
        """The client cancelled: with XACT_ABORT, that ends the transaction."""
        if self.niveau and self.active("XACT_ABORT"):
            self.transactions.annule_tout()

    def _etape(self, etape: Etape, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]) -> None:
        if not isinstance(etape, Instruction):
            self.rowcount = 0
        match etape:
            case Reglage():
                self._regle(etape.nom, etape.valeur)
            case Transaction():
                self.transactions.execute(etape)
            case Utilise():
                self._change_base(etape.base)
            case EnMasse():
                self.sortie.fini("", None)
            case Instruction():
                implicite = self.active("IMPLICIT_TRANSACTIONS") and not self.niveau
                if implicite and _touche_des_donnees(etape.arbre):
                    self.transactions.commence()
                self._instruction(etape, parametres, valeurs)

    def _instruction(
        self, etape: Instruction, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]
    ) -> None:
        with self.panne(etape.texte):
            if isinstance(etape.arbre, MANIPULATIONS):
                plan = self.plan(etape, parametres)
                self.execute(plan, [internes.valeur(self, e, valeurs) for e in plan.emplacements])
            else:
                with Protection(
                    self.lien, Contexte(self.base, verbe="CREATE"), en_transaction=self.niveau > 0, seul=True
                ):
                    self._definitions.execute(etape.arbre)
                self.sortie.fini("", None)

    def plan(self, etape: Instruction, parametres: Mapping[str, TypeSql], *, lot: bool = False) -> Plan:
        """The translation, remembered until a table changes."""
        self._rafraichit()
        cle = (etape.texte, tuple(parametres.items()), lot)
        plan = self._plans.get(cle)
        if plan is None:
            plan = traduit(etape, self.base, self.trouve_table, parametres, lot=lot)
            plan = replace(plan, sql=f"{plan.sql} -- {self._generation}")
            if len(self._plans) > PLANS_GARDES:
                self._plans.clear()
            self._plans[cle] = plan
        return plan

    def execute(self, plan: Plan, valeurs: list[str | None], *, silence: bool = False) -> int:
        """Run a plan and answer; returns how many rows it read or wrote. `silence`: the caller answers."""
        self._verifie_droits(plan)
        contexte = Contexte(self.base, plan.table, plan.verbe)
        seul = plan.verrouille or plan.nouvelle is not None
        with Protection(self.lien, contexte, en_transaction=self.niveau > 0, seul=seul):
            for table in plan.verrous:
                self.lien.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            if plan.nouvelle is not None:
                self._definitions.cree(plan.nouvelle)
            curseur = self.lien.execute(plan.sql, valeurs)
            reponse = plan.colonnes is not None and not silence
            self.rowcount = self._repond(plan, curseur) if reponse else curseur.rowcount
        if not silence:
            muet = self.active("NOCOUNT")
            if not (muet and self.sortie.dans_appel and plan.colonnes is None):
                self.sortie.fini(plan.verbe, None if muet else self.rowcount)
        return self.rowcount

    def _repond(self, plan: Plan, curseur: Curseur) -> int:
        colonnes = plan.colonnes or ()
        self.sortie.colonnes(colonnes)
        types = [c.type for c in colonnes]
        compte = 0
        while lignes := curseur.fetchmany(PAR_ENVOI):
            if self.lien.annule_demande:
                raise Annulee
            self.sortie.lignes(types, lignes)
            compte += len(lignes)
        return compte

    def _verifie_droits(self, plan: Plan) -> None:
        for droit, table in sorted(plan.acces):
            if not self.compte.peut(droit, table):
                raise ErreurSql(
                    229,
                    f"The {droit} permission was denied on the object '{table}', database '{self.base}', schema 'dbo'.",
                    classe=14, etat=5,
                )  # fmt: skip

    # --- faults ---

    @contextmanager
    def panne(self, texte: str) -> Iterator[None]:
        """Around one statement: let a planned fault strike."""
        guetteur = self.partage.pannes
        panne = guetteur.frappe(texte) if guetteur is not None and guetteur.actives else None
        if panne is not None:
            if panne.effet == "coupure":
                raise Coupure
            if panne.effet == "lenteur":
                with Protection(self.lien, Contexte(self.base), en_transaction=self.niveau > 0):
                    self.lien.execute("SELECT pg_sleep($1::float8)", [str(panne.secondes)])
            if panne.numero is not None:
                message, classe = MESSAGES.get(panne.numero, ("Fault of the bench.", 16))
                raise ErreurSql(panne.numero, message, classe=classe)
        yield
        if panne is not None and panne.effet == "coupure_apres":
            raise Coupure

    # --- settings ---

    def _regle(self, nom: str, valeur: str) -> None:
        if nom in {"ANSI_NULLS", "QUOTED_IDENTIFIER", "CONCAT_NULL_YIELDS_NULL"} and valeur == "OFF":
            raise refus(f"SET {nom} OFF")
        if (nom == "DATEFORMAT" and valeur != "MDY") or (nom == "LANGUAGE" and valeur not in {"US_ENGLISH", "ENGLISH"}):
            raise refus(f"SET {nom} {valeur}")
        if nom == "TRANSACTION ISOLATION LEVEL" and self.niveau and valeur != self.reglages.get(nom, "READ COMMITTED"):
            raise refus(f"SET {nom} {valeur} au milieu d’une transaction")
        self.reglages[nom] = valeur
        if nom == "LOCK_TIMEOUT":
            self.applique_attente()
        self.sortie.fini("", None)

    def applique_attente(self) -> None:
        """Tell PostgreSQL of LOCK_TIMEOUT."""
        millis = int(self.reglages.get("LOCK_TIMEOUT", "-1"))
        # PostgreSQL's 0 waits for ever, SQL Server's does not wait at all.
        self.lien.simple(f"SET lock_timeout = {0 if millis < 0 else max(1, millis)}".encode())

    def _change_base(self, base: str) -> None:
        ancienne = self.base
        self.utilise(base)
        self.sortie.change(EnvChangeType.DATABASE, self.base, ancienne)
        self.sortie.info(5701, f"Changed database context to '{self.base}'.", etat=2)
        self.sortie.fini("", None)

    def remet_a_neuf(self, base: str) -> None:
        """The connection comes out of a pool: nothing of its last user is left."""
        if self.niveau:
            self.transactions.annule_tout()
        self.supprime_temporaires({})
        self.reglages.clear()
        self.applique_attente()
        self.utilise(base)
        self.rowcount = self.erreur = 0


def _touche_des_donnees(arbre: exp.Expr) -> bool:
    return not isinstance(arbre, exp.Select) or arbre.args.get("from_") is not None
