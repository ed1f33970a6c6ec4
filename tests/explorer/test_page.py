"""The page in a browser: its numbers are torch's, keys do what the pointer does, changes are followed."""

import json
import math
import re
from html import escape

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import wavfile

from netinspect.api import loads
from netinspect.explorer.page import page
from netinspect.explorer.payload import Facts, Payload, packed, payload
from netinspect.explorer.run import explore
from netinspect.inputs.files import open_inputs
from netinspect.inputs.samples import choose
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.explorer.interpreter import unpacked
from tests.explorer.pages import texts_of_text
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

SMALL = """
name: small
about: a net for tests
input: [2, 9, 9]
layers:
  - conv: Conv2d(4, kernel_size=3)
  - relu: ReLU
  - pool: MaxPool2d(2)
  - skip: Conv2d(4, kernel_size=1)
  - sum: add(skip, pool)
  - drop: Dropout(0.5)
  - flatten: Flatten
  - out: Linear(5)
"""
HALVES = "name: halves\ninput: [1, 8, 8]\nlayers:\n  - flatten: Flatten\n  - out: Linear(2)\n"
PITCH = """
name: pitch
input: {shape: {channels: 1, time: 64}, preprocess: {sample_rate: 8000, frame: 64, hop_length: 32}}
layers:
  - conv: Conv1d(3, kernel_size=5)
  - mean: mean(dim=2)
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.call("Network.enable")
        yield opened


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return written(tmp_path_factory.mktemp("small"), texts_of_text(SMALL))


def written(folder, texts):
    (folder / "page.html").write_bytes(page(texts))
    return folder / "page.html"


def visit(tab, path, fragment="", width=1440):
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    tab.call("Emulation.setEmulatedMedia", media="", features=[])
    tab.size(width)
    tab.call("Page.navigate", url="about:blank")
    tab.wait("location.href === 'about:blank'")
    tab.events.clear()
    tab.call("Page.navigate", url=path.as_uri() + fragment)
    tab.wait("document.body?.dataset.ready")
    assert tab.complaints() == []


def choose_cell(tab, fragment):
    """Go there by the address, as a link does."""
    script = "addEventListener('hashchange', () => done(), {once: true}); const before = location.href; "
    script += f"location.hash = {json.dumps(fragment)}; if (location.href === before) done();"
    tab.value(f"new Promise((done) => {{ {script} }})")
    settle(tab)


def settle(tab):
    """Wait until what was changed is worked out and drawn."""
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    tab.value(frames)
    tab.wait("!document.getElementById('stage').hasAttribute('aria-busy')")
    tab.value(frames)


def live(tab):
    return tab.value("document.getElementById('live').textContent")


def why(tab):
    return tab.value("document.getElementById('why').innerText")


def number(text):
    """The last number of a text of the page."""
    words = {"NaN": math.nan, "∞": math.inf, "−∞": -math.inf}
    last = text.rsplit(": ", 1)[-1].strip()
    return words[last] if last in words else float(last.replace("−", "-"))


def table_texts(tab, selector):
    """The rows of a table as lists of texts."""
    return tab.value(
        f"[...document.querySelectorAll({json.dumps(selector + ' tbody tr')})]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )


def click(tab, selector):
    tab.value(f"document.querySelector({json.dumps(selector)}).click()")
    settle(tab)


def write(tab, selector, text, event="input"):
    """Put a text into a field or a choice, as a reader does."""
    field = f"document.querySelector({json.dumps(selector)})"
    tab.value(f"{field}.value = {json.dumps(str(text))}; {field}.dispatchEvent(new Event('{event}'))")
    settle(tab)


def mouse(tab, kind, x, y):
    tab.call(
        "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(kind != "mouseMoved"), clickCount=1
    )


def box(tab, selector):
    tab.value(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
    rectangle = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
    return tab.value(f"(({{ x, y, width, height }}) => [x, y, width, height])({rectangle})")


def run_small():
    """By layer what torch gives for what the page shows."""
    network = loads(SMALL).graph
    model = build(network, seed=0).eval()
    x = torch.from_numpy(noise(network)[0].array[:1].copy()).requires_grad_()
    values = {"input": x}
    with torch.set_grad_enabled(True):
        values["conv"] = model.conv(x)
        values["relu"] = values["conv"].relu()
        values["pool"] = torch.nn.functional.max_pool2d(values["relu"], 2)
        values["skip"] = model.skip(values["pool"])
        values["sum"] = values["skip"] + values["pool"]
        values["out"] = model.out(values["sum"].flatten(1))
    return model, values


# --- numbers ---------------------------------------------------------------------------------------


def test_every_layer_shows_the_numbers_of_torch(tab, small):
    _, values = run_small()
    visit(tab, small)
    for layer, cells in {
        "conv": ["0,0,0", "3,6,2"],
        "relu": ["1,2,3"],
        "pool": ["2,1,2"],
        "skip": ["3,0,1"],
        "sum": ["0,2,2"],
        "out": ["4"],
    }.items():
        for cell in cells:
            choose_cell(tab, f"#layer={layer}&cell={cell}")
            expected = values[layer][(0, *map(int, cell.split(",")))].item()
            assert number(live(tab)) == pytest.approx(expected, rel=1e-3, abs=1e-4), (layer, cell)
    click(tab, "#facts a[data-value='1']")
    tab.wait("location.hash.startsWith('#layer=conv&cell=')")


def test_the_products_that_are_shown_add_up_to_the_number(tab, small):
    visit(tab, small, "#layer=conv&cell=2,3,4")
    model, values = run_small()
    kernel, patch = model.conv.weight[2].detach(), values["input"][0, :, 3:6, 4:7].detach()
    sums = (kernel * patch).sum(dim=(1, 2))
    texts = tab.value(
        "[...document.querySelectorAll('#why tr:has([data-plane])')]"
        ".map((row) => [row.querySelector('button').dataset.plane, row.cells[1].textContent])"
    )
    assert {int(channel): number(text) for channel, text in texts} == {
        channel: pytest.approx(total.item(), rel=1e-3, abs=1e-4) for channel, total in enumerate(sums)
    }
    click(tab, "#why [data-plane='0']")
    grids = tab.value(
        "[...document.querySelectorAll('#why .grid')]"
        ".map((grid) => [...grid.querySelectorAll('td')].map((cell) => cell.textContent))"
    )
    together = tab.value("[...document.querySelectorAll('#why .grid caption')].at(-1).textContent")
    assert number(together.replace("together ", ": ")) == pytest.approx(sums[0].item(), rel=1e-3, abs=1e-4)
    for texts, expected in zip(grids, (patch[0], kernel[0], patch[0] * kernel[0]), strict=True):
        assert [number(text) for text in texts] == pytest.approx(expected.flatten().tolist(), rel=0.06, abs=1e-3)
    assert number(tab.value("document.querySelector('#why .result').textContent")) == pytest.approx(
        values["conv"][0, 2, 3, 4].item(), rel=1e-3
    )


def test_the_page_checks_itself(tab, small):
    visit(tab, small, "#selftest")
    outcome = json.loads(tab.value("document.body.dataset.selftest"))
    assert outcome["wrong"] == []
    assert outcome["explained"] > 200


def test_the_gradient_is_that_of_autograd(tab, small):
    _, values = run_small()
    values["conv"].retain_grad()
    values["sum"].retain_grad()
    values["out"][0, 3].backward()
    visit(tab, small, "#layer=sum&cell=1,1,1&gradient=3")
    for layer, tensor in {
        "sum": values["sum"].grad,
        "conv": values["conv"].grad,
        "input": values["input"].grad,
    }.items():
        place = np.unravel_index(int(tensor.abs().argmax()), tensor.shape)
        cell = ",".join(map(str, place[1:]))
        choose_cell(tab, f"#layer={layer}&cell={cell}&gradient=3")
        words = re.search(r"gradient (\S+) of out, unit 3", live(tab))
        assert number(words[1]) == pytest.approx(tensor[place].item(), rel=2e-2), layer


@pytest.mark.parametrize("layer", ["LSTM", "GRU", "RNN"])
def test_the_states_of_a_step_are_those_of_torch(tab, tmp_path, layer):
    text = (
        f"name: memory\ninput: {{shape: {{time: 2, features: 4}}}}\nlayers:\n  - cells: {layer}(3, batch_first=True)\n"
    )
    network = loads(text).graph
    cells = build(network, seed=0).cells
    x = torch.from_numpy(noise(network)[0].array[:1].copy())
    with torch.no_grad():
        _, before = cells(x[:, :1])
        _, after = cells(x)
    visit(tab, written(tmp_path, texts_of_text(text)), "#layer=cells&output=0&cell=1,2")
    lines = [line for line in why(tab).splitlines() if line.startswith(("Step", "c =", "h ="))]
    old = before[1] if layer == "LSTM" else before
    assert number(lines[0].removesuffix(".").replace("was ", ": ")) == pytest.approx(old[0, 0, 2].item(), rel=1e-3)
    new = after[::-1] if layer == "LSTM" else (after,)
    assert [number(line.replace(" = ", ": ")) for line in lines[1:]] == [
        pytest.approx(state[0, 0, 2].item(), rel=1e-3) for state in new
    ]


def test_of_several_recurrent_layers_the_last_one_is_explained(tab, tmp_path):
    text = (
        "name: deep\ninput: {shape: {time: 3, features: 4}}\nlayers:\n"
        "  - cells: LSTM(3, num_layers=2, batch_first=True, bidirectional=True)\n"
    )
    network = loads(text).graph
    cells = build(network, seed=0).cells
    first = torch.nn.LSTM(4, 3, batch_first=True, bidirectional=True)
    first.load_state_dict({name: weight for name, weight in cells.state_dict().items() if "_l0" in name})
    with torch.no_grad():
        taken = first(torch.from_numpy(noise(network)[0].array[:1].copy()))[0][0, 1]
    visit(tab, written(tmp_path, texts_of_text(text)), "#layer=cells&output=0&cell=1,4")
    assert "Step 1 of layer 1, the last one, running from the end: c, the cell state" in why(tab)
    assert "The largest numbers it takes, which layer 0 gives" in why(tab)
    rows = {int(row[0]): number(row[1]) for row in table_texts(tab, "#why table + table")}
    assert [rows[k] for k in range(6)] == [pytest.approx(x, rel=1e-3) for x in taken.tolist()]
    tab.value("document.getElementById('map').focus()")
    tab.press("Enter")
    largest = int(np.abs(noise(network)[0].array[0, 1]).argmax())
    assert live(tab).startswith(f"input, position 1, channel {largest}: ")
    tab.press(" ")
    assert re.match(r"cells, position 1, channel \d: ", live(tab))


def test_a_sum_is_written_as_one(tab, small):
    _, values = run_small()
    visit(tab, small, "#layer=sum&cell=1,2,2&cut=sum:second")
    skip, pool = (f"{values[name][0, 1, 2, 2].item():.4g}".replace("-", "−") for name in ("skip", "pool"))
    assert f"{skip} + 0 = {skip}" in why(tab)
    assert f"{pool}, left out" in why(tab)
    assert tab.value("document.querySelectorAll('#graph .edge.skip.cut').length") == 1
    choose_cell(tab, "#layer=sum&cell=1,2,2")
    click(tab, "#cut-second")
    assert f"{skip} + {pool} = " in why(tab)
    assert "left out" not in why(tab)
    assert tab.value("document.querySelectorAll('#graph .cut').length") == 0


def test_a_masked_number_is_not_said_to_be_the_same(tab, small):
    visit(tab, small, "#layer=drop&cell=0,0,0")
    assert "The same number as sum, channel 0, row 0, column 0." in why(tab)
    visit(tab, small, "#layer=drop&cell=0,0,0&drop=drop:0.5,1")
    assert "Without the mask the same number as sum, channel 0, row 0, column 0." in why(tab)


def test_a_cell_of_a_kernel_is_written_with_its_power(tab, tmp_path):
    weights = [1e30, -1234567.0, 1e-5, 0.00049, -1e-8, 123.4, -1234.4, 0.5, 0.0]

    def odd(model):
        with torch.no_grad():
            model.conv.weight.copy_(torch.tensor(weights).reshape(1, 1, 3, 3))

    spec = "name: odd\ninput: [1, 3, 3]\nlayers:\n  - conv: Conv2d(1, kernel_size=3)\n"
    visit(tab, written(tmp_path, texts_of_text(spec, change=odd)), "#layer=conv&cell=0,0,0")
    cells = "[...document.querySelectorAll('#why .grid')[1].querySelectorAll('td')]"
    texts = tab.value(f"{cells}.map((cell) => cell.textContent)")
    assert texts == ["1e30", "−1e6", "1e−5", "5e−4", "−1e−8", "123", "−1234", "0.5", "0"]
    assert tab.value(f"{cells}.every((cell) => cell.scrollWidth <= cell.clientWidth)")


def test_the_rest_of_the_products_of_a_linear_is_a_row(tab, tmp_path):
    spec = "name: rest\ninput: [30]\nlayers:\n  - fc: Linear(2)\n"
    network = loads(spec).graph
    weight = build(network, seed=0).fc.weight[1].detach().numpy()
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=fc&cell=1")
    products = weight * noise(network)[0].array[0]
    rows = table_texts(tab, "#why table")
    assert rows[-1][0] == "the rest"
    small_ones = np.sort(np.abs(products))[:10]
    expected = products[np.abs(products) <= small_ones[-1]].sum()
    assert number(rows[-1][3]) == pytest.approx(expected, rel=1e-3, abs=1e-5)
    starts = tab.value("[...document.querySelectorAll('.cells .index')].map((index) => index.textContent)")
    assert starts == ["0:", "6:", "12:", "18:", "24:"]


def test_a_sum_beyond_float32_is_infinite_and_not_wrong(tab, tmp_path):
    def great(model):
        with torch.no_grad():
            model.e.weight.fill_(1.0)
            model.fc.weight.fill_(3e38)
            model.fc.bias.fill_(0.5)

    spec = (
        "name: great\ninput: {shape: [3], dtype: int64, high: 9}\nlayers:\n  - e: Embedding(9, 4)\n  - fc: Linear(2)\n"
    )
    visit(tab, written(tmp_path, texts_of_text(spec, change=great)), "#layer=fc&cell=0,0&selftest")
    assert json.loads(tab.value("document.body.dataset.selftest"))["wrong"] == []
    assert "1.20e+39 + 0.5 = ∞" in why(tab)


# --- pointer and keys ------------------------------------------------------------------------------


def test_the_pointer_and_the_keys_say_the_same(tab, small):
    visit(tab, small, "#layer=conv&cell=0,3,3")
    left, top, width, height = box(tab, "#map")
    mouse(tab, "mouseMoved", left + width * 0.06, top + height * 0.1)
    settle(tab)
    by_pointer = live(tab), why(tab)
    place = re.findall(r"\d+", by_pointer[0].split(":")[0])
    assert place[0] == "0"
    choose_cell(tab, "#layer=conv&cell=0,0,0")
    tab.value("document.getElementById('map').focus()")
    for _ in range(int(place[1])):
        tab.press("ArrowDown")
    for _ in range(int(place[2])):
        tab.press("ArrowRight")
    settle(tab)
    assert (live(tab), why(tab)) == by_pointer


def test_a_click_holds_a_number_until_the_next_one(tab, small):
    visit(tab, small, "#layer=conv&cell=0,3,3")
    left, top, width, height = box(tab, "#map")
    x, y = left + width * 0.06, top + height * 0.1
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        mouse(tab, kind, x, y)
    settle(tab)
    held = live(tab)
    mouse(tab, "mouseMoved", left + width * 0.2, top + height * 0.1)
    settle(tab)
    assert live(tab) == held
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        mouse(tab, kind, x, y)
    mouse(tab, "mouseMoved", left + width * 0.2, top + height * 0.1)
    settle(tab)
    assert live(tab) != held


def test_enter_goes_back_to_what_counts_most_and_backspace_returns(tab, small):
    _, values = run_small()
    visit(tab, small, "#layer=pool&cell=1,1,1")
    start = live(tab)
    tab.value("document.getElementById('map').focus()")
    tab.press("Enter")
    window = values["relu"][0, 1, 2:4, 2:4].flatten()
    row, column = divmod(int(window.argmax()), 2)
    assert live(tab).startswith(f"relu, channel 1, row {2 + row}, column {2 + column}: ")
    tab.press("Enter")
    assert live(tab).startswith("conv, ")
    tab.press("Backspace")
    tab.press("Backspace")
    assert live(tab) == start


def test_a_product_leads_to_the_cell_that_it_came_from(tab, small):
    visit(tab, small, "#layer=conv&cell=2,3,4")
    tab.value("document.querySelector('#why .grid .trace').focus()")
    tab.press("Enter")
    assert re.match(r"input, channel [01], row 3, column 4: ", live(tab))
    assert tab.value("document.activeElement.id") == "why-title"
    click(tab, "#why [data-back]")
    assert live(tab).startswith("conv, channel 2, row 3, column 4")


def test_arrows_walk_along_the_graph_and_enter_chooses(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    tab.value("document.querySelector('#graph a').focus()")
    focused = "document.activeElement.querySelector('.name').textContent"
    for key, name in (
        ("ArrowDown", "conv"),
        ("ArrowDown", "relu"),
        ("ArrowDown", "pool"),
        ("ArrowRight", "sum"),
        ("ArrowLeft", "pool"),
    ):
        tab.press(key)
        assert tab.value(focused) == name
    tab.press("Enter")
    assert live(tab).startswith("pool, ")
    assert tab.value("document.querySelector('#graph [aria-current] .name').textContent") == "pool"
    assert tab.value("document.querySelector('#facts tr.chosen th').textContent") == "pool"


def test_held_keys_leave_no_message(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    script = "new KeyboardEvent('keydown', { key: k % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true })"
    tab.value(f"for (let k = 0; k < 300; k++) document.getElementById('map').dispatchEvent({script})")
    settle(tab)
    assert tab.complaints() == []


def test_single_keys_can_be_switched_off(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    tab.value("document.getElementById('map').focus()")
    tab.press(" ")
    assert live(tab).startswith("relu, ")
    click(tab, "#keys")
    tab.value("document.getElementById('map').focus()")
    for key in (" ", "g", "0", "e"):
        tab.press(key)
    assert live(tab).startswith("relu, ")
    assert tab.value("document.getElementById('reset').disabled")
    assert tab.value("document.getElementById('look').getAttribute('aria-pressed')") == "true"


def focused(tab):
    return tab.value("document.activeElement.id || document.activeElement.tagName")


def test_backspace_goes_back_after_a_click_on_a_term(tab, small):
    visit(tab, small, "#layer=conv&cell=2,3,4")
    left, top, width, height = box(tab, "#why .grid .trace")
    for kind in ("mousePressed", "mouseReleased"):
        mouse(tab, kind, left + width / 2, top + height / 2)
    settle(tab)
    assert live(tab).startswith("input, ")
    assert focused(tab) == "why-title"
    tab.press("Backspace")
    assert live(tab).startswith("conv, channel 2, row 3, column 4: ")
    tab.press("Backspace")
    assert live(tab).startswith("There is no number to go back to. conv, ")


def test_the_layer_before_is_that_of_the_graph_also_along_a_trace(tab, small):
    visit(tab, small, "#layer=pool&cell=1,1,1")
    tab.value("document.getElementById('map').focus()")
    tab.press("Enter")
    assert live(tab).startswith("relu, ")
    click(tab, "#back")
    assert live(tab).startswith("conv, ")


def test_the_focus_is_kept_when_what_had_it_goes(tab, small):
    visit(tab, small, "#layer=input&cell=0,0,0")
    write(tab, "#number", 7)
    tab.value("document.getElementById('reset').focus()")
    tab.press("Enter")
    settle(tab)
    assert focused(tab) == "map"
    tab.value("document.querySelector('#answer .trace').focus()")
    tab.press("Enter")
    assert tab.value("document.activeElement.closest('#answer') !== null")


def test_space_keeps_to_the_cell_that_the_chosen_one_feeds(tab, small):
    _, values = run_small()
    visit(tab, small, "#layer=relu&cell=1,4,2")
    tab.value("document.getElementById('map').focus()")
    tab.press(" ")
    assert live(tab).startswith("pool, channel 1, row 2, column 1: ")
    tab.press(" ")
    assert live(tab).startswith("skip, channel 1, row 2, column 1: ")
    choose_cell(tab, "#layer=input&cell=1,5,3")
    tab.value("document.getElementById('map').focus()")
    tab.press(" ")
    best = int(values["conv"][0, :, 4, 2].argmax())
    assert live(tab).startswith(f"conv, channel {best}, row 4, column 2: ")


def test_the_first_arrow_moves_on_the_input(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    _, values = run_small()
    place = np.unravel_index(int(values["input"].argmax()), values["input"].shape)
    tab.value("document.getElementById('input').focus()")
    tab.press("ArrowLeft" if place[3] else "ArrowRight")
    column = place[3] - 1 if place[3] else 1
    assert live(tab).startswith(f"input, channel {place[1]}, row {place[2]}, column {column}: ")


@pytest.mark.parametrize(
    ("layer", "key", "remark"),
    [
        ("input", "Enter", "No number before this one counts for it. "),
        ("out", " ", "This is the last layer. "),
        ("conv", "r", "Nothing is changed. "),
    ],
)
def test_a_key_that_does_nothing_says_why(tab, small, layer, key, remark):
    visit(tab, small, f"#layer={layer}")
    tab.value("document.getElementById('map').focus()")
    tab.press(key)
    assert live(tab).startswith(f"{remark}{layer}, ")


def test_what_an_address_names_in_vain_is_said_once(tab, small):
    visit(tab, small, "#layer=conf&cell=1,2,2&off=relo:1")
    assert live(tab).startswith("The address names what is not here: layer conf; layer relo. conv, ")
    left, top, width, height = box(tab, "#map")
    mouse(tab, "mouseMoved", left + width * 0.06, top + height * 0.1)
    settle(tab)
    note = "document.getElementById('state-note').innerText"
    assert tab.value(note) == "The address names what is not here: layer conf; layer relo."
    click(tab, "#step")
    assert tab.value(note) == ""
    choose_cell(tab, "#layer=conv&cell=9,9,9")
    assert live(tab).startswith("The address names what is not here: cell 9,9,9. conv, ")
    choose_cell(tab, "#layer=conv&cell=1,2,2")
    assert live(tab).startswith("conv, channel 1, row 2, column 2: ")


def test_a_change_that_cannot_be_is_said_and_not_made(tab, small):
    for fragment, mistake in {
        "off=conv:9999": "off conv:9999",
        "off=conv:1.5": "off conv:1.5",
        "cut=conv:input": "cut conv:input",
        "cut=sum:third": "cut sum:third",
        "drop=conv:0.5,1": "drop conv:0.5,1",
        "kernel=conv:9,blur": "kernel conv:9,blur",
        "kernel=conv:1,nothing": "kernel conv:1,nothing",
        "try=kernel:99,stride:0,padding:-1": "kernel 99; stride 0; padding -1",
    }.items():
        visit(tab, small, f"#layer=conv&cell=1,2,2&{fragment}")
        assert live(tab).startswith(f"The address names what is not here: {mistake}. conv, "), fragment
        assert tab.value("document.getElementById('reset').disabled"), fragment
    assert tab.value("document.getElementById('slider-stride').value") == "1"
    visit(tab, small, "#layer=conv&off=conv:1,9999")
    assert "off conv:1,9999" in live(tab)
    assert tab.value("document.querySelector('#unit-1').getAttribute('aria-pressed')") == "false"


# --- changes ---------------------------------------------------------------------------------------


def test_what_is_drawn_changes_the_answer(tab, tmp_path):
    def halves(model):
        """Unit 0 adds up the left half of the picture, unit 1 the right one."""
        with torch.no_grad():
            model.out.bias.zero_()
            model.out.weight.copy_(
                torch.tensor([[1.0] * 4 + [0.0] * 4, [0.0] * 4 + [1.0] * 4]).repeat_interleave(1, 0).repeat(1, 8)
            )

    visit(tab, written(tmp_path, texts_of_text(HALVES, change=halves)))
    answer = "document.querySelector('#answer tbody tr').textContent"
    for half, unit in ((0.75, 1), (0.25, 0)):
        click(tab, "#blank")
        click(tab, "#draw")
        left, top, width, height = box(tab, "#input")
        mouse(tab, "mousePressed", left + half * width, top + 0.2 * height)
        for step in range(6):
            mouse(tab, "mouseMoved", left + half * width, top + (0.2 + 0.1 * step) * height)
        mouse(tab, "mouseReleased", left + half * width, top + 0.8 * height)
        settle(tab)
        assert tab.value(answer).startswith(str(unit))
    click(tab, "#reset")
    assert tab.value("document.getElementById('reset').disabled")


def test_a_picture_becomes_the_input_as_preprocess_says(tab, tmp_path):
    spec = "input: {shape: {channels: 3, height: 4, width: 6}, preprocess: {mean: [0.5, 0.4, 0.3], std: 0.25}}\n"
    visit(tab, written(tmp_path, texts_of_text(f"name: photo\n{spec}layers:\n  - conv: Conv2d(2, kernel_size=3)\n")))
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, 3:] = (255, 51, 0)
    Image.fromarray(pixels).save(tmp_path / "half.png")
    node = tab.call("Runtime.evaluate", expression="document.getElementById('file')")["result"]["objectId"]
    tab.call("DOM.setFileInputFiles", files=[str(tmp_path / "half.png")], objectId=node)
    tab.wait("!document.getElementById('reset').disabled")
    settle(tab)
    for cell, expected in {"0,1,1": -2, "0,2,5": 2, "1,0,4": -0.8, "2,3,3": -1.2, "2,0,0": -1.2}.items():
        choose_cell(tab, f"#layer=input&cell={cell}")
        assert number(live(tab)) == pytest.approx(expected, abs=0.01), cell


PATCHES = """
input: {shape: {channels: 1, height: 6, width: 8}, preprocess: {mean: [0.5], std: [0.5]}}
layers:
  - patches: Conv2d(4, kernel_size=2, stride=2)
  - flat: flatten(2)
  - tokens: permute(0, 2, 1)
  - attend: MultiheadAttention(num_heads=2, batch_first=True)
