"""Somebody at the console while a bench runs: makes the first user, then asks for alerts and overview again and again."""

import http.client
import json
import re
import ssl
import threading
import time

PASSWORD = "bench-of-a-storm"
EVERY = 0.5


class Asking:
    """From the start of the appliance, whose log says where its console is, until `end`."""

    def __init__(self, log: str):
        self.host = re.search(r'"console":"https://([^"]+)"', log)[1]
        token = re.search(r"/setup\?token=(\S+)", log)[1]
        self.took, self.failed, self.cookie = [], 0, ""
        answer = self.ask("POST", "/api/v1/setup", {"token": token, "user": "bench", "password": PASSWORD})
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.wait(EVERY):
            for page in ("/api/v1/alerts?size=50", "/api/v1/overview"):
                begin = time.monotonic()
                try:
                    self.failed += self.ask("GET", page).status != 200
                except OSError:
                    self.failed += 1
                self.took.append(time.monotonic() - begin)

    def ask(self, method: str, path: str, body=None):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self.host, timeout=30, context=context)
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        answer.text = answer.read()
        return answer

    def counted(self, source: str) -> tuple[int, int]:
        """Alerts of a source, and how often these happened in all."""
        counts, page = {}, 1
        while items := json.loads(self.ask("GET", f"/api/v1/alerts?source={source}&sort=first&size=200&page={page}").text)["items"]:
            counts |= {item["id"]: item["count"] for item in items}
            page += 1
        return len(counts), sum(counts.values())

    def end(self) -> dict:
        self.over.set()
        self.thread.join()
        took = sorted(self.took)
        return {"answers": len(took), "failed": self.failed, "median_ms": round(took[len(took) // 2] * 1000), "slowest_ms": round(took[-1] * 1000)}
