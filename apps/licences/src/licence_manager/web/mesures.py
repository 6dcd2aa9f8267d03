"""What Prometheus may ask this process."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from sages_commun.licence.verdict import Verdict


class Mesures:
    """Counters of one process."""

    def __init__(self) -> None:
        self._registre = CollectorRegistry()
        self._validations = Counter(
            "licences_validations", "Validations, par verdict.", ["code"], registry=self._registre
        )
        self._refus = Counter("licences_debit_refus", "Demandes refusées pour leur débit.", registry=self._registre)
        self._erreurs = Counter("licences_erreurs", "Réponses 5xx.", registry=self._registre)
        self._duree = Histogram(
            "licences_validation_secondes", "Durée d’une validation.", registry=self._registre,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
        )  # fmt: skip
        # Looked up once: a label is found through a lock and a dictionary at each call.
        self._par_verdict = {verdict: self._validations.labels(verdict.value) for verdict in Verdict}

    def validation(self, verdict: Verdict, secondes: float) -> None:
        """One verdict was given, in so many seconds."""
        self._par_verdict[verdict].inc()
        self._duree.observe(secondes)

    def refus_debit(self) -> None:
        """One question too many."""
        self._refus.inc()

    def erreur(self) -> None:
        """One answer that is our fault."""
        self._erreurs.inc()

    def texte(self) -> bytes:
        """In Prometheus's format."""
        return generate_latest(self._registre)
