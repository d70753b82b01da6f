"""Runs a program at a terminal of its own: what comes on stdin is typed, and what the terminal shows goes to stdout."""

import os
import pty
import sys

sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