"""


def test_attention_lies_over_the_patches_of_the_input(tab, tmp_path):
    network = loads(PATCHES).graph
    model = build(network, seed=0).eval()
    tokens = model.get_submodule("patches")(torch.from_numpy(noise(network)[0].array[:1])).flatten(2).transpose(1, 2)
    attend = model.get_submodule("attend")
    _, weights = attend(tokens, tokens, tokens, average_attn_weights=False)
    visit(tab, written(tmp_path, texts_of_text(PATCHES)), "#layer=attend&cell=6,1")
    for head in range(2):
        of_query = weights[0, head, 6].detach().numpy()
        light = tab.value(PATCH_LIGHT.replace("HEAD", str(head)))
        expected = of_query / of_query.max()
        inner = [key for key in range(12) if key != 6]  # that one has the frame
        np.testing.assert_allclose(np.array(light)[inner], expected[inner], atol=0.03)
    largest = int(weights[0, 0, 6].argmax())
    assert f"{largest} (patch {largest // 4},{largest % 4})" in why(tab)


WRITTEN_OUT = (
    PATCHES.partition("  - attend")[0]
    + """
  - turned: transpose(1, 2)
  - scores: matmul(tokens, turned)
  - shares: Softmax(dim=-1)
  - mixed: matmul(shares, tokens)
