"""Why a demonstration cannot go on."""


class DemoImpossible(Exception):
    """What happened and what to do, in French."""

    def __init__(self, message: str, remede: str = "") -> None:
        super().__init__(f"{message} {remede}".strip())
