"""A device whose supplicant wants in: card, decryptor and wpa_supplicant on one end of a wire, hostapd and the HSS on the other.

Everything below runs in namespaces of its own (namespace.enter): pcscd has a /run, vpcd's ports and the wire are private.
"""
import json
import os
import re
import socket
import subprocess
import time

import support

CARD_PORT, DECRYPTOR_PORT = 35963, 35964  # vpcd's two slots
CARD_READER, DECRYPTOR_READER = "Virtual PCD 00 00", "Virtual PCD 00 01"
DEVICE_WIRE, NETWORK_WIRE = "wire-device", "wire-network"
METHODS = {"AKA": "0", "SIM": "1", "AKA'": "6"}  # RFC 4186, 4187, 9048: the first digit of the identity
TRIAL_S = 20


class Process:
    """A program whose output is kept in a file."""

    def __init__(self, site, name, arguments, env=None):
        self.name, self.log_path = name, site.path(f"{name}-{len(os.listdir(site.directory))}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=site.directory,
                                            env={**os.environ, **(env or {})})
        site.started.append(self)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_for(self, pattern, timeout=TRIAL_S):
        """The match in its output, or None when it does not come."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = re.search(pattern, self.log())
            if found:
                return found
            if self.process.poll() is not None:
                return re.search(pattern, self.log())
            time.sleep(0.05)
        return None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


class Network:
    """The HSS with its subscribers, and where hostapd asks it."""

    def __init__(self, site, subscribers, imei):
        """subscribers: IMSI -> its K_ME, None for an unbound one. Each K_ME it may turn to has a device of its own in the HSS."""
        self.site, self.imei, self.devices = site, imei, {}
        self.keys = {imsi: (os.urandom(16).hex(), os.urandom(16).hex()) for imsi in subscribers}
        site.ok("init")
        for imsi, key in subscribers.items():
            k, opc = self.keys[imsi]
            site.ok("subscriber", "add", imsi, "--k", "-", "--opc", opc, stdin=k)
            if key:
                site.ok("bind", imsi, self.device(key))
        self.auc_socket = site.path("auc.sock")
        self.methods = list(METHODS)
        self.hss = site.start(config=f'[eap]\nsocket = "{self.auc_socket}"\n')

    def device(self, key):
        if key not in self.devices:
            kme, imei = f"kme-{len(self.devices)}", str(int(self.imei[:14]) + len(self.devices))
            self.site.ok("kme", "add", kme, "--key", "-", stdin=key)
            self.site.ok("device", "add", imei, "--kme", kme)
            self.devices[key] = imei
        return self.devices[key]

    def turn_to(self, imsi, key):
        """From now on the HSS encrypts under this key."""
        self.site.ok("bind", imsi, self.device(key))
        self.site.ok("use", imsi, self.device(key))


class Outcome:
    """How one authentication ended, and both sides' MSK. An authentication that did not end is neither a success nor a failure."""

    def __init__(self, success, failure, device_log, network_log):
        self.success, self.failure, self.log = success, failure, device_log + network_log
        self.device_msk, self.network_msk = last_msk(device_log), last_msk(network_log)

    @property
    def keys_agree(self):
        return bool(self.device_msk) and self.device_msk == self.network_msk


def last_msk(log):
    """The MSK that a side derived last; hostapd and wpa_supplicant print it with -K."""
    found = re.findall(r"EAP-(?:SIM|AKA|AKA'): (?:MSK|keying material \(MSK\)) - hexdump\(len=64\): ([0-9a-f ]+)", log)
    return found[-1].strip() if found else None


class Pcsc:
    """pcscd with vpcd, and the cards in it."""

    def __init__(self, site):
        self.site = site
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        os.mkdir("/run/pcscd")
        self.start()

    def start(self, *options):
        self.daemon = Process(self.site, "pcscd", ["pcscd", "-f", *options])
        support.eventually(lambda: os.path.exists("/run/pcscd/pcscd.comm"), self.daemon.log)

    def restart(self, *options):
        self.daemon.stop()
        for name in os.listdir("/run/pcscd"):
            os.unlink(os.path.join("/run/pcscd", name))
        self.start(*options)

    def state(self, reader):
        """"Yes" or "No", as pcscd sees the card; None when it does not list the reader."""
        listed = subprocess.run(["opensc-tool", "-l"], capture_output=True, text=True, check=False).stdout
        found = re.search(rf"^\d+\s+(Yes|No)\s.*{reader}$", listed, re.M)
        return found[1] if found else None

    def has_card(self, reader):
        return self.state(reader) == "Yes"

    def is_empty(self, reader):
        return self.state(reader) == "No"


class Card:
    """A SIM in the real reader."""

    def __init__(self, pcsc, imsi, k, opc, seq=0):
        site, self.pcsc = pcsc.site, pcsc
        files = ["@" + site.write(f"{imsi}.{name}", value) for name, value in (("k", k), ("opc", opc))]
        self.path = site.path(f"card-{len(os.listdir(site.directory))}")
        subprocess.run([support.program("simbiont-usim"), "init", "--card", self.path, "--imsi", imsi, "--k", files[0],
                        "--opc", files[1], "--seq", str(seq)], check=True)
        self.process = Process(site, "card", [support.program("simbiont-usim"), "--card", self.path, "--vpcd",
                                              f"127.0.0.1:{CARD_PORT}"])
        support.eventually(lambda: pcsc.has_card(CARD_READER), lambda: "card in " + CARD_READER)

    def remove(self):
        """Until pcscd has seen it go: it looks twice a second."""
        self.process.stop()
        support.eventually(lambda: self.pcsc.is_empty(CARD_READER), lambda: "no card in " + CARD_READER)


