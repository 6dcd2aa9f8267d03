"""Faults on demand for the Batigest stand-in, from a test in the same process or in any other.

A fault strikes the statements whose text holds `sur` (without case; "" is every statement, `COMMIT` and `ROLLBACK`
among them), after letting `sauter` of them through, `fois` times. Logging in counts as a statement of its own, whose
text is `OUVERTURE` and the account: it is struck by name only, and by errors only. They are rows of `banc.pannes`:
whoever has the PostgreSQL URL can plan one, and sees how often it is still to come.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

import psycopg

CANAL = "banc_batigest_pannes"
OUVERTURE = "LOGIN "
"""What logging in is called, before the name of the account."""
EFFETS = ("erreur", "coupure", "coupure_apres", "lenteur")


@dataclass(frozen=True, slots=True)
class Panne:
    """One fault that strikes now."""

    effet: str
    numero: int | None
    secondes: float | None


def programme(
    url: str,
    effet: str,
    *,
    sur: str = "",
    numero: int | None = None,
    secondes: float | None = None,
    sauter: int = 0,
    fois: int = 1,
) -> None:
    """Plan a fault; when this returns, every running server of that PostgreSQL knows it.

    `erreur`: error `numero` instead of running (1205 and the like roll back, as on SQL Server). `coupure`: the
    connection is cut before the statement runs; `coupure_apres`: after it ran, before the answer. `lenteur`: the
    statement takes that many seconds more, and can be cancelled meanwhile.
    """
    if (
        effet not in EFFETS
        or (effet == "erreur") != (numero is not None)
        or (effet == "lenteur") != (secondes is not None)
        or (sur.upper().startswith(OUVERTURE) and effet != "erreur")
    ):
        raise ValueError(f"panne incohérente : {effet}, numéro {numero}, {secondes} s")
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute(
            "INSERT INTO banc.pannes (sur, effet, numero, secondes, sauter, fois) VALUES (%s, %s, %s, %s, %s, %s)",
            (sur, effet, numero, secondes, sauter, fois),
        )
        _previent(connexion)


def oublie_tout(url: str) -> None:
    """Forget every planned fault."""
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("UPDATE banc.pannes SET fois = 0, vue = false WHERE fois > 0")
        _previent(connexion)


def restantes(url: str) -> int:
    """How many strikes are still to come."""
    with psycopg.connect(url, autocommit=True) as connexion:
        ligne = connexion.execute("SELECT coalesce(sum(fois), 0) FROM banc.pannes").fetchone()
        return int(ligne[0]) if ligne else 0


def _previent(connexion: "psycopg.Connection[tuple[Any, ...]]", delai_s: float = 10.0) -> None:
    connexion.execute(f"NOTIFY {CANAL}".encode())
    limite = time.monotonic() + delai_s
    en_attente = (
        "SELECT EXISTS (SELECT 1 FROM banc.pannes WHERE NOT vue) AND EXISTS (SELECT 1 FROM pg_stat_activity "
        "WHERE application_name = %s AND datname = current_database())"
    )
    while True:
        ligne = connexion.execute(en_attente, (CANAL,)).fetchone()
        if ligne is None or not ligne[0]:
            return
        if time.monotonic() > limite:
            raise TimeoutError("le serveur Batigest du banc n’a pas vu la panne")
        time.sleep(0.005)


class Guetteur:
    """The server's side: it hears of planned faults, and strikes."""

    def __init__(self, url: str) -> None:
        self._connexion = psycopg.connect(url, autocommit=True, application_name=CANAL)
        self._commande = psycopg.connect(url, autocommit=True)
        self._verrou = threading.Lock()
        self._arret = threading.Event()
        self.actives = False
        self._connexion.execute(f"LISTEN {CANAL}".encode())
        self._relit()
        self._fil = threading.Thread(target=self._ecoute, name="batigest-pannes", daemon=True)
        self._fil.start()

    def _ecoute(self) -> None:
        while not self._arret.is_set():
            try:
                for _ in self._connexion.notifies(timeout=0.1, stop_after=1):
                    self._relit()
            except psycopg.OperationalError:
                return  # PostgreSQL is gone, and so is this server's reason to be

    def _relit(self) -> None:
        with self._verrou:
            ligne = self._commande.execute("SELECT EXISTS (SELECT 1 FROM banc.pannes WHERE fois > 0)").fetchone()
            self.actives = bool(ligne and ligne[0])
            self._commande.execute("UPDATE banc.pannes SET vue = true WHERE NOT vue")

    def frappe(self, texte: str) -> Panne | None:
        """The fault that strikes this statement, counted off."""
        if not self.actives:
            return None
        with self._verrou:
            touchees = self._commande.execute(
                "SELECT id, effet, numero, secondes, sauter FROM banc.pannes "
                "WHERE fois > 0 AND CASE WHEN sur = '' THEN NOT %(ouverture)s"
                " ELSE position(lower(sur) IN lower(%(texte)s)) > 0 END ORDER BY id",
                {"texte": texte, "ouverture": texte.startswith(OUVERTURE)},
            ).fetchall()
            panne = None
            for ident, effet, numero, secondes, sauter in touchees:
                if sauter:
                    self._commande.execute("UPDATE banc.pannes SET sauter = sauter - 1 WHERE id = %s", (ident,))
                elif panne is None:
                    self._commande.execute("UPDATE banc.pannes SET fois = fois - 1 WHERE id = %s", (ident,))
                    panne = Panne(effet, numero, secondes)
            ligne = self._commande.execute("SELECT EXISTS (SELECT 1 FROM banc.pannes WHERE fois > 0)").fetchone()
            self.actives = bool(ligne and ligne[0])
            return panne

    def ferme(self) -> None:
        """Stop listening."""
        self._arret.set()
        self._fil.join()
        self._connexion.close()
        self._commande.close()
