"""The projects of the README, each in a fresh environment with the wheel, read by Chromium."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

README = Path(__file__).parents[1] / "README.md"
WHEEL = os.environ.get("CORSAGE_WHEEL")

pytestmark = [
    pytest.mark.skipif(WHEEL is None, reason="CORSAGE_WHEEL names no wheel"),
    pytest.mark.skipif("CORSAGE_SKIP_BROWSERS" in os.environ, reason="left out, as asked: it needs Chromium"),
]


def blocks(language: str) -> list[tuple[str | None, str]]:
    """The code of the README, each with the file's name where one stands before it."""
    found = re.findall(rf"(?:`([\w.]+)`:\n\n)?```{language}\n(.*?)```", README.read_text(), re.S)
    return [(name or None, code) for name, code in found]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment, in which only the README's packages are."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    packages = ["fastapi", "uvicorn", "flask", "django", "pytest", "httpx"]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"{WHEEL}", *packages], check=True)
    return python


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running(arguments: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(10)


PAGE = """<!doctype html><script>
const asked = async (url, init) => {
  try { return (await fetch(url, init)).status } catch (error) { return error.name }
};
(async () => {
  const found = {};
  for (const [name, base] of Object.entries(SERVERS)) {
    const put = { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" };
    found[name] = [await asked(base + "/items"), await asked(base + "/items/1", put), await asked(base + "/nowhere")];
  }
  await fetch("/done", { method: "POST", body: JSON.stringify(found) });
})();
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    page = b""
    found: dict[str, Any]
    done: threading.Event

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.page)

    def do_POST(self) -> None:
        type(self).found = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()
        self.done.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def seen_by_chromium(origin: str, page_server: http.server.ThreadingHTTPServer, servers: dict[str, str]) -> Any:
    Page.page = PAGE.replace("SERVERS", json.dumps(servers)).encode()
    Page.done = threading.Event()
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: ./test install has it, or --skip-browsers leaves this out"
    profile = f"/tmp/corsage-chromium-{os.getpid()}-{time.monotonic_ns()}"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    browser = subprocess.Popen([chromium, *flags, origin], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert Page.done.wait(60), "the page has not told what it saw"
        return Page.found
    finally:
        browser.terminate()
        browser.wait(10)
        shutil.rmtree(profile, ignore_errors=True)


def project(python: Path, folder: Path, name: str, page_port: int, port: int) -> list[str]:
    """Writes a project as the README has it, and says how to start it."""
    code = {file: code for file, code in blocks("python") if file}
    code = {file: text.replace("localhost:5173", f"localhost:{page_port}") for file, text in code.items()}
    folder.mkdir()
    if name == "fastapi":
        (folder / "main.py").write_text(code["main.py"])
        return [str(python), "-m", "uvicorn", "main:app", "--port", str(port)]
    if name == "flask":
        (folder / "app.py").write_text(code["app.py"])
        return [str(python), "-m", "flask", "run", "--port", str(port)]
    subprocess.run([str(python), "-m", "django", "startproject", "shop", str(folder)], check=True)
    with (folder / "shop" / "settings.py").open("a") as settings:
        settings.write(code["settings.py"])
    (folder / "shop" / "urls.py").write_text(DJANGO_URLS)
    return [str(python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]


DJANGO_URLS = """
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def items(request):
    return JsonResponse(["one"], safe=False)


@csrf_exempt
def store(request, number):
    raise RuntimeError("nobody catches this")


urlpatterns = [path("items", items), path("items/<int:number>", store)]
"""


def test_pages_read_unhandled_errors_of_fresh_projects(python: Path, tmp_path: Path) -> None:
    page_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page_server.serve_forever, daemon=True).start()
    page_port = page_server.server_address[1]
    with contextlib.ExitStack() as stack:
        stack.callback(page_server.shutdown)
        servers = {}
        for name in ("fastapi", "flask", "django"):
            port = free_port()
            command = project(python, tmp_path / name, name, page_port, port)
            stack.enter_context(running(command, tmp_path / name, port))
            servers[name] = f"http://127.0.0.1:{port}"
        found = seen_by_chromium(f"http://localhost:{page_port}/", page_server, servers)
        assert found == {name: [200, 500, 404] for name in servers}
        # The same page under a name that no policy allows.
        found = seen_by_chromium(f"http://127.0.0.1:{page_port}/", page_server, servers)
        assert found == {name: ["TypeError"] * 3 for name in servers}


def test_the_readmes_other_code_runs(python: Path, tmp_path: Path) -> None:
    main = next(code for name, code in blocks("python") if name == "main.py")
    (tmp_path / "main.py").write_text(main)
    test = next(code for name, code in blocks("python") if "page_cannot" in code and name is None)
    (tmp_path / "test_readme.py").write_text(test)
    subprocess.run([str(python), "-m", "pytest", "-q"], cwd=tmp_path, check=True)
    for _, code in blocks("python"):
        if "Policy(\n" in code or "from_starlette" in code:
            subprocess.run([str(python), "-W", "ignore", "-c", code], cwd=tmp_path, check=True)


def test_the_command_comes_along(python: Path) -> None:
    for command in ([str(python.parent / "corsage")], [str(python), "-m", "corsage"]):
        done = subprocess.run([*command, "explain", "--code", "missing-allow-origin"], capture_output=True, text=True)
        assert done.returncode == 0 and "Access-Control-Allow-Origin" in done.stdout, done
        failed = subprocess.run([*command, "check", "there-is-none.toml"], capture_output=True)
        assert failed.returncode == 2, failed
