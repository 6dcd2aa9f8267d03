"""The pages of the accounts, and what protects the program's own pages.

`montage.installe` puts both on an application dressed by the web kit; `dependances` has what the routes declare.
"""
