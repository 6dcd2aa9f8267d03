"""What the office of an imaginary firm decides: settings, and the trail of who did what. Kept in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from apps.connecteur.tests.pieces.licence import un_bail

from connecteur.domain.conflit import Cote, Jugement
from connecteur.domain.fusion import Ecart
from connecteur.domain.garde import Compte
from connecteur.domain.heure import VALIDE, CleSuivi, Creneau, Quantites
from connecteur.domain.horaire import Echecs, Horaire, depart
from connecteur.domain.licence import EchecContact, Trace
from connecteur.domain.lien import ConflitChantier
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Fleche, Flux, Incident, flux_de
from connecteur.domain.salarie import Salarie
from connecteur.errors import GesteRefuse, ServiceInjoignable
from connecteur.licence.etats import Connu, Fonction, Situation, evalue
from connecteur.licence.phrases import sans_fonction
from connecteur.licence.temps import avance, recale
from connecteur.planification.horaires import Horaires
from connecteur.settings import ReglagesDossier
from connecteur.settings.surcharge import list_effectifs, valide
from connecteur.sync.ports import CreneauStocke, Evenement
from connecteur.tampon.horaires import HoraireTenu
from connecteur.tampon.memoire import TamponMemoire
from sages_commun.licence import Bail, CleMalFormee, lit_cle, masque_cle
from sages_commun.licence.cle import complete_cle

MIDI_LICENCE = datetime(2025, 6, 24, 6, 31, tzinfo=UTC)
CLE_DEMO = complete_cle("7K2QXW4M9FPDR3V")
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2025, 6, 23)
HEURE = datetime(2025, 6, 24, 6, 20, tzinfo=UTC)


@dataclass(frozen=True)
class ReglageDemo:
    cle: str
    valeur: object
    fichier: object
    change: bool
    modifie_le: datetime | None = None
    modifie_par: str = ""


class TamponDemo(TamponMemoire):
    """The tampon in memory, as it was on a given day."""

    def __init__(self) -> None:
        super().__init__(PARIS)

    def charge_rejets(self, rejets: Sequence[Rejet]) -> None:
        """These are open, most recent first."""
        self.rejets.clear()
        for objet in ObjetRejet:
            self._ouvre_rejets(objet, [(un, JOUR) for un in reversed(rejets) if un.objet is objet], "r-hier")
        for rang, suivi in enumerate(self.rejets):
            self.rejets[rang] = replace(suivi, premier_le=HEURE - timedelta(days=1), dernier_le=HEURE, tentatives=4)

    def charge_salaries(self) -> None:
        """One by codebs, one by hand, one nobody knows, two of one name."""
        lea, yanis, awa, paul = (f"{n}c1e0000-0000-4000-8000-00000000000{n}" for n in range(1, 5))
        self.store_salaries(
            [
                Salarie("MARTIN", "Martin", "Léa", lea),
                Salarie("LEGALL", "Le Gall", "Yanis", None),
                Salarie("LEGAL2", "Legal", "Yann", None),
                Salarie("NDIAYE", "N’Diaye", "Awa", None),
                Salarie("ETIENNE", "Étienne", "Paul", None),
            ],
            "r-hier",
        )
        noms = {lea: "Léa Martin", yanis: "Yanis Le Gall", awa: "Awa N’Diaye", paul: "Paul Etienne (tél. 2)"}
        creneaux = [
            CreneauStocke(
                Creneau(f"s{rang}", HEURE - timedelta(days=1, hours=rang), None, qui, nom, 7, "CH000112", VALIDE,
                        450, False, True),
                "CH000112" if qui == lea else None,
                "MARTIN" if qui == lea else None,
                None if qui == lea else MotifRejet.SALARIE_INCONNU,
            )
            for rang, (qui, nom) in enumerate(noms.items())
        ]  # fmt: skip
        tranche = Tranche(JOUR - timedelta(days=3), JOUR + timedelta(days=4))
        self.store_creneaux(tranche, creneaux, illisibles=[], empreinte="e", empreinte_annuaire="a", run="r-hier")
        self.associe_salarie(awa, "NDIAYE", "Sophie")
        self.rejets.clear()

    def charge_inconnus(self, combien: int) -> None:
        """As many employees, and as many users of whom Batigest says nothing."""
        self.store_salaries([Salarie(f"S{n:04d}", f"Nom{n}", "Prénom", None) for n in range(combien)], "r-hier")
        creneaux = [
            CreneauStocke(
                Creneau(f"i{n}", HEURE, None, f"{n:08d}-0000-4000-8000-000000000000", f"Utilisateur {n}", 7, "CH1",
                        VALIDE, 450, False, False),
                None, None, MotifRejet.SALARIE_INCONNU,
            )
            for n in range(combien)
        ]  # fmt: skip
        tranche = Tranche(JOUR - timedelta(days=3), JOUR + timedelta(days=4))
        self.store_creneaux(tranche, creneaux, illisibles=[], empreinte="e", empreinte_annuaire="a", run="r-hier")

    def charge_litiges(self) -> None:
        """A foreign line, one changed on both sides, one taken over, one in a closed period; and a guard."""
        tranche = Tranche(JOUR, JOUR + timedelta(days=7))
        q = Quantites

        def action(geste: Geste, heure: int, apres: str, avant: str | None, **reste: Any) -> Action:
            cle = CleSuivi("CH000112", "MARTIN", datetime(2025, 6, 23, heure))  # noqa: DTZ001 - local time of Batigest
            la = q(Decimal(avant), Decimal(0), Decimal(0)) if avant else None
            base = q(Decimal("7.5"), Decimal(0), Decimal(1))
            return Action(geste, cle, la, q(Decimal(apres), Decimal(1), Decimal(1)), base, ("s0",), **reste)

        jugement = Jugement(None, "Les deux modifications portent la même date : à vous de décider.")
        actions = [
            action(Geste.CONFLIT, 8, "8", "7.25", motif=MotifConflit.DEUX_COTES, jugement=jugement),
            action(Geste.CONFLIT, 13, "3.5", "4", motif=MotifConflit.LIGNE_ETRANGERE, jugement=jugement),
            action(Geste.CONFLIT, 15, "3.5", "4", motif=MotifConflit.LIGNES_MULTIPLES),
            action(Geste.REPRISE, 17, "2", "1.5"),
            action(Geste.PERIODE_CLOSE, 19, "1", None),
        ]
        self.settle_tranche(tranche, empreinte_suivi=None, constats=actions, refus=[], run="r-hier")
        compte = Compte(frozenset(range(320)), 1800, Decimal("13400.5"), Decimal(11020), JOUR, JOUR + timedelta(9))
        self.ouvre_garde(compte, "r-hier")

    def charge_conflits(self) -> None:
        """A name changed on both sides, a town changed in BatiSimply, an end that Batigest won; projects to close."""
        hier = HEURE - timedelta(days=1)
        nom = Ecart("nom", "École Jules-Ferry", "École Jules-Ferry (toiture)", "Ecole J. Ferry", hier, HEURE, None,
                    "Les deux modifications portent la même date : à vous de décider.")  # fmt: skip
        ville = Ecart("ville", "Cléry", "Cléry", "Cléry-Saint-André", None, hier)
        fin = Ecart("fin", "2025-07-01", "2025-08-15", "2025-07-20", HEURE, hier, Cote.BATIGEST,
                    "La modification faite dans Batigest est la plus récente.")  # fmt: skip
        self.replace_conflits_chantiers(
            [ConflitChantier("CH000733", (nom,), "École Jules-Ferry")],
            [ConflitChantier("CH000418", (ville,), "Villa Bœuf")],
            "r-hier",
            regles=[ConflitChantier("CH000112", (fin,), "Maison Durand")],
        )
        self.demande_garde_chantiers([f"CH0009{rang:02d}" for rang in range(12)], 3, "r-hier")

    def _oublie_jour(self, jour: date) -> None:
        """Nothing is remembered of days here."""


@dataclass
class Bureau:
    """The settings."""

    tampon: TamponDemo
    fichier: ReglagesDossier = field(default_factory=ReglagesDossier)
    changes: dict[str, tuple[object, str]] = field(default_factory=dict)
    injoignable: bool = False
    """Whether BatiSimply is away."""

    def list_reglages(self) -> Sequence[ReglageDemo]:
        valeurs = {cle: valeur for cle, (valeur, _) in self.changes.items()}
        return [
            ReglageDemo(
                un.cle,
                un.valeur,
                un.fichier,
                un.surcharge,
                HEURE if un.surcharge else None,
                self.changes[un.cle][1] if un.surcharge else "",
            )
            for un in list_effectifs(self.fichier, valeurs)
        ]

    def read_systemes(self) -> Mapping[str, Mapping[str, object]]:
        return {
            "batigest": {"serveur": "srv-durand\\SAGEBAT", "port": None, "mot_de_passe": "••••••", "chiffrement": True},
            "batisimply": {"url_api": "https://api.exemple.invalid", "client_secret": "", "delai_s": 60},
        }

    def list_champs_creneaux(self) -> Mapping[str, str]:
        if self.injoignable:
            raise ServiceInjoignable("BatiSimply ne répond pas.", remede="Vérifiez la connexion à Internet.")
        return {"isNightWork": "oui/non", "overtimeMinutes": "nombre", "kilometers": "nombre"}

    def change_reglage(self, cle: str, valeur: object, qui: str, /) -> None:
        valeurs = {nom: une for nom, (une, _) in self.changes.items()}
        retenue = valide(self.fichier, valeurs, cle, valeur)
        avant = None if cle not in valeurs else {"valeur": valeurs[cle]}
        self.changes[cle] = (retenue, qui)
        self.tampon.note(Evenement(qui, "changer", "reglage", cle, avant=avant, apres={"valeur": retenue}))

    def retire_reglage(self, cle: str, qui: str, /) -> bool:
        if self.changes.pop(cle, None) is None:
            return False
        self.tampon.note(Evenement(qui, "retirer", "reglage", cle))
        return True


class HorairesDemo:
    """The real schedules over a store in memory."""

    def __init__(self, horloge: Callable[[], datetime]) -> None:
        self.tenus: dict[Flux, HoraireTenu] = {}
        self._horaires = Horaires(self, PARIS, horloge)

    def service(self) -> Horaires:
        return self._horaires

    def list_horaires(self) -> Sequence[HoraireTenu]:
        return list(self.tenus.values())

    def change_horaire(
        self, flux: Flux, change: Callable[[Horaire], Horaire], maintenant: datetime, qui: str
    ) -> Horaire:
        avant = self.tenus[flux].horaire if flux in self.tenus else Horaire()
        apres = change(avant)
        self.tenus[flux] = HoraireTenu(flux, apres, depart(apres, maintenant), maintenant, qui)
        return apres

    def sert_echeance(self, flux: Flux, vu: datetime, servi: datetime) -> bool:
        return flux in self.tenus and vu < servi

    def read_echecs(self, flux: Flux, declencheur: str) -> Echecs | None:
        return Echecs(3, HEURE) if flux is Flux.CHANTIERS and declencheur and flux in self.tenus else None


@dataclass(frozen=True)
class MessageDemo:
    titre: str
    cree_le: datetime
    envoye_le: datetime | None = None
    prochain_le: datetime | None = None
    essais: int = 1
    erreur: str = ""


@dataclass
class LicenceDemo:
    """A licence in force, unless the test says otherwise; judged by the real rules."""

    bail: Bail | None = None
    cle_posee: str | None = None
    maintenant: datetime = MIDI_LICENCE
    echec: EchecContact | None = None
    traces: list[Trace] = field(default_factory=list)
    mend: Bail | None = None
    """What the server answers next."""
    refus: str = ""
    """What it says of the next key."""
    demandes: int = 0

    def __post_init__(self) -> None:
        if self.cle_posee is None and self.bail is None:
            self.cle_posee = CLE_DEMO
            self.bail = un_bail(CLE_DEMO, "demo", emis=self.maintenant)

    def situation(self) -> Situation:
        repere = avance(recale(MIDI_LICENCE, MIDI_LICENCE), self.maintenant)
        connu = Connu(cle=self.cle_posee is not None, bail=self.bail, repere=repere, echec=self.echec)
        return evalue(connu, timedelta(days=14))

    def cle(self) -> str | None:
        return self.cle_posee

    def list_traces(self, limite: int = 50, /) -> Sequence[Trace]:
        return self.traces[:limite]

    def rafraichis(self, *, qui: str = "") -> Situation:
        self.demandes += 1
        self.bail = self.mend or self.bail
        self.traces.insert(0, Trace(self.maintenant, "vérification", qui, "faite"))
        return self.situation()

    def pose(self, saisie: str, qui: str, /) -> Situation:
        try:
            cle = lit_cle(saisie)
        except CleMalFormee as exc:
            raise GesteRefuse(str(exc), remede="Recopiez la clé telle que vous l’avez reçue.") from exc
        if self.refus:
            raise GesteRefuse(self.refus)
        self.cle_posee, self.bail = cle, un_bail(cle, "demo", emis=self.maintenant)
        self.traces.insert(0, Trace(self.maintenant, "clé", qui, f"{masque_cle(cle)} enregistrée"))
        return self.situation()

    def permet(self, quoi: Flux | Fleche, /) -> Incident | None:
        fonction = Fonction.HEURES if flux_de(quoi) is Flux.HEURES else Fonction.CHANTIER
        if self.situation().permet(fonction):
            return None
        return Incident(sans_fonction(fonction).message, sans_fonction(fonction).remede)


@dataclass
class AlertesDemo:
    """A mail server that takes everything, unless it is told not to."""

    adresses: list[str] = field(default_factory=list)
    messages: list[MessageDemo] = field(default_factory=list)
    refus: str = ""
    essais: int = 0

    def list_adresses(self) -> Sequence[str]:
        return self.adresses

    def list_messages(self) -> Sequence[MessageDemo]:
        return self.messages

    def essaie(self) -> Sequence[tuple[str, str]]:
        self.essais += 1
        return [(adresse, self.refus) for adresse in self.adresses]
