"""The tampon of the previous generation: read whatever is left of it, write nothing into it.

Its tables were made by hand, by several versions: a table or a column may be missing, a number may be a text, a date
may have a zone or none. What cannot be read is said, and left out; nothing stops the reading of the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from connecteur.domain.ancienne import AncienChantier, AncienCreneau, Ancienne, AncienneLigne
from connecteur.domain.chantier import Champs, texte_nombre
from connecteur.domain.heure import CleSuivi, normalise_code
from connecteur.errors import ErreurConnecteur
from connecteur.tampon.connexion import DELAI_CONNEXION_S, traduit

TABLES: dict[str, tuple[str, ...]] = {
    "batigest_chantiers": ("code",),
    "batigest_devis": ("code",),
    "batigest_heures": ("id_heure",),
    "batigest_heures_map": ("id_heure", "code_chantier", "code_salarie", "date_sqlserver"),
}
"""Table > the columns without which it says nothing."""
OU = """
SELECT table_schema FROM information_schema.tables
 WHERE table_name = %s AND table_schema NOT IN ('pg_catalog', 'information_schema')
 ORDER BY table_schema <> 'public', table_schema LIMIT 1
"""
DATES = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y")
"""How people's scripts write a date in text, beside ISO 8601."""
VRAIS = frozenset({"1", "t", "true", "vrai", "oui", "yes", "y", "o"})
FAUX = frozenset({"0", "f", "false", "faux", "non", "no", "n", ""})
FAUTES_CITEES = 20
"""So many unreadable rows are named one by one; beyond, they are counted."""

Rangee = Mapping[str, Any]


def read_ancienne(url: str, fuseau: ZoneInfo) -> Ancienne:
    """Everything that can be read. Raises `ErreurTransitoire` or `ErreurPermanente` when the server cannot be asked.

    `date_sqlserver` without a zone is local time, as SuiviMO has it; other dates without one are UTC.
    """
    ancienne = Ancienne()
    fautes = _Fautes()
    with (
        _nommee(),
        traduit(),
        psycopg.connect(
            url, row_factory=dict_row, connect_timeout=DELAI_CONNEXION_S, application_name="connecteur-reprise"
        ) as connexion,
    ):
        connexion.read_only = True
        connexion.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table, destination in (
            ("batigest_chantiers", ancienne.chantiers),
            ("batigest_devis", ancienne.devis_list),
        ):
            chantiers = (_chantier(rangee) for rangee in _rangees(connexion, table, fautes))
            destination.extend(_uniques(chantiers, table, fautes))
        for rangee in _rangees(connexion, "batigest_heures", fautes):
            creneau = _creneau(rangee)
            if creneau is None:
                fautes.note("batigest_heures", rangee)
                continue
            if creneau.id in ancienne.creneaux and ancienne.creneaux[creneau.id] != creneau:
                fautes.doublons["batigest_heures"] = fautes.doublons.get("batigest_heures", 0) + 1
            ancienne.creneaux[creneau.id] = creneau
        lignes: dict[AncienneLigne, None] = {}
        for rangee in _rangees(connexion, "batigest_heures_map", fautes):
            ligne = _ligne(rangee, fuseau)
            if ligne is None:
                fautes.note("batigest_heures_map", rangee)
            else:
                lignes[ligne] = None
    ancienne.lignes = list(lignes)
    ancienne.fautes = list(fautes.phrases())
    return ancienne


@contextmanager
def _nommee() -> Iterator[None]:
    """Say which database it is that does not answer: not the connector's own."""
    try:
        yield
    except ErreurConnecteur as exc:
        exc.message = exc.message.replace("La base tampon", "La base de l’ancien connecteur")
        exc.args = (exc.message,)
        raise


class _Fautes:
    """What was missing or unreadable."""

    def __init__(self) -> None:
        self.absences: list[str] = []
        self.illisibles: dict[str, list[str]] = {}
        self.doublons: dict[str, int] = {}

    def note(self, table: str, rangee: Rangee) -> None:
        """This row cannot be used."""
        ident = rangee.get("id_heure") or rangee.get("code") or "sans identifiant"
        self.illisibles.setdefault(table, []).append(str(ident)[:40])

    def phrases(self) -> Iterator[str]:
        """In French."""
        yield from self.absences
        for table, idents in self.illisibles.items():
            cites = ", ".join(idents[:FAUTES_CITEES]) + ("…" if len(idents) > FAUTES_CITEES else "")
            yield f"{table} : {len(idents)} lignes illisibles, laissées de côté ({cites})."
        for table, combien in self.doublons.items():
            yield f"{table} : {combien} lignes en double, la dernière lue est gardée."


def _rangees(connexion: "psycopg.Connection[dict[str, Any]]", table: str, fautes: _Fautes) -> Iterator[Rangee]:
    """The rows of a table, by lower-case column; none when it is missing or lacks what makes it useful."""
    ou = connexion.execute(OU, (table,)).fetchone()
    if ou is None:
        fautes.absences.append(f"La table {table} n’existe pas dans cette base.")
        return
    requete = sql.SQL("SELECT * FROM {}").format(sql.Identifier(ou["table_schema"], table))
    with connexion.cursor() as curseur:
        curseur.execute(requete)
        noms = {colonne.name.lower() for colonne in curseur.description or ()}
        manquantes = [colonne for colonne in TABLES[table] if colonne not in noms]
        if manquantes:
            fautes.absences.append(f"La table {table} n’a pas de colonne {', '.join(manquantes)} : elle est ignorée.")
            return
        for rangee in curseur:
            yield {nom.lower(): valeur for nom, valeur in rangee.items()}


