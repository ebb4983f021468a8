"""Imports: all or nothing, every bad row named; and while one runs, the HSS keeps answering."""
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
