"""SuiviMO as this dossier has it: which columns hold what, and whether the connector may write there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from zoneinfo import ZoneInfo

from connecteur.batigest import besoins
from connecteur.batigest.besoins import NOMBRE, SUIVI, Besoin, Famille
from connecteur.batigest.connection import Connexion
from connecteur.batigest.dates import Datee, mesure_horloge
from connecteur.batigest.schema import Colonne, Examen, read_automatiques, read_inventaire
from connecteur.domain.datation import horloge
from connecteur.domain.heure import Rubriques
from connecteur.settings import ReglagesRubriques

CENTIEME = Decimal("0.01")
"""A quarter of an hour must fit: with less, hours would be lost."""


@dataclass(frozen=True, slots=True)
class Suivi:
    """The columns of SuiviMO the connector uses, and those of the two tables its codes come from."""

    code_chantier: Colonne
    code_salarie: Colonne
    date: Colonne
    heures: Colonne
    trajet: Colonne
    panier: Colonne
    autres: tuple[Colonne, ...]
    """The labour headings that are not ours."""
    obligatoires: tuple[Colonne, ...]
    """Those of `autres` that a new line must give: they get 0."""
    fiches: tuple[Colonne, ...]
    """Where a code of `CodeChantier` must stand: `Code` of ChantierDef, of Devis, or of either."""
    salarie: Colonne
    """`Code` of Salarie."""
    datee: Datee | None = None
    """What says when a line was changed last, where the settings name such a column."""
    ecart_horloge_s: float | None = None
    """Seconds this machine's clock is ahead of SQL Server's, where it was asked."""
    en_plus: tuple[tuple[int, Colonne], ...] = ()
    """Our further headings, by number."""

    @property
    def quantites(self) -> tuple[Colonne, ...]:
        """Our headings: the three, then the further ones."""
        return self.heures, self.trajet, self.panier, *(colonne for _, colonne in self.en_plus)

    @property
    def pas(self) -> tuple[Decimal, ...]:
        """The step of each of our headings."""
        return tuple(colonne.pas for colonne in self.quantites)

    @property
    def numeros(self) -> tuple[int, ...]:
        """The numbers of the further ones."""
        return tuple(numero for numero, _ in self.en_plus)

    @property
    def rubriques(self) -> Rubriques:
        """How quantities are stored."""
        noms = (self.heures.nom, self.trajet.nom, self.panier.nom)
        return Rubriques(self.heures.pas, noms, tuple((numero, colonne.pas) for numero, colonne in self.en_plus))


class Fiches(Enum):
    """Whose codes the hours are written under."""

    CHANTIERS = auto()
    DEVIS = auto()
    """Those of the devis, and of the sites where there are any: a firm without the site module may have none."""


def avec_rubriques(suivi: Suivi, noms: tuple[str, str, str]) -> Suivi:
    """The same table, its quantities in these headings. Raises `SchemaInattendu` when one of them is gone."""
    connues = {c.nom.lower(): c for c in (*suivi.quantites, *suivi.autres, *suivi.obligatoires)}
    examen = Examen({})
    for nom in noms:
        if nom.lower() not in connues:
            examen.refuse(f"la rubrique {nom}, où des heures ont été écrites, est introuvable")
    examen.conclut()
    heures, trajet, panier = (connues[nom.lower()] for nom in noms)
    siennes = {heures, trajet, panier}
    en_plus = tuple((numero, colonne) for numero, colonne in suivi.en_plus if colonne not in siennes)
    siennes.update(colonne for _, colonne in en_plus)
    autres = tuple(c for c in (*suivi.quantites, *suivi.autres) if c not in siennes)
    return replace(suivi, heures=heures, trajet=trajet, panier=panier, autres=autres, datee=None, en_plus=en_plus)


def read_suivi(
    connexion: Connexion,
    reglages: ReglagesRubriques,
    modification: tuple[str, ZoneInfo] | None = None,
    fiches: Fiches = Fiches.CHANTIERS,
    en_plus: Iterable[int] = (),
) -> Suivi:
    """Compare the dossier with what reading and writing heures need. Raises `SchemaInattendu` naming every fault.

    `modification`: the column that dates the changes of lines, and the zone of its local times. `en_plus`: the numbers
    of the further headings.
    """
    examen = Examen(read_inventaire(connexion))
    heures, trajet, panier = (
        examen.trouve(Besoin(SUIVI, nom, NOMBRE)) for nom in (reglages.heures, reglages.trajet, reglages.panier)
    )
    plus = tuple((numero, examen.trouve(Besoin(SUIVI, f"NbH{numero}", NOMBRE))) for numero in sorted(set(en_plus)))
    code_chantier = examen.trouve(besoins.SUIVI_CHANTIER)
    code_salarie = examen.trouve(besoins.SUIVI_SALARIE)
    date = examen.trouve(besoins.SUIVI_DATE)
    sources = _sources(examen, fiches)
    salarie = examen.trouve(besoins.SALARIE_CODE)
    datee = examen.trouve(Besoin(SUIVI, modification[0], (Famille.MOMENT,))) if modification else None
    _check_heures(examen, heures)
    _check_distinctes(examen, heures, trajet, panier, *(colonne for _, colonne in plus))
    for source in sources:
        _check_longueur(examen, code_chantier, source)
    _check_longueur(examen, code_salarie, salarie)
    siennes = (code_chantier, code_salarie, date, heures, trajet, panier, *(colonne for _, colonne in plus))
    remplies = {c.nom.lower() for c in siennes}
    restes = [c for c in examen.colonnes(SUIVI) if c.nom.lower() not in remplies]
    autres = tuple(c for c in restes if c.rubrique and c.famille in NOMBRE)
    obligatoires = _obligatoires(examen, connexion, restes, autres)
    examen.conclut()
    suivi = Suivi(
        code_chantier, code_salarie, date, heures, trajet, panier, autres, obligatoires, sources, salarie, en_plus=plus
    )  # fmt: skip
    if modification is None:
        return suivi
    ecart_s = mesure_horloge(connexion)
    return replace(suivi, datee=Datee(modification[1], horloge(ecart_s), datee), ecart_horloge_s=ecart_s)


def _sources(examen: Examen, fiches: Fiches) -> tuple[Colonne, ...]:
    if fiches is Fiches.CHANTIERS:
        return (examen.trouve(besoins.CHANTIER_CODE),)
    du_devis, du_chantier = examen.trouve(besoins.DEVIS_CODE), examen.candidate(besoins.CHANTIER_CODE)
    return (du_chantier, du_devis) if du_chantier is not None else (du_devis,)


def _check_heures(examen: Examen, heures: Colonne) -> None:
    if heures.famille in NOMBRE and heures.pas > CENTIEME:
        examen.refuse(f"la colonne {heures} ({heures.type}) ne peut pas contenir de fractions d’heure")


def _check_distinctes(examen: Examen, *colonnes: Colonne) -> None:
    noms = [colonne.nom.lower() for colonne in colonnes]
    for colonne in colonnes:
        if noms.count(colonne.nom.lower()) > 1:
            examen.refuse(f"la colonne {colonne} est choisie pour plusieurs rubriques à la fois")


def _check_longueur(examen: Examen, cle: Colonne, source: Colonne) -> None:
    courte = cle.longueur is not None and cle.longueur != -1
    if courte and source.longueur is not None and not 0 <= source.longueur <= (cle.longueur or 0):
        examen.refuse(
            f"la colonne {cle} ({cle.longueur} caractères) est plus courte que {source} ({source.longueur} caractères)"
        )


def _obligatoires(
    examen: Examen, connexion: Connexion, restes: list[Colonne], autres: tuple[Colonne, ...]
) -> tuple[Colonne, ...]:
    """The headings a new line must give; a fault for any other column that it must give."""
    exigees = [c for c in restes if not c.facultative and not c.remplie_seule]
    inconnues = [c for c in exigees if c not in autres]
    if inconnues:
        automatiques = read_automatiques(connexion)
        for colonne in inconnues:
            if colonne.nom.lower() not in automatiques:
                examen.refuse(f"la colonne {colonne} est obligatoire et le connecteur ne sait pas quoi y mettre")
    return tuple(c for c in exigees if c in autres and c.famille is not Famille.AUTRE)
