"""The part of the tampon in memory that keeps chantiers: the same promises as `chantiers`, `conflits`, `decisions`."""
# ruff: noqa: ARG002  (the real one writes down which run did what; here nobody asks)

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from connecteur.domain.arbitrage import Decision
from connecteur.domain.chantier import Adresse, Chantier, Genre, Position
from connecteur.domain.conflit import Cote
from connecteur.domain.datation import Datation
from connecteur.domain.heure import normalise_code
from connecteur.domain.lien import ChantierSuivi, ConflitChantier, Lien
from connecteur.domain.sortie import GardeChantiers
from connecteur.sync.ports import ComptesStockage, Evenement
from connecteur.tampon.chantiers import derniers_liens
from connecteur.tampon.conflits import ConflitChantierOuvert, EcartNature, ecarts_ouverts, ecarts_regles
from connecteur.tampon.contenu import (
    CHAMPS_DU_CONTENU,
    HORS_FICHE,
    Json,
    base_du_json,
    chantier_du_json,
    json_de_base,
    json_du_chantier,
)
from connecteur.tampon.decisions_chantiers import aucun_conflit, cles_de_garde, garde_passee
from connecteur.tampon.memoire_rejets import RejetsMemoire
from connecteur.tampon.textes import propre

APPLIQUEE, DEPASSEE = "appliquée", "dépassée"


@dataclass(slots=True)
class _Chantier:
    contenu: Json
    dates: dict[str, Datation] = field(default_factory=dict)
    modifie_le: datetime | None = None
    present: bool = True


