"""The operator's own list as the source of associations: a drop folder, and a real PostgreSQL that goes down and comes back."""
import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import diameter
import support

DEVICES = ["490154203237518", "351542000000014", "356938035643809"]
UNKNOWN = "356938035643700"


def imsi(number):
    return f"{1010000000001 + number:015d}"


class SyncTest(support.SiteTest):
    def setUp(self):
        super().setUp()
        rng = support.seeded()
        rows = ["imsi,k,opc"] + [f"{imsi(i)},{support.key(rng).hex()},{support.key(rng).hex()}" for i in range(12)]
        self.site.ok("import", "subscribers", self.site.write("sims.csv", "\n".join(rows) + "\n"))
        self.site.ok("kme", "add", "meters", "--generate")
        for device in DEVICES:
            self.site.ok("device", "add", device, "--kme", "meters")

    def bound(self):
        return {(row["imsi"], row["imei"]) for row in self.site.rows("bindings") if row["imei"]}

    def sync(self, *arguments):
        return self.site.cli("--config", self.site.path("hss.toml"), "sync", *arguments)

    def reports(self):
        return [report for report in self.site.rows("sync", "report", "--list") if report["result"] != "running"]

    def report(self, number):
        return support.eventually(lambda: next((r for r in self.reports() if r["id"] == number), None), f"report {number}")


class Folder(SyncTest):
    def setUp(self):
        super().setUp()
        self.folder = self.site.path("pairs")
        os.mkdir(self.folder, 0o750)
        self.config = f'[sync]\nfolder = "{self.folder}"\nfolder_interval_s = 1\non_missing = "unbind"\nmax_removals_percent = 40\n'

    def drop(self, name, rows):
        part = os.path.join(self.folder, name + ".part")
        with open(part, "w", encoding="utf-8") as file:
            file.write("\n".join(["imsi,imei", *rows]) + "\n")
        os.chmod(part, 0o640)
        os.rename(part, os.path.join(self.folder, name))

    def test_files_are_taken_as_they_come_and_reported(self):
        hss = self.site.start(config=self.config)
        with diameter.Node(hss.address, "mme1.visited.example") as mme:
            self.assertEqual(mme.air(imsi(0)).result, 2001)  # plain vectors in the node
            rows = [f"{imsi(i)},{DEVICES[i % 3]}" for i in range(5)] + [f"{imsi(5)},{UNKNOWN}", "x,y"]
            self.drop("2026-01-01.csv", rows)
            first = self.report(1)
        self.assertEqual((first["result"], first["added"], first["refused"]), ("done", 5, 2))
        self.assertEqual(self.bound(), {(imsi(i), DEVICES[i % 3]) for i in range(5)})
        self.assertEqual({row["mode"] for row in self.site.rows("bindings")}, {"enforce"})
        support.eventually(lambda: glob.glob(os.path.join(self.folder, "done", "1-2026-01-01.csv.report.json")), "the report")
        with open(os.path.join(self.folder, "done", "1-2026-01-01.csv.report.json"), encoding="utf-8") as file:
            whole = json.load(file)
        self.assertIn(f"row 7: no device {UNKNOWN}", [item["reason"] for item in whole["items"] if item["imsi"] == imsi(5)][0])
        self.assertIn("CLR to mme1.visited.example", [item["reason"] for item in whole["items"]])

        # One IMSI gone, one swapped: 2 of 5 associations, which 40 % allow. Then a file with nothing.
        self.drop("2026-01-02.csv", [f"{imsi(0)},{DEVICES[1]}"] + rows[1:4])
        second = self.report(2)
        self.assertEqual((second["result"], second["added"], second["removed"], second["missing"]), ("done", 1, 2, 1))
        before = self.bound()
        self.assertNotIn((imsi(4), DEVICES[1]), before)
        self.drop("2026-01-03.csv", [])
        third = self.report(3)
        self.assertEqual(third["result"], "refused")
        self.assertIn("4 of 4 associations", third["reason"])
        self.assertEqual(self.bound(), before)
        support.eventually(lambda: os.path.exists(os.path.join(self.folder, "failed", "3-2026-01-03.csv")), "it is put away")
        self.assertIn("sync-refused", self.site.ok("events"))
        self.assertIn("in order", self.site.ok("sync", "status"))

    def test_links_stay_unread_and_a_dry_run_changes_nothing(self):
        self.site.write("hss.toml", self.config)
        self.drop("a.csv", [f"{imsi(0)},{DEVICES[0]}"])
        dry = self.sync("run", "--dry-run", "--json")
        self.assertEqual(json.loads(dry.stdout)["added"], 1, dry.stderr)
        self.assertEqual(self.bound(), set())
        self.assertTrue(os.path.exists(os.path.join(self.folder, "a.csv")))
        self.assertEqual(self.sync("run").returncode, 0)
        self.assertEqual(self.bound(), {(imsi(0), DEVICES[0])})
        os.symlink(self.site.path("sims.csv"), os.path.join(self.folder, "b.csv"))
        linked = self.sync("run")
        self.assertEqual(linked.returncode, 1, linked.stdout)
        self.assertIn("not a regular file", linked.stderr)
        self.assertTrue(os.path.islink(os.path.join(self.folder, "failed", "3-b.csv")))
        self.assertRefused(self.sync("run"), "no file")


