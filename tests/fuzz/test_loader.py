"""What a user may hand to the loader: any bytes, any reference, any override. Exit codes 0 to 2, never a bug."""

import contextlib
import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netinspect.cli.main import main
from netinspect.errors import NetinspectError
from netinspect.network.load import load
from tests.fuzz.tried import in_time

SPEC = (Path(__file__).parents[2] / "specs" / "resnet.yaml").read_text(encoding="utf-8")
EXPRESSIONS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(("24", "-1", "9**9**9", "[1, 2", "block", "Bottleneck", "[2, 2, 2, 2]", "range(10**9)", "depths",
                     "ReLU", "'x'", "1 if True else", "().__class__", "classes // 0", "input.shape[1]", "2.5", "None")),
)  # fmt: skip
NAMES = st.one_of(st.sampled_from(("block", "depths", "classes", "", "input", "nothing")), st.text(max_size=10))
SIZES = st.lists(st.integers(-3, 300), max_size=5).map(tuple)
ALL = settings(suppress_health_check=list(HealthCheck))


def survives(reference, **options):
    with in_time(), contextlib.suppress(NetinspectError):
        load(reference, **options)


@ALL
@given(data=st.binary(max_size=400), start=st.integers(0, len(SPEC)), variant=st.sampled_from(("", ":resnet18", ":x")))
def test_any_bytes_in_a_file(data, start, variant, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(SPEC.encode()[:start] + data + SPEC.encode()[start:])
    survives(f"{path}{variant}")


@ALL
@given(st.text(max_size=60))
def test_any_reference(reference):
    if reference != "-":
        survives(reference)


@ALL
@given(
    assignments=st.lists(st.tuples(NAMES, EXPRESSIONS), max_size=2),
    input_shapes=st.lists(st.tuples(NAMES, SIZES), max_size=2),
    batch_size=st.sampled_from((1, 2, 5, 0, -1, 2**31, 10**30)),
    variant=st.sampled_from(("", ":resnet50", ":lenet", ":")),
)
def test_any_override(assignments, input_shapes, batch_size, variant, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC, encoding="utf-8")
    survives(f"{path}{variant}", assignments=assignments, input_shapes=input_shapes, batch_size=batch_size)


@settings(max_examples=settings.default.max_examples // 2, suppress_health_check=list(HealthCheck))
@given(
    given_=st.lists(st.tuples(NAMES, EXPRESSIONS), max_size=2), shape=st.text("0123456789,-x=", max_size=12),
    form=st.sampled_from(("table", "json", "csv", "markdown")), reference=st.sampled_from(("resnet18", "gru", "mlp")),
)  # fmt: skip
def test_any_override_on_the_command_line(given_, shape, form, reference):
    options = [part for name, value in given_ for part in ("--set", f"{name}={value}")]
    arguments = ["summary", reference, "--format", form, f"--input-shape={shape}", *options]
    errors = io.StringIO()
    with in_time(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        code = main(arguments)
    assert code in (0, 1, 2), errors.getvalue()
