#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Opens a page from disk in Chromium, and checks it there: page_browser.py PAGE WIDTHxHEIGHT light|dark EXPRESSION...

Each EXPRESSION is JavaScript that must be true. Fails as well on any message of the console, on any request but that for the page
itself, where the page is wider than the window, and on text or a colour of a picture whose contrast is below WCAG AA.

It speaks the DevTools protocol over a pipe (--remote-debugging-pipe): messages end in a zero byte, to the browser's descriptor 3 and
from its descriptor 4."""
import json
import os
import select
import subprocess
import sys
import tempfile
import time

PATIENCE = 240  # seconds for all of it, on a machine that does much else

CONTRAST = r"""(() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = parse(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const low = [];
  let texts = 0;
  for (const element of document.querySelectorAll("body *")) {
    if (!element.getClientRects().length) continue;
    const style = getComputedStyle(element), drawn = element.namespaceURI.endsWith("svg");
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim());
    if (own && !["title", "desc", "SCRIPT", "STYLE"].includes(element.tagName)) {
      texts++;
      const found = ratio(parse(drawn ? style.fill : style.color), behind(element));
      if (found < 4.5) low.push(element.tagName + " " + element.textContent.slice(0, 30) + " " + found.toFixed(2));
    }
    for (const [kind, value] of [["line", style.stroke], ["area", style.fill], ["pass", style.fill], ["fail", style.stroke]])
      if (drawn && element.classList.contains(kind) && ratio(parse(value), behind(element)) < 3) low.push(kind + " " + element.className.baseVal + " " + value);
  }
  return texts < 10 ? ["only " + texts + " texts"] : low;
})()"""


class Browser:
    def __init__(self, folder):
        self.deadline = time.monotonic() + PATIENCE
        self.text, self.number, self.said = b"", 0, []
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                   "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe", "--user-data-dir=" + folder, "about:blank"]
        # through a shell: the numbers of the pipes' ends are 3 and 4 only in the browser
        command = ["bash", "-c", 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"', "browser", str(to_read), str(back_write)] + command
        self.log = open(os.path.join(folder, "log"), "w")
        self.process = subprocess.Popen(command, pass_fds=(to_read, back_write), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        os.close(to_read)
        os.close(back_write)

    def receive(self):
        while b"\0" not in self.text:
            ready, _, _ = select.select([self.back], [], [], max(0, self.deadline - time.monotonic()))
            part = os.read(self.back, 1 << 16) if ready else b""
            if not part:
                with open(self.log.name, errors="replace") as log:
                    sys.exit("the browser %s:\n%s" % ("ended" if ready else "did not answer in time", log.read()[-2000:]))
            self.text += part
        message, _, self.text = self.text.partition(b"\0")
        message = json.loads(message)
        if message.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.said.append(json.dumps(message["params"])[:1000])
        if message.get("method") == "Network.requestWillBeSent":
            self.said.append("request: " + message["params"]["request"]["url"][:200])
        return message

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit("%s: %s" % (method, answer["error"]))
                return answer["result"]

    def open(self, url, width, height, scheme):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", self.session, width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", self.session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable", self.session)
        self.call("Page.navigate", self.session, url=url)
        while self.value("document.readyState + ' ' + location.href") != "complete " + url:
            time.sleep(0.1)

    def value(self, expression):
        result = self.call("Runtime.evaluate", self.session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit("%s: %s" % (expression, json.dumps(result["exceptionDetails"])[:1000]))
        return result["result"].get("value")

    def end(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()


def check(browser, url, expressions):
    wrong = ["not true: " + expression for expression in expressions if browser.value(expression) is not True]
    wide = browser.value("document.documentElement.scrollWidth - innerWidth")
    wrong += ["the page is %d pixels too wide" % wide] if wide > 0 else []
    wrong += ["low contrast: " + low for low in browser.value(CONTRAST)]
    return wrong + [said for said in browser.said if said != "request: " + url]


def main():
    page, size, scheme, *expressions = sys.argv[1:]
    width, height = map(int, size.split("x"))
    url = "file://" + os.path.realpath(page)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            browser.open(url, width, height, scheme)
            wrong = check(browser, url, expressions)
        finally:
            browser.end()
    sys.exit("\n".join(wrong[:20]) or 0)


main()
