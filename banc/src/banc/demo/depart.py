"""A program of the demonstration, starting on a port that is free."""

import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack

from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import Annonce, Enfant

ESSAIS_PORT = 200
ESSAIS_DEPART = 3


class Depart:
    """A program that is starting on a port, or on one of the next ones when another program is quicker."""

    def __init__(self, lance_sur: Callable[[int], Enfant], port: int, pile: ExitStack) -> None:
        """Start it; `pile` stops it. `lance_sur` starts the program on the port it is given."""
        self._lance_sur = lance_sur
        self._pile = pile
        self._pars(port)

    def _pars(self, port: int) -> None:
        self.port = port_libre(port)
        self.enfant = self._lance_sur(self.port)
        self._pile.callback(self.enfant.arrete)

    def attend(self) -> Annonce:
        """What it announces once it is ready. Raises `DemoImpossible` when it cannot start."""
        for _ in range(ESSAIS_DEPART):
            try:
                return self.enfant.attend()
            except DemoImpossible:
                if self.enfant.processus.poll() is None or port_libre(self.port) == self.port:
                    raise
                self._pars(self.port + 1)
        return self.enfant.attend()


def port_libre(voulu: int) -> int:
    """This port, or the first free one after it. Raises `DemoImpossible` when there is none."""
    for port in range(voulu, min(voulu + ESSAIS_PORT, 65536)):
        with socket.socket() as prise:
            if sys.platform != "win32":  # there, the option would let two servers share a port
                prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                prise.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DemoImpossible(f"Aucun port n’est libre à partir de {voulu}.", "Donnez-en un autre avec --port.")