def _uniques(chantiers: Iterable[AncienChantier | None], table: str, fautes: _Fautes) -> list[AncienChantier]:
    gardes: dict[str, AncienChantier] = {}
    for chantier in chantiers:
        if chantier is None:
            fautes.note(table, {})
            continue
        cle = normalise_code(chantier.code)
        if cle in gardes and gardes[cle] != chantier:
            fautes.doublons[table] = fautes.doublons.get(table, 0) + 1
        gardes[cle] = chantier
    return list(gardes.values())


# --- rows ---------------------------------------------------------------------------------------------


def _chantier(rangee: Rangee) -> AncienChantier | None:
    code = _texte(rangee.get("code"))
    if not code:
        return None
    champs: Champs = {"code": code}
    for champ, colonne in (
        ("nom", "description"), ("client", "nom_client"), ("rue", "adr_chantier"), ("code_postal", "cp_chantier"),
        ("ville", "ville_chantier"),
    ):  # fmt: skip
        if colonne in rangee:
            champs[champ] = _texte(rangee[colonne])
    for champ, colonne in (("debut", "date_debut"), ("fin", "date_fin")):
        if colonne in rangee:
            jour = _jour(rangee[colonne])
            if jour is not None or rangee[colonne] is None:
                champs[champ] = jour.isoformat() if jour else None
    if "total_mo" in rangee and (total := _nombre(rangee["total_mo"])) is not None:
        champs["heures_vendues"] = texte_nombre(total)
    return AncienChantier(code, champs)


def _creneau(rangee: Rangee) -> AncienCreneau | None:
    ident = _texte(rangee.get("id_heure"))
    if not ident:
        return None
    projet = _nombre(rangee.get("id_projet"))
    return AncienCreneau(
        ident,
        _instant(rangee.get("date_debut")),
        _instant(rangee.get("date_fin")),
        _texte(rangee.get("id_utilisateur")).lower() or None,
        int(projet) if projet is not None else None,
        _texte(rangee.get("code_projet")) or None,
        _texte(rangee.get("status_management")),
        _nombre(rangee.get("total_heure")),
        _booleen(rangee.get("trajet")),
        _booleen(rangee.get("panier")),
    )


def _ligne(rangee: Rangee, fuseau: ZoneInfo) -> AncienneLigne | None:
    ident = _texte(rangee.get("id_heure"))
    chantier, salarie = (_texte(rangee.get(colonne)) for colonne in ("code_chantier", "code_salarie"))
    moment = _moment(rangee.get("date_sqlserver"))
    if not (ident and chantier and salarie and moment):
        return None
    local = moment if moment.tzinfo is None else moment.astimezone(fuseau)
    debut = local.replace(tzinfo=None, second=0, microsecond=0, fold=0)
    return AncienneLigne(ident, CleSuivi(normalise_code(chantier), normalise_code(salarie), debut))


# --- values -------------------------------------------------------------------------------------------


def _texte(valeur: object) -> str:
    match valeur:
        case None:
            return ""
        case float() | Decimal():  # an identifier kept as a number
            nombre = _nombre(valeur)
            return "" if nombre is None else texte_nombre(nombre) or ""
        case UUID() | str() | int():
            return str(valeur).strip().replace("\0", "")
        case _:
            return ""


def _nombre(valeur: object) -> Decimal | None:
    if isinstance(valeur, bool) or valeur is None:
        return None
    try:
        nombre = Decimal(str(valeur).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return nombre if nombre.is_finite() and abs(nombre) < 10**12 else None


def _booleen(valeur: object) -> bool | None:
    texte = str(valeur).strip().lower()
    if isinstance(valeur, bool) or texte in VRAIS | FAUX:
        return valeur if isinstance(valeur, bool) else texte in VRAIS
    nombre = None if valeur is None else _nombre(valeur)
    return None if nombre is None else nombre != 0


def _moment(valeur: object) -> datetime | None:
    """A date with its time; aware only when it says its zone."""
    match valeur:
        case datetime():
            return valeur
        case date():
            return datetime(valeur.year, valeur.month, valeur.day)  # noqa: DTZ001 - it has no zone
        case str():
            return _moment_du_texte(valeur.strip())
        case _:
            return None


def _moment_du_texte(texte: str) -> datetime | None:
    try:
        return datetime.fromisoformat(texte)
    except ValueError:
        pass
    for forme in DATES:
        try:
            return datetime.strptime(texte, forme)  # noqa: DTZ007 - it has no zone
        except ValueError:
            continue
    return None


def _instant(valeur: object) -> datetime | None:
    moment = _moment(valeur)
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _jour(valeur: object) -> date | None:
    moment = _moment(valeur)
    return None if moment is None else moment.date()
