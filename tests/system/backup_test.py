"""backup and restore around a running HSS: consistent, and no SQN comes twice."""
import json
import os
import stat
import threading

import diameter
import support

IMSI, ADDED_LATER = "001010000000001", "001010000000002"
KEYS = ["--k", "00" * 15 + "01", "--opc", "00" * 15 + "02"]


class Backup(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.site.ok("subscriber", "add", IMSI, *KEYS)
        self.hss = self.site.start()
        self.mme = diameter.Node(self.hss.address, "mme1.visited.example")
        self.addCleanup(self.mme.close)

    def sqn(self):
        return int(self.site.rows("subscriber", "show", IMSI)[0]["sqn"])

    def test_backup_is_for_its_owner_alone_and_does_not_overwrite(self):
        directory = self.site.path("backup")
        self.site.ok("backup", directory)
        self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
        for name in os.listdir(directory):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(directory, name)).st_mode), 0o600, name)
        self.assertRefused(self.site.cli("backup", directory))

    def test_hss_answers_while_a_backup_is_made(self):
        done, made = threading.Event(), []

        def work():
            try:
                for i in range(5):
                    self.site.ok("backup", self.site.path(f"backup{i}"))
                made.append(5)
            finally:
                done.set()

        worker = threading.Thread(target=work)
        worker.start()
        answers = 0
        while not done.is_set():
            self.assertEqual(self.mme.air(IMSI).result, 2001)
            answers += 1
        worker.join()
        self.assertEqual(made, [5])
        self.assertGreater(answers, 5)

    def test_restore_brings_back_what_was_and_never_an_old_sqn(self):
        self.site.ok("backup", self.site.path("backup"))
        self.assertEqual(self.mme.ulr(IMSI).result, 2001)
        for _ in range(200):
            self.assertEqual(len(self.mme.air(IMSI, 5).vectors), 5)
        used = self.sqn()
        self.site.ok("subscriber", "add", ADDED_LATER, *KEYS)
        self.assertEqual(self.mme.air(ADDED_LATER).result, 2001)
        for online in (True, False):
            if not online:
                self.hss.stop()
            self.site.ok("restore", self.site.path("backup"))
            self.assertGreaterEqual(self.sqn(), used)  # the next vector takes a higher one
            self.assertEqual(self.site.cli("subscriber", "show", ADDED_LATER).returncode, 1)
            if online:
                self.assertEqual(self.mme.air(ADDED_LATER).result, 5001)
                self.assertEqual(self.mme.air(IMSI).result, 2001)
                used = self.sqn()

    def test_restore_calls_back_what_the_network_holds(self):
        """IMSI: bound in the backup, plain in the store. ADDED_LATER: not in the backup."""
        for command in ("kme add m1 --generate", "device add 35000000000001 --kme m1", f"bind {IMSI} 35000000000001"):
            self.site.ok(*command.split())
        self.site.ok("backup", self.site.path("backup"))
        self.site.ok("mode", IMSI, "off")
        self.site.ok("subscriber", "add", ADDED_LATER, *KEYS)
        with diameter.Node(self.hss.address, "mme2.visited.example") as other:
            self.assertEqual(self.mme.air(IMSI).result, 2001)
            self.assertEqual(self.mme.ulr(IMSI).result, 2001)
            self.assertEqual(other.air(ADDED_LATER).result, 2001)
            done = self.site.cli("--json", "restore", self.site.path("backup"))
            self.assertEqual(json.loads(done.stdout)["clr_to"], ["mme1.visited.example", "mme2.visited.example"])
            for host in json.loads(done.stdout)["clr_to"]:
                self.assertIn(host, done.stderr)
            for node, imsi, flags in ((self.mme, IMSI, 3), (other, ADDED_LATER, 1)):
                clr = node.wait_for(diameter.CLR)
                self.assertEqual((clr.one(1).decode(), clr.one(1420)), (imsi, b"\0\0\0\2"))
                self.assertEqual(clr.one(1638), bytes((0, 0, 0, flags)))

    def test_restore_of_what_is_no_backup_changes_nothing(self):
        os.mkdir(self.site.path("empty"))
        before = self.site.ok("--json", "subscriber", "list")
        self.assertRefused(self.site.cli("restore", self.site.path("empty")))
        self.assertEqual(self.site.ok("--json", "subscriber", "list"), before)
        self.assertEqual(self.mme.air(IMSI).result, 2001)


if __name__ == "__main__":
    support.main()
