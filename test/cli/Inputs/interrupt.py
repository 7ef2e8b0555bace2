"""interrupt.py WORK COMMAND...: runs a command that writes the file WORK/a.swg,
ends it in several ways, and checks that the older file stays as it was.

The ways: kill -9 at ten moments spread over the time that the command takes,
and limits on the size of files, with the signal that comes with it and without.
"""

import glob
import os
import resource
import signal
import subprocess
import sys
import time

work, command = sys.argv[1], sys.argv[2:]
artifact = os.path.join(work, "a.swg")


def read():
    with open(artifact, "rb") as file:
        return file.read()


def left():
    return sorted(set(os.listdir(work)) - {"a.swg"})


start = time.monotonic()
subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
duration = time.monotonic() - start
whole = read()
with open(artifact, "wb") as file:
    file.write(b"older")

killed = 0
for moment in range(10):
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(duration * (moment + 0.5) / 10)
    process.kill()
    killed += process.wait() == -signal.SIGKILL
    assert read() in (b"older", whole), "a kill after %d/10" % moment
print("killed %d of 10" % killed)

with open(artifact, "wb") as file:
    file.write(b"older")


def limit(ignore):
    def prepare():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignore else signal.SIG_DFL)

    return prepare


for ignore in (True, False):
    done = subprocess.run(
        command, stderr=subprocess.PIPE, text=True,
        preexec_fn=limit(ignore), restore_signals=False,
    )
    assert read() == b"older", "limit, ignore %s" % ignore
    if ignore:
        print("status %d: %s" % (done.returncode, done.stderr.strip().splitlines()[-1]))
        assert not left(), left()
    else:
        assert done.returncode == -signal.SIGXFSZ, done.returncode

# What killed processes left goes when the next one writes.
subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
assert read() == whole
assert not left(), left()
print("whole again")
