"""The firm's vocabulary and its pure rules. No I/O, no framework, no clock: everything comes in as an argument."""
