"""The rejets of the tampon in memory, as `tampon.rejets_suivis` keeps them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from connecteur.domain.page import PAR_PAGE, Page, bornes
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, Rejet, RejetSuivi
from connecteur.sync.ports import Evenement, EvenementNote
from connecteur.tampon.audit import evenement_propre
from connecteur.tampon.rejets import RejetDate, contenu_borne, empreinte_rejet
from connecteur.tampon.rejets_suivis import deja_resolu, evenement, introuvable, sans_raison
from connecteur.tampon.textes import propre


@dataclass
class RejetsMemoire:
    """`Audit` and the rejets of a dossier, without a database."""

    evenements: list[EvenementNote] = field(init=False, default_factory=list)
    rejets: list[RejetSuivi] = field(init=False, default_factory=list)
    """In the order in which they opened; the id is the rank, from 1."""

    # --- audit ------------------------------------------------------------------------------------

    def note(self, evenement: Evenement) -> None:
        """See `ports.Audit`."""
        self.evenements.append(
            EvenementNote(
                self.evenements[-1].id + 1 if self.evenements else 1, datetime.now(UTC), evenement_propre(evenement)
            )
        )

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> list[EvenementNote]:
        """See `ports.Audit`."""
        gardes = [
            note
            for note in reversed(self.evenements)
            if objet in {None, note.evenement.objet}
            and cle in {None, note.evenement.cle}
            and (avant is None or note.id < avant)
        ]
        return gardes[:limite]

    def purge_histoire_du_jour(self, avant: datetime, qui: str) -> dict[str, int]:  # noqa: ARG002
        """See `DepotAudit`: only the trail is kept here."""
        gardes = [note for note in self.evenements if note.le >= avant]
        parties = len(self.evenements) - len(gardes)
        self.evenements = gardes
        return {"audit": parties}

    # --- rejets -----------------------------------------------------------------------------------

    def replace_rejets(self, objet: ObjetRejet, rejets: Sequence[Rejet], run: str) -> None:
        """See `ports.TamponChantiers`."""
        voulus = self._ouvre_rejets(objet, [(rejet, None) for rejet in rejets], run)
        self._resout(objet, {r.rejet.cle for r in self._non_resolus(objet)} - voulus, run)

    def list_rejets_ouverts(self) -> list[Rejet]:
        """See `ports.TamponHeures`."""
        return [suivi.rejet for suivi in reversed(self.rejets) if suivi.etat is EtatRejet.OUVERT]

    def count_rejets_ouverts(self, objet: ObjetRejet) -> int:
        """See `ports.TamponHeures`."""
        return sum(suivi.etat is EtatRejet.OUVERT for suivi in self._non_resolus(objet))

    def retente_rejets(self, tranches: Sequence[Tranche], run: str) -> None:
        """See `ports.TamponHeures`."""
        for suivi in self._non_resolus(ObjetRejet.CRENEAU):
            if suivi.jour is not None and any(t.debut <= suivi.jour < t.fin for t in tranches):
                self._garde(
                    replace(suivi, tentatives=suivi.tentatives + 1, dernier_le=datetime.now(UTC), dernier_run=run)
                )

    def list_rejets(
        self,
        *,
        motif: MotifRejet | None = None,
        objet: ObjetRejet | None = None,
        etat: EtatRejet = EtatRejet.OUVERT,
        recherche: str | None = None,
        page: int = 1,
        par_page: int = PAR_PAGE,
    ) -> Page[RejetSuivi]:
        """See `DepotRejetsSuivis.list_rejets`."""
        cherche = (recherche or "").strip().lower()
        choisis = [
            suivi
            for suivi in reversed(self.rejets)
            if suivi.etat is etat
            and motif in {None, suivi.rejet.motif}
            and objet in {None, suivi.rejet.objet}
            and any(cherche in texte.lower() for texte in (suivi.rejet.libelle, suivi.rejet.cle, suivi.rejet.detail))
        ]
        saute, prend = bornes(page, par_page)
        return Page(choisis[saute : saute + prend], saute // prend + 1, prend, len(choisis))

    def count_rejets(self, etat: EtatRejet = EtatRejet.OUVERT) -> dict[MotifRejet, int]:
        """See `DepotRejetsSuivis.count_rejets`."""
        return dict(Counter(suivi.rejet.motif for suivi in self.rejets if suivi.etat is etat))

    def lit_rejet(self, ident: int) -> RejetSuivi:
        """See `DepotRejetsSuivis.lit_rejet`."""
        if not 1 <= ident <= len(self.rejets):
            raise introuvable(ident)
        return self.rejets[ident - 1]

    def ignore_rejet(self, ident: int, qui: str, raison: str) -> RejetSuivi:
        """See `DepotRejetsSuivis.ignore_rejet`."""
        if not raison.strip():
            raise sans_raison()
        avant = self._ouvert(ident)
        apres = replace(
            avant, etat=EtatRejet.IGNORE, ignore_le=datetime.now(UTC), ignore_par=qui, ignore_raison=raison.strip()
        )
        self._garde(apres)
        self.note(evenement("ignorer", qui, avant, apres))
        return apres

    def renvoie_rejet(self, ident: int, qui: str) -> RejetSuivi:
        """See `DepotRejetsSuivis.renvoie_rejet`."""
        avant = self._ouvert(ident)
        apres = replace(_rouvert(avant), renvoye_le=datetime.now(UTC), renvoye_par=qui)
        self._garde(apres)
        if avant.jour is not None:
            self._oublie_jour(avant.jour)
        self.note(evenement("renvoyer", qui, avant, apres))
        return apres

    # --- inside -----------------------------------------------------------------------------------

    def _oublie_jour(self, jour: date) -> None:
        """Forget the digests of the slice of this day."""
        raise NotImplementedError

    def _ouvert(self, ident: int) -> RejetSuivi:
        suivi = self.lit_rejet(ident)
        if suivi.etat is EtatRejet.RESOLU:
            raise deja_resolu(ident)
        return suivi

    def _garde(self, suivi: RejetSuivi) -> None:
        self.rejets[suivi.id - 1] = suivi

    def _non_resolus(self, objet: ObjetRejet) -> list[RejetSuivi]:
        return [s for s in self.rejets if s.rejet.objet is objet and s.etat is not EtatRejet.RESOLU]

    def _ouvre_rejets(self, objet: ObjetRejet, rejets: Iterable[RejetDate], run: str) -> set[str]:
        """Open these, or count one more attempt; return their keys."""
        voulus = {propre(rejet.cle): (rejet, jour) for rejet, jour in rejets}
        connus = {suivi.rejet.cle: suivi for suivi in self._non_resolus(objet)}
        maintenant = datetime.now(UTC)
        for cle, (brut, jour) in voulus.items():
            rejet = replace(
                brut,
                objet=objet,
                cle=cle,
                libelle=propre(brut.libelle),
                detail=propre(brut.detail),
                contenu=contenu_borne(brut.contenu),
            )
            connu = connus.get(cle)
            if connu is None:
                deja = sum(s.rejet.objet is objet and s.rejet.cle == cle for s in self.rejets)
                ident = len(self.rejets) + 1
                self.rejets.append(
                    RejetSuivi(
                        ident, rejet, EtatRejet.OUVERT, jour, 1, maintenant, maintenant, run, run, None, None, None,
                        None, None, None, deja,
                    )
                )  # fmt: skip
                continue
            if connu.etat is EtatRejet.IGNORE and empreinte_rejet(connu.rejet) != empreinte_rejet(rejet):
                apres = _rouvert(connu)
                self.note(evenement("rouvrir", f"run {run}", connu, apres))
                connu = apres
            self._garde(
                replace(
                    connu,
                    rejet=rejet,
                    jour=jour,
                    tentatives=connu.tentatives + 1,
                    dernier_le=maintenant,
                    dernier_run=run,
                )
            )
        return set(voulus)

    def _resout(self, objet: ObjetRejet, cles: set[str], run: str) -> None:
        for suivi in self._non_resolus(objet):
            if suivi.rejet.cle in cles:
                self._garde(replace(suivi, etat=EtatRejet.RESOLU, resolu_le=datetime.now(UTC), dernier_run=run))


def _rouvert(suivi: RejetSuivi) -> RejetSuivi:
    return replace(suivi, etat=EtatRejet.OUVERT, ignore_le=None, ignore_par=None, ignore_raison=None)
