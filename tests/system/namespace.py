"""Runs the rest of a script in a private network: no port of the machine is touched, and addresses can be given to lo."""
import os
import subprocess
import sys

import support

INSIDE = "SIMBIONT_IN_NAMESPACE"
ADDRESS = "10.99.0.1"


NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def be_nobody():
    """Re-executes the script as a user without any rights, if it has some and that user can reach the programs."""
    if os.environ.get(INSIDE) or os.geteuid() != 0:
        return
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    needed = [python, os.path.abspath(sys.argv[0]), support.program("simbiont-me")]
    reached = subprocess.run([*NOBODY, "sh", "-c", 'unshare -Urmn true && for f; do test -r "$f" || exit 1; done', "sh", *needed],
                             capture_output=True, check=False)
    if reached.returncode == 0:
        print("as user 65534", flush=True)
        os.execvpe(NOBODY[0], [*NOBODY, python, *sys.argv], {**os.environ, "HOME": "/nonexistent"})
    print("as root: user 65534 has no user namespace, or cannot read the programs", flush=True)


def enter(address=ADDRESS):
    """Re-executes the script in a network and mount namespace of its own; skips it when the system grants none."""
    if os.environ.get(INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        return
    unshare = ["unshare", "-mn" if os.geteuid() == 0 else "-Urmn"]
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        skip(f"no private network: {tried.stderr.strip()}")
    os.execvpe(unshare[0], [*unshare, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def skip(why):
    print(f"SKIPPED: {why}", flush=True)
    sys.exit(support.SKIPPED)
