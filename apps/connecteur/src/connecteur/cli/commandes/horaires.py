"""`connecteur horaires`: when each flow runs by itself."""

from typing import Annotated

import typer

from connecteur.cli.commandes.groupe import Commande, groupe
from connecteur.cli.options import Config, Detail, Dossier, DossierOuTous, Json
from connecteur.domain.run import Flux

app = groupe(
    "Voir et changer quand chaque flux se synchronise de lui-même, pendant que « connecteur serve » fonctionne."
)

LeFlux = Annotated[Flux, typer.Argument(metavar="FLUX", help="« chantiers » ou « heures ».", show_default=False)]


@app.command(cls=Commande)
def montre(config: Config = None, dossier: DossierOuTous = None, *, json: Json = False, detail: Detail = False) -> None:
    """Montrer les horaires et la prochaine synchronisation."""
    from connecteur.cli.horaires import montre as execute

    execute(config, dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def change(
    flux: LeFlux,
    *,
    temps_reel: Annotated[
        int | None, typer.Option("--temps-reel", metavar="SECONDES", help="En temps réel : de 15 à 300 secondes.")
    ] = None,
    minutes: Annotated[int | None, typer.Option("--minutes", metavar="N", help="Toutes les N minutes.")] = None,
    heures: Annotated[str | None, typer.Option("--a", metavar="HEURES", help="À ces heures : « 12:30,20:00 ».")] = None,
    jours: Annotated[
        str, typer.Option("--jours", metavar="JOURS", help="Ces jours-là : « lundi,jeudi », « lundi-vendredi ».")
    ] = "",
    plage: Annotated[
        str, typer.Option("--plage", metavar="PLAGE", help="Pas en dehors de « 06:00-20:00 » (du lundi au vendredi).")
    ] = "",
    config: Config = None,
    dossier: Dossier = None,
    demande: Annotated[bool, typer.Option("--a-la-demande", help="Plus rien de soi-même.")] = False,
    json: Json = False,
    detail: Detail = False,
) -> None:
    """Donner un horaire à un flux, à partir de maintenant."""
    from connecteur.cli.horaires import change as execute
    from connecteur.cli.horaires import lit

    saisi = lit(temps_reel=temps_reel, minutes=minutes, heures=heures, demande=demande)
    execute(flux, saisi, jours, plage, config=config, dossier=dossier, en_json=json, detail=detail)


@app.command(cls=Commande)
def pause(
    flux: LeFlux, config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Ne plus rien faire de soi-même ; l’horaire est gardé."""
    from connecteur.cli.horaires import suspend

    suspend(flux, config, dossier, pause=True, en_json=json, detail=detail)


@app.command(cls=Commande)
def reprend(
    flux: LeFlux, config: Config = None, dossier: Dossier = None, *, json: Json = False, detail: Detail = False
) -> None:
    """Reprendre l’horaire mis en pause."""
    from connecteur.cli.horaires import suspend

    suspend(flux, config, dossier, pause=False, en_json=json, detail=detail)
