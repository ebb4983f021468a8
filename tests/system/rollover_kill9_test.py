"""kill -9 of the HSS while keys roll over and while a device is transferred: what is stored is the state before or after each
step, nobody is under an epoch that its device has not confirmed, and the next start finishes what was begun."""
import http.client
import json
import socket
import subprocess
import threading
import time

import support

DEVICES = 40
ROUNDS = 6


class Socket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def cmac(key, data):
    done = subprocess.run(["openssl", "mac", "-cipher", "AES-128-CBC", "-macopt", "hexkey:" + key.hex(), "CMAC"],
                          input=data, capture_output=True, check=True)
    return bytes.fromhex(done.stdout.decode().strip())


def kdf(key, label, context):
    return cmac(key, b"\xf0" + label + len(label).to_bytes(2, "big") + context + len(context).to_bytes(2, "big"))


class Rollover(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.rng = support.seeded()
        self.keys = {1: self.rng.randbytes(16)}
        self.imeis = [f"{35000000000000 + i}" for i in range(DEVICES)]
        self.imsis = [f"00101{1000000000 + i}" for i in range(DEVICES)]
        load = lambda kind, text: self.site.ok("import", kind, self.site.write("import.csv", text))
        load("kmes", f"id,key\nfleet,{self.keys[1].hex()}\n")
        load("devices", "imei,kme\n" + "".join(f"{i},fleet\n" for i in self.imeis))
        load("subscribers", "imsi,k,opc\n" + "".join(
            f"{i},{self.rng.randbytes(16).hex()},{self.rng.randbytes(16).hex()}\n" for i in self.imsis))
        load("bindings", "imsi,imei\n" + "".join(f"{a},{b}\n" for a, b in zip(self.imsis, self.imeis)))
        self.hss = self.site.start()

    def api(self, method, path, body=None):
        link = Socket(self.site.db + ".sock")
        link.request(method, "/v1/" + path, json.dumps(body or {}) if method != "GET" else None)
        answer = link.getresponse()
        text = json.loads(answer.read())
        self.assertEqual(answer.status, 200, text)
        return text

    def die_during(self, method, path):
        """Sends a request and kills the HSS some milliseconds later; True when the answer came first."""
        answered = []

        def ask():
            try:
                self.api(method, path)
                answered.append(True)
            except (OSError, http.client.HTTPException):
                pass

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(self.rng.random() * 0.03)
        self.hss.process.kill()
        self.hss.process.wait()
        asking.join()
        self.hss = self.site.start()
        return bool(answered)

    def confirm(self, imei, epoch):
        challenge = self.api("POST", f"kmes/fleet/epochs/{epoch}/challenges/{imei}")["challenge"]
        proof = cmac(kdf(self.keys[epoch], b"confirm", imei.encode()),
                     b"fleet\0" + epoch.to_bytes(8, "big") + bytes.fromhex(challenge))
        self.api("POST", f"kmes/fleet/epochs/{epoch}/confirmations/{imei}", {"proof": proof.hex()})

    def states(self):
        return {e["epoch"]: e["state"] for e in self.api("GET", "kmes/fleet")["epochs"]}

    def in_force(self):
        return {row["imsi"]: row["epoch"] for row in self.site.rows("bindings")}

    def test_an_activation_is_whole_or_not_at_all_and_is_finished_after_the_next_start(self):
        begun = 0
        for epoch in range(2, 2 + ROUNDS):
            self.keys[epoch] = self.rng.randbytes(16)
            self.site.ok("kme", "stage", "fleet", "--key", "-", stdin=self.keys[epoch].hex() + "\n")
            lags = set(self.rng.sample(self.imeis, 3))
            for imei in self.imeis:
                if imei not in lags:
                    self.confirm(imei, epoch)
            self.die_during("POST", "kmes/fleet/activate")
            states = self.states()
            if states[epoch] == "STAGED":
                self.assertEqual(set(self.in_force().values()), {epoch - 1})
                self.api("POST", "kmes/fleet/activate")
            else:
                begun += 1
                self.assertEqual((states[epoch], states[epoch - 1]), ("ACTIVE", "RETIRING"))
            # The running HSS derives who may move, and moves nobody else.
            expected = {s: epoch - 1 if i in lags else epoch for s, i in zip(self.imsis, self.imeis)}
            support.eventually(lambda want=expected: self.in_force() == want, "everybody who may has moved")
            for imei in lags:
                self.confirm(imei, epoch)
            self.assertEqual(set(self.in_force().values()), {epoch})
            self.assertEqual(self.states()[epoch - 1], "RETIRED")
        print(f"{ROUNDS} kills, {begun} after the activation was written")

    def test_a_transfer_is_whole_or_not_at_all(self):
        gone = 0
        for imsi, imei in list(zip(self.imsis, self.imeis))[:8]:
            answered = self.die_during("POST", f"devices/{imei}/transfer")
            receipts = [r["imei"][:14] for r in self.site.rows("device", "receipts")]
            there = imei in [d["imei"][:14] for d in self.site.rows("device", "list")]
            bound = self.api("GET", f"bindings/{imsi}")["items"][0]["imei"] != ""
            self.assertEqual((there, bound), (imei not in receipts, imei not in receipts))
            if answered:
                self.assertIn(imei, receipts)
            gone += 1 if imei in receipts else 0
        print(f"8 kills, {gone} after the transfer was written")


if __name__ == "__main__":
    support.main()
