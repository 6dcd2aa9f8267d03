"""HTTP: parse, call, answer. The rules are in `services`."""
