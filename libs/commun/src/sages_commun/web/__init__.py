"""The web kit: what every interface of the house stands on.

A program gives its templates, its navigation and its words; the kit gives the layout and the components, the style,
the guard (hosts, origins, size of bodies, headers), the tokens of forms, the sentence shown once, the error pages.
It knows none of the programs. `montage.habille` puts it on an application.
"""
