"""simbiont-lab's attach, and a bound subscriber for it."""
import json
import subprocess

import support

IMSI, IMEI, KME = "001010000000001", "350000000000014", "fleet"


class BoundSim:
    """A subscriber of `site`, bound to one device, whose keys the lab is told."""

    def __init__(self, site, rng):
        self.k, self.opc, self.k_me = (support.key(rng).hex() for _ in range(3))
        site.ok("subscriber", "add", IMSI, "--k", "-", "--opc", self.opc, "--msisdn", "491700000001", "--apn", "meter",
                "--apn", "internet", stdin=self.k)
        site.ok("kme", "add", KME, "--key", "-", stdin=self.k_me)
        site.ok("device", "add", IMEI, "--kme", KME)
        site.ok("bind", IMSI, IMEI)

    def attach(self, address, mme, *options, k_me=True, realm="visited.example", server_realm="hss.example"):
        """(exit status, the report) of one attach through an MME named `mme`."""
        key = ["--kme", self.k_me] if k_me is True else ["--kme", k_me] if k_me else []
        done = subprocess.run(
            [support.program("simbiont-lab"), "attach", "--connect", "%s:%d" % address, "--mme-host", mme, "--mme-realm", realm,
             "--realm", server_realm, "--imsi", IMSI, "--k", self.k, "--opc", self.opc, "--imei", IMEI, *key, *options, "--json"],
            capture_output=True, text=True, timeout=60, check=False)
        if not done.stdout:
            raise AssertionError(f"simbiont-lab attach: {done.stderr}")
        return done.returncode, json.loads(done.stdout)
