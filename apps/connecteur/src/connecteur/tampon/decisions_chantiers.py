"""What people decided of chantiers: which side wins a field, and that many projects may be closed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from connecteur.domain.arbitrage import Decision
from connecteur.domain.chantier import Adresse, Genre, Position
from connecteur.domain.conflit import Cote
from connecteur.domain.heure import normalise_code
from connecteur.domain.sortie import GardeChantiers
from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import Evenement
from connecteur.tampon.audit import note
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

if TYPE_CHECKING:
    from datetime import datetime

# A decision about a difference that another one followed is about values that are no longer there.
EN_ATTENTE = """
SELECT cle, champ, decision, notre, leur, gagnant, decide_par FROM sages.conflits_chantiers c
 WHERE dossier = %s AND genre = %s AND decision IS NOT NULL AND decision_suite IS NULL
   AND NOT EXISTS (SELECT FROM sages.conflits_chantiers d
                    WHERE d.dossier = c.dossier AND d.genre = c.genre AND d.cle = c.cle AND d.champ = c.champ
                      AND d.id > c.id)
"""

DERNIER = """
SELECT id, code, genre, notre, leur, gagnant, resolu_le IS NULL FROM sages.conflits_chantiers
 WHERE dossier = %s AND cle = %s AND champ = %s ORDER BY (resolu_le IS NULL) DESC, id DESC LIMIT 1
"""
DECIDE = """
UPDATE sages.conflits_chantiers SET decision = %s, decide_par = %s, decide_le = now(), decision_suite = NULL
 WHERE id = %s
"""
RETIRE_DECISION = """
UPDATE sages.conflits_chantiers SET decision_suite = 'dépassée'
 WHERE id = %s AND decision IS NOT NULL AND decision_suite IS NULL
"""

GARDE = """
SELECT id, codes, restent, demandee_le, confirmee_par FROM sages.gardes_chantiers
 WHERE dossier = %s AND genre = %s AND finie_le IS NULL
"""
FINIT_GARDE = """
UPDATE sages.gardes_chantiers SET finie_le = now()
 WHERE dossier = %(dossier)s AND genre = %(genre)s AND finie_le IS NULL AND codes IS DISTINCT FROM %(codes)s::text[]
"""
DEMANDE_GARDE = """
INSERT INTO sages.gardes_chantiers (dossier, genre, codes, restent, run)
SELECT %(dossier)s, %(genre)s, %(codes)s::text[], %(restent)s, %(run)s
 WHERE NOT EXISTS (SELECT FROM sages.gardes_chantiers
                    WHERE dossier = %(dossier)s AND genre = %(genre)s AND finie_le IS NULL)
"""
CONFIRME_GARDE = """
UPDATE sages.gardes_chantiers SET confirmee_le = now(), confirmee_par = %s
 WHERE dossier = %s AND id = %s AND finie_le IS NULL AND confirmee_le IS NULL RETURNING cardinality(codes), genre
"""

POSITIONS = """
SELECT p.rue, p.code_postal, p.ville, p.longitude, p.latitude
  FROM sages.positions p
  JOIN unnest(%(rues)s::text[], %(codes)s::text[], %(villes)s::text[]) AS a (rue, code_postal, ville)
    USING (rue, code_postal, ville)
 WHERE p.dossier = %(dossier)s AND (p.longitude IS NOT NULL OR p.demandee_le > now() - interval '30 days')
"""
SITUE = """
INSERT INTO sages.positions (dossier, rue, code_postal, ville, longitude, latitude)
SELECT DISTINCT ON (a.rue, a.code_postal, a.ville) %(dossier)s, a.*
  FROM unnest(%(rues)s::text[], %(codes)s::text[], %(villes)s::text[], %(longitudes)s::float8[],
              %(latitudes)s::float8[]) AS a (rue, code_postal, ville, longitude, latitude)
ON CONFLICT (dossier, rue, code_postal, ville) DO UPDATE
   SET longitude = EXCLUDED.longitude, latitude = EXCLUDED.latitude, demandee_le = now()
