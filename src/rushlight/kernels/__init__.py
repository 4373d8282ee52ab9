"""How numbers are computed: the scalar language and the code that runs it.

May import: core.
"""
