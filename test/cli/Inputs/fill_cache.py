"""fill_cache.py FOLDER: fills a cache with artifacts that were used one after
the other, and a file that a killed process left."""

import os
import sys

folder = sys.argv[1]
os.makedirs(folder)
for age in range(1, 6):
    path = os.path.join(folder, f"{age}.swg")
    open(path, "w").close()
    os.utime(path, (age, age))
open(os.path.join(folder, "0.swg.tmp-1"), "w").close()
