"""Run the command line as ``python -m neurograph``."""

import sys

from neurograph.cli import main

sys.exit(main())