"""
)


def test_attention_that_is_written_out_lies_over_them_as_well(tab, tmp_path):
    network = loads(WRITTEN_OUT).graph
    x = torch.from_numpy(noise(network)[0].array[:1])
    tokens = build(network, seed=0).eval().get_submodule("patches")(x).flatten(2).transpose(1, 2)
    of_query = (tokens @ tokens.transpose(1, 2)).softmax(-1)[0, 6].detach().numpy()
    visit(tab, written(tmp_path, texts_of_text(WRITTEN_OUT)), "#layer=shares&cell=6,1")
    light = tab.value(PATCH_LIGHT.replace(".heads canvas", " canvas").replace("HEAD", "0"))
    inner = [key for key in range(12) if key != 6]
    np.testing.assert_allclose(np.array(light)[inner], (of_query / of_query.max())[inner], atol=0.03)


TOKENS = """
input: {shape: {time: 6}, dtype: int64, high: 50}
layers:
  - embed: Embedding(50, 8)
  - attend: MultiheadAttention(num_heads=2, batch_first=True)
"""


def test_attention_names_the_tokens_of_the_input(tab, tmp_path):
    network = loads(TOKENS).graph
    ids = noise(network)[0].array[0]
    tokens = build(network, seed=0).get_submodule("embed")(torch.from_numpy(ids)[None])
    attend = build(network, seed=0).eval().get_submodule("attend")
    _, weights = attend(tokens, tokens, tokens, average_attn_weights=False)
    visit(tab, written(tmp_path, texts_of_text(TOKENS)), "#layer=attend&cell=4,1")
    largest = int(weights[0, 0, 4].argmax())
    assert f"{largest} (id {ids[largest]})" in tab.value("document.querySelector('#why tbody tr').innerText")


# How bright each patch of a head's picture is, against the input as it is drawn at the left.
PATCH_LIGHT = """
(() => {
  const canvas = document.querySelectorAll("#why .heads canvas")[HEAD];
  const scale = 148 / 8, pen = canvas.getContext("2d");
  const at = (k, pen) => pen.getImageData(
    2 + (2 * (k % 4) + 0.5) * scale, 2 + (2 * Math.floor(k / 4) + 0.5) * scale, 1, 1).data;
  const input = document.getElementById("input"), by = input.getContext("2d");
  const wide = (input.width - 4) / 8;
  return [...Array(12).keys()].map((k) => {
    const dim = at(k, pen);
    const full = by.getImageData(
      2 + (2 * (k % 4) + 0.5) * wide, 2 + (2 * Math.floor(k / 4) + 0.5) * wide, 1, 1).data;
    const most = [0, 1, 2].reduce((a, b) => (full[b] > full[a] ? b : a));
    return dim[most] / full[most];
  });
})()
"""
HEARD = """
input:
  shape: {channels: 1, mel: 6, time: 9}
  preprocess: {log_mel: {sample_rate: 16000, n_fft: 64, hop_length: 32, n_mels: 6}}
