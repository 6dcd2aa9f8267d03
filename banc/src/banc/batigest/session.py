"""One client's session: its PostgreSQL connection, its transaction, its #temp tables, its settings.

A failed statement leaves the transaction usable, as SQL Server does: inside a transaction each one runs behind a
savepoint. With XACT_ABORT, and for a few errors always, everything is rolled back.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from pysqlbridge.tds.token import EnvChangeType
from sqlglot import exp

from banc.batigest import catalogue, internes
from banc.batigest.analyse import EnMasse, Etape, Instruction, Reglage, Transaction, Utilise, analyse, erreur_de_refus
from banc.batigest.catalogue import Connexion, NouvelleTable, Table, sql_de_creation
from banc.batigest.definitions import index_lu, nom_et_pg, nouvelle_table
from banc.batigest.erreurs import (
    FIN_DE_LOT,
    FIN_DE_TRANSACTION,
    MESSAGES,
    Annulee,
    Contexte,
    ErreurSql,
    depuis_postgres,
    refus,
)  # fmt: skip
from banc.batigest.pannes import Guetteur, Panne
from banc.batigest.sortie import Sortie
from banc.batigest.traduction import Plan, traduit
from banc.batigest.types_sql import TypeSql

PAR_ENVOI = 2000
"""Rows encoded at a time."""
FUSEAU = "Europe/Paris"
_ISOLATIONS = {
    "READ UNCOMMITTED": "READ COMMITTED", "READ COMMITTED": "READ COMMITTED", "REPEATABLE READ": "REPEATABLE READ",
    "SNAPSHOT": "REPEATABLE READ", "SERIALIZABLE": "SERIALIZABLE",
}  # fmt: skip


class Coupure(Exception):
    """The connection must be cut now, without an answer."""


@dataclass(slots=True)
class Partage:
    """What the sessions of one server share."""

    url: str
    pannes: Guetteur
    version: int = 0
    """Changes whenever a table may have changed: what sessions remember of the catalogue is then stale."""
    verrou: threading.Lock = field(default_factory=threading.Lock)

    def change(self) -> None:
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
        if self.droits is None:
            return True
        return droit in self.droits.get(table.lower(), self.droits.get("*", frozenset()))


class Session:
    """Runs statements. Not for two threads at once, except `annule`."""

    def __init__(self, partage: Partage, compte: Compte, spid: int) -> None:
        self.partage = partage
        self.compte = compte
        self.spid = spid
        self.base = "master"
        self.pg: Connexion = psycopg.connect(
            partage.url, autocommit=True, application_name="banc-batigest", options=f"-c timezone={FUSEAU}"
        )
        self.sortie: Sortie
        self.niveau = 0
        self.rowcount = 0
        self.erreur = 0
        self.reglages: dict[str, str] = {}
        self.temporaires: dict[str, Table] = {}
        self._temporaires_au_debut: dict[str, Table] = {}
        self._definitions = False
        """Whether the open transaction changed a table."""
        self._tables: dict[tuple[str, str], Table | None] = {}
        self._plans: dict[tuple[str, tuple[tuple[str, TypeSql], ...], bool], Plan] = {}
        self._version = partage.version
        self._verrou = threading.Lock()
        self._occupee = False
        self._annulee = False
        self._descripteur = 0

    def ferme(self) -> None:
        """Whatever was not committed is lost."""
        self.pg.close()

    # --- databases and tables ---

    def utilise(self, base: str) -> None:
        """USE. Raises 911."""
        nom = catalogue.trouve_base(self.pg, base)
        if nom is None:
            raise ErreurSql(911, f"Database '{base}' does not exist. Make sure that the name is entered correctly.")
        self.base = nom
        self.pg.execute("SELECT set_config('banc.base', %s, false)", (nom,))
        self._plans.clear()

    def trouve_table(self, base: str | None, nom: str) -> Table | None:
        """A #temp table, or one of a dossier."""
        if self._version != self.partage.version:
            self._version = self.partage.version
            self._tables.clear()
            self._plans.clear()
        if nom.startswith("#"):
            return self.temporaires.get(nom.lower())
        cle = ((base or self.base).lower(), nom.lower())
        if cle not in self._tables:
            self._tables[cle] = catalogue.lit_table(self.pg, *cle)
        return self._tables[cle]

    # --- running ---

    def lot(self, texte: str, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]) -> bool:
        """Every statement of a batch. Returns whether all went well; what the client sees goes to `sortie`."""
        try:
            etapes = analyse(texte)
            if len(etapes) > 1:
                self._refuse_d_avance(etapes, parametres)
        except ErreurSql as exc:
            self._echec(exc, "")
            return False
        correct = True
        for etape in etapes:
            try:
                self._etape(etape, parametres, valeurs)
                self.erreur = 0
            except ErreurSql as exc:
                correct = False
                if self._echec(exc, etape.texte if isinstance(etape, Instruction) else ""):
                    break
        return correct

    def _refuse_d_avance(self, etapes: Sequence[Etape], parametres: Mapping[str, TypeSql]) -> None:
        """A batch with one statement that is not understood does not run at all. Tables may still be missing."""
        for etape in etapes:
            if isinstance(etape, Instruction) and isinstance(etape.arbre, _MANIPULATIONS):
                try:
                    self.plan(etape, parametres)
                except ErreurSql as exc:
                    if erreur_de_refus(exc) or exc.numero in {102, 156, 137}:
                        raise

    def _echec(self, exc: ErreurSql, _texte: str) -> bool:
        """Tell the client; returns whether the batch ends here."""
        self.erreur, self.rowcount = exc.numero, 0
        execution = not erreur_de_refus(exc) and exc.classe != 15
        if self.niveau and (exc.numero in FIN_DE_TRANSACTION or (execution and self.active("XACT_ABORT"))):
            self._annule_tout()
        self.sortie.erreur(exc)
        self.sortie.fini("", None, erreur=True)
        return exc.numero in FIN_DE_LOT or exc.classe == 15 or self.active("XACT_ABORT")

    def active(self, interrupteur: str) -> bool:
        """Whether a SET option is ON."""
        return self.reglages.get(interrupteur) == "ON"

    def _etape(self, etape: Etape, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]) -> None:
        match etape:
            case Reglage():
                self._regle(etape.nom, etape.valeur)
            case Transaction():
                self.transaction(etape)
            case Utilise():
                self.change_base(etape.base)
            case EnMasse():
                self.sortie.fini("", None)
            case Instruction():
                if self.active("IMPLICIT_TRANSACTIONS") and not self.niveau and _touche_des_donnees(etape.arbre):
                    self._commence()
                self._instruction(etape, parametres, valeurs)

    def _instruction(
        self, etape: Instruction, parametres: Mapping[str, TypeSql], valeurs: Mapping[str, str | None]
    ) -> None:
        apres = self._panne(etape.texte)
        if isinstance(etape.arbre, _MANIPULATIONS):
            plan = self.plan(etape, parametres)
            self.execute(plan, [internes.valeur(self, e, valeurs) for e in plan.emplacements])
        else:
            self._definition(etape.arbre)
            self.sortie.fini("", None)
        if apres:
            raise Coupure

    def plan(self, etape: Instruction, parametres: Mapping[str, TypeSql], *, lot: bool = False) -> Plan:
        """The translation, remembered until a table changes."""
        if self._version != self.partage.version:
            self._plans.clear()
        cle = (etape.texte, tuple(parametres.items()), lot)
        plan = self._plans.get(cle)
        if plan is None:
            plan = traduit(etape, self.base, self.trouve_table, parametres, lot=lot)
            if len(self._plans) > 500:
                self._plans.clear()
            self._plans[cle] = plan
        return plan

    def execute(self, plan: Plan, valeurs: list[str | None], *, silence: bool = False) -> int:
        """Run a plan and answer; returns how many rows it read or wrote. `silence`: the caller answers."""
        self.verifie_droits(plan)
        contexte = Contexte(self.base, plan.table, plan.verbe)
        seul = not self.niveau and (plan.verrouille or plan.nouvelle is not None)
        with self._protege(contexte, seul=seul):
            for table in plan.verrous:
                self._pg(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            if plan.nouvelle is not None:
                self._cree(plan.nouvelle)
            curseur = self._pg(plan.sql, valeurs)
            if plan.colonnes is None or silence:
                compte = curseur.rowcount
            else:
                compte = self._repond(plan, curseur)
        self.rowcount = compte
        if not silence:
            sans_compte = self.active("NOCOUNT") and plan.verbe != "SELECT"
            if not (self.active("NOCOUNT") and self.sortie.dans_appel and plan.colonnes is None):
                self.sortie.fini(plan.verbe, None if sans_compte or self.active("NOCOUNT") else compte)
        return compte

    def _repond(self, plan: Plan, curseur: "psycopg.Cursor[tuple[Any, ...]]") -> int:
        colonnes = plan.colonnes or ()
        self.sortie.colonnes(colonnes)
        types = [c.type for c in colonnes]
        compte = 0
        while lignes := curseur.fetchmany(PAR_ENVOI):
            if self._annulee:
                raise Annulee
            self.sortie.lignes(types, lignes)
            compte += len(lignes)
        return compte

    def verifie_droits(self, plan: Plan) -> None:
        """Raises 229."""
        for droit, table in sorted(plan.acces):
            if not self.compte.peut(droit, table):
                raise ErreurSql(
                    229,
                    f"The {droit} permission was denied on the object '{table}', database '{self.base}', schema 'dbo'.",
                    classe=14, etat=5,
                )  # fmt: skip

    # --- PostgreSQL ---

    def _protege(self, contexte: Contexte, *, seul: bool) -> "_Protection":
        return _Protection(self, contexte, seul=seul)

    def _pg(self, sql: str, valeurs: Sequence[str | None] = ()) -> "psycopg.Cursor[tuple[Any, ...]]":
        with self._verrou:
            if self._annulee:
                raise Annulee
            self._occupee = True
        try:
            return psycopg.RawCursor(self.pg).execute(sql.encode(), valeurs)
        finally:
            with self._verrou:
                self._occupee = False

    def simple(self, commande: bytes) -> None:
        """A command of PostgreSQL's own that cannot fail while the connection lives (SAVEPOINT and the like)."""
        self.pg.execute(commande)

    def annule(self) -> None:
        """From another thread: stop what is running; what follows in this message does not run."""
        with self._verrou:
            self._annulee = True
            if self._occupee:
                self.pg.cancel_safe(timeout=10)

    def reprend(self) -> bool:
        """After an answer: whether it was cancelled, and forget it. A cancel that came late is swallowed here."""
        with self._verrou:
            annulee, self._annulee = self._annulee, False
        while annulee and not self.pg.closed:
            try:
                self.pg.execute("SELECT 1")
                break
            except psycopg.errors.QueryCanceled:
                continue
        return annulee

    @property
    def annulee(self) -> bool:
        """Whether the client asked to stop."""
        return self._annulee

    # --- faults ---

    def _panne(self, texte: str) -> bool:
        """Let a planned fault strike; returns whether the connection is to be cut after the statement."""
        panne = self.partage.pannes.frappe(texte) if self.partage.pannes.actives else None
        if panne is None:
            return False
        return self._frappe(panne)

    def _frappe(self, panne: Panne) -> bool:
        if panne.effet == "coupure":
            raise Coupure
        if panne.effet == "lenteur":
            with self._protege(Contexte(self.base), seul=False):
                self._pg("SELECT pg_sleep($1::float8)", [str(panne.secondes)])
        if panne.effet == "erreur" and panne.numero is not None:
            message, classe = MESSAGES.get(panne.numero, ("Fault of the bench.", 16))
            raise ErreurSql(panne.numero, message, classe=classe)
        return panne.effet == "coupure_apres"

    # --- transactions ---

    def transaction(self, demande: Transaction) -> None:
        """BEGIN, COMMIT, ROLLBACK, SAVE."""
        if demande.si_ouverte and not self.niveau:
            return
        apres = self._panne({"BEGIN": "BEGIN TRANSACTION"}.get(demande.verbe, demande.verbe))
        match demande.verbe:
            case "BEGIN":
                self._commence()
            case "COMMIT":
                self._valide()
            case "SAVE":
                self._marque(demande.nom)
            case _:
                self._revient(demande.nom)
        if apres:
            raise Coupure
        self.sortie.fini(demande.verbe, None)

    def _commence(self) -> None:
        if not self.niveau:
            niveau = _ISOLATIONS[self.reglages.get("TRANSACTION ISOLATION LEVEL", "READ COMMITTED")]
            self.simple(f"BEGIN ISOLATION LEVEL {niveau}".encode())
            self._temporaires_au_debut = dict(self.temporaires)
            self._definitions = False
            self._descripteur += 1
            self.sortie.change(EnvChangeType.BEGIN_TRAN, self._descripteur.to_bytes(8, "little"), b"")
        self.niveau += 1

    def _valide(self) -> None:
        if not self.niveau:
            raise ErreurSql(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if self.niveau == 1:
            try:
                self.simple(b"COMMIT")
            except psycopg.errors.SerializationFailure as exc:
                self._annule_tout()
                raise depuis_postgres(exc, Contexte(self.base)) from exc
            self._fin_de_transaction(EnvChangeType.COMMIT_TRAN)
        else:
            self.niveau -= 1

    def _marque(self, nom: str | None) -> None:
        if not self.niveau or not nom:
            raise ErreurSql(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.")
        self.simple(f"SAVEPOINT {catalogue.cite('s:' + nom)}".encode())

    def _revient(self, nom: str | None) -> None:
        if not self.niveau:
            raise ErreurSql(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if nom:
            try:
                self.simple(f"SAVEPOINT banc; ROLLBACK TO SAVEPOINT {catalogue.cite('s:' + nom)}".encode())
            except psycopg.errors.InvalidSavepointSpecification as exc:
                self.simple(b"ROLLBACK TO SAVEPOINT banc")
                raise ErreurSql(
                    6401, f"Cannot roll back {nom}. No transaction or savepoint of that name was found."
                ) from exc
            self._temporaires_existantes()
        else:
            self._annule_tout()

    def _annule_tout(self) -> None:
        self.simple(b"ROLLBACK")
        self.temporaires = dict(self._temporaires_au_debut)
        self._fin_de_transaction(EnvChangeType.ROLLBACK_TRAN)
        self._applique_attente()

    def _fin_de_transaction(self, genre: EnvChangeType) -> None:
        self.niveau = 0
        self._plans.clear()
        if self._definitions:
            self.partage.change()
        self.sortie.change(genre, b"", self._descripteur.to_bytes(8, "little"))

    def _temporaires_existantes(self) -> None:
        """After a partial rollback: forget the #temp tables it took along."""
        self.temporaires = {
            nom: table
            for nom, table in self.temporaires.items()
            if (self.pg.execute("SELECT to_regclass(%s)", (table.pg,)).fetchone() or (None,))[0] is not None
        }
        self._plans.clear()

    # --- settings and definitions ---

    def _regle(self, nom: str, valeur: str) -> None:
        if nom in {"ANSI_NULLS", "QUOTED_IDENTIFIER", "CONCAT_NULL_YIELDS_NULL"} and valeur == "OFF":
            raise refus(f"SET {nom} OFF")
        if (nom, valeur) == ("DATEFORMAT", "DMY") or (nom == "LANGUAGE" and valeur not in {"US_ENGLISH", "ENGLISH"}):
            raise refus(f"SET {nom} {valeur}")
        self.reglages[nom] = valeur
        if nom == "LOCK_TIMEOUT":
            self._applique_attente()
        self.sortie.fini("", None)

    def _applique_attente(self) -> None:
        if "LOCK_TIMEOUT" in self.reglages:
            millis = int(self.reglages["LOCK_TIMEOUT"])
            # PostgreSQL's 0 waits for ever, SQL Server's does not wait at all.
            self.simple(f"SET lock_timeout = {0 if millis < 0 else max(1, millis)}".encode())

    def change_base(self, base: str) -> None:
        """USE, and what the client is told of it."""
        ancienne = self.base
        self.utilise(base)
        self.sortie.change(EnvChangeType.DATABASE, self.base, ancienne)
        self.sortie.info(5701, f"Changed database context to '{self.base}'.", etat=2)
        self.sortie.fini("", None)

    def _definition(self, arbre: exp.Expr) -> None:
        """CREATE, ALTER, DROP."""
        with self._protege(Contexte(self.base, verbe="CREATE"), seul=not self.niveau):
            genre = str(arbre.args.get("kind") or "").upper()
            match arbre:
                case exp.Create() if genre == "TABLE":
                    nouvelle = nouvelle_table(arbre, self.base)
                    self._exige_proprietaire("CREATE TABLE", temporaire=nouvelle.table.temporaire)
                    self._cree(nouvelle)
                case exp.Create() if genre == "INDEX":
                    noeud, contrainte = index_lu(arbre)
                    self._ajoute_contrainte(noeud, contrainte)
                case exp.Create() if genre == "DATABASE":
                    self._exige_proprietaire("CREATE DATABASE")
                    internes.cree_base(self, arbre)
                case exp.Drop() if genre == "DATABASE":
                    self._exige_proprietaire("DROP DATABASE")
                    internes.supprime_base(self, arbre)
                case exp.Drop() if genre == "TABLE":
                    for noeud in arbre.args["tables"]:
                        self._supprime(noeud, existe=bool(arbre.args.get("exists")))
                case exp.Alter() if genre == "TABLE":
                    self._exige_proprietaire("ALTER TABLE")
                    internes.modifie_table(self, arbre)
                case _:
                    raise refus(f"{arbre.key.upper()} {genre}")

    def _exige_proprietaire(self, quoi: str, *, temporaire: bool = False) -> None:
        if self.compte.droits is not None and not temporaire:
            raise ErreurSql(262, f"{quoi} permission denied in database '{self.base}'.", classe=14)

    def _cree(self, nouvelle: NouvelleTable) -> None:
        table = nouvelle.table
        existe = self.trouve_table(None, table.nom)
        if existe is not None:
            raise ErreurSql(2714, f"There is already an object named '{table.nom}' in the database.", etat=6)
        if not table.temporaire and catalogue.trouve_base(self.pg, self.base) in catalogue.SYSTEMES:
            raise refus("une table dans une base système")
        for sql in sql_de_creation(nouvelle):
            self._pg(sql)
        if table.temporaire:
            self.temporaires[table.nom.lower()] = table
            self._plans.clear()
        else:
            catalogue.inscrit_table(self.pg, self.base, nouvelle)
            self.definition_changee()

    def _ajoute_contrainte(self, noeud: exp.Expr, contrainte: catalogue.Contrainte) -> None:
        nom, _, temporaire = nom_et_pg(noeud, self.base)
        self._exige_proprietaire("CREATE INDEX", temporaire=temporaire)
        table = self.trouve_table(None, nom)
        if table is None:
            raise ErreurSql(1088, f'Cannot find the object "{nom}".')
        self._pg(catalogue.sql_de_contrainte(table, contrainte))
        if not temporaire:
            catalogue.inscrit_contrainte(self.pg, catalogue.id_de_table(self.pg, self.base, nom) or 0, contrainte)

    def _supprime(self, noeud: exp.Expr, *, existe: bool) -> None:
        nom, pg, temporaire = nom_et_pg(noeud, self.base)
        self._exige_proprietaire("DROP TABLE", temporaire=temporaire)
        if self.trouve_table(None, nom) is None:
            if existe:
                return
            raise ErreurSql(3701, f"Cannot drop the table '{nom}', because it does not exist.", classe=11, etat=5)
        self._pg(f"DROP TABLE {pg}")
        if temporaire:
            del self.temporaires[nom.lower()]
            self._plans.clear()
        else:
            self.pg.execute("DELETE FROM banc.tables WHERE base = %s::citext AND nom = %s::citext", (self.base, nom))
            self.definition_changee()

    def definition_changee(self) -> None:
        """A table changed: every session looks again (and once more when the transaction ends)."""
        self._definitions = True
        self.partage.change()

    def supprime_temporaires(self, sauf: Mapping[str, Table]) -> None:
        """Drop the #temp tables made since: those of a remote call end with it."""
        for nom in [n for n in self.temporaires if n not in sauf]:
            self._pg(f"DROP TABLE {self.temporaires.pop(nom).pg}")
            self._plans.clear()

    def remet_a_neuf(self) -> None:
        """The connection comes out of a pool: nothing of its last user is left."""
        if self.niveau:
            self._annule_tout()
        self.supprime_temporaires({})
        self.reglages.clear()
        self.simple(b"RESET lock_timeout")
        self.rowcount = self.erreur = 0


class _Protection:
    """Around one statement: foreign errors mapped, and what it did undone when it fails."""

    def __init__(self, session: Session, contexte: Contexte, *, seul: bool) -> None:
        self._session = session
        self._contexte = contexte
        self._seul = seul
        self._point = session.niveau > 0

    def __enter__(self) -> None:
        if self._point:
            self._session.simple(b"SAVEPOINT banc")
        elif self._seul:
            self._session.simple(b"BEGIN")

    def __exit__(self, genre: type[BaseException] | None, exc: BaseException | None, trace: object) -> None:
        session = self._session
        if session.pg.closed:
            raise Coupure from exc
        if exc is None:
            if self._point:
                session.simple(b"RELEASE SAVEPOINT banc")
            elif self._seul:
                session.simple(b"COMMIT")
            return
        if self._point:
            session.simple(b"ROLLBACK TO SAVEPOINT banc")
            session.simple(b"RELEASE SAVEPOINT banc")
        elif self._seul:
            session.simple(b"ROLLBACK")
        if isinstance(exc, psycopg.errors.QueryCanceled) and session.annulee:
            raise Annulee from exc
        if isinstance(exc, psycopg.Error):
            if exc.sqlstate == "BANC1":
                raise refus(exc.diag.message_primary or "?") from exc
            raise depuis_postgres(exc, self._contexte) from exc


_MANIPULATIONS = (exp.Select, exp.SetOperation, exp.Insert, exp.Update, exp.Delete)


def _touche_des_donnees(arbre: exp.Expr) -> bool:
    return not isinstance(arbre, exp.Select) or arbre.args.get("from_") is not None
