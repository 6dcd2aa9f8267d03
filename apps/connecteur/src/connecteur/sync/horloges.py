"""What is worth saying of the clocks of the machines."""

from connecteur.domain.datation import DERIVE
from connecteur.domain.run import Incident


def derive(systeme: str, ecart_s: float | None) -> list[Incident]:
    """What is worth saying of a clock: dates are compared, and a wrong clock makes the wrong side win."""
    if ecart_s is None or abs(ecart_s) <= DERIVE.total_seconds():
        return []
    sens = "avance" if ecart_s > 0 else "retarde"
    return [
        Incident(
            f"L’horloge de cette machine {sens} de {abs(round(ecart_s))} secondes sur celle de {systeme}. Les dates "
            "comparées en tiennent compte.",
            "Mettez les machines à l’heure (service de temps Windows ou NTP).",
        )
    ]
