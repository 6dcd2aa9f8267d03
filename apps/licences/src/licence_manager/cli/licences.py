"""Sell, find, extend, export and import licences."""

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.table import Table

from licence_manager.bootstrap import Maison, ouvre
from licence_manager.cli.sortie import commande
from licence_manager.domain.duree import Depart, Duree, echeance, fin_de_journee, jour_de, lit_date, lit_duree
from licence_manager.domain.licence import ETATS_FR, SANS_LIMITE, Etat, Fiche, Licence
from licence_manager.domain.recherche import Critere, Filtre, Tri
from licence_manager.errors import DemandeInvalide
from licence_manager.services.tableur import TAILLE_MAX
from licence_manager.settings import charge
from sages_commun.licence.cle import masque_cle


def create(fiche: Fiche, duree: str, expire: str, qui: str, *, en_json: bool) -> None:
    """Create a licence and show its key."""
    with commande(en_json=en_json) as sortie:
        if bool(duree) is bool(expire):
            raise DemandeInvalide("Donnez --duree ou --expire, l’un des deux.")
        with ouvre(charge()) as maison:
            maintenant = maison.contexte.maintenant()
            fin = _fin(expire) if expire else _echeance(maintenant, duree)
            licence, cle = maison.licences.create_licence(fiche, fin, qui)
        sortie.dit(f"Licence n° {licence.id}, en vigueur jusqu’au {jour_de(licence.expire_le):%d/%m/%Y} :", f"  {cle}")
        sortie.rend({"licence": _json(licence, Etat.ACTIVE) | {"cle": cle}})


def list_licences(texte: str, filtre: Filtre, tri: Tri, nombre: int, *, en_json: bool) -> None:
    """Show licences, their keys masked."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        critere = Critere(filtre, texte, tri)
        page = maison.licences.list_licences(critere, taille=nombre)
        total = maison.licences.count_licences(critere)
        cles = maison.licences.show_cles([licence.id for licence in page.lignes])
        tableau = Table("n°", "clé", "entreprise", "client", "expire", "état", "utilisations", box=None)
        for licence in page.lignes:
            fiche = licence.fiche
            tableau.add_row(
                str(licence.id), masque_cle(cles[licence.id]), fiche.entreprise, fiche.client,
                f"{jour_de(licence.expire_le):%d/%m/%Y}", ETATS_FR[maison.licences.etat_de(licence)],
                _sur(licence.utilisations, fiche.utilisations_max),
            )  # fmt: skip
        sortie.dit(tableau, f"{len(page.lignes)} sur {total}.")
        sortie.rend(
            {"total": total, "licences": [_json(ligne, maison.licences.etat_de(ligne)) for ligne in page.lignes]}
        )


def extend(cibles: Sequence[str], duree: str, depart: Depart, qui: str, *, en_json: bool) -> None:
    """Extend licences named by their number or their key."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        numeros = [_numero(maison, cible) for cible in cibles]
        prolongees = maison.licences.extend_licences(numeros, _duree(duree), depart, qui)
        for licence in prolongees:
            sortie.dit(f"Licence n° {licence.id} : en vigueur jusqu’au {jour_de(licence.expire_le):%d/%m/%Y}.")
        sortie.rend({"licences": [_json(ligne, maison.licences.etat_de(ligne)) for ligne in prolongees]})


def export(fichier: Path, filtre: Filtre, *, avec_cles: bool, en_json: bool) -> None:
    """Write a CSV file; the former one of that name is only replaced when the new one is whole."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        provisoire = fichier.with_name(f"{fichier.name}.partiel")
        lignes = 0
        try:
            provisoire.unlink(missing_ok=True)
            descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descripteur, "w", encoding="utf-8", newline="") as sorti:
                for ligne in maison.tableur.export_csv(Critere(filtre), avec_cles=avec_cles):
                    sorti.write(ligne)
                    lignes += 1
            provisoire.replace(fichier)
        except OSError as exc:
            raise DemandeInvalide(f"« {fichier} » ne peut pas être écrit : {exc.strerror}.") from exc
        finally:  # whatever stopped it: it may hold keys
            with contextlib.suppress(OSError):
                provisoire.unlink(missing_ok=True)
        sortie.dit(f"{lignes - 1} licences écrites dans « {fichier} ».")
        sortie.rend({"licences": lignes - 1, "fichier": str(fichier)})


def import_csv(fichier: Path, qui: str, *, en_json: bool) -> None:
    """Create the licences of a file and show their keys."""
    with commande(en_json=en_json) as sortie:
        try:
            with fichier.open("rb") as lu:
                contenu = lu.read(TAILLE_MAX + 1)
        except OSError as exc:
            raise DemandeInvalide(f"« {fichier} » ne peut pas être lu : {exc.strerror}.") from exc
        with ouvre(charge()) as maison:
            creees = maison.tableur.import_csv(contenu, qui)
        for licence, cle in creees:
            sortie.dit(f"{cle}  {licence.fiche.entreprise or licence.fiche.client}")
        sortie.dit(f"{len(creees)} licences créées.")
        sortie.rend({"licences": [_json(licence, Etat.ACTIVE) | {"cle": cle} for licence, cle in creees]})


def _numero(maison: Maison, cible: str) -> int:
    if cible.isascii() and cible.isdigit() and len(cible) < 16:  # noqa: PLR2004  a key has sixteen characters
        return int(cible)
    return maison.licences.find_licence(cible).licence.id


def _duree(texte: str) -> Duree:
    try:
        return lit_duree(texte)
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc


def _fin(texte: str) -> datetime:
    try:
        return fin_de_journee(lit_date(texte))
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc


def _echeance(maintenant: datetime, duree: str) -> datetime:
    try:
        return echeance(maintenant, lit_duree(duree))
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc


def _sur(nombre: int, limite: int) -> str:
    return str(nombre) if limite == SANS_LIMITE else f"{nombre}/{limite}"


def _json(licence: Licence, etat: Etat) -> dict[str, object]:
    fiche = licence.fiche
    return {
        "numero": licence.id,
        "client": fiche.client,
        "entreprise": fiche.entreprise,
        "email": fiche.email,
        "expire": licence.expire_le.isoformat(),
        "etat": etat.value,
        "fonctions": sorted(fiche.fonctions),
        "utilisations": licence.utilisations,
        "utilisations_max": fiche.utilisations_max,
        "machines_max": fiche.machines_max,
    }
