"""`connecteur alertes`: carried out."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from connecteur.alertes.envoi import destinations, envoie
from connecteur.alertes.messages import de_l_essai
from connecteur.cli.assemblage import codes_voulus, configuration_et_journal, ouvre_connecteur
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, commande, par_dossier
from connecteur.errors import ConfigurationInvalide
from sages_commun.web.format import date_heure


def essaie(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Send one message to each address, now. Exit code 1 when one did not leave."""
    with commande(en_json=en_json, detail=detail) as sortie, configuration_et_journal(config) as configuration:
        resultats: dict[str, dict[str, object]] = {}
        tout = True
        for code in codes_voulus(configuration, dossier):
            reglages = configuration.dossiers[code]
            adresses = destinations(reglages.alertes.urls)
            if not adresses:
                raise ConfigurationInvalide(
                    f"Le dossier « {code} » n’a pas d’adresse d’alerte.", remede="Renseignez « alertes.urls »."
                )
            courrier = de_l_essai(reglages.batigest.base)
            erreurs = {adresse.nom: envoie(adresse, courrier.titre, courrier.corps) for adresse in adresses}
            for nom, erreur in erreurs.items():
                sortie.dit(
                    Text(f"{nom} : " + ("parti" if not erreur else f"refusé. {erreur}"), style="red" if erreur else "")
                )
            tout = tout and not any(erreurs.values())
            resultats[code] = {
                "ok": not any(erreurs.values()),
                "adresses": [{"adresse": nom, "ok": not erreur, "erreur": erreur} for nom, erreur in erreurs.items()],
            }
        sortie.rend(par_dossier(resultats, ok=tout))
        raise Fin(Code.REUSSI if tout else Code.ECHEC)


def montre(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """What was told, and what waits."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_connecteur(config, dossier) as connecteur:
        resultats: dict[str, dict[str, object]] = {}
        table = Table("dossier", "quand", "alerte", "envoi", box=None, header_style="dim", pad_edge=False)
        for code, systemes in connecteur.dossiers.items():
            messages = systemes.tampon.alertes.list_messages()
            for message in messages:
                if message.envoye_le is not None:
                    envoi = f"partie à {message.envoye_le.astimezone(systemes.fuseau):%H:%M}"
                elif message.prochain_le is not None:
                    envoi = f"en attente, essai suivant à {message.prochain_le.astimezone(systemes.fuseau):%H:%M}"
                else:
                    envoi = "abandonnée"
                suite = f" ({message.erreur})" if message.erreur and detail else ""
                table.add_row(
                    code, date_heure(message.cree_le, systemes.fuseau), Text(message.titre), Text(envoi + suite)
                )
            resultats[code] = {
                "ok": True,
                "messages": [
                    {
                        "genre": message.genre,
                        "titre": message.titre,
                        "cree_le": message.cree_le,
                        "envoye_le": message.envoye_le,
                        "prochain_le": message.prochain_le,
                        "essais": message.essais,
                        "erreur": message.erreur,
                    }
                    for message in messages
                ],
            }
        sortie.dit(table if table.row_count else "Aucune alerte n’a été envoyée, aucune n’attend.")
        sortie.rend(par_dossier(resultats, ok=True))
