"""The rows of the fault matrix: how each fault is made to strike an arrow in the middle of its work, and lifted."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import psycopg
from apps.connecteur.tests.pieces.machines import UTILISATEUR, Machines

from banc.batigest import pannes as pannes_batigest
from banc.batisimply import Genre
from banc.batisimply import Panne as PanneHttp
from connecteur.domain.run import Fleche

TOUJOURS = 1000
"""As often as a run can try."""
DELAI_S = 30.0
LIMITE = "limite"
"""The account whose number of connections can be limited."""


class Duree(StrEnum):
    """How long a fault lasts."""

    PASSAGERE = "passagère"
    """It strikes once, in the middle of the run."""
    DURABLE = "durable"
    """It strikes from the middle of the run to its end; it is lifted before the next one."""


class Systeme(StrEnum):
    """Who is in trouble."""

    BATISIMPLY = "BatiSimply"
    BATIGEST = "Batigest"
    TAMPON = "PostgreSQL"


PARLE_A: dict[Fleche, tuple[Systeme, ...]] = {
    Fleche.PULL_CHANTIERS: (Systeme.BATIGEST, Systeme.TAMPON),
    Fleche.PUSH_CHANTIERS: (Systeme.BATISIMPLY, Systeme.TAMPON),
    Fleche.PULL_HEURES: (Systeme.BATISIMPLY, Systeme.BATIGEST, Systeme.TAMPON),
    Fleche.PUSH_HEURES: (Systeme.BATIGEST, Systeme.TAMPON),
}
APPELS = {Fleche.PUSH_CHANTIERS: ("P*", "/api/project*"), Fleche.PULL_HEURES: ("GET", "/api/timeSlotManagement/*")}
"""The calls that are struck: those that matter, after the first one."""
REQUETES = {
    Fleche.PULL_CHANTIERS: "FROM dbo.Devis",
    Fleche.PULL_HEURES: "FROM dbo.Salarie",
    Fleche.PUSH_HEURES: "INSERT INTO dbo.SuiviMO",
}
"""The statements that are struck."""
TABLES = {
    Fleche.PULL_CHANTIERS: "sages.chantiers",
    Fleche.PUSH_CHANTIERS: "sages.liens",
    Fleche.PULL_HEURES: "sages.creneaux",
    Fleche.PUSH_HEURES: "sages.ecritures",
}
"""The table of the tampon in whose transaction the arrow is caught."""

Sonnette = Callable[[int], None]
"""Called before each attempt of the arrow, with its number."""


@dataclass
class Lieu:
    """Where a fault strikes."""

    machines: Machines
    fleche: Fleche
    duree: Duree
    sonnettes: list[Sonnette] = field(default_factory=list)


@dataclass(frozen=True)
class Panne:
    """One row. `arme` puts the fault in force inside its block."""

    nom: str
    systeme: Systeme
    arme: Callable[[Lieu], AbstractContextManager[None]]
    sans_objet: Mapping[Fleche, str] = field(default_factory=dict)
    """Arrow > why this fault cannot meet it, although it speaks to that system."""

    def raison_absente(self, fleche: Fleche) -> str:
        """Why there is nothing to try; empty when there is."""
        if self.systeme not in PARLE_A[fleche]:
            return f"cette flèche ne parle pas à {self.systeme}"
        return self.sans_objet.get(fleche, "")


# --- BatiSimply -----------------------------------------------------------------------------------------


def _http(
    genre: Genre,
    statut: int | None = None,
    *,
    fois: int = 1,
    retry_after: str | None = None,
    retry_after_durable: str | None = None,
    duree_ms: int = 0,
    executee: bool = False,
) -> Callable[[Lieu], AbstractContextManager[None]]:
    @contextmanager
    def arme(lieu: Lieu) -> Iterator[None]:
        methode, chemin = APPELS[lieu.fleche]
        durable = lieu.duree is Duree.DURABLE
        panne = {
            "genre": genre, "statut": statut, "methode": methode, "chemin": chemin, "apres": 1, "duree_ms": duree_ms,
            "fois": None if durable else fois, "retry_after": retry_after_durable if durable else retry_after,
            # The cruel one: what was asked is done, and nobody is told.
            "executee": executee and not durable,
        }  # fmt: skip
        pannes = lieu.machines.batisimply.pannes
        pannes.ajoute(PanneHttp.model_validate(panne))
        yield
        assert sum(etat.frappees for etat in pannes.liste()) > 0, "la panne n’a rien touché"
        pannes.vide()

    return arme


# --- Batigest -------------------------------------------------------------------------------------------


def _sql(effet: str, numero: int | None = None, *, sur: str = "") -> Callable[[Lieu], AbstractContextManager[None]]:
    @contextmanager
    def arme(lieu: Lieu) -> Iterator[None]:
        url = lieu.machines.postgres_batigest
        fois = TOUJOURS if lieu.duree is Duree.DURABLE else 1
        # The first commit of a write only stages.
        pannes_batigest.programme(
            url, effet, sur=sur or REQUETES[lieu.fleche], numero=numero, fois=fois, sauter=1 if sur else 0
        )
        yield
        assert pannes_batigest.restantes(url) < fois, "la panne n’a rien touché"
        pannes_batigest.oublie_tout(url)

    return arme


@contextmanager
def _connexion_refusee(lieu: Lieu) -> Iterator[None]:
    """The line is cut in the middle, and the account is turned away when it comes back."""
    url = lieu.machines.postgres_batigest
    fois = TOUJOURS if lieu.duree is Duree.DURABLE else 1
    pannes_batigest.programme(url, "coupure", sur=REQUETES[lieu.fleche])
    pannes_batigest.programme(url, "erreur", sur=f"{pannes_batigest.OUVERTURE}{UTILISATEUR}", numero=18456, fois=fois)
    yield
    assert pannes_batigest.restantes(url) < fois, "la panne n’a rien touché"
    pannes_batigest.oublie_tout(url)


@contextmanager
def _ligne_impossible(lieu: Lieu) -> Iterator[None]:
    """A rule of the dossier refuses one line of the batch: nobody may work more than twelve hours in one go."""
    table = '"dossier:btg_dos_demo"."suivimo"'
    with psycopg.connect(lieu.machines.postgres_batigest, autocommit=True) as connexion:
        connexion.execute(f"ALTER TABLE {table} ADD CONSTRAINT douze_heures CHECK (nbh0 <= 12)".encode())
        try:
            yield
        finally:
            connexion.execute(f"ALTER TABLE {table} DROP CONSTRAINT douze_heures".encode())


# --- the tampon -----------------------------------------------------------------------------------------


@contextmanager
def _prise_en_pleine_transaction(lieu: Lieu, url: str, puis: Callable[[], None]) -> Iterator[None]:
    """Hold the table the arrow needs; once it stands waiting inside its transaction, do `puis`."""
    echecs: list[BaseException] = []
    with psycopg.connect(url) as bloqueur, psycopg.connect(url, autocommit=True) as temoin:
        bloqueur.execute(f"LOCK TABLE {TABLES[lieu.fleche]} IN ACCESS EXCLUSIVE MODE".encode())

        def guette() -> None:
            try:
                limite = time.monotonic() + DELAI_S
                attend = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
                while temoin.execute(attend, (TABLES[lieu.fleche],)).fetchone() is None:
                    assert time.monotonic() < limite, "la flèche n’est jamais arrivée à sa transaction"
                    time.sleep(0.005)
                puis()
            except BaseException as exc:  # noqa: BLE001 - told by the thread that waits for it
                echecs.append(exc)
            finally:
                bloqueur.close()

        fil = threading.Thread(target=guette, name="guetteur")
        fil.start()
        try:
            yield
        finally:
            fil.join(DELAI_S)
    if echecs:
        raise echecs[0]


@contextmanager
def _redemarrage(lieu: Lieu) -> Iterator[None]:
    """The server stops under the arrow's feet; it comes back at once, or only when the run is over."""
    tampon = lieu.machines.tampon

    def arrete() -> None:
        tampon.stop()
        if lieu.duree is Duree.PASSAGERE:
            tampon.start()

    with _prise_en_pleine_transaction(lieu, lieu.machines.url_tampon, arrete):
        yield
    if lieu.duree is Duree.DURABLE:
        tampon.start()


