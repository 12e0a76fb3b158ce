#!/usr/bin/env python3
"""Runs the hub with its demo home under steady traffic, and says how memory and database grow.

    tools/soak.py [--minutes 15] [--binary target/quick/homeclaw]

Two hundred sensors say 50 values a second in all, a sentence is spoken each second, a timer is set and taken away, a
list item is written and cleared, and a panel listens. A line a minute; then the slope of the resident memory over the
second half. Ends with 1 when that is more than 1 MB in 10 minutes, or when anything failed. Not part of `make test`.
"""

import argparse
import base64
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

SENSORS = 200
MESSAGES_A_SECOND = 50
MOST_KB_A_MINUTE = 100


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def text(value):
    data = value.encode()
    return len(data).to_bytes(2, "big") + data


def packet(kind, body):
    length, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (128 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


class Devices:
    """Says values over MQTT 3.1.1, with quality 0: nothing has to be read but the answer to the login."""

    def __init__(self, port, password):
        self.socket = socket.create_connection(("127.0.0.1", port))
        login = text("MQTT") + b"\x04\xc2\x00\x00" + text("soak") + text("homeclaw") + text(password)
        self.socket.sendall(packet(0x10, login))
        assert self.socket.recv(4) == b"\x20\x02\x00\x00", "the broker refuses the login"

    def publish(self, topic, payload, retain=False):
        self.socket.sendall(packet(0x31 if retain else 0x30, text(topic) + payload.encode()))

    def announce(self, number):
        config = {"name": f"Sensor {number}", "unique_id": f"soak{number}", "state_topic": f"soak/{number}",
                  "unit_of_measurement": "W", "device_class": "power"}
        self.publish(f"homeassistant/sensor/soak{number}/config", json.dumps(config), retain=True)


class Api:
    def __init__(self, port, token):
        self.port, self.headers = port, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, self.headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {data[:200]}"
        return json.loads(data) if data else None

    def listen(self):
        """A panel: takes what comes and answers nothing but pings (a masked pong to each)."""
        stream = socket.create_connection(("127.0.0.1", self.port))
        key = base64.b64encode(os.urandom(16)).decode()
        stream.sendall((f"GET /api/v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
                        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                        f"Authorization: {self.headers['Authorization']}\r\n\r\n").encode())
        assert b" 101 " in stream.recv(4096).split(b"\r\n")[0], "no WebSocket"

        def pong():
            while True:
                stream.sendall(b"\x8a\x80\x00\x00\x00\x00")
                time.sleep(20)

        def drain():
            while stream.recv(65536):
                pass

        for work in (pong, drain):
            threading.Thread(target=work, daemon=True).start()


def resident_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def slope(points):
    """Least squares: kB a minute."""
    count = len(points)
    mean_x, mean_y = (sum(values) / count for values in zip(*points))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def live(hub, api, devices, folder, minutes):
    for number in range(SENSORS):
        devices.announce(number)
    begun, points, spoken, second = time.monotonic(), [], 0, 0
    while (elapsed := time.monotonic() - begun) < minutes * 60:
        if hub.poll() is not None:
            raise RuntimeError(f"the hub ended with {hub.returncode}")
        for number in range(MESSAGES_A_SECOND):
            devices.publish(f"soak/{(second * MESSAGES_A_SECOND + number) % SENSORS}", str(second % 977 / 10))
        sentence = f"turn {('on', 'off')[second % 2]} the kitchen light"
        api.ask("POST", "/conversation", {"text": sentence, "language": "en"})
        timer = api.ask("POST", "/timers", {"duration_ms": 600_000, "name": f"soak {second}"})
        api.ask("DELETE", f"/timers/{timer['id']}")
        api.ask("POST", "/lists/shopping/items", {"summary": f"thing {second}"})
        if second % 30 == 29:
            for item in next(one for one in api.ask("GET", "/lists") if one["id"] == "shopping")["items"]:
                api.ask("DELETE", f"/lists/shopping/items/{item['id']}")
        spoken, second = spoken + 1, second + 1
        if second % 15 == 0:
            points.append((elapsed / 60, resident_kb(hub.pid)))
        if second % 60 == 0:
            database = sum(file.stat().st_size for file in folder.glob("homeclaw.db*")) // 1024
            print(f"{elapsed / 60:6.1f} min  resident {points[-1][1]:7d} kB  database {database:7d} kB", flush=True)
        time.sleep(max(0.0, begun + second - time.monotonic()))
    late = [point for point in points if point[0] > minutes / 2]
    rate = slope(late)
    print(f"{spoken} sentences, {second * MESSAGES_A_SECOND} messages; "
          f"the memory's slope over the second half: {rate:+.1f} kB a minute (at most {MOST_KB_A_MINUTE})")
    return rate <= MOST_KB_A_MINUTE


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--binary", default="target/quick/homeclaw")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, web, mqtt = pathlib.Path(name), free_port(), free_port()
        environment = {**os.environ, "HOMECLAW_WEB__LISTEN": f"127.0.0.1:{web}",
                       "HOMECLAW_MQTT__EMBEDDED__LISTEN": f"127.0.0.1:{mqtt}", "HOMECLAW_LOG__LEVEL": "warn"}
        command = [options.binary, "run", "--demo", "--json", "--state-dir", name]
        hub = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        try:
            # It greets once the panel can be reached.
            hub.stdout.readline()
            api = Api(web, (folder / "cli-token").read_text().strip())
            api.listen()
            good = live(hub, api, Devices(mqtt, (folder / "mqtt-password").read_text().strip()), folder, options.minutes)
        finally:
            hub.terminate()
            hub.wait()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
