"""Runs: asked for, queued one at a time per dossier, carried out step by step, resumed after a crash.

`lanceur` asks for runs and waits for them, from any process. `moteur` is the one place that knows DBOS.
`execution` is what a run does, without DBOS. Importing this package opens nothing.
"""
