"""Installs and runs the snippets of the first-run page, word for word, against a running clew.

    npm run test:snippets -- --base http://127.0.0.1:4318 [--only python,curl] [--work DIR]

With CLEW_BIN instead of --base it starts a server of its own.

Each snippet gets a folder and a project of its own. Its install step runs in a fresh environment,
its program talks to a stand-in of the OpenAI API, and then clew is asked what arrived: a model
call with its messages and counts, or the snippet is wrong. Go and Collector are not run.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True

import openai_standin  # noqa: E402

SNIPPETS = Path(__file__).parents[2] / "src/features/first-run/snippets.json"
RUN_FAMILIES = ("python", "node", "shell")
QUESTION = "What is a clew?"
ARRIVAL_SECONDS_MAX = 15


def main():
    arguments = parse_arguments()
    work = Path(arguments.work or tempfile.mkdtemp(prefix="clew-snippets-"))
    model_api = openai_standin.start()
    with server(arguments.base, work) as base:
        passed, failed = run_all(arguments, base, work, model_api)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def run_all(arguments, base, work, model_api):
    passed = failed = 0
    for snippet in json.loads(SNIPPETS.read_text()):
        name = snippet["id"]
        if arguments.only and name not in arguments.only.split(","):
            continue
        if snippet["family"] not in RUN_FAMILIES:
            print(f"{name}: not run")
            continue
        try:
            problem = check(snippet, base, work / name, model_api)
        except subprocess.CalledProcessError as error:
            problem = f"exit {error.returncode}\n{error.stdout}\n{error.stderr}"
        print(f"{name}: {problem or 'ok'}", flush=True)
        failed += bool(problem)
        passed += not problem
    return passed, failed


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", help="URL of a running clew")
    parser.add_argument("--only", help="ids of snippets, joined by commas")
    parser.add_argument("--work", help="folder to keep environments in between runs")
    arguments = parser.parse_args()
    if not arguments.base and "CLEW_BIN" not in os.environ:
        parser.error("give --base, or set CLEW_BIN")
    return arguments


@contextlib.contextmanager
def server(base, work):
    """The server given, else one of our own for as long as the tests run."""
    if base:
        yield base.rstrip("/")
        return
    work.mkdir(parents=True, exist_ok=True)
    data = tempfile.mkdtemp(prefix="data-", dir=work)
    command = [os.environ["CLEW_BIN"], "serve", "--data", data, "--json"]
    command += ["--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield json.loads(child.stdout.readline())["http"]
        finally:
            child.terminate()


def check(snippet, base, folder, model_api):
    """Runs one snippet; returns what is wrong, or None."""
    project = f"snippet-{snippet['id']}-{time.time_ns() // 1_000_000}"
    folder.mkdir(parents=True, exist_ok=True)
    files = [step for step in snippet["steps"] if "file" in step]
    if "program" in snippet:
        # Last: a whole program holds what a step adds to one.
        files.append(snippet["program"])
    for file in files:
        text = "\n".join(filled(file["lines"], base, project))
        (folder / file["file"]).write_text(text + "\n")
    steps = [
        filled(step["lines"], base, project) for step in snippet["steps"] if "file" not in step
    ]
    environment = environment_of(snippet["family"], folder, model_api)
    if snippet["family"] != "shell":
        shell(steps.pop(0), folder, environment)
    shell([line for step in steps for line in step], folder, environment)
    return arrived(base, project)


def filled(lines, base, project):
    return [line.replace("{endpoint}", base).replace("{project}", project) for line in lines]


def environment_of(family, folder, model_api):
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "OPENAI_"))
    }
    environment |= {
        "OPENAI_BASE_URL": model_api,
        # LlamaIndex reads the older name.
        "OPENAI_API_BASE": model_api,
        "OPENAI_API_KEY": "none",
    }
    if family == "python":
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        environment["PATH"] = f"{folder / 'venv' / 'bin'}:{environment['PATH']}"
        environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    if family == "node" and not (folder / "package.json").exists():
        (folder / "package.json").write_text("{}\n")
    return environment


def shell(lines, folder, environment):
    script = "set -eu\n" + "\n".join(lines) + "\n"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )


def arrived(base, project):
    """Waits for a complete model call in the project; returns what is missing, or None."""
    deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
    problem = "no trace arrived"
    while time.monotonic() < deadline:
        problem = missing(base, project)
        if problem is None:
            return None
        time.sleep(0.3)
    return problem


def missing(base, project):
    traces = get(f"{base}/api/v1/projects/{project}/traces")
    if not traces or not traces["traces"]:
        return "no trace arrived"
    for summary in traces["traces"]:
        trace = get(f"{base}/api/v1/projects/{project}/traces/{summary['trace_id']}")
        for span in trace["spans"]:
            if span.get("obs_type") == "llm" and span.get("output_messages"):
                return wrong_in(span)
    return "no model call with messages arrived"


def wrong_in(span):
    said = json.dumps(span.get("input_messages"))
    answered = json.dumps(span["output_messages"])
    usage = span.get("usage", {})
    if QUESTION not in said:
        return f"the question is not in {said}"
    if openai_standin.ANSWER not in answered:
        return f"the answer is not in {answered}"
    if not str(span.get("request_model", "")).startswith(openai_standin.MODEL):
        return f"the model is {span.get('request_model')}"
    counts = (usage.get("input_tokens"), usage.get("output_tokens"))
    if counts != (openai_standin.INPUT_TOKENS, openai_standin.OUTPUT_TOKENS):
        return f"the token counts are {counts}"
    return None


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


if __name__ == "__main__":
    sys.exit(main())
