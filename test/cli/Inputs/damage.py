"""damage.py FILE OUT weight NAME FRACTION: flips a bit of a weight, so far into
it; the checksum stays.
damage.py FILE OUT section NAME FRACTION [reseal]: flips a bit of a section; with
`reseal` all checksums are right again."""

import json
import struct
import subprocess
import sys

POLYNOMIAL = 0x82F63B78
TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


source, target, kind, name, fraction = sys.argv[1:6]
reseal = sys.argv[6:] == ["reseal"]
about = json.loads(
    subprocess.run(
        ["swage", "inspect", source, "--json"], check=True, capture_output=True
    ).stdout
)
data = bytearray(open(source, "rb").read())

# Segments follow each other: code, sections, weights.
end = about["header"]["table_offset"] + about["header"]["table_bytes"]
places = []
sizes = [e["code_bytes"] for p in about["programs"] for e in p["executables"]]
sizes += [s["bytes"] for s in about["sections"]]
for size in sizes + [0]:
    begin = (end + 65535) // 65536 * 65536
    places.append((begin, size))
    end = begin + size

if kind == "weight":
    weight = next(w for w in about["weights"] if w["name"] == name)
    begin, size = places[-1][0] + weight["offset"], weight["bytes"]
else:
    index = [s["name"] for s in about["sections"]].index(name)
    begin, size = places[index - len(about["sections"]) - 1]
old = crc32c(data[begin : begin + size]) if reseal else 0

# The highest bit of the mantissa of an f32.
at = begin + int(size * float(fraction)) // 4 * 4 + 2
data[at] ^= 0x40

if reseal:
    table = about["header"]["table_offset"]
    size_of_table = about["header"]["table_bytes"]
    old = struct.pack("<I", old)
    assert data.count(old, table, table + size_of_table) == 1
    place = data.index(old, table)
    struct.pack_into("<I", data, place, crc32c(data[begin : begin + size]))
    struct.pack_into("<I", data, 40, crc32c(data[table : table + size_of_table]))
    struct.pack_into("<I", data, 60, crc32c(data[:60]))
open(target, "wb").write(data)
