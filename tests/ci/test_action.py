"""action.yml: its steps are run as a runner of GitHub runs them, in the checkout of a pull request."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests.ci.repositories import CNN, ROOT, commit, git, netinspect_repository, surroundings

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
HEAVIER = CNN.replace("2 * width", "2 * width + 3").replace("Linear(32)", "Linear(33)")
"""The same with 5.9 % more MACs, and 8.7 % in the variant."""

GH = '''\
#!{python}
"""Stands in for GitHub's gh: keeps the comments of one pull request in comments.json beside it, and every call."""
import json, shutil, subprocess, sys
from pathlib import Path

folder = Path(__file__).parent
words = sys.argv[2:]
assert sys.argv[1] == "api"
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next(word for word in words if word.startswith("repos/"))
with (folder / "calls").open("a") as calls:
    calls.write(f"{{method}} {{path}}\\n")
if (folder / "refuses").exists() and (method != "GET" or (folder / "refuses").read_text() == "all"):
    print('{{"message": "Resource not accessible by integration", "status": "403"}}')
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
file = folder / "comments.json"
comments = json.loads(file.read_text()) if file.exists() else []
if method == "GET":
    jq = words[words.index("--jq") + 1]
    if shutil.which("jq"):
        result = subprocess.run(["jq", "--raw-output", jq], input=json.dumps(comments), text=True, capture_output=True)
        assert result.returncode == 0, result.stderr
        sys.stdout.write(result.stdout)
    else:
        mine = [c for c in comments if c["user"]["login"] == "github-actions[bot]"]
        print(*(c["id"] for c in mine if c["body"].startswith("<!-- netinspect -->")), sep="\\n")
    sys.exit()
body = Path(words[words.index("--field") + 1].removeprefix("body=@")).read_text()
if method == "POST":
    comments.append({{"id": 100 + len(comments), "user": {{"login": "github-actions[bot]"}}, "body": body}})
else:
    (comment,) = (c for c in comments if path.endswith(f"/comments/{{c['id']}}"))
    comment["body"] = body
