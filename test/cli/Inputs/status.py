"""Runs a command that must fail: status.py STATUS COMMAND...

Passes its stderr on; fails unless its exit status is STATUS and it printed
nothing on stdout.
"""

import subprocess
import sys

result = subprocess.run(sys.argv[2:], capture_output=True, text=True)
sys.stdout.write(result.stderr)
if result.returncode != int(sys.argv[1]):
    sys.exit("exit status %d, expected %s" % (result.returncode, sys.argv[1]))
if result.stdout:
    sys.exit("printed on stdout: " + result.stdout)
