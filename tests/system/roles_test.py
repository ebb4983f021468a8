#!/usr/bin/env python3
"""Roles, two custodians and the audit log, with real users of this system: each command runs under another uid."""
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

BIN = os.environ["SIMBIONT_BIN"]
K = "465b5ce8b199b49faa5f0a2ee238a6bc"
OPC = "cd63cb71954a9f4e48a5994e37a02baf"
IMSI, IMEI = "001010000000001", "490154203237518"
# Users that every Debian has; the roles are given to some of them below.
VIEWER, OPERATOR, CUSTODIAN, SECOND, NOBODY = "games", "daemon", "man", "mail", "news"
SHARED = "users"  # the socket's group
CONFIG = f"""
[store]
db = "simbiont.db"
[admin]
socket_group = "{SHARED}"
[roles]
viewer = ["user:{VIEWER}"]
operator = ["group:{OPERATOR}"]
custodian = ["user:{CUSTODIAN}", "user:{SECOND}"]
"""


class Site:
    def __init__(self, directory):
        self.dir = directory
        os.chmod(directory, 0o755)
        with open(directory + "/hss.toml", "w") as file:
            file.write(CONFIG)
        self.hss = None
        self.run(None, "init")

    def run(self, user, *words, expect=0, groups=SHARED, input_text=None):
        become = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}"] + (
            [f"--groups={groups}"] if groups else ["--clear-groups"])
        done = subprocess.run(become + [BIN + "/simbiont", "--config", "hss.toml", *words], cwd=self.dir,
                              capture_output=True, text=True, timeout=60, input=input_text)
        assert done.returncode == expect, (user, words, done)
        for key in (K, OPC):
            assert key not in done.stdout + done.stderr, words
        return done.stdout if expect == 0 else done.stderr

    def json(self, user, *words):
        return json.loads(self.run(user, *words, "--json"))

    def start(self):
        self.hss = subprocess.Popen([BIN + "/simbiont-hss", "--config", "hss.toml", "--listen", "127.0.0.1:0"],
                                    cwd=self.dir, stderr=subprocess.DEVNULL)
        for _ in range(600):
            assert self.hss.poll() is None, "simbiont-hss ended"
            if os.path.exists(self.dir + "/simbiont.db.sock"):
                probe = socket.socket(socket.AF_UNIX)
                if probe.connect_ex(self.dir + "/simbiont.db.sock") == 0:
                    return probe.close()
            time.sleep(0.05)
        raise AssertionError("no admin socket")

    def stop(self):
        if self.hss is not None:
            self.hss.terminate()
            assert self.hss.wait(30) == 0
            self.hss = None