layers:
  - conv: Conv2d(2, kernel_size=3)
"""


def test_low_frequencies_are_at_the_bottom(tab, tmp_path):
    visit(tab, written(tmp_path, texts_of_text(HEARD)), "#layer=conv&cell=0,0,2")
    assert live(tab).startswith("conv, channel 0, frequency 0, column 2: ")
    assert "low frequencies at the bottom" in tab.value("document.getElementById('legend-words').textContent")
    tab.value("document.getElementById('map').focus()")
    tab.press("ArrowDown")  # below the lowest there is nothing
    assert live(tab).startswith("This is the edge.")
    tab.press("ArrowUp")
    assert live(tab).startswith("conv, channel 0, frequency 1, column 2: ")
    of_kernel = "[...document.querySelectorAll('#why .grid')][1].querySelectorAll('td')"
    shown = [number(text) for text in tab.value(f"[...{of_kernel}].map((cell) => cell.textContent)")]
    weight = build(loads(HEARD).graph, seed=0).get_submodule("conv").weight[0, 0].detach().numpy()
    np.testing.assert_allclose(shown, weight[::-1].reshape(-1), atol=0.006)


def test_of_two_inputs_either_can_be_looked_at(tab, tmp_path):
    spec = "name: pair\ninputs: {left: [1, 6, 6], right: [1, 4, 4]}\nlayers:\n"
    spec += "  - a(left): Conv2d(2, kernel_size=3)\n  - b: add(a, right)\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=b&cell=1,2,3")
    write(tab, "#which-input", 1, "change")
    left, top, width, height = box(tab, "#input")
    for kind in ("mousePressed", "mouseReleased"):
        mouse(tab, kind, left + width / 8, top + height * 3 / 8)
    settle(tab)
    assert live(tab).startswith("right, row 1, column 0: ")


def test_a_changed_weight_is_followed(tab, small):
    model, values = run_small()
    visit(tab, small, "#layer=conv&cell=1,2,2")
    click(tab, "#why [data-plane='0']")
    write(tab, "#weight-4", 2.5)
    with torch.no_grad():
        model.conv.weight[1, 0, 1, 1] = 2.5
    assert number(live(tab)) == pytest.approx(model.conv(values["input"])[0, 1, 2, 2].item(), rel=1e-3)
    click(tab, "#reset")
    assert number(live(tab)) == pytest.approx(values["conv"][0, 1, 2, 2].item(), rel=1e-3)


LONG = "input: [1, 200]\nlayers:\n  - conv: Conv1d(2, kernel_size=130)\n"


def test_a_kernel_of_many_cells_is_a_curve_that_is_changed_cell_by_cell_or_drawn(tab, tmp_path):
    network = loads(LONG).graph
    model = build(network, seed=0).eval()
    x = torch.from_numpy(noise(network)[0].array[:1])
    weight = model.get_submodule("conv").weight.data
    visit(tab, written(tmp_path, texts_of_text(LONG)), "#layer=conv&cell=1,4")
    write(tab, "#strip-cell", 7)
    write(tab, "#weight-7", 2.5)
    weight[1, 0, 7] = 2.5
    assert math.isclose(number(live(tab)), model(x)[0, 1, 4].item(), rel_tol=2e-3)
    tab.value("document.getElementById('strip').focus()")
    tab.press("ArrowRight")
    tab.press("ArrowUp")  # by a twentieth of the largest
    settle(tab)
    weight[1, 0, 8] += 0.125
    assert math.isclose(number(live(tab)), model(x)[0, 1, 4].item(), rel_tol=2e-3)
    left, top, width, _ = box(tab, "#strip")
    mouse(tab, "mousePressed", left + 4.5, top + 6)
    mouse(tab, "mouseMoved", left + width / 2, top + 6)
    mouse(tab, "mouseReleased", left + width / 2, top + 6)
    settle(tab)
    write(tab, "#strip-cell", 30)
    assert float(tab.value("document.getElementById('weight-30').value")) == 2.5  # as high as the largest was
    write(tab, "#strip-cell", 100)
    assert tab.value("document.getElementById('weight-100').value") != "2.5"


def test_an_id_of_the_input_is_changed_to_one_that_exists(tab, tmp_path):
    spec = (
        "name: words\ninput: {shape: {time: 4}, dtype: int64, high: 50000}\nlayers:\n  - table: Embedding(50000, 3)\n"
    )
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=input&cell=2")
    weight = build(loads(spec).graph, seed=0).table.weight
    for entry, expected in ((43217, 43217), (50000, 43217), (-1, 43217), (1.5, 43217), (17, 17)):
        choose_cell(tab, "#layer=input&cell=2")
        write(tab, "#number", entry)
        assert number(live(tab)) == expected
        choose_cell(tab, "#layer=table&cell=2,1")
        assert number(live(tab)) == pytest.approx(weight[expected, 1].item(), rel=1e-3, abs=1e-4)


def test_an_entry_that_is_no_number_is_said_to_be(tab, small):
    visit(tab, small, "#layer=conv&cell=1,2,2")
    before = live(tab)
    line = "document.querySelector('#controls .mistake')?.textContent"
    for entry, words in (("", "Write a finite number"), ("1e39", "beyond what float32 holds"), ("1e999", "finite")):
        write(tab, "#weight-4", entry)
        assert words in tab.value(line)
        assert tab.value("document.getElementById('weight-4').getAttribute('aria-invalid')") == "true"
        assert live(tab) == before
    write(tab, "#weight-4", 2.5)
    assert tab.value(line) is None
    assert tab.value("document.getElementById('weight-4').getAttribute('aria-invalid')") is None
    write(tab, "#weight-4", "")
    write(tab, "#weight-4", "", "change")  # as when the field is left
    assert tab.value("document.getElementById('weight-4').value") == "2.5"
    assert tab.value("document.getElementById('weight-4').getAttribute('aria-invalid')") is None
    assert "the number before it is kept" in tab.value(line)


@pytest.mark.parametrize(
    ("preprocess", "black", "words"), [("", 0, "0 everywhere"), (", preprocess: {mean: 0.5, std: 0.25}", -2, "black")]
)
def test_empty_is_black_or_zeros_and_says_which(tab, tmp_path, preprocess, black, words):
    spec = f"name: empty\ninput: {{shape: {{channels: 1, height: 4, width: 4}}{preprocess}}}\nlayers:\n  - ReLU\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=input&cell=1,2")
    click(tab, "#blank")
    assert words in live(tab)
    assert number(live(tab)) == black


def test_a_known_kernel_takes_the_place_of_another(tab, small):
    _, values = run_small()
    visit(tab, small, "#layer=conv&cell=1,2,2")
    write(tab, "#classic", "blur", "change")
    bias = run_small()[0].conv.bias[1].item()
    assert number(live(tab)) == pytest.approx(values["input"][0, :, 2:5, 2:5].mean().item() + bias, rel=1e-3, abs=1e-4)


def test_channels_and_skips_are_switched_off_and_can_be_linked_to(tab, small):
    model, values = run_small()
    visit(tab, small, "#layer=out&cell=2&off=relu:1&cut=sum:second")
    relu = values["relu"].detach().clone()
    relu[:, 1] = 0
    pool = torch.nn.functional.max_pool2d(relu, 2)
    expected = model.out(model.skip(pool).flatten(1))
    assert number(live(tab)) == pytest.approx(expected[0, 2].item(), rel=1e-3, abs=1e-4)
    choose_cell(tab, "#layer=relu&cell=1,0,0")
    click(tab, "#unit-1")
    choose_cell(tab, "#layer=sum&cell=0,0,0")
    click(tab, "#cut-second")
    choose_cell(tab, "#layer=out&cell=2")
    assert number(live(tab)) == pytest.approx(values["out"][0, 2].item(), rel=1e-3, abs=1e-4)


def test_a_channel_of_the_input_is_switched_off_by_its_key(tab, small):
    model, values = run_small()
    visit(tab, small, "#layer=input&cell=1,0,0")
    tab.value("document.getElementById('map').focus()")
    tab.press("0")
    settle(tab)
    assert number(live(tab)) == 0
    choose_cell(tab, "#layer=conv&cell=2,3,4")
    x = values["input"].detach().clone()
    x[:, 1] = 0
    assert number(live(tab)) == pytest.approx(model.conv(x)[0, 2, 3, 4].item(), rel=1e-3, abs=1e-4)


def test_a_dropout_mask_drops_units_and_enlarges_the_others(tab, small):
    _, values = run_small()
    visit(tab, small, "#layer=drop&cell=0,0,0")
    click(tab, "#mask")
    click(tab, "#numbers-table summary")
    texts = tab.value("[...document.querySelectorAll('#numbers-table td')].map((d) => d.textContent)")
    masked = [number(text) for text in texts if text]
    before = values["sum"][0, 0].flatten().tolist()
    assert len(masked) == len(before)
    assert all(m == 0 or m == pytest.approx(2 * b, rel=1e-3, abs=1e-3) for m, b in zip(masked, before, strict=True))
    click(tab, "#no-mask")
    assert number(live(tab)) == pytest.approx(before[0], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (5, 1, 2), (1, 3, 1)])
def test_the_size_of_another_stride_is_that_of_torch(tab, small, kernel, stride, padding):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    tab.value("document.querySelector('#experiment details').open = true")
    for name, value in (("kernel", kernel), ("stride", stride), ("padding", padding)):
        write(tab, f"#slider-{name}", value)
    size = torch.nn.Conv2d(2, 4, kernel, stride, padding)(torch.zeros(1, 2, 9, 9)).shape[-1]
    assert tab.value("document.getElementById('formula').textContent").endswith(f"= {size}")


def test_a_window_that_is_too_large_is_said_to_be(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0")
    tab.value("document.querySelector('#experiment details').open = true")
    tab.value(
        "((s) => { s.value = 11; s.dispatchEvent(new Event('input')); })(document.getElementById('slider-kernel'))"
    )
    assert "larger than what lies under it" in tab.value("document.getElementById('formula').textContent")


POOLED = """
name: pooled
input: [2, 12, 12]
layers:
  - conv: Conv2d(4, kernel_size=3, padding=1)
  - norm: BatchNorm2d
  - relu: ReLU
  - pool: MaxPool2d(2)
  - second: Conv2d(6, kernel_size=3)
  - mean: AdaptiveAvgPool2d(1)
  - flatten: Flatten
  - out: Linear(5)
