"""The demonstration: the bench, full of data, and the real product on top of it.

The product is only ever called through its command line, as a firm would; the bench never looks inside.
"""
