"""Debian's freeDiameterd as a relay, with a configuration of its own."""
import glob
import os
import shutil
import signal
import subprocess
import time

import support

IDENTITY, REALM = "relay.visited.example", "visited.example"


class Relay:
    def __init__(self, site, address, hss_identity, hss_port, port=3868):
        self.address = (address, port)
        self.log_path = site.path("freediameter.log")
        certificate, key = site.path("relay.pem"), site.path("relay.key")
        # It will not start without a certificate, though No_TLS lets none be used.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={IDENTITY}",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        extensions = os.path.dirname(acl_extension())
        acl = site.write("acl_wl.conf", f"ALLOW_IPSEC *.{REALM}\n")
        config = site.write("freediameter.conf", f"""
Identity = "{IDENTITY}";
Realm = "{REALM}";
Port = {port};
SecPort = 0;
No_SCTP;
No_IPv6;
ListenOn = "{address}";
TLS_Cred = "{certificate}", "{key}";
TLS_CA = "{certificate}";
LoadExtension = "{extensions}/acl_wl.fdx" : "{acl}";
ConnectPeer = "{hss_identity}" {{ ConnectTo = "{address}"; Port = {hss_port}; No_TLS; }};
""")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(["freeDiameterd", "-c", config], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_connected(self, timeout=support.DEADLINE_S):
        """Until the HSS has answered its CER."""
        end = time.monotonic() + timeout
        while "-> 'STATE_OPEN'" not in self.log() and "STATE_OPEN" not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"freeDiameterd is not connected: {self.log()}")
            time.sleep(0.05)
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def acl_extension():
    found = glob.glob("/usr/lib/freeDiameter/acl_wl.fdx") + glob.glob("/usr/lib/*/freeDiameter/acl_wl.fdx")
    return found[0] if found else None


def installed():
    return shutil.which("freeDiameterd") and acl_extension()
