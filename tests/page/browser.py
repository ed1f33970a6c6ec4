"""A headless Chromium that a test talks to over a pipe (the DevTools protocol), with nothing installed but itself."""

import fcntl
import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1")  # fmt: skip
TIMEOUT_S = 60


def found():
    """The browser's program, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One tab. Events that came are kept: console messages, log entries, exceptions."""

    def __init__(self, write, read):
        self.write, self.read, self.buffer, self.count, self.session, self.events = write, read, b"", 0, None, []

    def call(self, method, **params):
        """The result of a command of the protocol."""
        self.count += 1
        number = self.count
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)
        raise TimeoutError(method)

    def _next(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.read, 1 << 16)
            assert piece, "the browser went away"
            self.buffer += piece
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def open_tab(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def size(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def visit(self, path):
        """Open a file and wait until it and its images are there."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete'")

    def see_all(self):
        """Open what is folded and scroll through the page, until every image that waits to be seen is loaded."""
        self.value("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        count = self.value("document.images.length")
        for index in range(count):
            self.value(f"document.images[{index}].scrollIntoView({{behavior: 'instant'}})")
            self.wait(f"document.images[{index}].complete")
        self.value("scrollTo({top: 0, behavior: 'instant'})")

    def wait(self, expression):
        deadline = time.monotonic() + TIMEOUT_S
        while not self.value(expression):
            assert time.monotonic() < deadline, expression
            time.sleep(0.02)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key):
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = {"Enter": 13, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37, "Tab": 9}.get(key, ord(key[0].upper()))
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode=code)  # fmt: skip

    def complaints(self):
        """What the console, the log and the script said that it should not have."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event["params"] for event in self.events if event.get("method") in kinds]

    def screenshot(self, *, whole=False):
        return b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])


@contextmanager
def browser(profile):
    """A browser with an empty profile in the folder `profile`."""
    down, up = os.pipe(), os.pipe()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (down[0], up[1])]

    def connect():
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    command = [found(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(3, 4),
        preexec_fn=connect,  # noqa: PLW1509  nothing else runs in this process yet
        env={**os.environ, "HOME": str(profile)},
    )  # fmt: skip
    for fd in (down[0], up[1], *high):
        os.close(fd)
    try:
        tab = Browser(down[1], up[0])
        tab.open_tab()
        yield tab
    finally:
        process.kill()
        process.wait()
        os.close(down[1])
        os.close(up[0])
