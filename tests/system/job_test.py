"""Bulk jobs on a running HSS: a result a row, the same file again, a kill in the middle."""
import csv
import io
import os
import signal
import subprocess

import diameter
import support

SIMS, DEVICE = 100, "490154203237518"


def imsi(number):
    return f"{1010000000001 + number:015d}"


class Job(support.SiteTest):
    def setUp(self):
        super().setUp()
        rng = support.seeded()
        rows = ["imsi,k,opc"] + [f"{imsi(i)},{support.key(rng).hex()},{support.key(rng).hex()}" for i in range(SIMS)]
        self.site.ok("import", "subscribers", self.site.write("sims.csv", "\n".join(rows) + "\n"))
        self.site.ok("kme", "add", "meters", "--generate")
        self.site.ok("device", "add", DEVICE, "--kme", "meters")

    def file(self, name, rows):
        return self.site.write(name, "\n".join(["op,imsi,imei,mode", *rows]) + "\n")

    def results(self, job):
        return [row["result"] for row in csv.DictReader(io.StringIO(self.site.ok("job", "result", job)))]

    def test_good_and_bad_rows_and_the_same_file_again(self):
        rows = [f"bind,{imsi(0)},{DEVICE},", f"bind,{imsi(1)},351542000000014,", f"mode,{imsi(2)},,observe", "dance,1,,",
                f"unbind,{imsi(3)},{DEVICE},"]
        file = self.file("fleet.csv", rows)
        hss = self.site.start()
        dry = self.site.cli("job", "run", file, "--dry-run")
        self.assertIn("2 done, 1 unchanged, 2 refused (dry run", dry.stdout)
        self.assertEqual(self.site.rows("bindings"), [])
        with diameter.Node(hss.address, "mme1.visited.example") as mme:
            self.assertEqual(mme.ulr(imsi(0)).result, 2001)
            done = self.site.cli("job", "run", file)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("2 done, 1 unchanged, 2 refused", done.stdout)
            self.assertIn("line 3: no device 351542000000014", done.stderr)
        self.assertEqual(self.results(2), ["done", "refused", "done", "refused", "unchanged"])
        self.assertIn("CLR to mme1.visited.example", self.site.ok("job", "result", "2"))
        self.site.ok("device", "add", "351542000000014", "--kme", "meters")
        again = self.site.cli("job", "run", file)
        self.assertIn("1 done, 3 unchanged, 1 refused", again.stdout)
        out = self.site.path("result.csv")
        self.site.ok("job", "result", "3", "--out", out)
        with open(out, encoding="utf-8", newline="") as result:
            read = list(csv.DictReader(result))
        self.assertEqual(read[0], {"line": "2", "op": "bind", "imsi": imsi(0), "imei": DEVICE, "mode": "", "result": "unchanged",
                                   "reason": "done by job 2"})
        self.assertEqual([job["state"] for job in self.site.rows("job", "list")], ["finished"] * 3)
        self.assertIn("job-finished", self.site.ok("events"))

    def test_a_job_is_run_without_an_hss_too(self):
        file = self.file("fleet.csv", [f"bind,{imsi(i)},{DEVICE}," for i in range(SIMS)])
        self.assertIn(f"{SIMS} done", self.site.ok("job", "run", file))
        self.assertIn(f"{SIMS} unchanged", self.site.ok("job", "run", file, "--again"))

    def test_a_killed_hss_goes_on_where_it_was(self):
        # Two rows an IMSI beside each other: groups of one row, so that there is a middle.
        rows = [row for i in range(SIMS) for row in (f"mode,{imsi(i)},,observe", f"bind,{imsi(i)},{DEVICE},")]
        hss = self.site.start()
        self.site.ok("job", "run", self.file("fleet.csv", rows), "--detach")
        support.eventually(lambda: self.site.rows("job", "show", "1")[0]["done"] > 20, "rows are done")
        hss.stop(signal.SIGKILL)
        done = self.site.rows("job", "show", "1")[0]
        self.assertEqual((done["state"], done["waiting"] > 0), ("interrupted", True), done)
        self.assertEqual(self.results(1).count("done"), done["done"])
        self.site.start()
        ended = support.eventually(lambda: [j for j in self.site.rows("job", "list") if j["state"] == "finished"], "it ends")[0]
        self.assertEqual((ended["done"], ended["refused"]), (2 * SIMS, 0))
        self.assertEqual(int(self.site.ok("status", "--json").split('"bound_imsis":')[1].split(",")[0]), SIMS)
        kinds = [event["kind"] for event in self.site.rows("events")]
        self.assertEqual((kinds.count("bound"), kinds.count("mode-changed")), (SIMS, SIMS))

    def test_an_interrupted_offline_job_is_resumed(self):
        rows = [row for i in range(SIMS) for row in (f"mode,{imsi(i)},,observe", f"mode,{imsi(i)},,off")]
        process = subprocess.Popen([support.program("simbiont"), "--db", self.site.db, "job", "run",
                                    self.file("fleet.csv", rows)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)

        def begun():
            return process.poll() is not None or int(self.site.sql("SELECT count(*) FROM job_row WHERE result <> 0") or 0) > 10

        support.eventually(begun, "rows are done")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if self.site.rows("job", "show", "1")[0]["state"] == "interrupted":
            self.site.ok("job", "resume", "1")
        self.assertEqual(self.site.rows("job", "show", "1")[0]["done"], 2 * SIMS)

    def test_a_cancelled_job_leaves_its_rest_to_the_next_run(self):
        rows = [row for i in range(SIMS) for row in (f"mode,{imsi(i)},,observe", f"bind,{imsi(i)},{DEVICE},")]
        file = self.file("fleet.csv", rows)
        self.site.start()
        self.site.ok("job", "run", file, "--detach")
        cancelled = self.site.rows("job", "cancel", "1")[0]
        self.assertEqual(cancelled["state"], "cancelled")
        second = self.site.rows("job", "run", file)[0]
        self.assertEqual(second["done"] + second["unchanged"], 2 * SIMS)
        self.assertEqual(second["done"], cancelled["waiting"])


if __name__ == "__main__":
    support.main()
