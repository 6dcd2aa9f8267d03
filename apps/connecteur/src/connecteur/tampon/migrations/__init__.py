"""The schema of the tampon, as numbered SQL files: applied in order, once, never edited afterwards."""
