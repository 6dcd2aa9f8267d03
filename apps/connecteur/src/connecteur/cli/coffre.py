"""`connecteur coffre`: carried out. A value is asked for or read, never an argument, and never shown."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table
from rich.text import Text

from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande
from connecteur.coffre import Coffre, Source
from connecteur.coffre.cles import ecrit_nouvelle_cle, lit_cle
from connecteur.errors import ConfigurationInvalide, Introuvable
from connecteur.settings import NOMENCLATURE, dossier_de_donnees
from connecteur.settings.secrets import Forme, feuilles
from sages_commun.web.format import pluriel

OU: dict[str, str] = {
    Source.ENVIRONNEMENT: "donnée par l’environnement",
    Source.TROUSSEAU: "dans le trousseau du système",
    Source.FICHIER: "dans un fichier",
}


@contextmanager
def commande_du_coffre(config: Path | None, *, en_json: bool, detail: bool) -> Iterator[tuple[Sortie, Coffre]]:
    """One command on the vault of this configuration, which may lack everything but `donnees`."""
    from connecteur.bootstrap.coffre import ouvre_coffre

    with commande(en_json=en_json, detail=detail) as sortie:
        yield sortie, ouvre_coffre(dossier_de_donnees(config))


def etat(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Where it is and what it holds; its key is not needed."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        trouve = coffre.etat()
        if trouve is None:
            sortie.dit(f"Il n’y a pas encore de coffre dans « {coffre.fichier.parent} ».")
            sortie.dit("« connecteur coffre pose NOM » le fait.")
            sortie.rend({"ok": True, "coffre": None})
            return
        cle = trouve.cle
        table = Table(box=None, show_header=False, pad_edge=False)
        for nom, valeur in (
            ("Fichier", str(trouve.fichier)),
            ("Secrets", str(trouve.secrets)),
            ("Dernière écriture", f"{trouve.ecrit_le} (n° {trouve.ecriture})"),
            ("État précédent", "gardé" if trouve.precedent else "aucun"),
            ("Clé", f"{cle.ident}, {OU.get(cle.source, cle.source)}"),
            ("Où", cle.ou),
            ("Compte", cle.compte),
        ):
            if valeur:
                table.add_row(Text(nom, style="dim"), Text(valeur))
        sortie.dit(table)
        if trouve.cle_a_cote:
            sortie.dit(
                Text(
                    "La clé est dans le dossier de données : qui a une copie de ce dossier peut ouvrir le coffre. "
                    "« connecteur coffre change-cle --vers trousseau » la met ailleurs.",
                    style="yellow",
                )
            )
        sortie.rend(
            {
                "ok": True,
                "coffre": {
                    "fichier": str(trouve.fichier),
                    "secrets": trouve.secrets,
                    "ecriture": trouve.ecriture,
                    "ecrit_le": trouve.ecrit_le,
                    "precedent": trouve.precedent,
                    "cle": {"id": cle.ident, "source": cle.source, "ou": cle.ou, "compte": cle.compte},
                    "cle_a_cote": trouve.cle_a_cote,
                },
            }
        )


def liste(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Names only."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        secrets, reglages = coffre.noms(), sorted(nom for nom, _ in feuilles(coffre.reglages()))
        for nom in secrets:
            sortie.dit(Text.assemble(nom, ("  chiffré", "dim")))
        for nom in reglages:
            sortie.dit(Text.assemble(nom, ("  en clair : ce n’est pas un secret", "dim")))
        if not secrets and not reglages:
            sortie.dit("Le coffre ne garde rien.")
        sortie.rend({"ok": True, "secrets": secrets, "reglages": reglages})


def pose(nom: str, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Ask for the value, or read it, and keep it."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        forme = _forme(nom)
        valeur = _demande(sortie, nom, forme)
        if forme.secrete:
            coffre.ecrit({nom: valeur})
        else:
            coffre.ecrit({}, {nom: _lit_clair(valeur)})
        sortie.dit(f"« {nom} » est dans le coffre. Relancez le connecteur pour qu’il en tienne compte.")
        sortie.rend({"ok": True, "nom": nom, "secret": forme.secrete})


def retire(nom: str, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Take it away. Exit code 1 when it is not there."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        gardes = [*coffre.noms(), *(cle for cle, _ in feuilles(coffre.reglages()))]
        if nom not in gardes or NOMENCLATURE.forme(nom) is None:
            remede = "« connecteur coffre liste » donne les noms ; ceux de la licence ne se retirent pas ici."
            raise Introuvable(f"Le coffre ne garde pas « {nom} ».", remede=remede)
        coffre.ecrit({nom: None}, {nom: None})
        sortie.dit(f"« {nom} » n’est plus dans le coffre.")
        sortie.rend({"ok": True, "nom": nom})


def verifie(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Open everything; exit code 2 when it cannot be."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        combien = coffre.verifie()
        sortie.dit(f"Le coffre est en état : {pluriel(combien, 'secret', 'secrets')}.")
        sortie.rend({"ok": True, "secrets": combien})
        raise Fin(Code.REUSSI)


def restaure(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Go back to the state before the last write."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        document = coffre.restaure()
        sortie.dit(
            f"L’état du {document.ecrit_le} est remis : {pluriel(len(document.secrets), 'secret', 'secrets')}. Ce "
            "qu’il remplace est gardé dans « credentials.json.abime ». Vérifiez : « connecteur doctor »."
        )
        sortie.rend({"ok": True, "ecrit_le": document.ecrit_le, "secrets": len(document.secrets)})


def change_cle(vers: str | None, cle: Path | None, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Encrypt everything again."""
    with commande_du_coffre(config, en_json=en_json, detail=detail) as (sortie, coffre):
        nommee = coffre.change_cle(None if vers is None else Source(vers), None if cle is None else lit_cle(cle))
        sortie.dit(f"Le coffre a une nouvelle clé, {nommee.ident}, {OU.get(nommee.source, nommee.source)}.")
        if cle is not None:
            sortie.dit(f"Donnez « {cle} » au service par CONNECTEUR_FICHIER_CLE_COFFRE, puis relancez-le.")
        sortie.rend({"ok": True, "cle": {"id": nommee.ident, "source": nommee.source, "ou": nommee.ou}})


