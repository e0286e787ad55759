"""Interpreters beside the first: the engine works in them, or refuses to be imported; it never crashes."""

from __future__ import annotations

import subprocess
import sys

INSIDE = """
try:
    from corsage import Policy
    from corsage.wsgi import CorsMiddleware
    seen = []
    def app(environ, start_response):
        start_response("200 OK", [])
        return []
    cors = CorsMiddleware(app, Policy(allow_origins=["https://app.example", "https://b.example"]))
    cors({"REQUEST_METHOD": "GET", "HTTP_ORIGIN": "https://b.example"}, lambda status, lines: seen.append(lines))
    print(dict(seen[0])["access-control-allow-origin"], flush=True)
except ImportError as error:
    print("refused:", error, flush=True)
"""

CODE = f"""
import sys
import corsage
interpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
for _ in range(3):
    one = interpreters.create()
    interpreters.run_string(one, {INSIDE!r})
    interpreters.destroy(one)
print(corsage.Policy(allow_origins=["https://app.example"]).admits_origin("https://app.example"))
"""


def test_another_interpreter_is_served_or_refused() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *inside, outside = done.stdout.splitlines()
    assert outside == "True" and len(inside) == 3, done.stdout
    for line in inside:
        assert line == "https://b.example" or (line.startswith("refused:") and "interpreter" in line), line
