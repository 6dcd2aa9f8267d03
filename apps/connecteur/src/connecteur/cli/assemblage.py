"""The whole connector, put together from the settings: what the commands work with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from connecteur import journal
from connecteur.cli.sortie import Fin, inattendue
from connecteur.domain.run import Flux
from connecteur.errors import ErreurConnecteur, ErreurPermanente
from connecteur.settings import Configuration, charge_configuration

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from connecteur.alertes.veilleur import Veilleur
    from connecteur.bootstrap import Connecteur, Systemes
    from connecteur.planification.horaires import EtatHoraire, Horaires
    from connecteur.planification.planification import Planification

TOUS = "tous"
"""What `--dossier` says for every dossier."""


@contextmanager
def configuration_et_journal(config: Path | None) -> Iterator[Configuration]:
    """The settings of every dossier, with the journal open. Raises `ConfigurationInvalide`."""
    from connecteur.bootstrap.coffre import ouvre_coffre

    configuration = charge_configuration(config, ouvre_coffre)
    dossier = configuration.donnees / "journal"
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        (dossier / journal.FICHIER).open("a").close()
    except OSError as exc:
        raise ErreurPermanente(
            f"Le dossier de données « {configuration.donnees} » ne peut pas être utilisé.",
            remede="Vérifiez « donnees » : le dossier doit pouvoir être créé, et écrit par ce compte.",
            detail=str(exc),
        ) from exc
    secrets = [un for reglages in configuration.dossiers.values() for un in journal.secrets_des_reglages(reglages)]
    secrets += configuration.secrets
    codes = configuration.codes if len(configuration.codes) > 1 else []
    with journal.ouvre(dossier, secrets, codes):
        for code, faute in configuration.fautes.items():
            log.error("dossier mal réglé", dossier=code, erreur=faute.message)
        try:
            yield configuration
        except (ErreurConnecteur, Fin):
            raise
        except Exception as exc:
            # Now, while the journal is open to take the traceback.
            raise inattendue(exc) from exc


def codes_voulus(configuration: Configuration, dossier: str | None) -> Sequence[str]:
    """The dossiers a command is about: the one named, the only one, or « tous ». Raises `ConfigurationInvalide`."""
    if dossier == TOUS and TOUS not in configuration.codes:
        return list(configuration.dossiers)
    return [configuration.choisit(dossier).dossier.code]


@contextmanager
def ouvre_connecteur(config: Path | None, dossier: str | None) -> Iterator["Connecteur"]:
    """The systems of the dossiers a command is about. Raises `ErreurConnecteur`."""
    from connecteur.bootstrap import ouvre_tout

    with (
        configuration_et_journal(config) as configuration,
        ouvre_tout(configuration, codes_voulus(configuration, dossier)) as connecteur,
    ):
        yield connecteur


@contextmanager
def ouvre_dossier(config: Path | None, dossier: str | None) -> Iterator["Connecteur"]:
    """The connector for one dossier, with its licence. Raises `ErreurConnecteur`."""
    from connecteur.bootstrap import ouvre_tout

    with configuration_et_journal(config) as configuration:
        code = configuration.choisit(dossier).dossier.code
        with ouvre_tout(configuration, [code]) as connecteur:
            yield connecteur


@contextmanager
def ouvre_systemes(config: Path | None, dossier: str | None) -> Iterator["Systemes"]:
    """The three systems of one dossier. Raises `ErreurConnecteur`."""
    from connecteur.bootstrap import ouvre

    with configuration_et_journal(config) as configuration, ouvre(configuration.choisit(dossier)) as systemes:
        yield systemes


@contextmanager
def ouvre_planification(connecteur: "Connecteur", *, passager: bool) -> Iterator["Planification"]:
    """The runs of these dossiers, ready to be asked for. `passager`: this program will soon end."""
    from connecteur.planification.execution import Atelier
    from connecteur.planification.planification import Planification

    ateliers = {
        code: Atelier(systemes.execute, systemes.tampon.runs, systemes.tampon.exclusif, connecteur.licence(code))
        for code, systemes in connecteur.dossiers.items()
    }
    with Planification(
        connecteur.url_tampon, ateliers, connecteur.executants, connecteur.horloge, passager=passager
    ) as planification:
        yield planification


def horaires_de(systemes: "Systemes") -> "Horaires":
    """When each flow of the dossier runs by itself."""
    from connecteur.planification.horaires import Horaires

    return Horaires(systemes.tampon, systemes.fuseau, systemes.horloge)


def veilleur_de(connecteur: "Connecteur", code: str) -> "Veilleur":
    """Who tells the changes of the dossier. Raises `ConfigurationInvalide`."""
    from connecteur.bootstrap import veilleur

    systemes = connecteur.dossiers[code]
    horaires = horaires_de(systemes)

    def etat_de(flux: Flux) -> "EtatHoraire":
        return next(etat for etat in horaires.list_horaires() if etat.flux is flux)

    def suite(flux: Flux) -> str:
        etat = etat_de(flux)
        if etat.prochaine is None:
            return "Rien n’est prévu de soi-même : la prochaine synchronisation sera lancée à la main."
        quand = f"{max(etat.prochaine, systemes.horloge()):%d/%m/%Y à %H:%M}"
        return f"Prochain essai le {quand}." if etat.echecs else f"Prochaine synchronisation le {quand}."

    # The licence is that of the machine: the first dossier that has somebody to tell tells of it.
    avertis = [un for un, ceux in connecteur.dossiers.items() if ceux.reglages.alertes.urls]
    portail = connecteur.portail if code == (avertis or [connecteur.premier.reglages.dossier.code])[0] else None
    return veilleur(systemes, suite, lambda flux: etat_de(flux).horaire.marche, portail)
