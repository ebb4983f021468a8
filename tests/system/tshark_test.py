"""What leaves and reaches the HSS, as Wireshark's dissector reads it: every command there, nothing malformed."""
import collections
import os
import shutil
import subprocess
import unittest

import diameter
import lab_tools
import support

COMMANDS = {diameter.CER: "Capabilities-Exchange", diameter.DWR: "Device-Watchdog", diameter.DPR: "Disconnect-Peer",
            diameter.ULR: "Update-Location", diameter.CLR: "Cancel-Location", diameter.AIR: "Authentication-Information",
            diameter.PUR: "Purge-UE", diameter.NOR: "Notify", diameter.ECR: "ME-Identity-Check", diameter.IDR: "Insert-Subscriber-Data",
            diameter.DSR: "Delete-Subscriber-Data", diameter.RSR: "Reset"}
WATCHDOG_S = 6


def tshark(capture, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", capture, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [line for line in done.stdout.splitlines() if line]


def write_pcap(path, octets):
    """The octets of Node's connections as text2pcap makes packets of them: TCP to port 3868."""
    dump = "".join(f"{direction}\n000000 {packet.hex(' ')}\n" for direction, packet in octets)
    subprocess.run(["text2pcap", "-q", "-D", "-T", "40000,3868", "-", path], input=dump, text=True, check=True,
                   capture_output=True)


class Recorder(diameter.Node):
    """A node that keeps what it sends and receives."""

    def __init__(self, *arguments, **options):
        self.octets = []
        super().__init__(*arguments, **options)

    def send(self, octets):
        self.octets.append(("O", octets))
        super().send(octets)

    def _take(self, received):
        self.octets.append(("I", received.octets))
        super()._take(received)


class Dissected(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.sim = lab_tools.BoundSim(self.site, support.seeded())
        self.hss = self.site.start(config=f"[diameter]\nwatchdog_s = {WATCHDOG_S}\n")

    def assert_clean(self, capture):
        for display_filter in ("_ws.expert.severity == error", "_ws.malformed", "_ws.unreassembled"):
            self.assertEqual(tshark(capture, "-Y", display_filter), [], f"{capture}: {display_filter}")

    def seen(self, capture):
        rows = tshark(capture, "-Y", "diameter", "-T", "fields", "-e", "diameter.cmd.code", "-e", "diameter.flags.request")
        found = collections.Counter()
        for row in rows:
            codes, requests = (column.split(",") for column in row.split("\t"))
            found.update(zip(map(int, codes), (r in ("1", "True") for r in requests)))
        return found

    def test_the_labs_capture_of_an_attach(self):
        capture = self.site.path("lab.pcap")
        _, report = self.sim.attach(self.hss.address, "mme1.visited.example", "--pcap", capture, "--notify-imei", "35000000000002", "--purge",
                                    server_realm="localdomain")
        self.assertEqual(report["outcome"], "attached")
        self.assertEqual((report["noa"]["code"], report["pua"]["code"], report["freeze_m_tmsi"]), (2001, 2001, True))
        self.assert_clean(capture)
        self.assertLessEqual({(c, r) for c in (diameter.CER, diameter.AIR, diameter.ULR, diameter.NOR, diameter.PUR, diameter.DPR) for r in (True, False)},
                             set(self.seen(capture)))

    def test_every_command_and_refusal(self):
        imsi, host = lab_tools.IMSI, "visited.example"
        first, second = (Recorder(self.hss.address, f"mme{i}.{host}") for i in (1, 2))
        for node in (first, second):
            self.addCleanup(node.close)
        rand = first.air(imsi, 5).vectors[0][0]
        for answer in (first.ulr(imsi, lab_tools.IMEI), first.ulr(imsi, "35000000000002"), first.ulr(imsi, "12"), second.air(imsi),
                       second.ulr(imsi)):
            self.assertEqual(answer.result, 2001)
        first.wait_for(diameter.CLR)
        self.assertEqual([second.nor(imsi, lab_tools.IMEI).result, first.nor(imsi, lab_tools.IMEI).result, first.pur(imsi).result,
                          first.ecr(lab_tools.IMEI).result, first.ecr("35000000000002").result], [2001, 5423, 2001, 2001, 5422])
        self.assertEqual(first.ulr(imsi, flags=8, features={1: 0xffffffff, 2: 0xffffffff}).result, 2001)  # S6d, GPRS data
        self.site.ok("subscriber", "set", imsi, "--msisdn", "491700000005", "--apn", "internet", "--apn", "alarm")
        for node in (first, second):
            for command in (diameter.IDR, diameter.DSR):
                node.wait_for(command)
        self.site.ok("reset")
        for node in (first, second):
            node.wait_for(diameter.RSR)
        refused = [first.air(imsi, 1, rand + b"\0" * 14), first.air(imsi, 0), first.air("001019999999999"),
                   first.ulr("001019999999999"), first.request(999, first.routing()),
                   first.request(diameter.AIR, first.air_avps(imsi), 4), first.request(diameter.AIR, first.routing()),
                   first.request(diameter.AIR, []), first.request(diameter.ULR, first.routing() + [diameter.avp(1, imsi)]),
                   first.request(diameter.AIR, first.air_avps(imsi) + [diameter.avp(60000, "x")])]
        self.assertEqual([a.result for a in refused], [4181, 5004, 5001, 5001, 3001, 3007, 5005, 5005, 5005, 5001])
        self.assertEqual(first.request(diameter.DWR, [diameter.avp(264, first.host), diameter.avp(296, first.realm)], 0,
                                       diameter.REQUEST).result, 2001)
        second.wait_for(diameter.DWR, timeout=support.DEADLINE_S)
        second.request(diameter.DPR, [diameter.avp(264, second.host), diameter.avp(296, second.realm), diameter.avp(273, 2)], 0,
                       diameter.REQUEST)
        self.hss.stop()
        for node in (first, second):  # what was sent last has been read, too
            self.assertTrue(node.closed.wait(support.DEADLINE_S))
        total = collections.Counter()
        for node in (first, second):
            capture = self.site.path(f"{node.host}.pcap")
            # What we send wrongly on purpose is ours; what the HSS sends is judged.
            write_pcap(capture, [(d, o) for d, o in node.octets if d == "I"])
            self.assert_clean(capture)
            total += self.seen(capture)
        from_hss = {(c, False) for c in (257, 280, 282, 316, 318, 321, 323, 324, 999)} | {(c, True) for c in (280, 282, 317, 319, 320, 322)}
        self.assertLessEqual(from_hss, set(total))
        print(f"{sum(total.values())} messages of the HSS, dissected without an error", flush=True)


class Control(unittest.TestCase):
    @unittest.skipUnless(shutil.which("tshark"), "no tshark")
    def test_the_filters_find_what_is_malformed(self):
        site = support.Site()
        self.addCleanup(site.close)
        good = diameter.avp(1, "001010000000001")
        bad = diameter.message(diameter.AIR, 0x40, diameter.S6A, 1, 1, [good[:5] + b"\0\0\x05" + good[8:]])
        write_pcap(site.path("bad.pcap"), [("I", bad)])
        found = tshark(site.path("bad.pcap"), "-Y", "_ws.expert.severity == error || _ws.malformed")
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    if not (shutil.which("tshark") and shutil.which("text2pcap")):
        print("SKIPPED: tshark is not installed", flush=True)
        os._exit(support.SKIPPED)
    support.main()
