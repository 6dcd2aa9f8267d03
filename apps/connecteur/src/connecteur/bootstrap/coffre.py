"""The vault of a data folder, as every part of the program opens it; and what `doctor` says of it."""

from collections.abc import Iterator
from pathlib import Path

from connecteur import journal
from connecteur.coffre import Coffre, Source
from connecteur.domain.controle import Controle
from connecteur.errors import ErreurConnecteur
from connecteur.settings import Configuration
from connecteur.settings.copies import copies_en_clair

NOM = "Coffre des secrets"
EN_CLAIR = "Secrets en clair"
OU: dict[str, str] = {
    Source.ENVIRONNEMENT: "donnée par l’environnement",
    Source.TROUSSEAU: "dans le trousseau du système",
    Source.FICHIER: "dans un fichier",
}


def ouvre_coffre(donnees: Path) -> Coffre:
    """What is read of it is hidden from the journal. Nothing is read yet."""
    return Coffre(donnees, confie=journal.apprend)


def controles_coffre(configuration: Configuration) -> Iterator[Controle]:
    """Whether secrets are where they should be, and whether the vault opens."""
    coffre = ouvre_coffre(configuration.donnees)
    try:
        etat = coffre.etat()
        combien = coffre.verifie()
    except ErreurConnecteur as exc:
        yield Controle.echec(NOM, exc.message, exc.remede, exc.detail)
        return
    if etat is None:
        yield Controle.ignore(NOM, "Il n’y a pas de coffre dans le dossier de données.")
    elif etat.cle_a_cote:
        yield Controle.alerte(
            NOM,
            f"La clé du coffre est dans le dossier de données (« {etat.cle.ou} ») : qui en a une copie peut l’ouvrir.",
            "Gardez-la ailleurs : « connecteur coffre change-cle --vers trousseau », ou donnez-la par l’environnement.",
        )
    else:
        yield Controle.ok(
            NOM, f"{combien} secret(s), chiffrés ; la clé est {OU.get(etat.cle.source, etat.cle.source)}."
        )
    if configuration.en_clair:
        yield Controle.alerte(
            EN_CLAIR,
            f"Le fichier de configuration contient des secrets en clair : {', '.join(configuration.en_clair)}.",
            f"Mettez-les dans le coffre : « connecteur coffre importe {configuration.fichier} ».",
        )
    for copie in copies_en_clair(configuration.donnees, configuration.fichier):
        yield Controle.alerte(
            EN_CLAIR,
            f"« {copie} » est une copie d’avant le coffre, avec ses secrets en clair.",
            "Supprimez ce fichier quand tout fonctionne.",
        )
