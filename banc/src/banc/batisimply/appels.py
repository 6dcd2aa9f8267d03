"""Who called what: counts per method, route and outcome, and how many calls were under way at once."""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ROUTES = (
    (re.compile(r"/api/project/[^/]+"), "/api/project/{id}"),
    (re.compile(r"/api/project"), "/api/project"),
    (re.compile(r"/api/timeSlotManagement/allUsers"), "/api/timeSlotManagement/allUsers"),
    (re.compile(r"/api/quotes?(/.*)?"), "/api/quote"),
    (re.compile(r"/auth/realms/[^/]+/protocol/openid-connect/token"), "/auth/token"),
)


def route(chemin: str) -> str:
    """The route of a path; what we do not serve is counted together, so that no caller makes the table grow."""
    return next((nom for motif, nom in ROUTES if motif.fullmatch(chemin)), "autre")


class Appel:
    """One call under way. Its outcome is counted before the caller can see it, once."""

    def __init__(self, compte: Callable[[str], None]) -> None:
        self._compte: Callable[[str], None] | None = compte

    def finit(self, issue: str) -> None:
        """The outcome: a status, or the fault that cut it."""
        compte, self._compte = self._compte, None
        if compte is not None:
            compte(issue)


class Appels:
    """The counts since the start or the last reset. Any thread may call."""

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._comptes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._en_cours = 0
        self._simultanes_max = 0

    @contextmanager
    def suit(self, methode: str, chemin: str) -> Iterator[Appel]:
        """Count a call from its start to its end."""
        nom = f"{methode} {route(chemin)}"

        def compte(issue: str) -> None:
            with self._verrou:
                self._comptes[nom][issue] += 1

        appel = Appel(compte)
        with self._verrou:
            self._en_cours += 1
            self._simultanes_max = max(self._simultanes_max, self._en_cours)
        try:
            yield appel
        finally:
            appel.finit("sans réponse")
            with self._verrou:
                self._en_cours -= 1

    @property
    def en_cours(self) -> int:
        """How many calls are under way."""
        return self._en_cours

    @property
    def simultanes_max(self) -> int:
        """How many calls were under way at once, at most."""
        return self._simultanes_max

    def comptes(self) -> dict[str, dict[str, int]]:
        """`"POST /api/project"` > outcome (`"201"`, `"reset"`, `"coupe"`) > how many."""
        with self._verrou:
            return {appel: dict(issues) for appel, issues in sorted(self._comptes.items())}

    def total(self, appel: str | None = None) -> int:
        """How many calls ended, of this method and route (`"POST /api/project"`) or of all."""
        comptes = self.comptes()
        return sum(sum(issues.values()) for nom, issues in comptes.items() if appel in {None, nom})

    def vide(self) -> None:
        """Start counting again."""
        with self._verrou:
            self._comptes.clear()
            self._simultanes_max = self._en_cours
