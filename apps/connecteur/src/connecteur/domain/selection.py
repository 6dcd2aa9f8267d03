"""Hours sold per site: the accepted devis, attributed to sites without ever counting one twice.

Where `Devis` names its site, that is where it counts. Elsewhere only the client links them: a client who has, or had,
several sites could have bought its devis for any of them. None of its open sites is then given a figure.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connecteur.domain.chantier import Chantier
from connecteur.domain.devis import Devis
from connecteur.domain.heure import normalise_code
from connecteur.domain.run import Incident

EXEMPLES = 5
"""How many clients or devis a remark names; its detail names them all."""


@dataclass(frozen=True, slots=True)
class ChantierFini:
    """A site that is over, whatever its state."""

    code: str
    code_client: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """The sites with their hours sold, and what could not be told."""

    chantiers: list[Chantier]
    remarques: list[Incident]


def attribue_heures_vendues(
    chantiers: Sequence[Chantier],
    devis_list: Sequence[Devis],
    *,
    devis_nomment_chantier: bool,
    finis: Iterable[ChantierFini] = (),
) -> Attribution:
    """Give each open site the sum of its accepted devis, and say what could not be attributed."""
    if devis_nomment_chantier:
        return _par_chantier(chantiers, devis_list, finis)
    return _par_client(chantiers, devis_list, finis)


def _par_chantier(
    chantiers: Sequence[Chantier], devis_list: Sequence[Devis], finis: Iterable[ChantierFini]
) -> Attribution:
    sommes = _sommes((devis.code_chantier, devis.temps_mo) for devis in devis_list)
    connus = {normalise_code(c.code) for c in chantiers} | {normalise_code(f.code) for f in finis}
    perdus = sorted(
        devis.code for devis in devis_list if devis.temps_mo and normalise_code(devis.code_chantier or "") not in connus
    )
    return Attribution(
        [replace(c, heures_vendues=sommes.get(normalise_code(c.code), Decimal(0))) for c in chantiers],
        [_sans_chantier(perdus)] if perdus else [],
    )


def _par_client(
    chantiers: Sequence[Chantier], devis_list: Sequence[Devis], finis: Iterable[ChantierFini]
) -> Attribution:
    sommes = _sommes((devis.code_client, devis.temps_mo) for devis in devis_list)
    ouverts: defaultdict[str, set[str]] = defaultdict(set)
    for chantier in chantiers:
        ouverts[normalise_code(chantier.code_client)].add(chantier.code)
    tous = defaultdict(set, {client: set(codes) for client, codes in ouverts.items()})
    for fini in finis:
        tous[normalise_code(fini.code_client)].add(fini.code)
    ambigus = {client for client in ouverts if client and len(tous[client]) > 1 and sommes.get(client)}
    attribues = [_attribue(chantier, sommes, ambigus) for chantier in chantiers]
    remarques = [_ambigus({client: sorted(tous[client]) for client in sorted(ambigus)})] if ambigus else []
    return Attribution(attribues, remarques)


def _attribue(chantier: Chantier, sommes: dict[str, Decimal], ambigus: set[str]) -> Chantier:
    client = normalise_code(chantier.code_client)
    if client in ambigus:
        return replace(chantier, heures_vendues=None)
    return replace(chantier, heures_vendues=sommes.get(client, Decimal(0)) if client else Decimal(0))


def _sommes(montants: Iterable[tuple[str | None, Decimal]]) -> dict[str, Decimal]:
    sommes: defaultdict[str, Decimal] = defaultdict(Decimal)
    for code, temps in montants:
        if code and code.strip():
            sommes[normalise_code(code)] += temps
    return dict(sommes)


def _ambigus(clients: dict[str, list[str]]) -> Incident:
    phrases = [f"{client} ({', '.join(codes)})" for client, codes in clients.items()]
    if len(clients) == 1:
        debut = f"Le client {phrases[0]} a plusieurs chantiers, ouverts ou terminés, et des devis acceptés"
    else:
        debut = f"{len(clients)} clients ont plusieurs chantiers, ouverts ou terminés, et des devis acceptés"
        debut += f" : {_enumere(phrases)}"
    return Incident(
        f"{debut}. Rien dans Batigest ne dit auquel va chaque devis : leurs heures vendues ne sont pas publiées.",
        "Saisissez les heures vendues de ces chantiers dans BatiSimply ; si une colonne de la table Devis nomme le "
        "chantier, donnez son nom dans « chantiers.devis_chantier ».",
        "\n".join(phrases),
    )


def _sans_chantier(codes: list[str]) -> Incident:
    combien = "Un devis accepté n’est rattaché" if len(codes) == 1 else f"{len(codes)} devis acceptés ne sont rattachés"
    return Incident(
        f"{combien} à aucun chantier connu ({_enumere(codes)}) : leurs heures ne sont comptées nulle part.",
        "Rattachez ces devis à un chantier dans Batigest.",
        ", ".join(codes),
    )


def _enumere(textes: Sequence[str]) -> str:
    reste = len(textes) - EXEMPLES
    return ", ".join(textes[:EXEMPLES]) + (f" et {reste} de plus" if reste > 0 else "")
