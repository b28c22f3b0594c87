"""The GitHub Action, step by step, in a repository made for it: clean, a regression, mended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
FEW = "-n\n40\n--warmup\n4\n"

CLEAN = "class Thing: pass\n\ndef op():\n    thing = Thing()\n    thing.name = 'a'\n"
CYCLIC = CLEAN.replace("'a'", "thing")


class Comments(BaseHTTPRequestHandler):
    """What the action needs of GitHub's REST API: the comments of pull request 7."""

    kept: ClassVar[dict[int, dict[str, Any]]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.answer(list(self.kept.values()) if "page=1" in self.path else [])

    def do_POST(self) -> None:
        number = 100 + len(self.kept)
        self.kept[number] = {"id": number, "body": self.content()["body"]}
        self.answer(self.kept[number])

    def do_PATCH(self) -> None:
        number = int(self.path.rpartition("/")[2])
        self.kept[number]["body"] = self.content()["body"]
        self.answer(self.kept[number])

    def content(self) -> Any:
        assert self.headers["Authorization"] == "Bearer secret"
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, content: object) -> None:
        self.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Job:
    """Runs the action's steps as GitHub would, but for what it uses of other actions."""

    def __init__(self, workspace: Path, inputs: dict[str, str], address: str) -> None:
        self.workspace = workspace
        self.files = {name: workspace.parent / name for name in ("summary", "output", "event")}
        defaults = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        self.values = {f"inputs.{name}": value for name, value in {**defaults, **inputs}.items()}
        self.values |= {"runner.temp": str(workspace.parent / "temp"), "github.token": "secret"}
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUTF8": "1",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": address,
            "GITHUB_EVENT_PATH": str(self.files["event"]),
            "GITHUB_OUTPUT": str(self.files["output"]),
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_STEP_SUMMARY": str(self.files["summary"]),
            "GITHUB_WORKSPACE": str(workspace),
        }
        self.files["event"].write_text(json.dumps({"pull_request": {"number": 7}}))

    def run(self) -> tuple[int, str]:
        """The exit code of the first step that fails, and all that the steps printed."""
        for file in (self.files["summary"], self.files["output"]):
            file.unlink(missing_ok=True)
        printed = []
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or step["name"] == "Install unknot":
                continue
            assert step["shell"] == "bash"
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.workspace / self.filled(step.get("working-directory", ".")),
                env={
                    **self.environment,
                    **{name: self.filled(value) for name, value in step.get("env", {}).items()},
                },
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            printed.append(done.stdout + done.stderr)
            if step.get("id"):
                said = re.findall("^(.+?)=(.*)$", self.files["output"].read_text(), re.MULTILINE)
                self.values |= {f"steps.{step['id']}.outputs.{name}": at for name, at in said}
            if done.returncode:
                return done.returncode, "".join(printed)
        return 0, "".join(printed)

    def filled(self, text: str) -> str:
        """``text`` with the values of its expressions."""
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: self.value(found[1]), text)

    def value(self, expression: str) -> str:
        name, compared, _ = expression.partition(" != ''")
        value = self.filled(self.values[name])
        return str(value != "").lower() if compared else value


@pytest.fixture
def api() -> Iterator[str]:
    Comments.kept.clear()
    Comments.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Comments)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_clean_then_a_regression_then_mended(tmp_path: Path, api: str) -> None:
    repository = tmp_path / "repository"
    service = repository / "service"
    service.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", repository], check=True)
    workload = service / "work.py"
    workload.write_text(CLEAN)
    inputs = {"workloads": "work.py\n", "arguments": FEW, "working-directory": "service"}
    job = Job(repository, inputs, api)

    status, printed = job.run()
    assert status == 2, "a missing baseline fails"
    assert "give --allow-missing-baseline on the first run" in printed
    first = Job(repository, {**inputs, "allow-missing-baseline": "true"}, api)
    assert first.run()[0] == 0
    result = tmp_path / "temp" / "unknot" / "result.json"
    (service / "unknot-baseline.json").write_bytes(result.read_bytes())

    status, printed = job.run()
    assert (status, "::error" in printed) == (0, False), printed
    assert "✅ unknot check: passed" in job.files["summary"].read_text()
    (comment,) = Comments.kept.values()
    assert "✅ unknot check: passed" in comment["body"]
    assert (result.parent / "report" / "index.html").is_file()

    workload.write_text(CYCLIC)
    status, printed = job.run()
    assert status == 1, printed
    errors = [line for line in printed.splitlines() if line.startswith("::error ")]
    assert errors
    assert all(line.startswith("::error file=service/work.py,") for line in errors), errors
    assert any(",line=5," in line and "NEW cycle" in line for line in errors), errors
    (comment,) = Comments.kept.values()
    assert "❌ unknot check: FAILED" in comment["body"]
    assert "cut here: frees 1 of 1" in comment["body"]
    assert comment["body"].startswith("<!-- unknot")
    assert "cut here" in job.files["summary"].read_text()

    workload.write_text(CLEAN)
    status, printed = job.run()
    assert status == 0, printed
    (comment,) = Comments.kept.values()
    assert "✅ unknot check: passed" in comment["body"]
    assert [one.split()[0] for one in Comments.asked].count("POST") == 1