@dataclass
class ChantiersMemoire(RejetsMemoire):
    """`TamponChantiers` without a database."""

    conflits: list[ConflitChantierOuvert] = field(init=False, default_factory=list)
    """All of them, in the order they were opened or settled."""
    _chantiers: dict[tuple[Genre, str], _Chantier] = field(init=False, default_factory=dict)
    _liens: dict[tuple[Genre, str], Lien] = field(init=False, default_factory=dict)
    _lectures: dict[Genre, datetime] = field(init=False, default_factory=dict)
    _lectures_projets: dict[Genre, datetime] = field(init=False, default_factory=dict)
    _gardes: dict[Genre, GardeChantiers] = field(init=False, default_factory=dict)
    _positions: dict[Adresse, Position | None] = field(init=False, default_factory=dict)
    _numeros: "count[int]" = field(init=False, default_factory=lambda: count(1))

    # --- records and links --------------------------------------------------------------------------

    def store_chantiers(
        self, chantiers: Iterable[Chantier], run: str, genre: Genre = Genre.CHANTIER, lu_le: datetime | None = None
    ) -> ComptesStockage:
        """See `TamponChantiers`."""
        lu_le = lu_le or datetime.now(UTC)
        arrives = {(genre, propre(normalise_code(c.code))): c for c in chantiers}
        nouveaux = modifies = sortis = 0
        for cle, chantier in arrives.items():
            contenu, connu = json_du_chantier(chantier), self._chantiers.get(cle)
            if connu is None:
                nouveaux += 1
                self._chantiers[cle] = _Chantier(contenu, *self._premieres_dates(chantier, contenu))
            elif connu.contenu != contenu or not connu.present:
                modifies += 1
                self._change(connu, chantier, contenu, lu_le)
        for (de, code), connu in self._chantiers.items():
            if de is genre and connu.present and (de, code) not in arrives:
                connu.present = False
                sortis += 1
        self._lectures[genre] = lu_le
        return ComptesStockage(nouveaux, modifies, sortis, len(arrives) - nouveaux - modifies)

    def _premieres_dates(self, chantier: Chantier, contenu: Json) -> tuple[dict[str, Datation], datetime | None]:
        date = chantier.modifie_le
        if date is None:
            return {}, None
        return {_champ(cle): date for cle in contenu if cle not in HORS_FICHE[chantier.genre]}, date.le

    def _change(self, connu: _Chantier, chantier: Chantier, contenu: Json, lu_le: datetime) -> None:
        date, precedente = chantier.modifie_le, self._lectures.get(chantier.genre)
        nouvelle = date is not None and (connu.modifie_le is None or date.depuis > connu.modifie_le)
        for cle in contenu:
            if contenu[cle] == connu.contenu.get(cle):
                continue
            if date is not None and nouvelle and cle not in HORS_FICHE[chantier.genre]:
                connu.dates[_champ(cle)] = date
            elif precedente is not None:
                connu.dates[_champ(cle)] = Datation(precedente, lu_le)
            else:
                connu.dates.pop(_champ(cle), None)
        connu.contenu, connu.present = contenu, True
        connu.modifie_le = date.le if date is not None else connu.modifie_le

    def list_chantiers(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """See `TamponChantiers`."""
        return [self._suivi(cle) for cle in self._cles(genre) if self._chantiers[cle].present]

    def list_sortis(self, genre: Genre = Genre.CHANTIER) -> list[ChantierSuivi]:
        """See `TamponChantiers`."""
        return [
            self._suivi(cle)
            for cle in self._cles(genre)
            if not self._chantiers[cle].present and cle in self._liens and self._liens[cle].cloture is None
        ]

    def _cles(self, genre: Genre) -> list[tuple[Genre, str]]:
        return sorted(cle for cle in self._chantiers if cle[0] is genre)

    def _suivi(self, cle: tuple[Genre, str]) -> ChantierSuivi:
        connu, lien = self._chantiers[cle], self._liens.get(cle)
        chantier, dates = chantier_du_json(connu.contenu), dict(connu.dates)
        decisions = self._decisions(cle) if connu.present else {}
        if lien is None:
            return ChantierSuivi(chantier, None, None, dates=dates, decisions=decisions, present=connu.present)
        return ChantierSuivi(
            chantier, lien.projet_id, lien.base, lien.vues, lien.cloture, lien.position, dates, decisions, connu.present
        )

    def list_projets_lies(self, genre: Genre) -> dict[int, str]:
        """See `TamponChantiers`."""
        return {lien.projet_id: lien.code for (de, _), lien in self._liens.items() if de is genre}

    def read_lecture_projets(self, genre: Genre = Genre.CHANTIER) -> datetime | None:
        """See `TamponChantiers`."""
        return self._lectures_projets.get(genre)

    def note_lecture_projets(self, le: datetime, genre: Genre = Genre.CHANTIER) -> None:
        """See `TamponChantiers`."""
        self._lectures_projets[genre] = le

    def save_liens(self, liens: Sequence[Lien], genre: Genre = Genre.CHANTIER) -> None:
        """See `TamponChantiers`."""
        gardes = derniers_liens(liens)
        projets = {lien.projet_id for lien in gardes.values()}
        touchees = {(genre, propre(normalise_code(lien.code))) for lien in liens}
        for cle in [
            c for c, lien in self._liens.items() if c[0] is genre and (c in touchees or lien.projet_id in projets)
        ]:
            del self._liens[cle]
        for code, lien in gardes.items():
            self._liens[genre, code] = replace(lien, base=base_du_json(json_de_base(lien.base)))

    # --- conflicts and decisions --------------------------------------------------------------------

    def annonce_reglements(self, regles: Sequence[ConflitChantier], run: str, genre: Genre = Genre.CHANTIER) -> None:
        """See `TamponChantiers`."""
        for un in ecarts_regles(regles):
            dernier = next((c for c in reversed(self.conflits) if _du_champ(c, genre, un)), None)
            connu = dernier is not None and _memes(dernier, un)
            if not (connu and dernier and (not dernier.resolu or dernier.gagnant is un.ecart.gagnant)):
                self.conflits.append(self._nouveau(un, run, genre, resolu_le=datetime.now(UTC)))

    def replace_conflits_chantiers(
        self,
        conflits: Sequence[ConflitChantier],
        divergences: Sequence[ConflitChantier],
        run: str,
        *,
        regles: Sequence[ConflitChantier] = (),
        depassees: Sequence[tuple[str, str]] = (),
        genre: Genre = Genre.CHANTIER,
    ) -> None:
        """See `TamponChantiers`."""
        for un in ecarts_regles(regles):
            self._regle(un, run, genre)
        self.annonce_reglements(regles, run, genre)
        for code, champ in depassees:
            for rang, c in enumerate(self.conflits):
                if _cle(c.code) == _cle(code) and c.champ == champ and c.genre is genre and _attend(c):
                    self.conflits[rang] = replace(c, decision_suite=DEPASSEE)
        voulus = ecarts_ouverts(conflits, divergences)
        maintenant = datetime.now(UTC)
        for rang, c in enumerate(self.conflits):
            if c.genre is not genre or c.resolu:
                continue
            revu = next(
                (un for un in voulus if _du_champ(c, genre, un) and _memes(c, un) and c.nature is un.nature), None
            )
            if revu is None:
                suite = (c.decision_suite or DEPASSEE) if c.decision else None
                self.conflits[rang] = replace(c, resolu_le=maintenant, run=run, decision_suite=suite)
            else:
                self.conflits[rang] = replace(c, libelle=revu.libelle, ecart=replace(revu.ecart, base=c.base), run=run)
        for un in voulus:
            if not any(_du_champ(c, genre, un) and not c.resolu for c in self.conflits):
                avant = [c.ouvert_le for c in self.conflits if _du_champ(c, genre, un) and c.resolu_le == maintenant]
                self.conflits.append(self._nouveau(un, run, genre, ouvert_le=min(avant, default=maintenant)))
        derniers = self._derniers(genre)
        for rang, c in enumerate(self.conflits):
            if c.genre is genre and _attend(c) and derniers[_cle(c.code), c.champ] != c.id:
                self.conflits[rang] = replace(c, decision_suite=DEPASSEE)

    def _derniers(self, genre: Genre) -> dict[tuple[str, str], int]:
        """Site and field > the last entry about them."""
        return {(_cle(c.code), c.champ): c.id for c in self.conflits if c.genre is genre}

    def _regle(self, un: EcartNature, run: str, genre: Genre) -> None:
        for rang, c in enumerate(self.conflits):
            if not _du_champ(c, genre, un) or not _memes(c, un) or not (_attend(c) or not c.resolu):
                continue
            ecart = c.ecart if c.resolu else replace(un.ecart, base=c.base)
            self.conflits[rang] = replace(
                c,
                ecart=ecart,
                resolu_le=c.resolu_le or datetime.now(UTC),
                run=run,
                decision_suite=APPLIQUEE if c.decision else None,
            )

    def _nouveau(
        self,
        un: EcartNature,
        run: str,
        genre: Genre,
        *,
        ouvert_le: datetime | None = None,
        resolu_le: datetime | None = None,
    ) -> ConflitChantierOuvert:
        return ConflitChantierOuvert(
            next(self._numeros),
            genre,
            un.code,
            un.libelle,
            un.nature,
            un.ecart,
            ouvert_le or resolu_le or datetime.now(UTC),
            resolu_le,
            run,
        )

    def list_conflits_chantiers(self, *, resolus: bool = False, limite: int = 1000) -> list[ConflitChantierOuvert]:
        """See `DepotConflits`."""
        ouverts = sorted((c for c in self.conflits if not c.resolu), key=lambda c: (_cle(c.code), c.nature, c.champ))
        finis = [c for c in reversed(self.conflits) if c.resolu] if resolus else []
        return [*ouverts, *finis][:limite]

    def decide_conflit_chantier(self, code: str, champ: str, choix: Cote, qui: str) -> None:
        """See `DepotDecisionsChantiers`."""
        rangs = [r for r, c in enumerate(self.conflits) if _cle(c.code) == _cle(code) and c.champ == champ]
        if not rangs:
            raise aucun_conflit(code, champ)
        rang = max(rangs, key=lambda r: (not self.conflits[r].resolu, r))
        c = self.conflits[rang]
        if c.resolu and c.gagnant is choix:
            self.conflits[rang] = replace(c, decision_suite=DEPASSEE) if _attend(c) else c
        else:
            self.conflits[rang] = replace(c, decision=choix, decide_par=qui, decision_suite=None)
        detail = {"champ": champ, "choix": choix.value, "genre": c.genre.value, "notre": c.notre, "leur": c.leur}
        self.note(Evenement(qui, "décider un conflit", "chantier", c.code, detail))

    def _decisions(self, cle: tuple[Genre, str]) -> dict[str, Decision]:
        derniers = self._derniers(cle[0])
        return {
            c.champ: Decision(c.champ, c.decision, c.notre, c.leur, c.gagnant, c.decide_par or "")
            for c in self.conflits
            if c.genre is cle[0] and _cle(c.code) == cle[1] and _attend(c) and c.decision is not None
            if derniers[_cle(c.code), c.champ] == c.id
        }

    # --- guard and places ---------------------------------------------------------------------------

    def read_garde_chantiers(self, genre: Genre = Genre.CHANTIER) -> GardeChantiers | None:
        """See `TamponChantiers`."""
        return self._gardes.get(genre)

    def demande_garde_chantiers(
        self, codes: Sequence[str], restent: int, run: str, genre: Genre = Genre.CHANTIER
    ) -> None:
        """See `TamponChantiers`."""
        demandes = frozenset(cles_de_garde(codes))
        connue = self._gardes.get(genre)
        if connue is None or connue.codes != demandes:
            self._gardes[genre] = GardeChantiers(next(self._numeros), demandes, restent, datetime.now(UTC))

    def confirme_garde_chantiers(self, ident: int, qui: str) -> None:
        """See `DepotDecisionsChantiers`."""
        for genre, garde in self._gardes.items():
            if garde.id == ident and garde.confirmee_par is None:
                self._gardes[genre] = replace(garde, confirmee_par=qui)
                detail = {"projets": len(garde.codes), "genre": genre.value}
                self.note(Evenement(qui, "confirmer la fermeture", "chantiers", str(ident), detail))
                return
        raise garde_passee()

    def leve_garde_chantiers(self, run: str, genre: Genre = Genre.CHANTIER) -> None:
        """See `TamponChantiers`."""
        self._gardes.pop(genre, None)

    def list_positions(self, adresses: Sequence[Adresse]) -> Mapping[Adresse, Position | None]:
        """See `TamponChantiers`."""
        return {adresse: self._positions[adresse] for adresse in adresses if adresse in self._positions}

    def save_positions(self, positions: Mapping[Adresse, Position | None]) -> None:
        """See `TamponChantiers`."""
        self._positions |= positions


def _champ(cle: str) -> str:
    return CHAMPS_DU_CONTENU.get(cle, cle)


def _cle(code: str) -> str:
    return propre(normalise_code(code))


def _attend(conflit: ConflitChantierOuvert) -> bool:
    return conflit.decision is not None and conflit.decision_suite is None


def _du_champ(conflit: ConflitChantierOuvert, genre: Genre, un: EcartNature) -> bool:
    return conflit.genre is genre and _cle(conflit.code) == _cle(un.code) and conflit.champ == un.ecart.champ


def _memes(conflit: ConflitChantierOuvert, un: EcartNature) -> bool:
    return (conflit.notre, conflit.leur) == (un.ecart.notre, un.ecart.leur)
