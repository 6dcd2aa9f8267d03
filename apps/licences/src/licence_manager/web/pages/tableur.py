"""CSV out and in. What comes in is shown line by line before anything is written."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from starlette.responses import Response, StreamingResponse

from licence_manager.domain.duree import jour_de
from licence_manager.errors import DemandeInvalide
from licence_manager.services.tableur import COLONNES_LUES, LIGNES_MAX, TAILLE_MAX
from licence_manager.web.dependances import CritereDep, MaisonDep, RenduDep
from licence_manager.web.droits import AdministrateurDep, administrateur
from sages_commun.web.format import pluriel
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter(prefix="/licenses")

LIGNES_MONTREES = 200
LOT = 500
OCTETS_FICHIER = TAILLE_MAX + 64 * 1024
"""A file, and the fields that travel with it."""
CONFIRMABLE = 900_000
"""Bytes that a field of a form may hold."""


@routes.get("/export")
def exporte(maison: MaisonDep, critere: CritereDep) -> Response:
    """The licences of the list, their keys masked."""
    return _fichier(maison.tableur.export_csv(critere), maison.contexte.maintenant())


@routes.post("/export", dependencies=[JetonVerifie])
def exporte_avec_cles(maison: MaisonDep, critere: CritereDep, qui: AdministrateurDep) -> Response:
    """The same with the keys in clear: it is noted who took them."""
    maison.tableur.note_export(qui.nom)
    return _fichier(maison.tableur.export_csv(critere, avec_cles=True), maison.contexte.maintenant())


@routes.get("/import", dependencies=[Depends(administrateur)])
def montre_import(request: Request, rendu: RenduDep) -> Response:
    """Where the file is given."""
    valeurs = {"colonnes": sorted(COLONNES_LUES), "lignes_max": LIGNES_MAX, "octets_max": TAILLE_MAX}
    return rendu.page(request, "import.html", valeurs)


@routes.post("/import", dependencies=[JetonVerifie, Depends(administrateur)])
def examine_import(request: Request, maison: MaisonDep, rendu: RenduDep, fichier: UploadFile) -> Response:
    """What would be created, and what is wrong; nothing is written."""
    contenu = fichier.file.read(TAILLE_MAX + 1)
    examen = maison.tableur.examine_csv(contenu)
    porte = _porte(contenu) if examen.lignes and not examen.erreurs else ""
    valeurs = {
        "nom": (fichier.filename or "")[:100],
        "lignes": examen.lignes[:LIGNES_MONTREES],
        "total": len(examen.lignes),
        "erreurs": examen.erreurs[:LIGNES_MONTREES],
        "nombre_erreurs": len(examen.erreurs),
        "contenu": porte,
        "jour_de": jour_de,
    }
    return rendu.page(request, "import_examen.html", valeurs, statut=422 if examen.erreurs else 200)


@routes.post("/import/confirmer", dependencies=[JetonVerifie])
def importe(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    contenu: Annotated[str, Form(max_length=CONFIRMABLE * 2)],
) -> Response:
    """Create them, all or none."""
    creees = maison.tableur.import_csv(_rend(contenu), qui.nom)
    combien = pluriel(len(creees), "licence")
    message = (
        f"{combien} {'créées' if len(creees) > 1 else 'créée'} ; leurs clés sont sur leurs pages, et dans l’export."
    )
    return rendu.suite(request, "/licenses", message, {"nombre": len(creees)})


def _fichier(lignes: Iterator[str], maintenant: datetime) -> Response:
    nom = f"licences-{jour_de(maintenant):%Y-%m-%d}.csv"
    return StreamingResponse(
        _par_lots(lignes), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )  # fmt: skip


def _par_lots(lignes: Iterable[str]) -> Iterator[str]:
    """Each piece goes through a thread of its own: not one for every line."""
    reste = iter(lignes)
    while lot := "".join(islice(reste, LOT)):
        yield lot


def _porte(contenu: bytes) -> str:
    """The file as the confirmation carries it: this program keeps nothing between two requests."""
    texte = base64.b64encode(zlib.compress(contenu, 9)).decode()
    if len(texte) > CONFIRMABLE:
        raise DemandeInvalide("Ce fichier est trop gros pour être importé d’ici : importez-le en plusieurs fois.")
    return texte


def _rend(texte: str) -> bytes:
    try:
        lecteur = zlib.decompressobj()
        contenu = lecteur.decompress(base64.b64decode(texte, validate=True), TAILLE_MAX + 1)
    except (binascii.Error, zlib.error) as exc:
        raise DemandeInvalide("Le fichier n’est pas arrivé entier.", remede="Recommencez l’import.") from exc
    if not lecteur.eof and len(contenu) <= TAILLE_MAX:
        raise DemandeInvalide("Le fichier n’est pas arrivé entier.", remede="Recommencez l’import.")
    return contenu
