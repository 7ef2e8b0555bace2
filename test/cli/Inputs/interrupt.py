"""interrupt.py WORK COMMAND...: runs a command that compiles into the file
WORK/a.swg, ends it in several ways, and checks that the older file stays as it
was.

The ways: kill -9 at each line of progress; SIGTERM while the file is written;
SIGHUP at each line, ignored as by nohup; and limits on the size of files, with
the signal that comes with it and without.
"""

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


def write(contents):
    with open(artifact, "wb") as file:
        file.write(contents)


def left():
    return sorted(set(os.listdir(work)) - {"a.swg"})


def start(**options):
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


with start() as process:
    lines = [line.split()[1].rstrip(",") for line in process.stderr if line.startswith("compile: ")]
whole = read()
write(b"older")

# A stage is followed by others, so the kill comes before the end; behind the
# last bytes of weights it may not.
stages = lines[: lines.index("code") + 1]
for moment in range(len(lines)):
    with start() as process:
        for _ in range(moment + 1):
            process.stderr.readline()
        process.kill()
    if moment < len(stages):
        assert process.returncode == -signal.SIGKILL, stages[moment]
    assert read() in (b"older", whole), lines[moment]
    if moment < len(stages):
        assert read() == b"older", stages[moment]
print("killed in " + ", ".join(stages))

write(b"older")
for attempt in range(20):
    before = set(left())
    with start() as process:
        while process.poll() is None and not set(left()) - before:
            pass
        time.sleep(0.001)
        process.terminate()
    if process.returncode == -signal.SIGTERM:
        break
assert process.returncode == -signal.SIGTERM, process.returncode
assert read() == b"older" and not left(), left()
print("terminated while it wrote")

with start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
    for line in process.stderr:
        process.send_signal(signal.SIGHUP)
assert process.returncode == 0, process.returncode
assert read() == whole and not left(), left()
print("hung up and went on")

write(b"older")


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
