"""A constant tensor as a buffer: what is written gives the very tensor, or it is refused."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import netinspect
from netinspect.importing.constants import buffer
from netinspect.importing.trace import NotImported, TracedTensor
from netinspect.language import syntax
from netinspect.language.write import expression_text, spec_text
from tests.language.trees import spec


def written(tensor):
    """The buffer of a tensor, and what torch makes of it."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    node = buffer("table", TracedTensor(0, (tuple(tensor.shape),), dtype, "constant", "", tensor.tolist()))
    tree = spec("input: [3]\nlayers:\n  - input * 2\n")
    tree.body.buffers = (node,)
    model = netinspect.loads(spec_text(tree)).build()
    return node, dict(model.named_buffers())["table"]


def relative_index(size):
    """Of two places of a window the row in the table of their distances, as Swin has it."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    flat = torch.stack([rows.flatten(), columns.flatten()])
    distance = flat[:, :, None] - flat[:, None, :] + (size - 1)
    return distance[0] * (2 * size - 1) + distance[1]


def windows(size):
    """The regions of a picture that is shifted by 3 under windows of 7."""
    regions = torch.zeros(size, size)
    for number, (rows, columns) in enumerate(
        (rows, columns)
        for rows in (slice(0, -7), slice(-7, -3), slice(-3, None))
        for columns in (slice(0, -7), slice(-7, -3), slice(-3, None))
    ):
        regions[rows, columns] = number
    return regions


def offsets(height, width, stride=1):
    """Of two places of a picture the number of their distance, as LeViT counts them; of every `stride`th to all."""
    places = torch.cartesian_prod(torch.arange(height), torch.arange(width))
    from_places = torch.cartesian_prod(torch.arange(0, height, stride), torch.arange(0, width, stride))
    distance = (from_places[:, None] - places).abs()
    return distance[..., 0] * width + distance[..., 1]


def clips(frames, size):
    """The regions of a clip that is shifted in time and space."""
    regions = torch.arange(3)[:, None, None] * 9 + torch.arange(3)[:, None] * 3 + torch.arange(3)
    parts = [torch.tensor([0] * (length - 4) + [1, 1] + [2, 2]) for length in (frames, size, size)]
    return regions[parts[0]][:, parts[1]][:, :, parts[2]].float()


def window_mask(size, window, shift):
    """What Swin adds to the attention of windows of a picture that is shifted."""
    regions = torch.zeros(size, size)
    cuts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    for number, (rows, columns) in enumerate((rows, columns) for rows in cuts for columns in cuts):
        regions[rows, columns] = number
    count = size // window
    tokens = regions.view(count, window, count, window).transpose(1, 2).reshape(count * count, window * window)
    return torch.where(tokens[:, None] == tokens[:, :, None], 0.0, -100.0)


def class_token(table):
    """A table of distances with those of a class token in front, as BEiT has it."""
    size, last = len(table) + 1, int(table.max()) + 3
    whole = torch.zeros(size, size, dtype=torch.int64)
    whole[1:, 1:] = table
    whole[0], whole[:, 0], whole[0, 0] = last - 2, last - 1, last
    return whole


CASES = {
    "zeros(2, 3)": torch.zeros(2, 3),
    "full((2, 3), 0.5)": torch.full((2, 3), 0.5),
    "full([1100], 7)": torch.full((1_100,), 7),
    "full((40, 40), 1, dtype=bool)": torch.ones(40, 40).bool(),
    "arange(50)": torch.arange(50),
    "2 * arange(30) + 5": torch.arange(5, 65, 2),
    "-arange(30) + 29": torch.arange(29, -1, -1),
    "to(arange(40), dtype=float32)": torch.arange(40.0),
    "reshape(arange(1600), 40, 40)": torch.arange(1_600).view(40, 40),
    "50 * arange(40)[:, None] + arange(40)": torch.arange(40)[:, None] * 50 + torch.arange(40),
    "reshape(13 * arange(7)[:, None, None, None] + arange(7)[:, None, None] - 13 * arange(7)[:, None] - arange(7)"
    " + 84, 49, 49)": relative_index(7),
    "cat(zeros(49), full([4], 3.0), full([3], 6.0), dim=0)[:, None] + cat(zeros(49), ones(4), full([3], 2.0), dim=0)": (
        windows(56)
    ),
    "unsqueeze(cat(zeros(60), ones(40), dim=0), 0)": torch.cat([torch.zeros(60), torch.ones(40)])[None],
    "reshape(5 * abs(arange(7)[:, None, None, None] - arange(7)[:, None]) + abs(arange(5)[:, None, None] - arange(5)), "
    "35, 35)": offsets(7, 5),
    "reshape(14 * abs(2 * arange(7)[:, None, None, None] - arange(14)[:, None]) + abs(2 * arange(7)[:, None, None] - "
    "arange(14)), 49, 196)": offsets(14, 14, stride=2),
    "cat(zeros(4), full([2], 9.0), full([2], 18.0), dim=0)[:, None, None] + cat(zeros(9), full([2], 3.0), full([2], "
    "6.0), dim=0)[:, None] + cat(zeros(9), ones(2), full([2], 2.0), dim=0)": clips(8, 13),
    "cat(unsqueeze(cat(full([1], 171), full([49], 169), dim=0), 0), cat(full((49, 1), 170), reshape(13 * "
    "arange(7)[:, None, None, None] + arange(7)[:, None, None] - 13 * arange(7)[:, None] - arange(7) + 84, 49, 49), "
    "dim=1), dim=0)": class_token(relative_index(7)),
    "reshape(clamp(abs(reshape(cat(zeros(13), ones(3), dim=0), 4, 1, 4, 1, 1, 1) - reshape(cat(zeros(13), ones(3), "
    "dim=0), 4, 1, 1, 1, 4, 1)) + abs(reshape(cat(zeros(13), ones(3), dim=0), 1, 4, 1, 4, 1, 1) - "
    "reshape(cat(zeros(13), ones(3), dim=0), 1, 4, 1, 1, 1, 4)), max=1) * -100.0, 16, 16, 16)": window_mask(16, 4, 3),
    "tril(ones(40, 40))": torch.ones(40, 40).tril(),
    "bool(triu(ones(40, 40), 1))": torch.ones(40, 40).triu(1).bool(),
    "triu(full((40, 40), -inf), 1)": torch.full((40, 40), float("-inf")).triu(1),
    "tril(full((40, 30), -inf), -3)": torch.full((40, 30), float("-inf")).tril(-3),
}


@pytest.mark.parametrize("text", CASES)
def test_a_formula_gives_the_very_tensor(text):
    node, value = written(CASES[text])
    assert expression_text(node.value) == text
    assert value.dtype == CASES[text].dtype
    assert torch.equal(value, CASES[text])


def test_what_has_no_formula_is_listed():
    table = torch.randn(3, 5)
    node, value = written(table)
    assert node.value is None
    assert torch.equal(value, table)
    assert torch.equal(written(table[0] > 0)[1], table[0] > 0)
    large = torch.randn(1_000)
    assert torch.equal(written(large)[1], large)


@pytest.mark.parametrize("tensor", [torch.randn(1_001), torch.tensor([1.0, float("inf")])])
def test_what_cannot_be_written_is_refused(tensor):
    with pytest.raises(NotImported, match="no formula gives them"):
        written(tensor)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(-5, 5)), min_size=1, max_size=4),
    st.integers(-9, 9),
    st.sampled_from([torch.int64, torch.int32, torch.float32, torch.bool]),
)
def test_any_sum_of_counters(digits, first, dtype):
    table = torch.tensor(first)
    for size, step in digits:
        table = table[..., None] + step * torch.arange(size)
    table = table.to(dtype)
    assert torch.equal(written(table)[1], table)


@settings(max_examples=60)
@given(st.data())
def test_any_small_table(data):
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    size = int(torch.tensor(shape).prod())
    numbers = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    table = torch.tensor(numbers).view(shape).to(data.draw(st.sampled_from([torch.int64, torch.float32, torch.bool])))
    value = written(table)[1]
    assert value.dtype == table.dtype
    assert torch.equal(value, table)


def test_the_buffer_is_in_no_state_dict():
    node, _ = written(torch.arange(5))
    assert isinstance(node, syntax.Buffer)
    assert not node.persistent
