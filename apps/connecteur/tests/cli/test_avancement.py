"""Progress bars: moved by what runs say, silent where there is no terminal."""

from io import StringIO

from rich.console import Console

from connecteur.cli.avancement import Barres
from connecteur.domain.run import FLECHES, Bilan, Fleche, Flux
from connecteur.planification.rapport import Rapport
from connecteur.tampon.runs import Avancement


def rapport(*avancements: Avancement, faites: tuple[Fleche, ...] = ()) -> Rapport:
    return Rapport(
        "r1",
        Flux.HEURES,
        FLECHES[Flux.HEURES],
        "essai",
        bilans=tuple(Bilan(fleche) for fleche in faites),
        progression={avancement.fleche: avancement for avancement in avancements},
    )


def test_a_bar_says_where_each_arrow_is() -> None:
    sortie = StringIO()
    with Barres(Console(file=sortie, force_terminal=True, width=120)) as barres:
        barres.montre(rapport(Avancement(Fleche.PULL_HEURES, 3, 16, "Heures du 1er au 7")))
        barres._progres.refresh()
        assert "Lecture des heures dans BatiSimply" in sortie.getvalue()
        assert "3/16" in sortie.getvalue().replace(" ", "")
        assert "Heures du 1er au 7" in sortie.getvalue()
        barres.montre(
            rapport(
                Avancement(Fleche.PULL_HEURES, 12, 16, ""),
                Avancement(Fleche.PUSH_HEURES, 0, 0, ""),
                faites=(Fleche.PULL_HEURES,),
            )
        )
        barres._progres.refresh()
        assert "16/16" in sortie.getvalue()
        assert "Écriture des heures dans Batigest" in sortie.getvalue()


def test_nothing_is_drawn_into_a_file() -> None:
    sortie = StringIO()
    with Barres(Console(file=sortie)) as barres:
        barres.montre(rapport(Avancement(Fleche.PULL_HEURES, 3, 16, "Heures")))
    assert sortie.getvalue().strip() == ""
