"""Imports: all or nothing, every bad row named; and while one runs, the HSS keeps answering."""
import contextlib
import signal
import sqlite3
import subprocess
import threading
import time

import diameter
import support

SUBSCRIBERS = 100_000


def subscribers(rng, first, count):
    rows = ["imsi,k,opc,sqn"]
    rows += [f"{first + i:015d},{support.key(rng).hex()},{support.key(rng).hex()},0" for i in range(count)]
    return "\n".join(rows) + "\n"


class Import(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.rng = support.seeded()

    def test_bad_import_names_every_bad_row_and_changes_nothing(self):
        self.site.ok("import", "subscribers", self.site.write("good.csv", subscribers(self.rng, 1010000000001, 3)))
        before = self.site.ok("--json", "subscriber", "list")
        rows = subscribers(self.rng, 1010000000100, 6).splitlines()
        rows[2] = rows[2].replace(rows[2].split(",")[1], "abcd")     # line 3: K too short
        rows[4] = "12," + rows[4].split(",", 1)[1]                   # line 5: no IMSI
        rows[6] = rows[1]                                            # line 7: the same IMSI again
        for offline in (True, False):
            if not offline:
                self.site.start()
            done = self.site.cli("import", "subscribers", self.site.write("bad.csv", "\n".join(rows) + "\n"))
            self.assertRefused(done, "bad.csv:3:", "bad.csv:5:", "bad.csv:7:", "3 bad rows")
            self.assertEqual(self.site.ok("--json", "subscriber", "list"), before)

    def test_unknown_and_duplicate_columns_are_errors(self):
        for header in ("imsi,k,opc,colour", "imsi,k,opc,imsi", "imsi,k", "k,opc"):
            with self.subTest(header):
                row = ",".join(["001010000000001" if c == "imsi" else "00" * 16 for c in header.split(",")])
                self.assertRefused(self.site.cli("import", "subscribers", self.site.write("h.csv", f"{header}\n{row}\n")))

    def rows(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.site.db}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM subscriber").fetchone()[0]

    def until(self, holds, seconds=30):
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.002)

    def import_in_its_write_pass(self):
        """A simbiont that has written some of the rows, and not all."""
        before = self.rows()
        self.many = self.site.write("many.csv", subscribers(self.rng, 1020000000000, SUBSCRIBERS))
        process = subprocess.Popen([support.program("simbiont"), "--db", self.site.db, "import", "subscribers", self.many],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.until(lambda: self.rows() > before)
        return process

    def test_an_interrupted_import_leaves_nothing(self):
        self.site.ok("import", "subscribers", self.site.write("one.csv", subscribers(self.rng, 1010000000001, 50)))
        for offline, signal_number in ((True, signal.SIGINT), (False, signal.SIGINT), (False, signal.SIGTERM)):
            with self.subTest(offline=offline, signal=signal_number):
                if not offline and not self.site.started:
                    self.site.start()
                process = self.import_in_its_write_pass()
                process.send_signal(signal_number)
                out, err = process.communicate(timeout=120)
                self.assertEqual((process.returncode, out), (1, ""), err)
                self.assertIn("nothing was imported", err)
                self.assertEqual(self.rows(), 50)
        self.assertIn("import-undone", self.site.ok("events"))

    def test_an_import_whose_client_is_killed_is_taken_back_by_the_hss(self):
        self.site.start()
        self.import_in_its_write_pass().kill()
        self.until(lambda: self.rows() == 0, seconds=60)
        self.site.ok("kme", "add", "free", "--generate")

    def test_an_import_whose_hss_ends_is_taken_back_or_says_what_stands(self):
        hss = self.site.start()
        process = self.import_in_its_write_pass()
        self.assertEqual(hss.stop(), 0)
        process.communicate(timeout=120)
        self.assertIn(process.returncode, (1, 3))
        self.assertEqual(self.rows(), 0)
        hss = self.site.start()
        process = self.import_in_its_write_pass()
        hss.stop(signal.SIGKILL)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("--replace", err)
        self.site.ok("import", "subscribers", self.many, "--replace", timeout=120)
        self.assertEqual(self.rows(), SUBSCRIBERS)

    def test_hss_answers_while_an_import_writes(self):
        self.site.ok("import", "subscribers", self.site.write("one.csv", subscribers(self.rng, 1010000000001, 50)))
        hss = self.site.start()
        file = self.site.write("many.csv", subscribers(self.rng, 1020000000000, SUBSCRIBERS))
        done, latencies = threading.Event(), []

        def work():
            try:
                self.site.ok("import", "subscribers", file, timeout=300)
            finally:
                done.set()

        begun = time.monotonic()
        worker = threading.Thread(target=work)
        with diameter.Node(hss.address, "mme1.visited.example") as mme:
            worker.start()
            while not done.is_set():
                imsi = f"{1010000000001 + len(latencies) % 50:015d}"
                sent = time.monotonic()
                result = mme.air(imsi).result if len(latencies) % 3 else mme.ulr(imsi).result
                latencies.append(time.monotonic() - sent)
                self.assertEqual(result, 2001)
                time.sleep(0.001)
            worker.join()
            seconds = time.monotonic() - begun
            self.assertEqual(mme.air(f"{1020000000000 + SUBSCRIBERS - 1:015d}").result, 2001)
        latencies.sort()
        print(f"import of {SUBSCRIBERS} subscribers: {seconds:.2f} s; meanwhile {len(latencies)} answers, latency median "
              f"{latencies[len(latencies) // 2] * 1e3:.2f} ms, max {latencies[-1] * 1e3:.1f} ms", flush=True)
        self.assertGreater(len(latencies), 20)
        # No request waits for the whole import, however slow the machine is.
        self.assertLess(latencies[-1], max(2.0, seconds / 4))


if __name__ == "__main__":
    support.main()