"""


def decisions_en_attente(connexion: Connexion, dossier: str, genre: Genre) -> dict[str, dict[str, Decision]]:
    """Compared code > field > what a person decided and no push has carried out yet."""
    decisions: dict[str, dict[str, Decision]] = {}
    lignes = connexion.execute(EN_ATTENTE, (dossier, genre.value)).fetchall()
    for cle, champ, choix, notre, leur, gagnant, qui in cast(
        "list[tuple[str, str, str, str | None, str | None, str | None, str]]", lignes
    ):
        decisions.setdefault(cle, {})[champ] = Decision(
            champ, Cote(choix), notre, leur, None if gagnant is None else Cote(gagnant), qui
        )
    return decisions


class DepotDecisionsChantiers:
    """The decisions about the chantiers of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def decide_conflit_chantier(self, code: str, champ: str, choix: Cote, qui: str) -> None:
        """Say which side wins this field; the next push carries it out.

        About the open difference of that field or, when none is open, about the last one that was settled.
        Raises `ErreurPermanente` when there never was one.
        """
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(DERNIER, (self._dossier, propre(normalise_code(code)), champ)).fetchone()
            if ligne is None:
                raise aucun_conflit(code, champ)
            ident, ecrit, genre, notre, leur, gagnant, ouvert = ligne
            if not ouvert and gagnant == choix.value:
                connexion.execute(RETIRE_DECISION, (ident,))
            else:
                connexion.execute(DECIDE, (choix.value, propre(qui), ident))
            detail = {"champ": champ, "choix": choix.value, "genre": genre, "notre": notre, "leur": leur}
            note(connexion, self._dossier, Evenement(qui, "décider un conflit", "chantier", str(ecrit), detail))

    def read_garde_chantiers(self, genre: Genre = Genre.CHANTIER) -> GardeChantiers | None:
        """The closing that waits to be confirmed, or was confirmed and has not happened; None: none."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(GARDE, (self._dossier, genre.value)).fetchone()
        if ligne is None:
            return None
        ident, codes, restent, demandee_le, confirmee_par = cast(
            "tuple[int, list[str], int, datetime, str | None]", ligne
        )
        return GardeChantiers(ident, frozenset(codes), restent, demandee_le, confirmee_par)

    def demande_garde_chantiers(
        self, codes: Sequence[str], restent: int, run: str, genre: Genre = Genre.CHANTIER
    ) -> None:
        """Ask a person to confirm that these are closed. The same question asked again stays the one that stands."""
        parametres = {
            "dossier": self._dossier,
            "genre": genre.value,
            "codes": cles_de_garde(codes),
            "restent": restent,
            "run": run,
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(FINIT_GARDE, parametres)
            connexion.execute(DEMANDE_GARDE, parametres)

    def confirme_garde_chantiers(self, ident: int, qui: str) -> None:
        """Let the next push close them, once. Raises `ErreurPermanente` when this question does not stand."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(CONFIRME_GARDE, (propre(qui), self._dossier, ident)).fetchone()
            if ligne is None:
                raise garde_passee()
            nombre, genre = ligne
            detail = {"projets": nombre, "genre": genre}
            note(connexion, self._dossier, Evenement(qui, "confirmer la fermeture", "chantiers", str(ident), detail))

    def leve_garde_chantiers(self, run: str, genre: Genre = Genre.CHANTIER) -> None:  # noqa: ARG002  of the port
        """There is nothing to confirm any more: it was done, or the selection came back."""
        parametres: dict[str, object] = {"dossier": self._dossier, "genre": genre.value, "codes": []}
        with self._connexions.transaction() as connexion:
            connexion.execute(FINIT_GARDE, parametres)

    def list_positions(self, adresses: Sequence[Adresse]) -> Mapping[Adresse, Position | None]:
        """What the address service said of these, as far as it was asked. A doubt is asked again after a month."""
        if not adresses:
            return {}
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(POSITIONS, self._adresses(adresses)).fetchall()
        return {
            Adresse(rue, code_postal, ville): None
            if longitude is None or latitude is None
            else Position(longitude, latitude)
            for rue, code_postal, ville, longitude, latitude in cast(
                "list[tuple[str, str, str, float | None, float | None]]", lignes
            )
        }

    def save_positions(self, positions: Mapping[Adresse, Position | None]) -> None:
        """Remember what it said."""
        if not positions:
            return
        parametres = self._adresses(list(positions)) | {
            "longitudes": [position and position.longitude for position in positions.values()],
            "latitudes": [position and position.latitude for position in positions.values()],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(SITUE, parametres)

    def _adresses(self, adresses: Sequence[Adresse]) -> dict[str, object]:
        return {
            "dossier": self._dossier,
            "rues": [propre(adresse.rue) for adresse in adresses],
            "codes": [propre(adresse.code_postal) for adresse in adresses],
            "villes": [propre(adresse.ville) for adresse in adresses],
        }


def cles_de_garde(codes: Sequence[str]) -> list[str]:
    """The codes of a question, in their compared form, sorted: equal questions are equal."""
    return sorted({propre(normalise_code(code)) for code in codes})


def aucun_conflit(code: str, champ: str) -> ErreurPermanente:
    """Nobody can decide of what is not."""
    return ErreurPermanente(
        f"Le chantier {code} n’a et n’a eu aucun conflit sur le champ « {champ} ».",
        remede="Vérifiez le code et le champ : « connecteur conflits liste » les donne.",
    )


def garde_passee() -> ErreurPermanente:
    """Nobody can confirm what is over, or already confirmed."""
    return ErreurPermanente(
        "Cette demande de confirmation n’attend plus de réponse.",
        remede="Relisez la demande en cours : la sélection a changé depuis, ou quelqu’un a déjà répondu.",
    )
