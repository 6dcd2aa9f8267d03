"""Hours sold per site: the accepted devis, attributed to sites without ever counting one twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connecteur.domain.chantier import Chantier
from connecteur.domain.devis import Devis
from connecteur.domain.heure import normalise_code
from connecteur.domain.run import Incident


@dataclass(frozen=True, slots=True)
class Attribution:
    """The sites with their hours sold, and what could not be told."""

    chantiers: list[Chantier]
    remarques: list[Incident]


def attribue_heures_vendues(
    chantiers: Sequence[Chantier], devis_list: Iterable[Devis], *, devis_nomment_chantier: bool
) -> Attribution:
    """Give each site the sum of its accepted devis.

    Where `Devis` does not name the site only the client links them: a client with one open site gives it all;
    a client with several open sites and accepted devis gives none of them a figure, and a remark says so.
    """
    if devis_nomment_chantier:
        sommes = _sommes((devis.code_chantier, devis.temps_mo) for devis in devis_list)
        return Attribution(
            [replace(c, heures_vendues=sommes.get(normalise_code(c.code), Decimal(0))) for c in chantiers], []
        )
    sommes = _sommes((devis.code_client, devis.temps_mo) for devis in devis_list)
    ouverts: defaultdict[str, list[str]] = defaultdict(list)
    for chantier in chantiers:
        ouverts[normalise_code(chantier.code_client)].append(chantier.code)
    ambigus = {client for client, codes in ouverts.items() if client and len(codes) > 1 and sommes.get(client)}
    attribues = [_attribue(chantier, sommes, ambigus) for chantier in chantiers]
    return Attribution(attribues, [_remarque(client, ouverts[client]) for client in sorted(ambigus)])


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


def _remarque(client: str, codes: list[str]) -> Incident:
    return Incident(
        f"Le client {client} a {len(codes)} chantiers ouverts ({', '.join(sorted(codes))}) et des devis acceptés "
        "que Batigest ne rattache à aucun d’eux : leurs heures vendues ne sont pas publiées.",
        "Saisissez les heures vendues de ces chantiers dans BatiSimply, ou clôturez les chantiers terminés.",
    )