class Decryptor:
    """simbiont-me between the real reader and the virtual one."""

    def __init__(self, site, imei, *options, store="me.state", env=None):
        self.site, self.store, self.pcsc = site, site.path(store), None
        self.process = Process(site, "simbiont-me", [support.program("simbiont-me"), "--reader", CARD_READER, "--imei", imei,
                                                     "--store", self.store, *options], env)
        support.eventually(self.answers, lambda: "simbiont-me answers: " + self.process.log())

    def command(self, *arguments, stdin=None):
        return subprocess.run([support.program("simbiont-me"), "--store", self.store, "--json", *arguments], input=stdin,
                              capture_output=True, text=True, timeout=30, check=False)

    def ok(self, *arguments, stdin=None):
        done = self.command(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"simbiont-me {arguments}: {done.stderr} {self.process.log()}")
        return json.loads(done.stdout)

    def answers(self):
        return self.command("status").returncode == 0

    def add_slot(self, kme, epoch, scope, key, *options):
        self.ok("add-slot", kme, str(epoch), scope, "--key", "-", *options, stdin=key)

    def states(self):
        return [(row["kme"], row["epoch"], row["state"]) for row in self.ok("slots")]

    def wait_offered(self, pcsc):
        self.pcsc = pcsc
        support.eventually(lambda: self.ok("status")["offered"] and pcsc.has_card(DECRYPTOR_READER),
                           lambda: "card in " + DECRYPTOR_READER + ": " + self.process.log())
        return self

    def stop(self):
        """Until pcscd has seen its card go: the next one's would be taken for it."""
        status = self.process.stop()
        if self.pcsc:
            support.eventually(lambda: self.pcsc.is_empty(DECRYPTOR_READER), lambda: "no card in " + DECRYPTOR_READER)
        return status


class Wire:
    """A cable between wpa_supplicant and hostapd."""

    def __init__(self, site, auc_socket):
        self.site, self.auc_socket = site, auc_socket
        subprocess.run(["ip", "link", "add", DEVICE_WIRE, "type", "veth", "peer", "name", NETWORK_WIRE], check=True)
        for end in (DEVICE_WIRE, NETWORK_WIRE):
            subprocess.run(["ip", "link", "set", end, "up"], check=True)

    def close(self):
        subprocess.run(["ip", "link", "delete", DEVICE_WIRE], check=True)

    def hostapd(self, *lines):
        users = self.site.write("eap_user", "".join(f'"{digit}"* {method}\n' for method, digit in METHODS.items()))
        config = self.site.write("hostapd.conf", "\n".join([
            f"interface={NETWORK_WIRE}", "driver=wired", "ieee8021x=1", "eap_server=1", "use_pae_group_addr=1",
            f"eap_user_file={users}", f"eap_sim_db=unix:{self.auc_socket}", *lines, ""]))
        network = Process(self.site, "hostapd", ["hostapd", "-dd", "-K", config])
        if not network.wait_for("AP-ENABLED"):
            raise AssertionError(f"hostapd: {network.log()}")
        return network

    def eapol_test(self, method, reader, timeout=TRIAL_S):
        """eapol_test's output; hostapd serves RADIUS."""
        users = self.site.write("eap_user", "".join(f'"{digit}"* {method}\n' for method, digit in METHODS.items()))
        clients = self.site.write("radius_clients", "127.0.0.1 radius-secret\n")
        config = self.site.write("radius.conf", f"""driver=none
radius_server_clients={clients}
radius_server_auth_port=1812
eap_server=1
eap_user_file={users}
eap_sim_db=unix:{self.auc_socket}
""")
        device = self.site.write("eapol_test.conf", f"""pcsc_reader={reader}
network={{
  key_mgmt=WPA-EAP
  eap={method}
  pcsc=""
}}
""")
        server = Process(self.site, "hostapd", ["hostapd", "-dd", "-K", config])
        try:
            if not server.wait_for("AP-ENABLED|RADIUS"):
                raise AssertionError(f"hostapd: {server.log()}")
            done = subprocess.run(["eapol_test", "-c", device, "-a", "127.0.0.1", "-s", "radius-secret", "-t", str(timeout)],
                                  capture_output=True, text=True, timeout=2 * timeout, check=False)
            return done.stdout
        finally:
            server.stop()

    @staticmethod
    def start_eapol(device):
        """EAPOL-Start (802.1X 11.4) in the device's name, once it listens: wpa_supplicant itself waits two seconds before it asks."""
        device.wait_for("SUPP_PAE entering state CONNECTING")
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as wire:
            pae_group = bytes.fromhex("0180c2000003")
            wire.sendto(bytes.fromhex("02010000"), (DEVICE_WIRE, 0x888E, 0, 0, pae_group))

    def authenticate(self, method, reader, timeout=TRIAL_S):
        """wpa_supplicant with the SIM in `reader`, until it is in or out."""
        network = self.hostapd()
        config = self.site.write("wpa_supplicant.conf", f"""ap_scan=0
pcsc_reader={reader}
network={{
  key_mgmt=IEEE8021X
  eap={method}
  pcsc=""
  eapol_flags=0
}}
""")
        device = Process(self.site, "wpa_supplicant", ["wpa_supplicant", "-dd", "-K", "-D", "wired", "-i", DEVICE_WIRE, "-c", config])
        try:
            self.start_eapol(device)
            ended = device.wait_for(r"CTRL-EVENT-EAP-(SUCCESS|FAILURE)", timeout)
            success = bool(ended) and ended[1] == "SUCCESS" and bool(network.wait_for("CTRL-EVENT-EAP-SUCCESS", 5))
            return Outcome(success, bool(ended) and ended[1] == "FAILURE", device.log(), network.log())
        finally:
            device.stop()
            network.stop()
