"""fill_cache.py FOLDER: fills a cache with artifacts that were used one after
the other, a file that a killed process left, and one that process 1 writes."""

import os
import subprocess
import sys

folder = sys.argv[1]
os.makedirs(folder)
for age in range(1, 6):
    path = os.path.join(folder, f"{age}.swg")
    open(path, "w").close()
    os.utime(path, (age, age))
gone = subprocess.Popen(["true"])
gone.wait()
open(os.path.join(folder, f"0.swg.tmp-{gone.pid}"), "w").close()
open(os.path.join(folder, "0.swg.tmp-1"), "w").close()
