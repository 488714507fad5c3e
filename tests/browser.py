"""A page in headless Chromium: what its layout measures, at several widths, without any package beyond the browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

#: Names that Chromium goes by.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--hide-scrollbars",
    "--virtual-time-budget=4000",
)
# The page stands in frames of the widths asked for: a window cannot be made as narrow as a phone.
_WRAPPER = """<!doctype html><meta charset="utf-8"><body>{frames}<pre id="measured"></pre><script>
const measure = frame => {{
  const page = frame.contentDocument, root = page.documentElement;
  const seen = element => element.getClientRects().length > 0;
  const inside = element => element.closest('.wide, svg, .sign') !== null;
  const beyond = [...page.body.querySelectorAll('*')].filter(e => seen(e) && !inside(e)
    && (e.getBoundingClientRect().right > root.clientWidth + 0.5 || e.getBoundingClientRect().left < -0.5));
  const show = id => {{
    const button = page.getElementById(id);
    if (!button) return null;
    button.checked = true;
    return [...page.querySelectorAll('.statement')].filter(seen).map(e => e.id);
  }};
  return {{width: root.clientWidth, scroll: root.scrollWidth, height: root.scrollHeight,
    beyond: beyond.map(e => e.outerHTML.slice(0, 120)),
    flat: [...page.querySelectorAll('.statement math')].filter(e => e.getBoundingClientRect().height < 5).length,
    shown: Object.fromEntries(['wrong', 'slip', 'conditional', 'all'].map(word => [word, show('show~' + word)]))}};
}};
addEventListener('load', () => {{
  const frames = [...document.querySelectorAll('iframe')];
  document.getElementById('measured').textContent = JSON.stringify(frames.map(measure));
}});
</script></body>"""


def chromium() -> str:
    """The browser; without one the test fails and says what to install."""
    for name in _NAMES:
        if shutil.which(name):
            return name
    pytest.fail("no Chromium was found; install it (Debian: apt-get install chromium) to test the HTML report")


def measured(page: str, widths: tuple[int, ...]) -> tuple[list[dict[str, Any]], list[str]]:
    """What a page measures in frames of these widths, and what it wrote to the console."""
    frames = "".join(f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{escape(page)}"></iframe>' for width in widths)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "page.html")
        file.write_text(_WRAPPER.format(frames=frames), encoding="utf-8")
        command = [chromium(), *_FLAGS, f"--user-data-dir={folder}/profile", "--dump-dom", file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found and found.group(1), f"Chromium measured nothing: {done.stderr[-2000:]}"
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(unescape(found.group(1))), console
