"""The runs of a dossier: what was asked, how far it is, how it ended. Progress is also pushed to who listens."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from psycopg.sql import SQL, Composed
from psycopg.types.json import Jsonb

from connecteur.domain.run import Bilan, Fleche, Flux, Incident, Verdict
from connecteur.errors import ErreurConnecteur
from connecteur.tampon.connexion import Connexions, traduit
from connecteur.tampon.contenu import bilan_du_json, incident_de, json_de_l_incident, json_du_bilan
from connecteur.tampon.textes import propre

CANAL = "sages_runs"
MESSAGE_MAX = 500
"""A notification holds 8,000 bytes at most."""

COLONNES = SQL(
    "id, flux, fleches, apercu, declencheur, debut, fin, verdict, bilans, erreur, progression, annulation IS NOT NULL"
)

# A run resumed after a crash is the same run, open again.
OUVRE = """
INSERT INTO sages.runs AS r (id, dossier, flux, fleches, apercu, declencheur) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET fin = NULL, verdict = NULL, erreur = NULL
"""

PROGRESSE = """
WITH maj AS (
    UPDATE sages.runs SET progression = progression || jsonb_build_object(%(fleche)s::text, jsonb_build_object(
               'fait', %(fait)s::bigint, 'total', %(total)s::bigint, 'message', %(message)s::text, 'le', now()))
     WHERE id = %(id)s AND dossier = %(dossier)s
)
SELECT pg_notify(%(canal)s, %(avis)s)
"""

TERMINE = """
UPDATE sages.runs SET fin = now(), verdict = %s, bilans = %s, erreur = %s WHERE id = %s AND dossier = %s
"""
AVISE = "SELECT pg_notify(%s, %s)"

LIT = SQL("SELECT {colonnes} FROM sages.runs WHERE dossier = %s AND id = %s").format(colonnes=COLONNES)
LISTE = SQL("SELECT {colonnes} FROM sages.runs WHERE dossier = %s ORDER BY debut DESC, id LIMIT %s").format(
    colonnes=COLONNES
)
DERNIER = SQL(
    "SELECT {colonnes} FROM sages.runs WHERE dossier = %s AND flux = %s ORDER BY debut DESC, id LIMIT 1"
).format(colonnes=COLONNES)

ABANDONNE = """
UPDATE sages.runs SET fin = now(), verdict = 'échec', erreur = %(erreur)s
 WHERE dossier = %(dossier)s AND fin IS NULL
   AND id <> ALL(%(vivants)s::text[])
   AND (SELECT pg_try_advisory_xact_lock(hashtextextended('connecteur/' || %(dossier)s, 0)))
"""

# What was read and found unchanged is no effect; any other count is one.
SANS_EFFET = r"""
DELETE FROM sages.runs r
 WHERE r.dossier = %s AND r.declencheur = %s AND r.verdict = 'réussi' AND r.fin < %s
   AND NOT EXISTS (SELECT FROM jsonb_array_elements(r.bilans) AS b WHERE (b -> 'ecritures')::int <> 0)
   AND NOT EXISTS (
       SELECT FROM jsonb_array_elements(r.bilans) AS b, jsonb_each(b -> 'comptes') AS c
        WHERE c.value::text::numeric <> 0 AND c.key !~ '\mlus\M|inchang')
