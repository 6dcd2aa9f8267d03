"""What becomes a project today, as the dossier has it: its open sites and accepted devis, or the devis themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as heure_du_jour
from zoneinfo import ZoneInfo

from connecteur.batigest import besoins
from connecteur.batigest.besoins import Besoin
from connecteur.batigest.connection import Connexion, Ligne
from connecteur.batigest.dates import Datee, mesure_horloge
from connecteur.batigest.lignes import arrondi
from connecteur.batigest.read import colonne_du_chantier, liste, texte
from connecteur.batigest.schema import PAS_LE_PLUS_FIN, Colonne, Examen, Inventaire, read_inventaire
from connecteur.domain.chantier import Adresse, Chantier, Genre
from connecteur.domain.datation import horloge
from connecteur.domain.devis import Devis
from connecteur.domain.selection import ChantierFini
from connecteur.settings import ReglagesChantiers
from connecteur.sync.ports import Selection

NOM_MAX = 100
"""Characters of a project's name; a longer subject is cut at a word, whole in the comment."""


@dataclass(frozen=True, slots=True)
class ColonnesSelection:
    """What the selection is read from, in this dossier."""

    chantier: list[Colonne]
    """Empty in mode devis."""
    fin: Colonne | None
    modification: Colonne | None
    """When a record (of the kind that becomes a project) last changed."""
    devis: list[Colonne]
    etat: Colonne
    du_chantier: Colonne | None
    """What names the site of a devis."""


_COLONNES_CHANTIER = (
    besoins.CHANTIER_CODE,
    besoins.CHANTIER_LIBELLE,
    besoins.CHANTIER_CODE_CLIENT,
    besoins.CHANTIER_CLIENT,
    besoins.CHANTIER_DEBUT,
    besoins.CHANTIER_FIN,
    besoins.CHANTIER_RUE,
    besoins.CHANTIER_CODE_POSTAL,
    besoins.CHANTIER_VILLE,
    besoins.CHANTIER_ETAT,
)
_COLONNES_DEVIS = (besoins.DEVIS_CODE, besoins.DEVIS_CODE_CLIENT, besoins.DEVIS_TEMPS_MO)
_COLONNES_PROJET_DEVIS = (
    *_COLONNES_DEVIS,
    besoins.DEVIS_CLIENT,
    besoins.DEVIS_DEBUT,
    besoins.DEVIS_FIN,
    besoins.DEVIS_RUE,
    besoins.DEVIS_CODE_POSTAL,
    besoins.DEVIS_VILLE,
    besoins.DEVIS_SUJET,
)


def check_selection(connexion: Connexion, reglages: ReglagesChantiers, mode: Genre) -> ColonnesSelection:
    """Compare the dossier with what reading the selection needs. Raises `SchemaInattendu` naming every fault."""
    inventaire = read_inventaire(connexion)
    examen = Examen(inventaire)
    if mode is Genre.DEVIS:
        colonnes = ColonnesSelection(
            chantier=[],
            fin=None,
            modification=_nommee(examen, "Devis", reglages.modification_devis, besoins.MODIFICATION),
            devis=[examen.trouve(besoin) for besoin in _COLONNES_PROJET_DEVIS],
            etat=examen.trouve(besoins.DEVIS_ETAT),
            du_chantier=colonne_du_chantier(examen, reglages.devis_chantier),
        )
    else:
        colonnes = ColonnesSelection(
            chantier=[examen.trouve(besoin) for besoin in _COLONNES_CHANTIER],
            fin=examen.trouve(besoins.CHANTIER_FIN),
            modification=_nommee(examen, "ChantierDef", reglages.modification_chantier, besoins.MODIFICATION),
            devis=[examen.trouve(besoin) for besoin in _COLONNES_DEVIS],
            etat=examen.trouve(besoins.DEVIS_ETAT),
            du_chantier=colonne_du_chantier(examen, reglages.devis_chantier),
        )
    examen.conclut()
    return colonnes


def _nommee(examen: Examen, table: str, nom: str | None, familles: tuple[besoins.Famille, ...]) -> Colonne | None:
    return None if nom is None else examen.trouve(Besoin(table, nom, familles))


MODIFIEE = re.compile(
    r"(date|dt|d)?_?(heure)?_?(der(niere)?|last)?_?(modif(ication|ie|iee|ied)?|maj|mise?ajour|update(d)?|changed?)"
    r"_?(le|at|on|date|dt)?",
    re.IGNORECASE,
)
"""How a column that tells when a record last changed is likely to be called."""


def colonnes_de_modification(inventaire: Inventaire, table: str) -> list[str]:
    """The columns of this table that may tell when a record last changed. Never used unless one is chosen."""
    return [
        colonne.nom
        for colonne in inventaire.get(table.lower(), {}).values()
        if colonne.famille in besoins.MODIFICATION and MODIFIEE.fullmatch(colonne.nom)
    ]