"""


def behind(tab):
    return tab.value("document.getElementById('behind').innerText")


def test_the_layers_behind_follow_another_stride_to_the_answer(tab, tmp_path):
    network = loads(POOLED).graph
    model = build(network, seed=0).eval()
    visit(tab, written(tmp_path, texts_of_text(POOLED)), "#layer=conv&cell=0,0,0&try=kernel:5,stride:1,padding:0")
    with torch.no_grad():
        model.conv.stride, model.conv.padding, model.conv.kernel_size = (1, 1), (0, 0), (5, 5)
        model.conv.weight = torch.nn.Parameter(torch.nn.functional.pad(model.conv.weight, (1, 1, 1, 1)))
        expected = model(torch.from_numpy(noise(network)[0].array[:1].copy()))[0]
        sizes = model.conv(torch.zeros(1, 2, 12, 12)).shape[-1]
    rows = {row[0]: row[1:] for row in table_texts(tab, "#behind table")}
    assert rows["relu"] == ["4×12×12", f"4×{sizes}×{sizes}"]
    then = re.search(r"and then (\d) \((\S+)\)\.", behind(tab))
    assert int(then[1]) == int(expected.argmax())
    assert number(": " + then[2]) == pytest.approx(expected.max().item(), rel=1e-3)


def test_what_is_left_out_of_a_sum_stays_so_behind_another_size(tab, tmp_path):
    spec = "name: cut\ninput: [1, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3)\n  - pool: MaxPool2d(2)\n"
    spec += "  - bent: sigmoid(pool)\n  - sum: add(pool, bent)\n  - mean: mean(dim=(2, 3))\n"
    network = loads(spec).graph
    model = build(network, seed=0).eval()
    with torch.no_grad():
        pooled = torch.nn.functional.max_pool2d(model.conv(torch.from_numpy(noise(network)[0].array[:1].copy())), 3)
        expected = pooled.sigmoid().mean(dim=(2, 3))[0]
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=pool&cell=0,0,0&try=kernel:3,stride:3&cut=sum:first")
    then = re.search(r"and then (\d) \((\S+)\)\.", behind(tab))
    assert int(then[1]) == int(expected.argmax())
    assert number(": " + then[2]) == pytest.approx(expected.max().item(), rel=1e-3)


def test_an_output_of_another_size_is_in_the_table(tab, tmp_path):
    spec = "name: flat\ninput: [1, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3)\n  - flat: Flatten\n  - ReLU\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=conv&cell=0,0,0&try=padding:1")
    assert table_texts(tab, "#behind table") == [["flat", "72", "128"], ["2", "72", "128"]]
    assert "largest number" not in behind(tab)
    assert tab.complaints() == []


def test_a_linear_that_no_longer_fits_is_named_with_its_numbers(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0&try=kernel:3,stride:1,padding:1")
    assert ["pool", "4×3×3", "4×4×4"] in table_texts(tab, "#behind table")
    assert "out cannot follow: its weights are for 36 numbers, not 64." in behind(tab)
    visit(tab, small, "#layer=conv&cell=0,0,0&try=kernel:8,stride:6,padding:0")
    assert "nothing is left that its window could slide over" in behind(tab)


def test_what_is_recorded_is_said_not_to_follow_a_change(tab, tmp_path):
    texts = texts_of_text("name: part\ninput: [4]\nlayers:\n  - a: Linear(3)\n  - b: ReLU\n  - c: Linear(2)\n")
    head = json.loads(texts.network)
    head["operations"][0] |= {"kind": "recorded", "settings": {"why": "unknown"}}
    head["values"][1]["stored"] = head["values"][1]["checks"]  # all of its three numbers
    visit(tab, written(tmp_path, Payload(json.dumps(head), texts.numbers)), "#layer=input&cell=0")
    note = "document.getElementById('state-note').textContent"
    before = {}
    for layer in "abc":
        choose_cell(tab, f"#layer={layer}&cell=1")
        before[layer] = live(tab)
        assert "do not follow" not in tab.value(note)
    choose_cell(tab, "#layer=input&cell=0")
    write(tab, "#number", 7)
    for layer in "abc":
        choose_cell(tab, f"#layer={layer}&cell=1")
        assert live(tab) == before[layer]
        assert "do not follow" in tab.value(note)
    click(tab, "#reset")
    assert "do not follow" not in tab.value(note)


def test_the_frame_of_a_sound_is_moved(tab, tmp_path):
    samples = np.random.default_rng(0).uniform(-1, 1, 320).astype(np.float32)
    wavfile.write(tmp_path / "sound.wav", 8000, samples)
    network = loads(PITCH)
    model = build(network.graph, seed=0)
    chosen = choose(open_inputs([str(tmp_path / "sound.wav")], network.graph), network.graph, 1)
    exploration = explore(model, network.graph, chosen.samples)
    facts = Facts(samples=chosen.samples, files=chosen.files, index=chosen.index)
    visit(tab, written(tmp_path, payload(exploration, network.profile(), facts)), "#layer=input&cell=0,10")
    assert number(live(tab)) == pytest.approx(float(samples[10]), rel=1e-3)
    tab.value("document.getElementById('wave').focus()")
    tab.press("ArrowRight")
    settle(tab)
    assert number(live(tab)) == pytest.approx(float(samples[42]), rel=1e-3)
    assert tab.value("document.getElementById('wave').getAttribute('aria-valuenow')") == "2"
    assert "Frame 2 of 9, from 0.004 s" in tab.value("document.getElementById('sound').innerText")
    write(tab, "#heat", "none", "change")  # after which the address is written
    tab.wait("location.hash.includes('frame=2')")
    tab.press("r")
    settle(tab)
    assert number(live(tab)) == pytest.approx(float(samples[10]), rel=1e-3)
    assert focused(tab) == "wave"
    tab.press("ArrowRight")
    settle(tab)
    choose_cell(tab, "#layer=mean&cell=2")
    expected = model.conv(torch.from_numpy(samples[32:96].reshape(1, 1, 64)))[0, 2].mean()
    assert number(live(tab)) == pytest.approx(expected.item(), rel=1e-3, abs=1e-4)
    for frame, is_there in ((0, False), (1, True), (9, True), (10, False)):  # as --sample counts them
        visit(tab, tmp_path / "page.html", f"#layer=input&cell=0,10&frame={frame}")
        assert ("The address names" in live(tab)) != is_there
        if is_there:
            assert number(live(tab)) == pytest.approx(float(samples[32 * (frame - 1) + 10]), rel=1e-3)


# --- the page as a page ----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_it_fits_the_screen(tab, small, width):
    visit(tab, small, width=width)
    assert tab.value("[document.documentElement.scrollWidth, innerWidth]") == [width, width]


def test_nothing_is_loaded_but_the_page(tab, small):
    visit(tab, small)
    for fragment in ("#layer=out&cell=1", "#layer=conv&cell=0,0,0&gradient=1"):
        choose_cell(tab, fragment)
    urls = [
        event["params"]["request"]["url"] for event in tab.events if event.get("method") == "Network.requestWillBeSent"
    ]
    assert [url for url in urls if not url.startswith(("data:", "about:"))] == [small.as_uri()]
    assert tab.complaints() == []


def test_the_policy_forbids_what_is_not_of_the_page(tab, small):
    visit(tab, small)
    tab.value("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/x.png\">')")
    tab.value(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.foreign = 1'}))"
    )
    assert tab.value("window.foreign") is None
    tab.wait("true")
    assert any("Content Security Policy" in str(complaint) for complaint in tab.complaints())


def test_without_a_script_there_are_the_graph_the_table_and_the_maps(tab, small):
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.size(360)
    tab.visit(small)
    assert not tab.value("document.getElementById('stage').checkVisibility()")
    assert tab.value("[...document.querySelectorAll('#graph .name')].map((t) => t.textContent)") == [
        "input", "conv", "relu", "pool", "skip", "sum", "drop", "flatten", "out",
    ]  # fmt: skip
    cells = tab.value("[...document.querySelectorAll('#facts tr')].map((r) => r.innerText)")
    assert re.search(r"conv\s+Conv2d\s+4×7×7\s+76 = 4·\(2·3·3 \+ 1\)", cells[2])
    for link in tab.value("[...document.querySelectorAll('#graph a')].map((a) => a.getAttribute('href'))"):
        assert tab.value(f"document.querySelector('{link}') !== null")
    figures = tab.value("[...document.querySelectorAll('#stills figure')].map((figure) => figure.innerText)")
    layers = ["input", "conv", "relu", "pool", "skip", "sum", "drop", "out"]  # a Flatten moves numbers only
    assert [figure.split()[0] for figure in figures] == layers
    assert figures[1].startswith("conv 4×7×7: −")
    assert tab.value("document.getElementById('strip').getBBox().height") > 0
    tab.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.fixture
def axe(materials):
    return (materials / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")


def findings(tab, axe):
    """What axe-core finds wrong on the page that is open, rule by rule with the elements."""
    tab.value(f"{axe}; undefined")
    report = tab.value("axe.run({ resultTypes: ['violations'], preload: false })")
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in report["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(tab, small, axe, scheme):
    visit(tab, small, "#layer=conv&cell=1,2,2&try=stride:2")
    tab.call("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.value("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    settle(tab)
    assert findings(tab, axe) == []


def test_axe_finds_nothing_where_a_panel_of_text_scrolls(tab, tmp_path, axe):
    spec = "name: memory\ninput: [12, 4]\nlayers:\n  - r: LSTM(24, num_layers=2, batch_first=True)\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=r&cell=3,5")
    assert (
        tab.value("(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.getElementById('why'))")
        > 0
    )
    assert findings(tab, axe) == []


def test_axe_finds_a_button_without_a_name(tab, small, axe):
    visit(tab, small)
    tab.value("document.getElementById('reset').textContent = ''")
    assert [rule for rule, _ in findings(tab, axe)] == ["button-name"]


def test_controls_have_names_and_are_large_enough(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0", width=360)
    tab.value("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    small_ones = tab.value(
        "[...document.querySelectorAll('button, select, input, summary, #graph a, canvas[tabindex]')]"
        ".filter((e) => e.checkVisibility() && e.type !== 'checkbox' && e.type !== 'file')"
        ".filter((e) => ((b) => b.width < 24 || b.height < 24)(e.getBoundingClientRect())).map((e) => e.outerHTML)"
    )
    assert small_ones == []
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "link", "combobox", "spinbutton", "slider", "checkbox", "application"}
    nameless = [
        node for node in nodes
        if not node["ignored"] and node["role"]["value"] in roles and not node.get("name", {}).get("value")
    ]  # fmt: skip
    assert nameless == []


def test_it_works_within_a_notebook(tab, small, tmp_path):
    frame = f'<iframe width="1000" height="700" srcdoc="{escape(small.read_text(encoding="utf-8"))}"></iframe>'
    (tmp_path / "notebook.html").write_text(f'<!doctype html><link rel="icon" href="data:,">{frame}', encoding="utf-8")
    tab.events.clear()
    tab.call("Page.navigate", url=(tmp_path / "notebook.html").as_uri())
    tab.wait("document.querySelector('iframe')?.contentDocument?.body?.dataset.ready")
    live = "document.querySelector('iframe').contentDocument.getElementById('live').textContent"
    before = tab.value(live)
    tab.value("document.querySelector('iframe').contentDocument.getElementById('step').click()")
    tab.value("new Promise((done) => setTimeout(done, 300))")
    assert tab.value(live) != before
    assert tab.complaints() == []


def test_light_and_dark_follow_the_system_and_print_is_white(tab, small):
    visit(tab, small)
    ground = "getComputedStyle(document.body).backgroundColor"
    sums = {}
    for scheme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        sums[scheme] = sum(map(int, re.findall(r"\d+", tab.value(ground))))
    assert sums["light"] > 700
    assert sums["dark"] < 100
    bars = "['--above', '--below'].map((name) => getComputedStyle(document.body).getPropertyValue(name))"
    tab.call("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": "light"}])
    colours_of_light = tab.value(bars)
    tab.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert tab.value(bars) == colours_of_light
    assert tab.value(ground) == "rgb(255, 255, 255)"
    tab.call("Emulation.setEmulatedMedia", media="print", features=[])
    assert tab.value(ground) == "rgb(255, 255, 255)"
    assert not tab.value("document.getElementById('reset').checkVisibility()")
    assert tab.value("document.getElementById('map').checkVisibility()")
    style = "((s) => [s.printColorAdjust, s.breakAfter])(getComputedStyle(document.querySelector('{}')))"
    assert tab.value(style.format("#why td"))[0] == "exact"  # else a white number stands on no ground
    assert tab.value(style.format("#facts-title"))[1] == "avoid"


def test_the_grids_of_a_product_have_the_same_cells_and_slices_a_gap(tab, tmp_path):
    spec = "name: deep\ninput: [2, 5, 5, 5]\nlayers:\n  - conv: Conv3d(3, kernel_size=3)\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=conv&cell=1,1,1,1")
    widths = tab.value(
        "[...document.querySelectorAll('#why .grid td')]"
        ".map((cell) => { const box = cell.getBoundingClientRect(); return [box.width, box.height]; })"
    )
    assert len(widths) == 3 * 27
    assert np.ptp(np.array(widths), axis=0).max() < 1  # in pixels
    tops = tab.value("[...document.querySelector('#why .grid').rows].map((row) => row.getBoundingClientRect().top)")
    steps = np.diff(tops)
    assert steps[[2, 5]].min() > steps[[0, 1, 3, 4]].max() + 4


def test_the_panel_says_that_it_explains_the_value_while_the_gradient_is_on_the_map(tab, small):
    visit(tab, small, "#layer=conv&cell=1,2,2&gradient=3")
    assert "this explains the value" in why(tab)
    click(tab, "#gradient")
    assert "this explains the value" not in why(tab)


def test_heat_colours_the_layer_that_costs_most(tab, small):
    visit(tab, small, "#layer=conv&cell=0,0,0&heat=params")
    heat = "[...document.querySelectorAll('#graph a')]"
    heat += ".map((box) => [box.querySelector('.name').textContent, +box.querySelector('.heat').style.opacity])"
    shares = dict(tab.value(heat))
    assert max(shares, key=shares.get) == "out"  # 36·5 + 5 parameters; conv has 76
    assert shares["relu"] == 0


def test_the_same_payload_gives_the_same_page():
    texts = texts_of_text(SMALL)
    assert page(texts) == page(texts)


# --- what may go wrong -----------------------------------------------------------------------------


LARGE = """
input: [4, 96, 96]
layers:
  - first: Conv2d(64, kernel_size=3, padding=1)
  - second: Conv2d(64, kernel_size=3, padding=1)
  - out: AdaptiveAvgPool2d(1)
