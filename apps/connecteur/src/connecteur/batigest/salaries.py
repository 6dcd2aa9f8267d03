"""The one cell of `Salarie` that the connector may fill, and only when it is empty and a person asked."""

from connecteur.batigest import besoins
from connecteur.batigest.besoins import Famille
from connecteur.batigest.connection import Connexion
from connecteur.batigest.read import read_salaries
from connecteur.batigest.schema import Examen, read_inventaire
from connecteur.domain.heure import normalise_code
from connecteur.errors import GesteRefuse, Introuvable


def write_codebs(connexion: Connexion, code: str, utilisateur: str) -> bool:
    """Write the BatiSimply identifier of this salarié; False when it is there already.

    Raises `GesteRefuse` when there is no such column, when the cell holds something else, when another salarié bears
    this identifier or several bear this code; `Introuvable` when there is no such salarié. The cell is looked at again
    by the very statement that fills it.
    """
    examen = Examen(read_inventaire(connexion))
    cle, cellule = examen.trouve(besoins.SALARIE_CODE), examen.cherche(besoins.SALARIE_UTILISATEUR)
    examen.conclut()
    if cellule is None or (cellule.famille is Famille.TEXTE and not cellule.accepte(utilisateur)):
        raise GesteRefuse(
            "Ce dossier n’a pas de colonne « codebs » où écrire l’identifiant.",
            remede="Rien à faire : l’association faite à la main suffit.",
        )
    salaries = read_salaries(connexion)
    _check_libre(salaries_portant=[s.code for s in salaries if s.utilisateur == utilisateur], code=code)
    vide = f"s.{cellule.sql} IS NULL"
    if cellule.famille is Famille.TEXTE:
        vide += f" OR s.{cellule.sql} = ''"  # blanks count for nothing
    with connexion.transaction() as transaction:
        ecrites = transaction.write(
            f"UPDATE s SET s.{cellule.sql} = ? FROM dbo.Salarie s"  # noqa: S608  names from INFORMATION_SCHEMA
            f" WHERE {cle.egale('s', '?')} AND ({vide})",
            (utilisateur, normalise_code(code)),
            objet="dbo.Salarie",
        )
        if ecrites > 1:
            raise GesteRefuse(
                f"Plusieurs fiches de salarié portent le code « {code} » : rien n’a été écrit.",
                remede="Corrigez les fiches dans Batigest.",
            )
    if ecrites:
        return True
    return _explique(connexion, code, utilisateur)


def _check_libre(salaries_portant: list[str], code: str) -> None:
    autres = [autre for autre in salaries_portant if normalise_code(autre) != normalise_code(code)]
    if autres:
        raise GesteRefuse(
            f"L’identifiant est déjà celui du salarié « {autres[0]} » dans Batigest.",
            remede="Corrigez d’abord sa fiche dans Batigest.",
        )


def _explique(connexion: Connexion, code: str, utilisateur: str) -> bool:
    """Why nothing was written: it is there already (False), or an error."""
    fiches = [s for s in read_salaries(connexion) if normalise_code(s.code) == normalise_code(code)]
    if not fiches:
        raise Introuvable(
            f"Aucun salarié de Batigest ne porte le code « {code} ».", remede="Vérifiez le code dans Batigest."
        )
    if all(fiche.utilisateur == utilisateur for fiche in fiches):
        return False
    raise GesteRefuse(
        f"La fiche du salarié « {code} » porte déjà autre chose dans « codebs » : rien n’a été écrit.",
        remede="Corrigez la fiche dans Batigest si cet identifiant est faux.",
    )
