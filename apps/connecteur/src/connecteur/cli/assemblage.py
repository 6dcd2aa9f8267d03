"""The whole connector, put together from the settings: what the commands work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from connecteur import journal
from connecteur.cli.sortie import Fin, inattendue
from connecteur.errors import ErreurConnecteur, ErreurPermanente
from connecteur.settings import Reglages, charge

if TYPE_CHECKING:
    from connecteur.bootstrap import Systemes
    from connecteur.planification.lanceur import Lanceur


@contextmanager
def reglages_et_journal(config: Path | None) -> Iterator[Reglages]:
    """The settings, with the journal open. Raises `ConfigurationInvalide`."""
    reglages = charge(config)
    dossier = reglages.donnees / "journal"
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        (dossier / journal.FICHIER).open("a").close()
    except OSError as exc:
        raise ErreurPermanente(
            f"Le dossier de données « {reglages.donnees} » ne peut pas être utilisé.",
            remede="Vérifiez « donnees » : le dossier doit pouvoir être créé, et écrit par ce compte.",
            detail=str(exc),
        ) from exc
    with journal.ouvre(dossier, journal.secrets_des_reglages(reglages)):
        try:
            yield reglages
        except (ErreurConnecteur, Fin):
            raise
        except Exception as exc:
            # Now, while the journal is open to take the traceback.
            raise inattendue(exc) from exc


@contextmanager
def ouvre_systemes(config: Path | None) -> Iterator["Systemes"]:
    """The three systems. Raises `ErreurConnecteur`."""
    from connecteur.bootstrap import ouvre

    with reglages_et_journal(config) as reglages, ouvre(reglages) as systemes:
        yield systemes


@contextmanager
def ouvre_lanceur(systemes: "Systemes") -> Iterator["Lanceur"]:
    """The runs of the dossier, ready to be asked for."""
    from connecteur.planification.execution import Atelier
    from connecteur.planification.lanceur import Lanceur

    atelier = Atelier(systemes.execute, systemes.tampon.runs, systemes.tampon.exclusif)
    code = systemes.reglages.dossier.code
    with Lanceur(systemes.url_tampon, code, atelier, systemes.role, systemes.horloge) as lanceur:
        yield lanceur