file.write_text(json.dumps(comments))
print(json.dumps(comments[-1]))
'''


class Runner:
    """A runner: its folders, the repository on the server, a checkout of it, and a gh that keeps what it is told."""

    def __init__(self, folder):
        self.folder, self.origin, self.workspace = folder, folder / "origin", folder / "workspace"
        self.origin.mkdir()
        self.temp, self.bin = folder / "temp", folder / "bin"
        self.temp.mkdir()
        self.bin.mkdir()
        (self.bin / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
        (self.bin / "gh").chmod(0o755)
        self.output = ""

    def install(self):
        """What the first step makes, quickly: an environment with the netinspect of this checkout."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.temp / "netinspect"], check=True)
        (packages,) = (self.temp / "netinspect").glob("lib/python*/site-packages")
        (packages / "here.pth").write_text(f"{ROOT / 'src'}\n{sysconfig.get_path('purelib')}\n")

    def base(self, **files):
        """A commit on main."""
        if (self.origin / ".git").exists():
            git(self.origin, "checkout", "--quiet", "main")
        return commit(self.origin, files)

    def pull_request(self, files, *, since=None):
        """A branch off main, or off an earlier commit; its head, and its merge into main."""
        git(self.origin, "checkout", "--quiet", "-B", "feature", since or "main")
        head = commit(self.origin, files)
        git(self.origin, "checkout", "--quiet", "--detach", "main")
        git(self.origin, "merge", "--quiet", "--no-ff", "--message", "merge", head)
        git(self.origin, "update-ref", "refs/pull/7/merge", "HEAD")
        return head, git(self.origin, "rev-parse", "HEAD")

    def check_out(self, sha, *depth):
        """As actions/checkout does: one commit and nothing of its history, unless a depth is given."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.workspace.mkdir()
        git(self.workspace, "init", "--quiet")
        git(self.workspace, "remote", "add", "origin", self.origin.as_uri())
        git(self.workspace, "fetch", "--quiet", "--no-tags", *(depth or ("--depth=1",)), "origin", sha)
        git(self.workspace, "checkout", "--quiet", "--detach", sha)

    def run(self, sha, *, event="pull_request", base="main", steps=STEPS[1:], path=(), **inputs):
        """The exit code of the action. `output` is what the log shows, `summary` the job's summary."""
        values = {f"inputs.{name}": each["default"] for name, each in ACTION["inputs"].items()}
        values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        values |= {"github.token": "secret", "github.event.pull_request.number": "7" if base else ""}
        shared = surroundings(
            self.folder,
            PATH=os.pathsep.join([str(self.bin), *path, os.environ["PATH"]]),
            GITHUB_ACTIONS="true", CI="true", GITHUB_REPOSITORY="someone/nets", GITHUB_EVENT_NAME=event,
            GITHUB_BASE_REF=base, GITHUB_SHA=sha, GITHUB_WORKSPACE=str(self.workspace), RUNNER_TEMP=str(self.temp),
            GITHUB_ACTION_PATH=str(self.folder / "action"), GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"),
            GITHUB_OUTPUT=str(self.folder / "output"),
        )  # fmt: skip
        (self.folder / "summary.md").write_text("")
        self.output, code = "", 0
        for step in steps:
            if code and "if" not in step:
                continue
            assert step["shell"] == "bash"
            script = self.folder / "step.sh"
            script.write_text(step["run"], encoding="utf-8")
            env = {key: EXPRESSION.sub(lambda match: values[match[1]], text) for key, text in step["env"].items()}
            result = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
                cwd=self.workspace, env={**shared, **env}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            self.output += result.stdout
            code = code or result.returncode
        return code

    @property
    def summary(self):
        return (self.folder / "summary.md").read_text()

    @property
    def comments(self):
        file = self.bin / "comments.json"
        return json.loads(file.read_text()) if file.exists() else []

    @property
    def calls(self):
        file = self.bin / "calls"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def runner(tmp_path):
    runner = Runner(tmp_path)
    runner.install()
    return runner


def pull_request(runner, files, base=CNN):
    """A pull request that is checked out; the commit of its merge."""
    runner.base(**{"specs/digits.yaml": base})
    _, merge = runner.pull_request(files)
    runner.check_out(merge)
    return merge


def test_a_pull_request_that_only_adds_a_spec_passes(runner):
    merge = pull_request(runner, {"specs/new.yaml": CNN})
    assert runner.run(merge, fail_on_increase="params,macs=5%") == 0
    assert "::error" not in runner.output
    assert "- specs/new.yaml is new: it is not in the baseline" in runner.summary
    (comment,) = runner.comments
    assert comment["body"] == f"<!-- netinspect -->\n{runner.summary}"


def test_one_that_adds_the_first_specs_passes(runner):
    runner.base(**{"README.md": "nets\n"})
    _, merge = runner.pull_request({"specs/new.yaml": CNN})
    runner.check_out(merge)
    assert runner.run(merge, fail_on_increase="params,macs=5%") == 0, runner.output


def test_one_that_raises_macs_fails_and_names_the_layers(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    assert runner.run(merge, fail_on_increase="macs=5%") == 1
    error, of_variant = (line for line in runner.output.splitlines() if line.startswith("::error"))
    assert of_variant.startswith("::error file=specs/digits.yaml,title=E604::macs rose by 8.7%25, from ")
    assert "[small]%0A" in of_variant
    assert error.startswith("::error file=specs/digits.yaml,title=E604::macs rose by 5.9%25, from ")
    assert "[small]" not in error
    assert error.endswith("%0Anote: most of it: conv2 +15,552, hidden +131, head +10 (macs)")
    (comment,) = runner.comments
    assert "| specs/digits.yaml | params |" in comment["body"]
    assert "E604" in comment["body"]


def test_a_rise_within_the_limit_or_without_one_is_told_and_passes(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    assert runner.run(merge, fail_on_increase="macs=10%") == 0
    assert runner.run(merge) == 0
    assert "| MACs | 264,576 | 280,269 | +15,693 (+5.9%) |" in runner.summary
    assert len(runner.comments) == 1


def test_a_changed_input_is_no_pass(runner):
    merge = pull_request(runner, {"specs/digits.yaml": CNN.replace("28, 28", "27, 27")})
    assert runner.run(merge, fail_on_increase="macs=5%") == 1
    error, of_variant = (line for line in runner.output.splitlines() if line.startswith("::error"))
    line = CNN.splitlines().index("input: [1, 28, 28]") + 1
    assert error.startswith(f"::error file=specs/digits.yaml,line={line},")
    message = "title=E605::macs cannot be compared with the baseline: the input was 1×28×28 and is 1×27×27"
    assert f"{message}%0A" in error
    assert f"{message} [small]%0A" in of_variant


def test_the_comment_is_written_once_and_kept_up_to_date(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    (runner.bin / "comments.json").write_text(
        json.dumps([
            {"id": 1, "user": {"login": "someone"}, "body": "<!-- netinspect -->\nforged"},
            {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "from another action"},
        ])
    )  # fmt: skip
    assert runner.run(merge) == 0
    assert runner.calls == ["GET", "POST"]
    _, merge = runner.pull_request({"specs/digits.yaml": CNN})
    runner.check_out(merge)
    assert runner.run(merge) == 0
    assert runner.calls == ["GET", "POST", "GET", "PATCH"]
    forged, other, comment = runner.comments
    assert (forged["body"], other["body"]) == ("<!-- netinspect -->\nforged", "from another action")
    assert comment["body"].endswith("\nNo network costs more or less than it did.\n")


def test_no_change_makes_no_comment(runner):
    merge = pull_request(runner, {"README.md": "said better\n", "specs/digits.yaml": f"# a comment\n{CNN}"})
    assert runner.run(merge) == 0
    assert runner.calls == ["GET"]
    assert runner.output == "2 networks in 1 file: nothing found\n"


@pytest.mark.parametrize("refused", ["all", "writing"])
def test_a_token_that_may_not_write_makes_no_noise(runner, refused):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    (runner.bin / "refuses").write_text(refused)
    assert runner.run(merge) == 0
    assert runner.output.splitlines()[-1].startswith("There is no comment: the token may not ")
    assert "::" not in runner.output
    assert "| MACs | 264,576 | 280,269 | +15,693 (+5.9%) |" in runner.summary


def test_a_runner_without_gh_makes_no_noise(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    (runner.bin / "gh").write_text("#!/nowhere/at/all\n")
    assert runner.run(merge) == 0
    assert "::" not in runner.output


def test_no_comment_where_none_is_asked_for(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    assert runner.run(merge, comment="false") == 0
    assert runner.calls == []


def test_a_broken_spec_fails_and_the_summary_holds_it(runner):
    merge = pull_request(runner, {"specs/digits.yaml": CNN.replace("Flatten", "Flaten")})
    assert runner.run(merge) == 2
    assert "::error file=specs/digits.yaml,line=13,endLine=13,col=5,endColumn=11,title=E101::" in runner.output
    assert "E101" in runner.summary


def test_what_others_did_to_the_base_is_not_told(runner):
    start = runner.base(**{"specs/digits.yaml": CNN})
    runner.base(**{"specs/digits.yaml": HEAVIER})
    _, merge = runner.pull_request({"specs/new.yaml": CNN}, since=start)
    runner.base(**{"specs/digits.yaml": CNN.replace("width: 16", "width: 32")})
    runner.check_out(merge)
    assert runner.run(merge, fail_on_increase="params,macs") == 0, runner.output
    assert "specs/new.yaml is new" in runner.summary
    assert "specs/digits.yaml" not in runner.summary


def test_the_head_alone_is_compared_with_the_tip_of_the_base(runner):
    runner.base(**{"specs/digits.yaml": CNN})
    head, merge = runner.pull_request({"specs/digits.yaml": HEAVIER})
    runner.check_out(head)
    assert runner.run(merge, fail_on_increase="macs=5%") == 1
    assert runner.run(head, event="pull_request_target", fail_on_increase="macs=5%") == 1


def test_a_head_that_is_a_merge_is_not_taken_for_the_merge_of_the_pull_request(runner):
    start = runner.base(**{"specs/digits.yaml": CNN})
    runner.base(**{"specs/digits.yaml": HEAVIER})
    runner.pull_request({"a.txt": "a"}, since=start)
    git(runner.origin, "checkout", "--quiet", "feature")
    git(runner.origin, "merge", "--quiet", "--no-ff", "--message", "update", "main")
    runner.check_out(git(runner.origin, "rev-parse", "HEAD"))
    assert runner.run("0" * 40, fail_on_increase="macs") == 0
    assert "No network costs more or less than it did." in runner.summary


def test_a_whole_clone_stays_whole_and_nothing_is_fetched(runner):
    runner.base(**{"specs/digits.yaml": CNN})
    _, merge = runner.pull_request({"specs/digits.yaml": HEAVIER})
    runner.check_out(merge, "--no-recurse-submodules")
    git(runner.workspace, "remote", "set-url", "origin", "file:///nowhere")
    assert runner.run(merge, fail_on_increase="macs=5%") == 1
    assert git(runner.workspace, "rev-parse", "--is-shallow-repository") == "false"


def test_a_base_that_cannot_be_fetched_is_no_pass(runner):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    git(runner.workspace, "remote", "set-url", "origin", "file:///nowhere")
    assert runner.run(merge) == 2
    assert (
        "::error title=netinspect::The base cannot be fetched: give actions/checkout fetch-depth: 2." in runner.output
    )
    runner.check_out(merge, "--depth=2")
    git(runner.workspace, "remote", "set-url", "origin", "file:///nowhere")
    assert runner.run(merge) == 0


def test_a_push_is_checked_without_a_base(runner):
    sha = runner.base(**{"specs/digits.yaml": CNN})
    runner.check_out(sha)
    assert runner.run(sha, event="push", base="", fail_on_increase="macs=5%") == 0
    assert runner.calls == []
    assert runner.summary == "**netinspect: 2 networks in 1 file: nothing found**\n"


def test_options_and_specs_reach_the_check(runner):
    sha = runner.base(
        **{"specs/digits.yaml": CNN, "my nets/a net.yaml": CNN, "other/bad.yaml": "input: [1]\nlayers: []\n"}
    )
    runner.check_out(sha)
    args = "--strict\n  --max-params 100"
    assert runner.run(sha, event="push", base="", specs="my nets\nspecs/*.yaml\n", args=args) == 1
    assert runner.output.count("title=E606") == 4
    assert "file=my nets/a net.yaml" in runner.output
    assert "bad.yaml" not in runner.output


HOSTILE = ("$(touch pwned)", "`touch pwned`", '"; touch pwned; echo "', "'; touch pwned; echo '", "|| touch pwned",
           "EOF", "touch pwned", "$((a[$(touch pwned)]))", "\\", "*")  # fmt: skip


@pytest.mark.parametrize("name", ["specs", "args", "fail_on_increase", "comment"])
@pytest.mark.parametrize("text", ["\n".join(HOSTILE), HOSTILE[0]], ids=["lines", "word"])
def test_nothing_in_an_input_is_executed(runner, name, text):
    merge = pull_request(runner, {"specs/digits.yaml": HEAVIER})
    assert runner.run(merge, **{name: text}) == (0 if name == "comment" else 2)
    assert not list(runner.folder.rglob("pwned"))


def test_a_spec_is_never_an_option(runner):
    merge = pull_request(runner, {"evil.py": "open('pwned', 'w')\n", "--exit-zero.yaml": "layers: []\n"})
    assert runner.run(merge, specs="specs\n--custom-layers=evil.py\n") == 2
    assert runner.run(merge, specs="--exit-zero.yaml") == 2
    assert "--exit-zero.yaml:1:1: error[E018]" in runner.output
    assert runner.run(merge, specs="-o\npwned") == 2
    assert not list(runner.folder.rglob("pwned"))


def test_a_branch_name_is_not_executed(runner):
    pull_request(runner, {"specs/digits.yaml": HEAVIER})
    for base in ("$(touch${IFS}pwned)", "--upload-pack=touch pwned", "a;touch pwned"):
        assert runner.run("0" * 40, base=base) == 2
    assert not list(runner.folder.rglob("pwned"))


def test_nothing_of_the_pull_request_is_executed(runner):
    program = "import pathlib\npathlib.Path(__file__).with_name('pwned').touch()\n"
    names = ("netinspect", "yaml", "typer", "typing", "sitecustomize", "usercustomize", "json", "pip", "venv", "mine")
    merge = pull_request(
        runner,
        {
            **{f"{name}.py": program for name in names},
            "netinspect.toml": 'custom-layers = "mine.py"\n',
            "specs/digits.yaml": CNN.replace("ReLU", "Mine"),
            "bin/gh": "#!/bin/sh\ntouch pwned\n",
            ".gitattributes": "* diff=evil filter=evil\n",
            ".gitmodules": '[submodule "a"]\n\tpath = a\n\turl = "$(touch pwned)"\n',
        },
    )
    assert runner.run(merge) == 2
    assert "Mine" in runner.output
    assert not list(runner.folder.rglob("pwned"))


def test_no_expression_stands_in_a_script():
    assert all("${{" not in step["run"] for step in STEPS)
    assert all("uses" not in step for step in STEPS)


def test_every_variable_of_a_script_is_set_for_it():
    runner = {"RUNNER_TEMP", "GITHUB_ACTION_PATH", "GITHUB_BASE_REF", "GITHUB_EVENT_NAME", "GITHUB_SHA",
              "GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY"}  # fmt: skip
    for step in STEPS:
        read = set(re.findall(r"\$\{?([A-Z_]{2,})", step["run"]))
        assert read <= runner | set(step["env"])
    used = {text for step in STEPS for text in step["env"].values()}
    assert {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]} <= used


def test_it_is_an_action():
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_the_whole_action_with_an_environment_of_its_own(tmp_path):
    runner = Runner(tmp_path)
    netinspect_repository(tmp_path / "action")
    program = "import pathlib\npathlib.Path(__file__).with_name('pwned').touch()\n"
    merge = pull_request(
        runner, {"specs/digits.yaml": HEAVIER, "pip.py": program, "venv.py": program, "setup.py": program}
    )
    assert runner.run(merge, steps=STEPS, fail_on_increase="macs=5%", python=sys.executable) == 1, runner.output
    assert "title=E604" in runner.output
    assert len(runner.comments) == 1
    assert runner.run(merge, steps=STEPS, python=sys.executable) == 0
    assert runner.calls == ["GET", "POST", "GET", "PATCH"]
    assert not list(tmp_path.rglob("pwned"))
    assert runner.run(merge, steps=STEPS, python="false") == 2
    assert "::error title=netinspect::Python 3.11 or newer is needed" in runner.output
