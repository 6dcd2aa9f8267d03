"""Every address that an application answers, walked from the application itself: one that is added cannot be missed."""

from collections.abc import Iterator, Sequence

from starlette.routing import Mount, Route


def chemins(routes: Sequence[object], prefixe: str = "") -> Iterator[tuple[str, str]]:
    """Method and address, as the routes write them; the files of `/static` are no address of their own."""
    for route in routes:
        if isinstance(route, Mount):
            yield from chemins(route.routes, prefixe + route.path)
        elif isinstance(route, Route):
            for methode in sorted((route.methods or set()) - {"HEAD"}):
                yield methode, prefixe + route.path
        elif hasattr(route, "original_router"):  # a router that was included
            yield from chemins(route.original_router.routes, prefixe)