def nouvelle_cle(fichier: Path, *, en_json: bool, detail: bool) -> None:
    """Write a key that nothing uses yet."""
    with commande(en_json=en_json, detail=detail) as sortie:
        ident = ecrit_nouvelle_cle(fichier)
        sortie.dit(f"La clé {ident} est dans « {fichier} », que vous seul pouvez lire.")
        sortie.dit("Gardez-en une copie en lieu sûr : sans elle, le coffre ne s’ouvre plus.")
        sortie.rend({"ok": True, "cle": {"id": ident}, "fichier": str(fichier)})


def _forme(nom: str) -> Forme:
    forme = NOMENCLATURE.forme(nom)
    if forme is None:
        raise ConfigurationInvalide(
            f"Aucun réglage ne s’appelle « {nom} ».",
            remede=f"Les secrets : {', '.join(NOMENCLATURE.noms_de_secrets())} ; pour un autre dossier, "
            "« dossiers.CODE. » devant. Les autres réglages sont dans la documentation (configuration).",
        )
    return forme


def _demande(sortie: Sortie, nom: str, forme: Forme) -> str:
    if sortie.entree.isatty():
        lignes = [getpass.getpass(f"{nom} : ")]
        while forme is Forme.LISTE and lignes[-1]:
            lignes.append(getpass.getpass(f"{nom} (vide pour finir) : "))
    else:
        lignes = sortie.entree.read().removesuffix("\n").removesuffix("\r").split("\n")
    if forme is Forme.LISTE:
        valeurs = [ligne.strip() for ligne in lignes if ligne.strip()]
        return json.dumps(valeurs, ensure_ascii=False) if valeurs else ""
    return "\n".join(lignes)


def _lit_clair(texte: str) -> object:
    """A setting that is no secret, as JSON when it is a list; the settings themselves read the rest."""
    try:
        lu = json.loads(texte)
    except ValueError:
        return texte
    return lu if isinstance(lu, list) else texte