@contextmanager
def _limite(lieu: Lieu) -> Iterator[None]:
    """The sessions of the connector are ended, and no new one is allowed: for one attempt, or until the run is over."""
    url = lieu.machines.tampon.url("limitee")

    def regle(combien: int) -> None:
        with psycopg.connect(url, autocommit=True) as connexion:
            connexion.execute(f"ALTER ROLE {LIMITE} CONNECTION LIMIT {combien}".encode())
            if combien == 0:
                connexion.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (LIMITE,)
                )

    def au_troisieme_essai(essai: int) -> None:
        if essai == 3 and lieu.duree is Duree.PASSAGERE:
            regle(-1)

    lieu.sonnettes.append(au_troisieme_essai)
    with _prise_en_pleine_transaction(lieu, url, lambda: regle(0)):
        yield
    regle(-1)


LECTURE_SEULE = "cette flèche n’écrit rien dans Batigest"
LECTURES = {Fleche.PULL_CHANTIERS: LECTURE_SEULE, Fleche.PULL_HEURES: LECTURE_SEULE}

PANNES: tuple[Panne, ...] = (
    Panne("401 en plein run", Systeme.BATISIMPLY, _http(Genre.STATUT, 401)),
    Panne("403", Systeme.BATISIMPLY, _http(Genre.STATUT, 403)),
    Panne("404", Systeme.BATISIMPLY, _http(Genre.STATUT, 404)),
    Panne("409", Systeme.BATISIMPLY, _http(Genre.STATUT, 409)),
    Panne("422", Systeme.BATISIMPLY, _http(Genre.STATUT, 422)),
    Panne(
        "429 avec Retry-After",
        Systeme.BATISIMPLY,
        _http(Genre.STATUT, 429, retry_after="1", retry_after_durable="3600"),
    ),
    Panne("429 sans Retry-After", Systeme.BATISIMPLY, _http(Genre.STATUT, 429, fois=2)),
    Panne("500", Systeme.BATISIMPLY, _http(Genre.STATUT, 500, executee=True)),
    Panne("502 en HTML", Systeme.BATISIMPLY, _http(Genre.HTML, 502, executee=True)),
    Panne("200 en HTML", Systeme.BATISIMPLY, _http(Genre.HTML, 200, executee=True)),
    Panne("JSON coupé", Systeme.BATISIMPLY, _http(Genre.COUPE)),
    Panne("goutte à goutte", Systeme.BATISIMPLY, _http(Genre.GOUTTE, duree_ms=3_000)),
    Panne("connexion réinitialisée", Systeme.BATISIMPLY, _http(Genre.RESET, executee=True)),
    Panne("coupée en pleine transaction", Systeme.BATIGEST, _sql("coupure")),
    Panne("coupée au moment du commit", Systeme.BATIGEST, _sql("coupure_apres", sur="COMMIT"), LECTURES),
    Panne("interblocage 1205", Systeme.BATIGEST, _sql("erreur", 1205)),
    Panne("attente de verrou 1222", Systeme.BATIGEST, _sql("erreur", 1222)),
    Panne("connexion refusée 18456", Systeme.BATIGEST, _connexion_refusee),
    Panne("une ligne impossible dans le lot", Systeme.BATIGEST, _ligne_impossible, LECTURES),
    Panne("disque plein 1105", Systeme.BATIGEST, _sql("erreur", 1105)),
    Panne("redémarré en plein run", Systeme.TAMPON, _redemarrage),
    Panne("limite de connexions", Systeme.TAMPON, _limite),
)