class Postgres:
    """A private server on a unix socket, run by a user that is not root: it refuses root."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="simbiont-pg-")
        self.process = None
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        self.bin = binaries[-1] if binaries else None
        self.demote = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
            self.demote = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]

    def run(self, *command):
        return subprocess.run([*self.demote, *command], cwd="/", check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": self.directory}).stdout

    def make(self):
        self.run(os.path.join(self.bin, "initdb"), "-D", self.directory + "/data", "-U", "fleet", "-A", "trust", "--no-sync")

    def start(self):
        options = ["-c", "listen_addresses=", "-k", self.directory, "-c", "fsync=off", "-c", "shared_buffers=1MB"]
        self.process = subprocess.Popen([*self.demote, os.path.join(self.bin, "postgres"), "-D", self.directory + "/data", *options],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        support.eventually(lambda: os.path.exists(os.path.join(self.directory, ".s.PGSQL.5432")) and self.answers(), "PostgreSQL")

    def answers(self):
        return subprocess.run([os.path.join(self.bin, "pg_isready"), "-h", self.directory, "-q"], check=False).returncode == 0

    def sql(self, text):
        self.run(os.path.join(self.bin, "psql"), "-h", self.directory, "-U", "fleet", "-d", "postgres", "-q", "-v",
                 "ON_ERROR_STOP=1", "-c", text)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once
            self.process.wait(60)

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class PostgreSql(SyncTest):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        if self.postgres.bin is None:
            self.skipTest("no PostgreSQL here")
        self.postgres.make()
        self.postgres.start()
        self.postgres.sql("CREATE TABLE sim (imsi bigint, imei text); CREATE ROLE reader LOGIN; GRANT SELECT ON sim TO reader")

    def config(self, query="SELECT lpad(imsi::text, 15, '0') AS imsi, imei FROM sim;", more=""):
        return (f'[sync]\npostgresql = "host={self.postgres.directory} user=reader dbname=postgres"\nquery = "{query}"\n'
                f'postgresql_interval_s = 1\nmax_removals_percent = 50\non_missing = "unbind"\n{more}')

    def fill(self, pairs):
        values = ", ".join(f"({int(i)}, '{device}')" for i, device in pairs)
        self.postgres.sql("TRUNCATE sim" + (f"; INSERT INTO sim VALUES {values}" if pairs else ""))

    def test_the_table_decides_and_the_database_may_go_and_come_back(self):
        pairs = [(imsi(i), DEVICES[i % 3]) for i in range(6)]
        self.fill(pairs + [(imsi(6), UNKNOWN)])
        hss = self.site.start(config=self.config())
        support.eventually(lambda: self.bound() == set(pairs), self.bound)
        self.assertEqual(self.report(1)["refused"], 1)
        self.postgres.stop()
        support.eventually(lambda: "failing" in self.site.ok("sync", "status"), "it notices")
        with diameter.Node(hss.address, "mme1.visited.example") as mme:
            self.assertEqual(mme.air(imsi(0)).result, 2001)
        self.assertEqual(self.bound(), set(pairs))
        self.postgres.start()
        self.fill(pairs[1:])
        support.eventually(lambda: self.bound() == set(pairs[1:]), self.bound)
        kinds = [event["kind"] for event in self.site.rows("events")]
        self.assertEqual((kinds.count("sync-failed"), kinds.count("sync-back")), (1, 1))
        self.fill([])
        support.eventually(lambda: self.reports()[-1]["result"] == "refused", "the guard")
        self.assertEqual(self.bound(), set(pairs[1:]))

    def test_what_a_query_may_not(self):
        self.fill([(imsi(0), DEVICES[0])])
        wrong = {"SELECT imsi FROM sim": "lacks the column", "SELECT imsi, imei, 1 AS k FROM sim": "another column",
                 "SELECT 1; DROP TABLE sim": "multiple commands", "SELECT imei, pg_sleep(30)::text AS imsi FROM sim": "timeout",
                 "WITH gone AS (DELETE FROM sim RETURNING *) SELECT imsi::text, imei FROM gone": "",
                 "SELECT lpad(imsi::text, 15, '0') AS imsi, imei FROM sim, generate_series(1, 5)": "more than 4 rows"}
        for query, reason in wrong.items():
            with self.subTest(query):
                self.site.write("hss.toml", self.config(query, "statement_timeout_s = 1\nmax_rows = 4\n"))
                begun = time.monotonic()
                done = self.sync("run")
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertIn(reason, done.stderr)
                self.assertLess(time.monotonic() - begun, 30)
        self.site.write("hss.toml", self.config())
        self.assertEqual(self.sync("run").returncode, 0)
        self.assertEqual(self.bound(), {(imsi(0), DEVICES[0])})


if __name__ == "__main__":
    support.main()