def test_a_workload_that_cannot_be_measured_fails_and_wrong_use_ends_the_step(
    tmp_path: Path, api: str
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "work.py").write_text("def op(): 1 / 0\n")
    inputs = {"workloads": "work.py", "arguments": FEW, "allow-missing-baseline": "true"}
    status, printed = Job(repository, {**inputs, "artifact": ""}, api).run()
    assert status == 3, printed
    assert "::error file=work.py" in printed
    status, printed = Job(repository, {**inputs, "workloads": "absent.py"}, api).run()
    assert status == 2
    assert "there is no file absent.py" in printed
    assert len(Comments.kept) == 1


def test_a_token_that_may_not_comment_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "event").write_text(json.dumps({"pull_request": {"number": 7}}))
    (tmp_path / "comment.md").write_text("said")
    done = subprocess.run(
        [sys.executable, ROOT / "ci" / "comment", tmp_path / "comment.md"],
        env={
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_EVENT_PATH": str(tmp_path / "event"),
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_TOKEN": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("::warning title=unknot::no comment on the pull request")


@pytest.mark.parametrize("service", ["gitlab", "shell"])
def test_the_other_examples_pass_and_fail_as_the_action_does(tmp_path: Path, service: str) -> None:
    work = tmp_path / "workloads" / "work.py"
    work.parent.mkdir()
    work.write_text(CLEAN)
    (tmp_path / "pyproject.toml").write_text("[tool.unknot.run]\nops = 40\nwarmup = 4\n")
    if service == "gitlab":
        job = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())["unknot"]
        steps = [line for line in job["script"] if not line.startswith("python -m pip")]
        script = "\n".join(steps)
    else:
        script = (ROOT / "examples/ci/gate.sh").read_text()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(text: str) -> int:
        command = ["bash", "-eo", "pipefail", "-c", text]
        environment = {**os.environ, "PATH": path, "PYTHONUTF8": "1"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        return done.returncode

    assert run("unknot run workloads -o unknot-baseline.json") == 0
    assert run(script) == 0
    work.write_text(CYCLIC)
    assert run(script) == 1


SCHEMAS = {
    "action.yml": "vendor.github-actions",
    ".github/workflows/ci.yml": "vendor.github-workflows",
    ".github/workflows/unknot.yml": "vendor.github-workflows",
    "examples/ci/gitlab-ci.yml": "vendor.gitlab-ci",
}


@pytest.mark.parametrize(("file", "schema"), SCHEMAS.items())
def test_files_for_ci_fit_their_published_schema(tmp_path: Path, file: str, schema: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema"]
    more = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    command = [*check, "--builtin-schema", schema, *more]
    done = subprocess.run([*command, ROOT / file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "broken.yml"
    broken.write_text("jobs: 3\nruns: 3\nunknot: {script: {}}\n")
    assert subprocess.run([*command, broken], capture_output=True, check=False).returncode == 1


def test_the_hook_runs_the_workloads_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert set(hook) >= {"id", "name", "entry", "language"}
    files = re.compile(hook["files"])
    assert [bool(files.search(name)) for name in ("unknot_workload.py", "a/workloads/b.py")] == [
        True,
        True,
    ]
    assert not files.search("src/workloads.py")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "cyclic.py").write_text(CYCLIC)
    command = [sys.executable, "-m", *hook["entry"].split()]
    codes = [
        subprocess.run([*command, *names], capture_output=True, check=False).returncode
        for names in (["clean.py"], ["clean.py", "cyclic.py"])
    ]
    assert codes == [0, 1]
