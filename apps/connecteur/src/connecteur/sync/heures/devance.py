"""SuiviMO read ahead: while BatiSimply answers, Batigest tells whether its lines still are as the last run left them.

Only digests are kept, a slice at a time, and only for the push of the same run: it does not read again a slice that
had not changed a moment ago. One that did change is read then, and planned from lines as fresh as they can be. What
somebody changes in between is for the next run, as what is changed right after a run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from connecteur.domain.heure import Rubriques
from connecteur.domain.periode import Tranche
from connecteur.errors import ErreurConnecteur
from connecteur.sync.ports import DossierHeures


class Devance:
    """What was read ahead for one run, taken once."""

    def __init__(self) -> None:
        self._run = ""
        self._rubriques: Rubriques | None = None
        self._empreintes: dict[Tranche, str] = {}

    @contextmanager
    def pendant(
        self, run: str, dossier: DossierHeures, tranches: Sequence[Tranche], en_plus: Collection[int]
    ) -> Iterator[None]:
        """Read on a thread of its own until this block ends; what is not read by then is left to the push.

        What goes wrong with Batigest here stops the reading ahead and nothing else: the push meets it too, and tells.
        """
        self._run, self._rubriques, self._empreintes = run, None, {}
        assez = Event()
        with ThreadPoolExecutor(1, thread_name_prefix="devance") as fil:
            lecture = fil.submit(self._lit, dossier, tranches, en_plus, assez)
            try:
                yield
            finally:
                assez.set()
        lecture.result()

    def prend(self, run: str, rubriques: Rubriques) -> Mapping[Tranche, str]:
        """The digests read for this run, if the columns still are what they were then."""
        if run != self._run or rubriques != self._rubriques:
            return {}
        empreintes, self._empreintes = self._empreintes, {}
        return empreintes

    def _lit(self, dossier: DossierHeures, tranches: Sequence[Tranche], en_plus: Collection[int], assez: Event) -> None:
        try:
            self._rubriques = dossier.check_suivi(en_plus)
            for tranche in tranches:
                if assez.is_set():
                    return
                self._empreintes[tranche] = dossier.read_lignes(tranche).empreinte
        except ErreurConnecteur:
            return
