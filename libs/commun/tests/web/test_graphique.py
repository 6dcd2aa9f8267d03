"""A chart's figures are those it was given, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from sages_commun.web.graphique import ETIQUETTES_MAX, HAUT, HAUTEUR, Colonne, Graphique, Serie

SERIES = (Serie("a", "actif"), Serie("b", "mal"))
VALEURS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=60)


@given(VALEURS)
def test_columns_are_as_tall_as_their_values_and_stay_in_the_drawing(valeurs: list[tuple[int, int]]) -> None:
    graphique = Graphique("t", "a", SERIES, [Colonne(str(rang), deux) for rang, deux in enumerate(valeurs)])
    sommet = graphique.reperes[-1][1]
    donnees = [valeur for deux in valeurs for valeur in deux if valeur]
    assert len(graphique.rectangles) == len(donnees)
    for rectangle, valeur in zip(graphique.rectangles, donnees, strict=True):
        assert abs(rectangle.hauteur - HAUTEUR * valeur / sommet) < 0.02
        assert HAUT - 0.01 <= rectangle.y <= graphique.sol
        assert 0 <= rectangle.x <= rectangle.x + rectangle.largeur <= 100
    assert 2 <= len(graphique.reperes) <= 7
    assert len(graphique.etiquettes) <= ETIQUETTES_MAX


def test_small_counts_have_whole_lines() -> None:
    def reperes(plus_haut: int) -> list[int]:
        return [valeur for _, valeur in Graphique("t", "a", SERIES[:1], [Colonne("x", (plus_haut,))]).reperes]

    assert reperes(0) == [0, 1]
    assert reperes(3) == [0, 1, 2, 3]
    assert reperes(7) == [0, 2, 4, 6, 8]
    assert reperes(1234) == [0, 500, 1000, 1500]