def read_selection(
    connexion: Connexion, aujourdhui: date, reglages: ReglagesChantiers, mode: Genre, fuseau: ZoneInfo
) -> Selection:
    """The sites that are not over and the accepted devis; in mode devis, the accepted devis as projects.

    Raises `SchemaInattendu` naming every fault.
    """
    colonnes = check_selection(connexion, reglages, mode)
    ecart_s = mesure_horloge(connexion)
    datee = Datee(fuseau, horloge(ecart_s), colonnes.modification)
    lues = _read_devis(connexion, colonnes, reglages.etats_devis)
    if mode is Genre.DEVIS:
        projets = [_projet_du_devis(ligne, colonnes, datee) for ligne in lues]
        return Selection(
            [chantier for chantier in projets if chantier.code],
            [],
            devis_nomment_chantier=False,
            genre=Genre.DEVIS,
            ecart_horloge_s=ecart_s,
        )
    devis_list = [_devis(ligne, nomme=colonnes.du_chantier is not None) for ligne in lues]
    demain = datetime.combine(aujourdhui + timedelta(days=1), heure_du_jour())
    return Selection(
        chantiers=[
            _chantier(ligne, datee) for ligne in _read_chantiers(connexion, colonnes, demain) if texte(ligne[0])
        ],
        devis_list=devis_list,
        # A column that nobody chose and nobody fills links nothing: the client does.
        devis_nomment_chantier=reglages.devis_chantier is not None or any(d.code_chantier for d in devis_list),
        finis=_read_finis(connexion, colonnes, demain),
        ecart_horloge_s=ecart_s,
    )


def _read_chantiers(connexion: Connexion, colonnes: ColonnesSelection, demain: datetime) -> list[Ligne]:
    choisies = [*colonnes.chantier, *filter(None, [colonnes.modification])]
    fin = _fin(colonnes)
    return connexion.read(
        f"SELECT {liste(choisies, 'c')} FROM dbo.ChantierDef c"  # noqa: S608  names from INFORMATION_SCHEMA
        f" WHERE c.{fin.sql} IS NULL OR c.{fin.sql} >= CAST(? AS datetime)",
        (demain,),
        objet="dbo.ChantierDef",
    )


def _read_finis(connexion: Connexion, colonnes: ColonnesSelection, demain: datetime) -> list[ChantierFini]:
    code, _, code_client, *_ = colonnes.chantier
    lignes = connexion.read(
        f"SELECT {liste([code, code_client], 'c')} FROM dbo.ChantierDef c"  # noqa: S608  idem
        f" WHERE c.{_fin(colonnes).sql} < CAST(? AS datetime)",
        (demain,),
        objet="dbo.ChantierDef",
    )
    return [ChantierFini(texte(code_lu), texte(client)) for code_lu, client in lignes]


def _fin(colonnes: ColonnesSelection) -> Colonne:
    if colonnes.fin is None:
        raise ValueError("the columns of mode devis have no end of a site")
    return colonnes.fin


def _read_devis(connexion: Connexion, colonnes: ColonnesSelection, etats: Sequence[int]) -> list[Ligne]:
    choisies = [*colonnes.devis, *filter(None, [colonnes.du_chantier])]
    if not colonnes.chantier and colonnes.modification is not None:
        choisies.append(colonnes.modification)
    return connexion.read(
        f"SELECT {liste(choisies, 'd')} FROM dbo.Devis d"  # noqa: S608  idem
        f" WHERE d.{colonnes.etat.sql} IN ({', '.join('?' for _ in etats)})",
        tuple(etats),
        objet="dbo.Devis",
    )


def _chantier(ligne: Ligne, datee: Datee) -> Chantier:
    code, libelle, code_client, client, debut, fin, rue, code_postal, ville, etat, *modification = ligne
    return Chantier(
        code=texte(code),
        libelle=texte(libelle),
        code_client=texte(code_client),
        client=texte(client),
        date_debut=_jour(debut),
        date_fin=_jour(fin),
        adresse=Adresse(texte(rue), texte(code_postal), texte(ville)),
        heures_vendues=None,
        etat=texte(etat),
        modifie_le=datee.date(modification[0]) if modification else None,
    )


def _devis(ligne: Ligne, *, nomme: bool) -> Devis:
    code, code_client, temps_mo, *chantier = ligne
    return Devis(
        code=texte(code),
        code_client=texte(code_client),
        code_chantier=(texte(chantier[0]) or None) if nomme else None,
        temps_mo=arrondi(temps_mo, PAS_LE_PLUS_FIN),
    )


def _projet_du_devis(ligne: Ligne, colonnes: ColonnesSelection, datee: Datee) -> Chantier:
    code, code_client, temps_mo, client, debut, fin, rue, code_postal, ville, sujet = ligne[: len(colonnes.devis)]
    return Chantier(
        code=texte(code),
        libelle=nom_du_devis(texte(code), texte(client), texte(sujet)),
        code_client=texte(code_client),
        client=texte(client),
        date_debut=_jour(debut),
        date_fin=_jour(fin),
        adresse=Adresse(texte(rue), texte(code_postal), texte(ville)),
        heures_vendues=arrondi(temps_mo, PAS_LE_PLUS_FIN),
        genre=Genre.DEVIS,
        commentaire=texte(sujet),
        modifie_le=datee.date(ligne[-1]) if colonnes.modification is not None else None,
    )


def nom_du_devis(code: str, client: str, sujet: str) -> str:
    """What a foreman looks for in the list: the subject, in one line; without one, the devis and its client."""
    ligne = " ".join(sujet.split())
    if not ligne:
        return f"Devis {code} – {client}" if client else f"Devis {code}"
    if len(ligne) <= NOM_MAX:
        return ligne
    return ligne[: NOM_MAX - 1].rsplit(" ", 1)[0] + "…"


def _jour(valeur: date | None) -> date | None:
    return valeur.date() if isinstance(valeur, datetime) else valeur
