"""`record.py` is a program: it imports whatever `torch` is, and holds no tests.

May import: nothing.
"""

collect_ignore = ["record.py"]