"""
WATCH = """
new MutationObserver(() => {
  const stage = document.getElementById("stage");
  if (!stage || stage.hidden || window.readyWhenShown !== undefined) return;
  window.readyWhenShown = document.body.dataset.ready ?? "not yet";
  document.querySelector("#facts a[data-value='3']").click();
}).observe(document, { subtree: true, attributes: true, childList: true });
"""


def test_a_large_network_is_shown_before_all_of_it_is_worked_out(tab, tmp_path):
    page_of_large = written(tmp_path, texts_of_text(LARGE))
    script = tab.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)["identifier"]
    try:
        visit(tab, page_of_large)
    finally:
        tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert tab.value("window.readyWhenShown") == "not yet"
    settle(tab)
    assert live(tab).startswith("out, ")  # which was asked for meanwhile
    assert tab.value("document.querySelectorAll('#answer tbody tr').length") == 5


def test_names_cannot_break_out(tab, tmp_path):
    name = "</script><script>window.foreign = 1</script><!-- \"' & 🎵"
    name_in_yaml = json.dumps(name)
    spec = f"name: {name_in_yaml}\nabout: {name_in_yaml}\nlabels: [{name_in_yaml}, b]\n"
    spec += "input: [2]\nlayers:\n  - Linear(2)\n"
    texts = texts_of_text(spec)
    visit(tab, written(tmp_path, texts))
    assert tab.value("window.foreign") is None
    assert tab.value("document.querySelector('h1').textContent") == name
    choose_cell(tab, "#layer=0&cell=0")
    assert live(tab).startswith(f"0, unit 0 ({name}): ")
    assert name in tab.value("document.getElementById('answer').innerText")


@pytest.mark.parametrize(
    ("weight", "text"), [(math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"), (1e30, "e+"), (3.4e38, "∞")]
)
def test_hostile_weights_show_as_what_they_are(tab, tmp_path, weight, text):
    def hostile(model):
        with torch.no_grad():
            model.conv.weight[0] = weight

    spec = "name: hostile\ninput: [1, 4, 4]\nlayers:\n  - conv: Conv2d(2, kernel_size=1)\n"
    visit(tab, written(tmp_path, texts_of_text(spec, change=hostile)), "#layer=conv&cell=0,0,0")
    assert text.strip("−") in live(tab)
    header = tab.value("document.querySelector('header').innerText")
    assert ("Some weights are NaN or infinite: conv.weight;" in header) == (not math.isfinite(weight))
    assert ("go beyond float32" in header) == (weight == 3.4e38)
    if text in ("NaN", "∞", "−∞"):
        assert ("NaN is no number" if text == "NaN" else "beyond what float32 holds") in why(tab)
    if not math.isfinite(weight):
        assert "16 not finite" in tab.value("document.getElementById('legend-words').textContent")
    choose_cell(tab, "#layer=conv&cell=1,0,0")
    assert math.isfinite(number(live(tab)))
    assert tab.complaints() == []


@pytest.mark.parametrize(
    "spec",
    [
        "name: one\ninput: [1, 1, 1]\nlayers:\n  - Conv2d(1, kernel_size=1)\n",
        "name: scalar\ninput: [3]\nlayers:\n  - Linear(1)\n  - mean(dim=1)\n",
        "name: many\ninput: [1, 3, 3]\nlayers:\n  - Conv2d(4096, kernel_size=2)\n",
        "name: wide\ninput: [3]\nlayers:\n  - Linear(4096)\n  - Softmax(dim=1)\n",
        "name: deep\ninput: [2, 3, 4, 5]\nlayers:\n  - Conv3d(3, kernel_size=2)\n",
        "name: plain\ninput: [2, 6, 6]\nlayers:\n  - ReLU\n  - MaxPool2d(2)\n  - Flatten\n",
        "name: ids\ninput: {shape: {time: 5}, dtype: int64, high: 9}\nlayers:\n  - Embedding(9, 4)\n",
    ],
    ids=lambda spec: spec.split()[1],
)
def test_odd_shapes_are_shown(tab, tmp_path, spec):
    visit(tab, written(tmp_path, texts_of_text(spec)), width=360)
    tab.value("document.getElementById('map').focus()")
    for key in ("ArrowRight", "ArrowDown", "PageDown", "End", "Home", "PageUp", "Enter", "Backspace", " ", "g"):
        tab.press(key)
        settle(tab)
    assert math.isfinite(number(live(tab).replace("gradient ", ": ").split(" of ")[0]))
    for layer in tab.value("app.net.head.values.map(({ path }) => path)"):
        choose_cell(tab, f"#layer={layer}")
        tab.value("for (const part of document.querySelectorAll('details')) part.open = true")
        settle(tab)
    assert tab.value("document.documentElement.scrollWidth") == 360
    assert tab.complaints() == []


@pytest.mark.parametrize(
    "spoil", [lambda numbers: numbers[: len(numbers) // 2], lambda numbers: "", lambda numbers: "!" + numbers]
)
def test_data_that_are_cut_off_are_said_to_be(tab, tmp_path, spoil):
    texts = texts_of_text(SMALL)
    visit(tab, written(tmp_path, type(texts)(texts.network, spoil(texts.numbers))))
    assert "cut off or spoilt" in tab.value("document.getElementById('broken').innerText")
    assert not tab.value("document.getElementById('stage').checkVisibility()")
    assert tab.complaints() == []


def with_spoilt_weight(texts, key):
    """The same data, in which one weight is another than the one that torch used."""
    head = json.loads(texts.network)
    entry = head["arrays"][head["tensors"][key]]
    data = bytearray(unpacked(texts.numbers))
    count = math.prod(entry["shape"])
    data[entry["offset"] + 3 * count : entry["offset"] + 4 * count] = bytes([64]) * count  # each is from 2 to 8
    return Payload(texts.network, packed(bytes(data)))


CHAIN = "name: chain\ninput: [6]\nlayers:\n  - a: Linear(5)\n  - b: ReLU\n  - c: Linear(3)\n"


@pytest.mark.parametrize("fragment", ["", "&selftest"])
def test_a_layer_that_differs_from_torch_is_recorded_and_what_follows_is_worked_out(tab, tmp_path, fragment):
    network = loads(CHAIN).graph
    model = build(network, seed=0)
    x = torch.from_numpy(noise(network)[0].array[:1].copy())
    with torch.no_grad():
        values = {"a": model.a(x)}
        values["c"] = model.c(values["a"].relu())
    path = written(tmp_path, with_spoilt_weight(texts_of_text(CHAIN), "a.weight"))
    visit(tab, path, f"#layer=a&cell=1{fragment}")
    assert number(live(tab)) == pytest.approx(values["a"][0, 1].item(), rel=1e-3)
    assert "differs from torch, whose numbers are shown in its place" in why(tab)
    assert "Recorded" in tab.value("document.getElementById('state-note').textContent")
    assert not tab.value("document.getElementById('weight-0')?.checkVisibility() ?? false")
    rows = table_texts(tab, "#answer")
    assert {int(row[0]): number(row[1]) for row in rows} == {
        unit: pytest.approx(x.item(), rel=1e-3) for unit, x in enumerate(values["c"][0])
    }
    if fragment:
        assert json.loads(tab.value("document.body.dataset.selftest"))["wrong"] == ["a"]
    bias = model.c.bias[2].item()
    choose_cell(tab, "#layer=c&cell=2")
    write(tab, "#bias", bias + 1)
    assert number(live(tab)) == pytest.approx(values["c"][0, 2].item() + 1, rel=1e-3)
    assert "do not follow" not in tab.value("document.body.innerText")
    choose_cell(tab, "#layer=input&cell=0")
    write(tab, "#number", 7)
    choose_cell(tab, "#layer=c&cell=1")
    assert number(live(tab)) == pytest.approx(values["c"][0, 1].item(), rel=1e-3)
    assert "do not follow" in tab.value("document.getElementById('state-note').textContent")
    click(tab, "#reset")
    assert number(live(tab)) == pytest.approx(values["c"][0, 1].item(), rel=1e-3)


def test_of_a_large_layer_that_differs_the_kept_numbers_are_shown_and_no_others(tab, tmp_path):
    path = written(tmp_path, with_spoilt_weight(texts_of_text(SMALL.replace("9, 9", "19, 19")), "conv.weight"))
    visit(tab, path, "#layer=conv&cell=0,0,0")
    kept = tab.value("[...app.net.values[1].data].filter((x) => x === x).length")
    assert 100 < kept <= 200
    assert f"{4 * 17 * 17 - kept:,} not known" in tab.value("document.getElementById('legend-words').textContent")
    texts = set()
    for place in ("0,0,0", "1,2,3"):
        choose_cell(tab, f"#layer=conv&cell={place}")
        texts.add(live(tab).rsplit(": ", 1)[1])
    assert "not known" in texts
    assert "NaN" not in tab.value("document.body.innerText")
    choose_cell(tab, "#layer=relu&cell=0,0,0")
    assert "not all numbers that it is worked out from are known" in why(tab)
    choose_cell(tab, "#layer=out&cell=3")  # of few numbers, all of which are kept
    assert math.isfinite(number(live(tab)))
    assert tab.complaints() == []


def test_a_gradient_that_is_not_worked_out_is_said_to_be(tab, tmp_path):
    spec = "name: memory\ninput: {time: 4, features: 3}\nlayers:\n  - r: GRU(4, batch_first=True)\n  - fc: Linear(2)\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=input&cell=2,1&gradient=1,1")
    assert live(tab) == "input, position 2, channel 1: The gradient is not worked out through r."
    assert "The map shows the values" in tab.value("document.getElementById('state-note').innerText")
    assert "NaN" not in tab.value("document.body.innerText")
    choose_cell(tab, "#layer=r&cell=2,1&gradient=2,1")
    assert math.isfinite(number(live(tab).replace("gradient ", ": ").split(" of ")[0]))


def test_the_answer_says_that_it_does_not_follow_a_change(tab, tmp_path):
    texts = texts_of_text("name: part\ninput: [4]\nlayers:\n  - a: Linear(3)\n  - b: ReLU\n  - c: Linear(2)\n")
    head = json.loads(texts.network)
    head["operations"][0] |= {"kind": "recorded", "settings": {"why": "unknown"}}
    head["values"][1]["stored"] = head["values"][1]["checks"]
    visit(tab, written(tmp_path, Payload(json.dumps(head), texts.numbers)), "#layer=input&cell=0")
    answer = "document.getElementById('answer').innerText"
    assert "do not follow" not in tab.value(answer)
    write(tab, "#number", 7)
    assert "do not follow" in tab.value(answer)


def test_every_output_is_in_a_table_of_its_name(tab, tmp_path):
    spec = "name: two\ninput: [4]\nlayers:\n  - a: Linear(3)\n  - b: ReLU\noutputs: {scores: b, before: a}\n"
    visit(tab, written(tmp_path, texts_of_text(spec)))
    captions = tab.value("[...document.querySelectorAll('#answer caption')].map((caption) => caption.textContent)")
    assert captions == ["The output scores, layer b", "The output before, layer a"]
    choose_cell(tab, "#layer=a&cell=1")
    assert number(live(tab)) == number(": " + dict(row[:2] for row in table_texts(tab, "#answer table + table"))["1"])


def test_a_small_share_is_not_written_as_none(tab, tmp_path):
    def far(model):
        with torch.no_grad():
            model.out.weight.zero_()
            model.out.bias.copy_(torch.tensor([0.0, -8.0, -20.0]))

    spec = "name: shares\ninput: [2]\nlayers:\n  - out: Linear(3)\n"
    visit(tab, written(tmp_path, texts_of_text(spec, change=far)))
    shares = [float(row[2].removesuffix(" %").replace("−", "-")) for row in table_texts(tab, "#answer")]
    expected = 100 * torch.tensor([0.0, -8.0, -20.0]).softmax(0)
    assert shares == pytest.approx(expected.tolist(), rel=0.05)


@pytest.mark.parametrize("share", [0.3, 0.75, 0.99])
def test_a_page_without_its_end_says_so(tab, small, tmp_path, share):
    text = small.read_bytes()
    (tmp_path / "cut.html").write_bytes(text[: int(share * len(text))])
    tab.call("Page.navigate", url=(tmp_path / "cut.html").as_uri())
    tab.wait("document.readyState === 'complete' && location.pathname.endsWith('cut.html')")
    visible = "document.getElementById('unfinished').checkVisibility()"
    assert tab.value(visible)
    visit(tab, small)
    assert not tab.value(visible)


@pytest.mark.parametrize("width", [700, 900, 1000, 1200, 1300, 1366, 1440])
def test_the_answer_stays_in_its_place(tab, tmp_path, width):
    names = ["black-and-tan coonhound", "Pneumonoultramicroscopicsilicov", "no", "yes", "perhaps"]
    spec = (
        f"name: wide\ninput: [3, 224, 224]\nlayers:\n  - AvgPool2d(56)\n  - Flatten\n  - Linear(5)\nlabels: {names}\n"
    )
    visit(tab, written(tmp_path, texts_of_text(spec)), width=width)
    assert tab.value("document.documentElement.scrollWidth") == width
    stage = "document.getElementById('stage').getBoundingClientRect().right"
    cells = "[...document.querySelectorAll('#answer td, #answer caption, #answer .bar')]"
    assert tab.value(f"Math.max(...{cells}.map((cell) => cell.getBoundingClientRect().right)) <= {stage} + 0.5")
    assert tab.value(f"{cells}.every((cell) => cell.scrollWidth <= cell.clientWidth + 1)")


def test_a_stroke_is_seen_before_the_layers_are_worked_out(tab, small):
    visit(tab, small)
    pixels = "document.getElementById('input').toDataURL()"
    before = tab.value(pixels)
    script = (
        "app.change(edits.setInput(app.net, 0, new Float32Array(162))); document.getElementById('input').toDataURL()"
    )
    assert tab.value(script) != before


def test_the_ends_of_a_curve_have_their_labels(tab, tmp_path):
    labels = [f"{k} Hz" for k in range(300)]
    spec = f"name: pitch\ninput: [4]\nlayers:\n  - out: Linear(300)\nlabels: {labels}\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=out&cell=3")
    assert "from 0 Hz to 299 Hz" in tab.value("document.getElementById('legend-words').textContent")


def test_two_inputs_of_one_number_have_a_plane(tab, tmp_path):
    spec = "name: pair\ninputs: {x: [1], y: [1]}\nlayers:\n  - difference: sub(x, y)\n"
    visit(tab, written(tmp_path, texts_of_text(spec)), "#layer=difference&cell=0")
    tab.wait("document.querySelector('#plane p')?.textContent.includes('both from −2 to 2')")
    assert "What it gives lies between −4 and 4." in tab.value("document.querySelector('#plane p').textContent")
    left, top, width, height = box(tab, "#pairs")
    for kind in ("mousePressed", "mouseReleased"):
        mouse(tab, kind, left + 2 + (width - 4) * 0.75, top + 2 + (height - 4) * 0.75)
    settle(tab)
    assert number(live(tab)) == pytest.approx(2, abs=0.05)
