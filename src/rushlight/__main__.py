"""`python -m rushlight` is the `rushlight` command, for where scripts are not on the path.

It holds no code of its own.

May import: cli.
"""

import sys

from rushlight.cli import main

if __name__ == "__main__":
    sys.exit(main())
