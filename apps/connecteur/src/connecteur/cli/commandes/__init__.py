"""The words of the commands that come in groups: light, so that `--help` answers at once."""
