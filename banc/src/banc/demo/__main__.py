"""`python -m banc.demo`: the bench, the product on it, one full synchronisation, and what it did."""

import contextlib
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from types import FrameType

from banc.demo import decor
from banc.demo.bilan import Bilan
from banc.demo.depart import Depart
from banc.demo.dossier import DossierDemo
from banc.demo.erreurs import DemoImpossible
from banc.demo.options import Options, lit_options
from banc.demo.processus import Enfant, arrete_postgres, arrete_restes
from banc.demo.produit import Produit
from sages_commun.postgres_embarque import PostgresIndisponible

INTERROMPU = 130
VIEUX_JOURS = 30
REGARD_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one demonstration. Exit status: 0 done (or stopped when all was done), 1 not done, 130 interrupted."""
    options = lit_options(sys.argv[1:] if arguments is None else arguments)
    # With --json, standard output is for the script.
    flux = sys.stderr if options.json else sys.stdout

    def dit(phrase: str) -> None:
        print(phrase, file=flux, flush=True)

    try:
        with _signaux_en_interruption():
            return _joue(options, dit)
    except (DemoImpossible, PostgresIndisponible) as exc:
        dit(f"\n{exc}")
        if options.json:
            _rend({"pret": False, "code": 1, "erreur": str(exc), "donnees": str(options.donnees)})
        return 1
    except KeyboardInterrupt:
        dit("\nInterrompu.")
        return INTERROMPU


def _joue(options: Options, dit: Callable[[str], None]) -> int:
    debut = time.monotonic()
    dossier = DossierDemo(options.donnees)
    with ExitStack() as pile:
        pile.enter_context(dossier.reserve())
        pile.callback(arrete_postgres, dossier.chemin)
        pile.callback(arrete_restes, dossier.chemin)
        try:
            bilan, enfants = _synchronise(options, dossier, pile, dit)
            for ligne in bilan.en_texte(time.monotonic() - debut):
                dit(ligne)
            if options.json:
                _rend(bilan.en_json(time.monotonic() - debut))
            if options.une_fois:
                return bilan.code
            dit("Ctrl-C pour tout arrêter.")
            _attend(enfants, dit)
        finally:
            _ne_plus_interrompre()
    return 0


def _synchronise(
    options: Options, dossier: DossierDemo, pile: ExitStack, dit: Callable[[str], None]
) -> tuple[Bilan, list[Enfant]]:
    """Everything up, both directions done, all of it counted again."""
    banc, adresse, enfants = _prepare(options, dossier, pile, dit)
    produit = Produit(dossier)
    dit("Synchronisation des deux sens…")
    sync = produit.appelle("sync", "tout")
    dit("Recomptage…\n")
    return Bilan(dossier, banc, adresse, sync, produit.appelle("verifier")), enfants


def _prepare(
    options: Options, dossier: DossierDemo, pile: ExitStack, dit: Callable[[str], None]
) -> tuple[decor.Banc, str, list[Enfant]]:
    """Bench and product, up. `pile` stops them, in reverse order."""
    if arrete_restes(dossier.chemin):
        dit("Une démonstration précédente avait été tuée : ce qu’elle avait laissé est arrêté.")
        arrete_postgres(dossier.chemin)
    elif options.neuf:
        arrete_postgres(dossier.chemin)
    marque = dossier.ouvre(options.taille, neuf=options.neuf, aujourdhui=date.today())  # noqa: DTZ011 - the day here
    jour = date.fromisoformat(marque.jour)
    dit(f"Démonstration « {marque.taille} », données du {jour:%d/%m/%Y}, dans {dossier.chemin}")
    if (date.today() - jour).days > VIEUX_JOURS:  # noqa: DTZ011
        dit("Ces données ont vieilli : --neuf en fait de nouvelles, datées d’aujourd’hui.")
    banc = decor.monte(dossier, marque, options.port, pile, dit)
    dit("Connecteur…")
    produit = Produit(dossier)

    def serve(port: int) -> Enfant:
        dossier.ecrit_configuration(decor.configuration(dossier, banc, port))
        return produit.serve()

    connecteur = Depart(serve, options.port, pile)
    adresse = str(connecteur.attend()["adresse"])
    if not dossier.licence_posee:
        pose = produit.appelle("licence", "pose", saisie=f"{banc.licences.en_vigueur}\n")
        if pose.code:
            raise DemoImpossible("La licence de démonstration n’est pas acceptée.", str(pose.corps.get("erreur", "")))
        dossier.note_licence_posee()
    if connecteur.port != options.port:
        dit(f"Le port {options.port} est pris : le connecteur répond sur le port {connecteur.port}.")
    return banc, adresse, [*banc.enfants, connecteur.enfant]


def _attend(enfants: Sequence[Enfant], dit: Callable[[str], None]) -> None:
    """Until Ctrl-C. Raises `DemoImpossible` when one of the programs ends by itself."""
    try:
        while True:
            for enfant in enfants:
                if enfant.processus.poll() is not None:
                    raise DemoImpossible(f"{enfant.nom} s’est arrêté.", f"Son journal : {enfant.journal}")
            time.sleep(REGARD_S)
    except KeyboardInterrupt:
        dit("\nArrêt…")


def _rend(corps: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(corps, ensure_ascii=False) + "\n")
    sys.stdout.flush()


SIGNAUX = [getattr(signal, nom) for nom in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, nom)]
"""Ctrl-C, a request to end, a terminal that closes; as far as the system knows them."""


@contextlib.contextmanager
def _signaux_en_interruption() -> Iterator[None]:
    """Every way to be asked to end is handled as Ctrl-C."""

    def interrompt(_signal: int, _cadre: FrameType | None) -> None:
        raise KeyboardInterrupt

    anciens = {numero: signal.signal(numero, interrompt) for numero in SIGNAUX}
    try:
        yield
    finally:
        for numero, ancien in anciens.items():
            signal.signal(numero, ancien)


def _ne_plus_interrompre() -> None:
    """From here on, nothing interrupts the stopping itself, which takes a bounded time."""
    for numero in SIGNAUX:
        signal.signal(numero, lambda *_: None)


if __name__ == "__main__":
    sys.exit(main())
