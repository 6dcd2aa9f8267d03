"""Reads of the dossier: short statements, each committed at once, normalised on the way in."""

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from connecteur.batigest import besoins
from connecteur.batigest.besoins import Besoin
from connecteur.batigest.connection import Connexion, Ligne
from connecteur.batigest.schema import Colonne, Examen, read_inventaire
from connecteur.batigest.suivi import Suivi
from connecteur.domain.periode import Tranche
from connecteur.domain.salarie import Salarie


def read_codes_chantiers(connexion: Connexion) -> list[str]:
    """The code of every site, over or not, as Batigest writes it (trailing blanks removed)."""
    examen = Examen(read_inventaire(connexion))
    code = examen.trouve(besoins.CHANTIER_CODE)
    examen.conclut()
    return _read_codes(connexion, code)


def read_codes_devis(connexion: Connexion, nomme: str | None, *, sous_le_chantier: bool) -> dict[str, str]:
    """The code of every devis > the code its hours are written under: its own, or its site's where it has one.

    `nomme` is the column that names the site, as chosen in the settings.
    """
    examen = Examen(read_inventaire(connexion))
    code = examen.trouve(besoins.DEVIS_CODE)
    du_chantier = colonne_du_chantier(examen, nomme) if sous_le_chantier else code
    if du_chantier is None:
        examen.refuse("la table dbo.Devis ne nomme pas le chantier : réglez « chantiers.code_suivi » sur « devis »")
    examen.conclut()
    choisies = [code, du_chantier or code]
    lignes = connexion.read(f"SELECT {liste(choisies, 'd')} FROM dbo.Devis d", objet="dbo.Devis")  # noqa: S608  idem
    return {texte(devis): texte(chantier) for devis, chantier in lignes if texte(devis) and texte(chantier)}


def read_codes_sites(connexion: Connexion) -> list[str]:
    """The same as `read_codes_chantiers`, none where the firm has no such table."""
    code = Examen(read_inventaire(connexion)).candidate(besoins.CHANTIER_CODE)
    return [] if code is None else _read_codes(connexion, code)


def _read_codes(connexion: Connexion, code: Colonne) -> list[str]:
    lignes = connexion.read(f"SELECT c.{code.sql} FROM dbo.ChantierDef c", objet="dbo.ChantierDef")  # noqa: S608  idem
    return [code.rstrip() for (code,) in lignes if code and code.strip()]


def colonne_du_chantier(examen: Examen, nomme: str | None) -> Colonne | None:
    """The column of `Devis` that names its site: the one that was chosen, else the first likely one."""
    if nomme is not None:
        return examen.trouve(Besoin("Devis", nomme, besoins.CLE))
    return examen.candidate(*besoins.DEVIS_CHANTIERS)


def read_salaries(connexion: Connexion) -> list[Salarie]:
    """Every employee; `utilisateur` is None where `codebs` is missing, empty or not a UUID."""
    examen = Examen(read_inventaire(connexion))
    code, nom = examen.trouve(besoins.SALARIE_CODE), examen.trouve(besoins.SALARIE_NOM)
    prenom, utilisateur = examen.cherche(besoins.SALARIE_PRENOM), examen.cherche(besoins.SALARIE_UTILISATEUR)
    examen.conclut()
    choisies = [code, nom, *filter(None, (prenom, utilisateur))]
    lignes = connexion.read(f"SELECT {liste(choisies, 's')} FROM dbo.Salarie s", objet="dbo.Salarie")  # noqa: S608  idem
    salaries = []
    for ligne in lignes:
        valeurs = dict(zip((colonne.nom.lower() for colonne in choisies), ligne, strict=True))
        if texte(ligne[0]):
            salaries.append(
                Salarie(
                    code=texte(ligne[0]),
                    nom=texte(ligne[1]),
                    prenom=texte(valeurs.get("prenom")),
                    utilisateur=_uuid(valeurs.get("codebs")),
                )
            )
    return salaries


def read_brutes(connexion: Connexion, suivi: Suivi, tranche: Tranche) -> list[Ligne]:
    """Every row of SuiviMO whose date falls in these local days, in any order, as the driver gives it.

    Lines without a chantier or salarié are nobody's.
    """
    s = suivi
    cles = f"s.{s.date.sql}, s.{s.code_chantier.sql}, s.{s.code_salarie.sql}"
    quantites = liste(s.quantites, "s")
    datee = f"s.{s.datee.colonne.sql}, " if s.datee and s.datee.colonne else ""
    utilisees = " OR ".join(f"s.{autre.sql} <> 0" for autre in s.autres) or "1 = 0"
    return connexion.read(
        f"SELECT {cles}, {quantites}, {datee}CASE WHEN {utilisees} THEN 1 ELSE 0 END AS Autres FROM dbo.SuiviMO s"  # noqa: S608  idem
        f" WHERE s.{s.date.sql} >= CAST(? AS datetime) AND s.{s.date.sql} < CAST(? AS datetime)"
        f" AND s.{s.code_chantier.sql} IS NOT NULL AND s.{s.code_salarie.sql} IS NOT NULL",
        (datetime.combine(tranche.debut, time()), datetime.combine(tranche.fin, time())),
        objet="dbo.SuiviMO",
    )


def liste(colonnes: Sequence[Colonne], alias: str) -> str:
    return ", ".join(f"{alias}.{colonne.sql}" for colonne in colonnes)


def texte(valeur: object) -> str:
    """Text without the padding of `char` columns; NULL is the empty text. PostgreSQL takes no NUL character."""
    return "" if valeur is None else str(valeur).replace("\x00", "").strip()


def _uuid(valeur: object) -> str | None:
    try:
        return str(UUID(texte(valeur)))
    except ValueError:
        return None