"""

DEMANDE = "UPDATE sages.runs SET annulation = now() WHERE id = %s AND dossier = %s AND fin IS NULL"
DEMANDEE = "SELECT annulation IS NOT NULL FROM sages.runs WHERE id = %s AND dossier = %s"

INTERROMPU = Incident(
    "Le connecteur s’est arrêté pendant cette synchronisation.",
    "Lancez-en une autre : elle reprend où celle-ci s’est arrêtée, sans rien perdre ni doubler.",
)


@dataclass(frozen=True, slots=True)
class Avancement:
    """How far one arrow of a run is. `total` is 0 while it is not known."""

    fleche: Fleche
    fait: int
    total: int
    message: str


@dataclass(frozen=True, slots=True)
class Avis:
    """Something changed in this run: its progress, or (`avancement` None) its beginning or its end."""

    run: str
    avancement: Avancement | None


@dataclass(frozen=True, slots=True)
class RunSuivi:
    """A run as it is kept. Instants are UTC; `fin` and `verdict` are None while it goes on."""

    id: str
    flux: Flux
    fleches: tuple[Fleche, ...]
    apercu: bool
    declencheur: str
    debut: datetime
    fin: datetime | None
    verdict: Verdict | None
    bilans: tuple[Bilan, ...]
    erreur: Incident | None
    avancements: tuple[Avancement, ...]
    annulation_demandee: bool


class RunsTampon:
    """The runs of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def ouvre(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], apercu: bool, declencheur: str) -> None:  # noqa: FBT001
        """Note that a run begins; a run known already (resumed after a crash) goes on. Take the dossier's lock first:
        `abandonne_orphelins` closes the runs that stand open while nobody holds it."""
        with self._connexions.transaction() as connexion:
            connexion.execute(OUVRE, self._nouveau(run_id, flux, fleches, apercu, declencheur))
            connexion.execute(AVISE, (CANAL, self._avis(run_id)))

    def refuse(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], declencheur: str, erreur: Incident) -> None:
        """Note a run that may not begin, and its end, at once: a crash must not leave it as one that has begun."""
        contenu = Jsonb(json_de_l_incident(erreur))
        with self._connexions.transaction() as connexion:
            connexion.execute(OUVRE, self._nouveau(run_id, flux, fleches, False, declencheur))  # noqa: FBT003
            connexion.execute(TERMINE, (Verdict.ECHEC.value, Jsonb([]), contenu, run_id, self._dossier))
            connexion.execute(AVISE, (CANAL, self._avis(run_id)))

    def progresse(self, run_id: str, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """Note how far an arrow is, and tell who listens. One round trip; the caller decides how often."""
        message = propre(message)[:MESSAGE_MAX]
        avis = self._avis(run_id, fleche=fleche.value, fait=fait, total=total, message=message)
        with self._connexions.transaction() as connexion:
            connexion.execute(
                PROGRESSE,
                {
                    "id": run_id, "dossier": self._dossier, "fleche": fleche.value, "fait": fait, "total": total,
                    "message": message, "canal": CANAL, "avis": avis,
                },
            )  # fmt: skip

    def termine(
        self,
        run_id: str,
        verdict: Verdict,
        bilans: Sequence[Bilan] = (),
        erreur: ErreurConnecteur | Incident | None = None,
    ) -> None:
        """Note how a run ended."""
        contenu = None if erreur is None else Jsonb(json_de_l_incident(incident_de(erreur)))
        with self._connexions.transaction() as connexion:
            connexion.execute(
                TERMINE,
                (verdict.value, Jsonb([json_du_bilan(bilan) for bilan in bilans]), contenu, run_id, self._dossier),
            )
            connexion.execute(AVISE, (CANAL, self._avis(run_id)))

    def lit(self, run_id: str) -> RunSuivi | None:
        """One run; None when this dossier has none of that name."""
        return next(iter(self._lit(LIT, (self._dossier, run_id))), None)

    def liste(self, limite: int = 50) -> list[RunSuivi]:
        """The latest runs, most recent first."""
        return self._lit(LISTE, (self._dossier, limite))

    def dernier(self, flux: Flux) -> RunSuivi | None:
        """The latest run of this flow, over or not."""
        return next(iter(self._lit(DERNIER, (self._dossier, flux.value))), None)

    def abandonne_orphelins(self, vivants: Sequence[str] = ()) -> int:
        """Close the runs that a dead process left open and nobody will resume, when nobody holds the dossier; return
        how many. `vivants` are those that will be resumed."""
        erreur = Jsonb(json_de_l_incident(INTERROMPU))
        with self._connexions.transaction() as connexion:
            return connexion.execute(
                ABANDONNE, {"dossier": self._dossier, "erreur": erreur, "vivants": list(vivants)}
            ).rowcount

    def oublie_sans_effet(self, declencheur: str, avant: datetime) -> int:
        """Forget the runs that this asked for, that ended well before then and changed nothing; how many."""
        with self._connexions.transaction() as connexion:
            return connexion.execute(SANS_EFFET, (self._dossier, declencheur, avant)).rowcount

    def demande_annulation(self, run_id: str) -> bool:
        """Ask a run to stop at its next slice or record; False when it is over already."""
        with self._connexions.transaction() as connexion:
            return connexion.execute(DEMANDE, (run_id, self._dossier)).rowcount == 1

    def annulation_demandee(self, run_id: str) -> bool:
        """Whether a person asked this run to stop."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(DEMANDEE, (run_id, self._dossier)).fetchone()
        return ligne is not None and bool(ligne[0])

    def ecoute(self, delai_s: float) -> Generator[Avis | None, None, None]:
        """What happens to the runs of this dossier, as it happens; None whenever nothing did for `delai_s`.

        Goes on until the caller closes the iterator. Raises `ErreurTransitoire` when the server goes away.
        """
        connexion = self._connexions.ouvre()
        try:
            with traduit():
                connexion.execute(f"LISTEN {CANAL}")
                while True:
                    rien = True
                    for notification in connexion.notifies(timeout=delai_s, stop_after=1):
                        rien = False
                        avis = self._recu(notification.payload)
                        if avis is not None:
                            yield avis
                    if rien:
                        yield None
        finally:
            connexion.close()

    def _nouveau(
        self,
        run_id: str,
        flux: Flux,
        fleches: Sequence[Fleche],
        apercu: bool,  # noqa: FBT001
        declencheur: str,
    ) -> tuple[object, ...]:
        return (run_id, self._dossier, flux.value, [f.value for f in fleches], apercu, propre(declencheur))

    def _avis(self, run_id: str, **avancement: str | int) -> str:
        return json.dumps({"dossier": self._dossier, "run": run_id, **avancement}, ensure_ascii=False)

    def _recu(self, texte: str) -> Avis | None:
        avis = json.loads(texte)
        if avis["dossier"] != self._dossier:
            return None
        if "fleche" not in avis:
            return Avis(avis["run"], None)
        return Avis(avis["run"], Avancement(Fleche(avis["fleche"]), avis["fait"], avis["total"], avis["message"]))

    def _lit(self, requete: Composed, parametres: tuple[object, ...]) -> list[RunSuivi]:
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(requete, parametres).fetchall()
        return [_run(cast("LigneRun", ligne)) for ligne in lignes]


LigneRun = tuple[
    str, str, list[str], bool, str, datetime, datetime | None, str | None, list[Any], Any, dict[str, Any], bool
]


def _run(ligne: LigneRun) -> RunSuivi:
    ident, flux, fleches, apercu, declencheur, debut, fin, verdict, bilans, erreur, progression, annulation = ligne
    return RunSuivi(
        id=ident,
        flux=Flux(flux),
        fleches=tuple(Fleche(fleche) for fleche in fleches),
        apercu=apercu,
        declencheur=declencheur,
        debut=debut,
        fin=fin,
        verdict=Verdict(verdict) if verdict else None,
        bilans=tuple(bilan_du_json(bilan) for bilan in bilans),
        erreur=None if erreur is None else Incident(**erreur),
        avancements=tuple(
            Avancement(fleche, etape["fait"], etape["total"], etape["message"])
            for fleche in Fleche
            if (etape := progression.get(fleche.value))
        ),
        annulation_demandee=annulation,
    )
