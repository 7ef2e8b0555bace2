"""Holds the code in a page to the sources that it is from.

check_sources.py PAGE FILE...

Each ```c++ and ```python block must stand in one of the files. White
space does not count.
"""

import re
import sys

page, files = sys.argv[1], sys.argv[2:]


def squeeze(text):
    return "".join(text.split())


sources = [squeeze(open(name).read()) for name in files]
with open(page) as file:
    blocks = re.findall(r"^ *```(?:c\+\+|python)\n(.*?)^ *```$", file.read(), re.M | re.S)
if not blocks:
    sys.exit("no code in " + page)
for block in blocks:
    if not any(squeeze(block) in source for source in sources):
        sys.exit("%s: none of the files has:\n%s" % (page, block))