class RolesTest(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.site = Site(self.home)
        self.site.start()

    def tearDown(self):
        if self.site.hss is not None:
            self.site.hss.kill()
            self.site.hss.wait()
        shutil.rmtree(self.home)

    def provision(self):
        run = self.site.run
        run(CUSTODIAN, "kme", "add", "meter", "--generate")
        run(OPERATOR, "device", "add", IMEI, "--kme", "meter")
        run(OPERATOR, "subscriber", "add", IMSI, "--k", "-", "--opc", "-", input_text=f"{K}\n{OPC}\n")
        run(OPERATOR, "bind", IMSI, IMEI)

    def test_each_user_may_what_its_role_says_and_the_socket_what_its_mode_says(self):
        run = self.site.run
        self.provision()
        self.assertIn("is not operator", run(VIEWER, "mode", IMSI, "off", expect=1))
        self.assertIn("is not operator", run(CUSTODIAN, "mode", IMSI, "off", expect=1))
        self.assertIn("is not custodian", run(OPERATOR, "kme", "add", "other", "--generate", expect=1))
        self.assertIn("is not custodian", run(OPERATOR, "subscriber", "sqn", IMSI, "0", expect=1))
        for user in (VIEWER, OPERATOR, CUSTODIAN):
            self.assertEqual(self.site.json(user, "bindings")[0]["mode"], "enforce")
        self.assertIn("is not viewer", run(NOBODY, "status", expect=1))
        self.assertIn("is not viewer", run(None, "status", expect=1), "root is not named")
        self.assertIn("may not open the admin socket", run(VIEWER, "status", expect=1, groups=None))
        refusals = [e for e in self.site.json(VIEWER, "audit", "list") if e["outcome"] == "refused"]
        self.assertIn((NOBODY, "GET /v1/status"), [(e["user"], e["action"]) for e in refusals])
        self.assertTrue(any(e["kind"] == "access-refused" for e in map(json.loads, run(
            VIEWER, "events", "--json").splitlines())))

    def test_nothing_that_a_client_says_makes_it_another_user(self):
        said = ("import socket,sys\n"
                "s=socket.socket(socket.AF_UNIX);s.connect('simbiont.db.sock')\n"
                "s.sendall(b'POST /v1/kmes HTTP/1.1\\r\\nHost: x\\r\\nREMOTE_ADDR: 6\\r\\nREMOTE_PORT: 1\\r\\n"
                "Content-Length: 27\\r\\n\\r\\n{\"id\":\"x\",\"generate\":true  }')\n"
                "sys.stdout.write(s.makefile().read())\n")
        done = subprocess.run(["setpriv", f"--reuid={VIEWER}", f"--regid={VIEWER}", f"--groups={SHARED}", "python3",
                               "-c", said], cwd=self.home, capture_output=True, text=True, timeout=30)
        self.assertIn("403", done.stdout.split("\r\n")[0].split("\n")[0], done)
        self.assertIn(f"{VIEWER} (uid", done.stdout)

    def test_two_custodians_and_no_way_round(self):
        run, home = self.site.run, self.home
        self.provision()
        backup = home + "/backup"
        run(OPERATOR, "backup", backup)
        run(OPERATOR, "mode", IMSI, "off")
        waiting = run(CUSTODIAN, "restore", backup, expect=4)
        self.assertIn("simbiont approve 1", waiting)
        self.assertEqual(self.site.json(VIEWER, "approvals", "list")[0]["state"], "pending")
        self.assertIn("another custodian", run(CUSTODIAN, "approve", "1", expect=1))
        self.assertIn("is not custodian", run(OPERATOR, "approve", "1", expect=1))
        self.assertEqual(self.site.json(VIEWER, "bindings")[0]["mode"], "off", "nothing is done yet")
        run(SECOND, "approve", "1")
        self.assertEqual(self.site.json(VIEWER, "bindings")[0]["mode"], "enforce")
        entry = [e for e in self.site.json(VIEWER, "audit", "list") if e["action"] == "POST /v1/restore"
                 and e["outcome"] == "done"][0]
        self.assertEqual(entry["user"], CUSTODIAN)
        self.assertTrue(entry["second"].startswith(SECOND + " (uid"))
        run(CUSTODIAN, "restore", backup, expect=4)
        run(SECOND, "deny", "2")
        self.assertIn("denied already", run(SECOND, "approve", "2", expect=1))
        self.site.stop()
        self.assertIn("second custodian", run(None, "restore", backup, expect=1), "the store remembers the rule")
        self.assertEqual(self.site.json(None, "approvals", "list")[1]["state"], "denied")
        self.assertGreater(self.site.json(None, "audit", "verify")["entries"], 8)

    def test_the_log_shows_every_way_of_tampering_with_the_file(self):
        self.provision()
        self.site.stop()
        run, db = self.site.run, self.home + "/simbiont.db"
        head = self.site.json(None, "audit", "head")
        self.assertEqual(self.site.json(None, "audit", "verify"), head)
        last = head["entries"]
        with open(db, "rb") as file:
            self.assertNotIn(bytes.fromhex(K), file.read())
        copy = self.home + "/copy.db"
        shutil.copy(db, copy)
        columns = ("at", "uid", "pid", "user", "role", "via", "second", "action", "outcome", "arguments",
                   "before_json", "after_json", "hash")
        changed = {"at": "at + 1", "uid": "uid + 1", "pid": "pid + 1", "hash": "zeroblob(32)"}
        cases = [(f"UPDATE audit SET {c} = {changed.get(c, c + ' || char(120)')} WHERE id = 2", 2) for c in columns]
        cases += [(f"DELETE FROM audit WHERE id = {n}", n) for n in (1, 2)]
        cases.append(("UPDATE audit SET id = 99 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; "
                      "UPDATE audit SET id = 3 WHERE id = 99", 2))
        cases.append((f"INSERT INTO audit SELECT id + 1, {', '.join(columns)} FROM audit WHERE id = {last}", last + 1))
        for sql, bad in cases:
            with self.subTest(sql=sql):
                shutil.copy(copy, db)
                edit = sqlite3.connect(db)
                edit.executescript("DROP TRIGGER audit_keeps; DROP TRIGGER audit_grows; " + sql)
                edit.close()
                self.assertIn(f"audit entry {bad}:", run(None, "audit", "verify", expect=1))
        shutil.copy(copy, db)
        edit = sqlite3.connect(db)
        with self.assertRaisesRegex(sqlite3.Error, "only grows"):
            edit.execute("DELETE FROM audit")
        edit.executescript(f"DROP TRIGGER audit_grows; DELETE FROM audit WHERE id = {last}")
        edit.close()
        self.assertEqual(self.site.json(None, "audit", "verify")["entries"], last - 1, "cut off: the chain holds")
        self.assertIn("not in it", run(None, "audit", "verify", "--head", head["head"], expect=1))
        shutil.copy(copy, db)
        run(None, "mode", IMSI, "off")
        grown = self.site.json(None, "audit", "verify", "--head", head["head"])
        self.assertEqual(grown["entries"], last + 1)
        self.assertEqual(self.site.json(None, "audit", "list")[-1]["via"], "offline")


if __name__ == "__main__":
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        print("skipped: commands under other uids want root and setpriv")
        sys.exit(77)
    unittest.main()
