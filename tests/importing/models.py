"""Small models, each with one thing that an import has to say."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


class Chain(nn.Module):
    """A ModuleList that is run as a chain."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1)])
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        for layer in self.convs:
            x = layer(x)
        return self.fc(x.mean((2, 3)))


class Turns(nn.Module):
    """Two ModuleLists that take turns."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width, 8, 3, padding=1) for width in (3, 8, 8))
        self.norms = nn.ModuleList(nn.BatchNorm2d(8) for _ in range(3))

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = functional.relu(norm(conv(x)))
        return x


class Twice(nn.Module):
    """A layer that is called twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        return self.conv(functional.relu(self.conv(x)))


class Tied(nn.Module):
    """An output layer with the weights of the embedding."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.body = nn.Linear(8, 8)
        self.head = nn.Linear(8, 20, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, words):
        return self.head(self.body(self.embed(words)))


class OwnTensors(nn.Module):
    """Parameters, a frozen one and a buffer of the model's own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(1, 3, 1, 1))
        self.shift = nn.Parameter(torch.randn(1, 3, 1, 1), requires_grad=False)
        self.register_buffer("mean", torch.randn(1, 3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv((x - self.mean) * self.scale + self.shift)


class TwoInputs(nn.Module):
    """Two inputs, whole numbers among them, and two outputs."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.fc = nn.Linear(8, 8)

    def forward(self, sound, words):
        hidden = self.fc(sound) + self.embed(words)
        return hidden.mean(1), hidden


class Dictionary(nn.Module):
    """Outputs with names."""

    def __init__(self):
        super().__init__()
        self.pitch = nn.Linear(8, 3)
        self.onset = nn.Linear(8, 1)

    def forward(self, x):
        return {"pitch": self.pitch(x), "onset": self.onset(x)}


class InPlace(nn.Module):
    """Operations in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.conv(x))
        x += 1
        x.mul_(2)
        return x.clamp_(max=3)


class Residual(nn.Module):
    """A block whose shortcut some have and some lack."""

    def __init__(self, channels, width, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.down = nn.Conv2d(channels, width, 1, stride) if stride > 1 or channels != width else None

    def forward(self, x):
        out = self.bn(self.conv(x))
        shortcut = x if self.down is None else self.down(x)
        return functional.relu(out + shortcut)


class Optional(nn.Module):
    """Blocks of one class with an optional line."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(Residual(3, 8), Residual(8, 8), Residual(8, 16, 2), Residual(16, 16))

    def forward(self, x):
        return self.body(x)


class Expanding(nn.Module):
    """A block of MobileNet's: widened or not, a convolution of each channel, narrowed."""

    def __init__(self, channels, out, expand, stride):
        super().__init__()
        wide = channels * expand
        layers = [nn.Conv2d(channels, wide, 1)] if expand > 1 else []
        layers += [nn.Conv2d(wide, wide, 3, stride, 1, groups=wide), nn.BatchNorm2d(wide), nn.Conv2d(wide, out, 1)]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return self.conv(x)


class Mobile(nn.Module):
    """The first of its blocks does not widen."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            Expanding(3, 8, 1, 1), Expanding(8, 12, 4, 2), Expanding(12, 16, 4, 1), Expanding(16, 16, 4, 1)
        )

    def forward(self, x):
        return self.body(x)


class Sizes(nn.Module):
    """Sizes that follow from the input's, by arithmetic of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2)
        return x.reshape(batch, channels, -1)[:, :, : height * width // 2]


class Scaled(nn.Conv2d):
    """A layer of torch's that scales what it is given."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.factor = 2.0

    def forward(self, x):
        return functional.conv2d(x * self.factor, self.weight, self.bias, self.stride, self.padding)


class Extended(nn.Module):
    """A class that extends a layer."""

    def __init__(self):
        super().__init__()
        self.conv = Scaled(3, 8, 3, padding=1)

    def forward(self, x):
        return functional.relu(self.conv(x))


class Functional(nn.Module):
    """A layer whose weights a function takes."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        return functional.layer_norm(
            functional.linear(x, self.fc.weight, self.fc.bias), (4,), self.norm.weight, self.norm.bias
        )


class Unused(nn.Module):
    """A module that is never called, and has keys."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.aux = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4))

    def forward(self, x):
        return self.fc(x)


class Skip(nn.Module):
    """A name for what is used again later, taken from the author's variables."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))

    def forward(self, x):
        doubled = x * 2
        return self.net(doubled) + doubled


class OddKeys(nn.Module):
    """Keys that are no names."""

    def __init__(self):
        super().__init__()
        self.stages = nn.Sequential()
        self.stages.add_module("block-0", nn.Linear(8, 8))
        self.stages.add_module("block-1", nn.Linear(8, 8))

    def forward(self, x):
        return self.stages(x)


class Caching(nn.Module):
    """A model that keeps what it made of its first input."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.mask = None

    def forward(self, x):
        if self.mask is None or self.mask.shape != x.shape:
            self.mask = torch.ones_like(x)
        return self.fc(x) * self.mask


class Training(nn.Module):
    """Dropout of a function, which does nothing in evaluation."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return functional.dropout(self.fc(x), 0.5, training=self.training)


class Recurrent(nn.Module):
    """A layer with several outputs."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        _, hidden = self.gru(x)
        return self.fc(hidden[-1])


class DenseLayer(nn.Module):
    """Reads a list of tensors."""

    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Linear(channels, 4)

    def forward(self, features):
        return torch.relu(self.fc(torch.cat(features, 1)) + features[0][:, :1])


class DenseBlock(nn.Module):
    """Each of its layers reads what all layers before it gave."""

    def __init__(self, channels, layers):
        super().__init__()
        for place in range(layers):
            self.add_module(f"layer{place + 1}", DenseLayer(channels + 4 * place))

    def forward(self, x):
        features = [x]
        for layer in self.children():
            features.append(layer(features))
        return torch.cat(features, 1)


class Dense(nn.Module):
    """Blocks of one class that differ in their number of layers alone."""

    def __init__(self):
        super().__init__()
        self.first = DenseBlock(8, 2)
        self.second = DenseBlock(16, 4)
        self.third = DenseBlock(32, 3)

    def forward(self, x):
        return self.third(self.second(self.first(x)))


class Borrowed(nn.Module):
    """Weights of layers that other code uses: a layer that is never called, and the table of an embedding."""

    class Head(nn.Module):
        def __init__(self, table):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(20))
            self.table = [table]

        def forward(self, x):
            return functional.linear(x, self.table[0].weight, self.bias)

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.qkv = nn.Linear(8, 8, bias=False)
        self.shift = nn.Parameter(torch.zeros(4))
        self.head = Borrowed.Head(self.embed)

    def forward(self, words):
        bias = torch.cat([self.shift, torch.zeros_like(self.shift)])
        return self.head(functional.linear(self.embed(words), self.qkv.weight, bias))


class Assigns(nn.Module):
    """Parts of tensors are written, also through a part that was cut out and of a parameter's copy."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(8))

    def forward(self, x):
        x = x + 1
        x[:, 0] = 1
        x[:, 2:4] = x[:, :2] * 2
        x[..., -1:] += 3
        bias = self.bias.clone()
        bias[2:5].zero_()
        middle = x[:, 4:6]
        middle.mul_(2)
        square = x.view(-1, 2, 4).clone()
        square[:, 1, :2] = bias[:2]
        return square.flatten(1) * bias


class Shared(nn.Module):
    """A module of the author's and a layer that are called again, where both results are read further down."""

    def __init__(self):
        super().__init__()
        self.block = Residual(3, 3)
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        first, second = self.block(x), self.block(x * 2)
        low, high = self.conv(first), self.conv(second)
        return low * high + first - second


class CausalAttention(nn.Module):
    """As courses write it: the mask is a buffer of the state dict, and hidden places are -inf."""

    def __init__(self, width=8, words=6, window=0):
        super().__init__()
        self.to_all = nn.Linear(width, 3 * width)
        self.register_buffer("bias", torch.tril(torch.ones(words, words), window).view(1, words, words))

    def forward(self, x):
        words = x.shape[1]
        query, key, value = self.to_all(x).chunk(3, dim=2)
        weights = query @ key.transpose(1, 2)
        weights = weights.masked_fill(self.bias[:, :words, :words] == 0, float("-inf"))
        return torch.softmax(weights, dim=-1) @ value


class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.near = CausalAttention()
        self.far = CausalAttention(window=2)
        self.register_buffer("mean", torch.tensor([0.25, 0.5, 0.125, 1, 2, 3, 4, 5]))
        self.register_buffer("table", torch.randn(40, 40, generator=torch.Generator().manual_seed(0)))

    def forward(self, x):
        return self.far(self.near(x - self.mean))[:, [-1], :]


class Frozen(nn.Module):
    """A trained backbone that stays as it is, one frozen layer, and a head that learns."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.neck = nn.Conv2d(4, 4, 1)
        self.head = nn.Linear(4, 2)
        self.backbone.requires_grad_(requires_grad=False)
        self.neck.bias.requires_grad_(requires_grad=False)

    def forward(self, x):
        return self.head(self.neck(self.backbone(x)).mean((2, 3)))


class Padded(nn.Module):
    """What is missing to a multiple of 4 is added; of 8×8 nothing is."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 4, stride=4)

    def forward(self, x):
        height, width = x.shape[2:]
        return self.conv(nn.functional.pad(x, (0, (4 - width % 4) % 4, 0, (4 - height % 4) % 4)))


class Bands(nn.Module):
    """Takes any number of frames, of so many bands each."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.fc = nn.Linear(2 * 6, 3)

    def forward(self, x):
        batch, _, frames, bands = x.shape
        return self.fc(self.conv(x).transpose(1, 2).reshape(batch, frames, 2 * bands))


class Patches(nn.Module):
    """Words of a picture, and how many of them stand in a column and in a row."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(3, 6, 2, stride=2)

    def forward(self, x):
        x = self.proj(x)
        _, _, height, width = x.shape
        return x.flatten(2).transpose(1, 2), height, width


class InnerSizes(nn.Module):
    """A size of a tensor inside one module that another one uses."""

    def __init__(self):
        super().__init__()
        self.patches = Patches()
        self.norm = nn.LayerNorm(6)

    def forward(self, x):
        x, height, width = self.patches(x)
        return self.norm(x).transpose(1, 2).reshape(x.shape[0], 6, height, width)


class BiasedBlock(nn.Module):
    """It gives a bias that it was given or makes, which the next ones use."""

    def __init__(self, makes_bias):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.table = nn.Linear(8, 8) if makes_bias else None

    def forward(self, x, bias=None):
        if bias is None:
            bias = self.table(x).mean(1, keepdim=True)
        return self.fc(x) + bias, bias, x * 2


class PassedOn(nn.Module):
    """Blocks that hand a value on to each other, and a result that nobody reads."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(BiasedBlock(makes_bias=place == 0) for place in range(4))

    def forward(self, x):
        bias = None
        for block in self.blocks:
            x, bias, _ = block(x, bias)
        return x


class Owner(nn.Module):
    def __init__(self, shared):
        super().__init__()
        self.shared = shared
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(self.shared(x))


class SeveralOwners(nn.Module):
    """A module that two others own, and a layer that has two names."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(8, 8)
        self.first, self.second = Owner(self.shared), Owner(self.shared)
        self.head = self.tail = nn.Linear(8, 8)

    def forward(self, x):
        return self.tail(self.head(self.second(self.first(x))))


class Picks(nn.Module):
    """Places of an axis that a list names."""

    def forward(self, x):
        return x[:, [2, 0, 1]] * x[:, :, 1:][:, [0, 0, 2], :1]


class WeightNormed(nn.Module):
    """A layer whose weight is worked out from two others."""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(5, 4, 3, padding=1), dim=2)

    def forward(self, x):
        return self.conv(x)


class NamedLikeAFunction(nn.Module):
    """A layer named like the function that is called with its weights."""

    def __init__(self):
        super().__init__()
        self.conv1d = nn.Conv1d(5, 5, 3, groups=5)

    def forward(self, x):
        weight = self.conv1d.weight.squeeze(1).unsqueeze(1)
        return functional.conv1d(x, weight, self.conv1d.bias, padding=2, groups=5)[..., :8]


class Codebook(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("embed", torch.randn(6, 8))

    def forward(self, x):
        raise NotImplementedError


class Codebooks(nn.Module):
    """Modules of a list whose tensors alone are used."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(Codebook() for _ in range(2))

    def forward(self, x):
        total = torch.tensor(0.0)
        for layer in self.layers:
            total = total + (x @ layer.embed.t()).softmax(-1) @ layer.embed
        return total


class OwnActivation(nn.Module):
    def forward(self, x):
        return functional.gelu(x)


class NormWithActivation(nn.BatchNorm2d):
    def __init__(self, channels):
        super().__init__(channels)
        self.act = OwnActivation()

    def forward(self, x):
        x = functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.1, self.eps)
        return self.act(x)


class NormsWithActivation(nn.Module):
    """A norm that has an activation of the author's inside."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = NormWithActivation(8)

    def forward(self, x):
        return self.norm(self.conv(x))


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return x + self.fc(x)


class Stage(nn.Module):
    def __init__(self, depth, extra):
        super().__init__()
        wide = [nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Dropout(0.1)) for _ in range(extra)]
        self.blocks = nn.Sequential(nn.LayerNorm(8), *(Deep() for _ in range(depth)), nn.ReLU(), *wide)

    def forward(self, x):
        return self.blocks(x).relu() * 2


class OptionalRepeat(nn.Module):
    """Stages of which some have repeated layers at the end."""

    def __init__(self):
        super().__init__()
        self.stages = nn.Sequential(Stage(2, 0), Stage(3, 0), Stage(2, 2))

    def forward(self, x):
        return self.stages(x)


class WithMemory(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x, memory, scale):
        return self.fc(x) * scale + memory


class Decoder(nn.Module):
    """A repeat to whose every turn the same further tensors go."""

    def __init__(self):
        super().__init__()
        self.embed, self.scale = nn.Linear(8, 8), nn.Linear(8, 8)
        self.layers = nn.ModuleList(WithMemory() for _ in range(3))

    def forward(self, x):
        memory, scale = self.embed(x), self.scale(x)
        for layer in self.layers:
            x = layer(x, memory, scale)
        return x


class InAnotherOrder(nn.Module):
    """A copy in another order in memory, in which a kernel may sum in another order."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 6)
        self.conv = nn.Conv2d(6, 8, 3, padding=1)

    def forward(self, x):
        x = self.fc(x.permute(0, 2, 3, 1).flatten(1, 2).repeat(1, 1, 8)[..., :8])
        return self.conv(x.reshape(x.shape[0], 8, 8, 6).permute(0, 3, 1, 2).contiguous())


class EmptyCache(nn.Module):
    """What is computed is joined with what was kept before, which is nothing yet."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        x = self.fc(x)
        return functional.relu(torch.cat([torch.tensor([]), torch.cat([x[:, :0], x], dim=1)], dim=1) * 1.0)


class Blurred(nn.Module):
    """One kernel for every channel, of more numbers than a spec lists."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 200, 1)
        weights = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("kernel", (weights[:, None] * weights).repeat(200, 1, 1, 1), persistent=False)

    def forward(self, x):
        x = self.conv(x)
        return functional.conv2d(x, self.kernel, groups=200, padding=1)


class Standardised(nn.Module):
    """Weights that are brought to mean 0 and variance 1 by the statistics of the moment."""

    def __init__(self):
        super().__init__()
        self.weight, self.gain = nn.Parameter(torch.randn(4, 3, 3, 3)), nn.Parameter(torch.rand(4))

    def forward(self, x):
        weight = functional.batch_norm(self.weight.view(1, 4, -1), None, None, weight=self.gain, training=True)
        return functional.conv2d(x, weight.view(4, 3, 3, 3), padding=1)


@dataclass
class Answer:
    """What a model gives by names of its own."""

    pitch: torch.Tensor
    onset: torch.Tensor


class GivesADataclass(nn.Module):
    def __init__(self):
        super().__init__()
        self.pitch, self.onset = nn.Linear(8, 3), nn.Linear(8, 1)

    def forward(self, x):
        return Answer(self.pitch(x), self.onset(x))


class Gelu(nn.Module):
    """A class for one function."""

    def forward(self, x):
        return functional.gelu(x, approximate="tanh")


class Shifted(nn.Module):
    """A class for one function that no layer is."""

    def forward(self, x):
        return x.roll(1, 1)


class Heads(nn.Module):
    """Attention as code has it: every size is worked out again, and one thing is put into the shape that it has."""

    def __init__(self):
        super().__init__()
        self.query, self.memory = nn.Linear(8, 8), nn.Linear(8, 16)
        self.act, self.shift = Gelu(), Shifted()

    def forward(self, x):
        batch, length, _ = x.shape
        query = self.query(x).view(batch, length, 2, 4).transpose(1, 2)
        key, value = self.memory(x).view(batch, -1, 2, 2, 4).permute(2, 0, 3, 1, 4)
        seen = (query @ key.transpose(-2, -1)).softmax(-1) @ value
        seen = seen.reshape(batch, 2, length, 4).transpose(1, 2).reshape(batch, length, -1)
        return self.act(self.shift(seen))


class Regrouped(nn.Module):
    """Axes that change, although some of their sizes are those that were there."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        batch, length, width = x.shape
        pairs = self.fc(x.view(batch, width, length).reshape(batch, -1, 4))
        return pairs.view(batch, length, width).transpose(1, 2).reshape(-1, length) + x.shape[1]


class Attend(nn.Module):
    """Attention to what is given, or to oneself."""

    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.out = nn.Linear(8, width), nn.Linear(8, width), nn.Linear(8, 8)

    def forward(self, x, memory=None, is_causal=False):
        memory = x if memory is None else memory
        query, key = self.query(x)[:, None], self.key(memory)[:, None]
        result = functional.scaled_dot_product_attention(query, key, memory[:, None], is_causal=is_causal)
        return self.out(result[:, 0])


class Attentive(nn.Module):
    """One class that reads one input in some places and two in others."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.first, self.causal, self.cross = Attend(4), Attend(4), Attend(6)
        self.more = nn.ModuleList(Attend(4) for _ in range(3))

    def forward(self, x, memory):
        x = self.first(self.norm(x))
        x = self.cross(self.causal(x, is_causal=True), memory)
        for attend in self.more:
            x = attend(x)
        return x


class Wide(nn.Module):
    """Many layers as wide as one of two inputs."""

    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.gate = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, 2 * width)

    def forward(self, hidden_states, mask):
        query, key = self.query(hidden_states), self.key(hidden_states)
        return self.out(functional.relu(query * mask) + key * self.gate(hidden_states))


class Widths(nn.Module):
    """Two such modules."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Wide(8), Wide(16)

    def forward(self, x, mask):
        return self.second(self.first(x, mask), mask)


class Tail(nn.Module):
    """One layer or two, with one number for both."""

    def __init__(self, width, is_deep):
        super().__init__()
        self.fc1 = nn.Linear(8, width)
        self.norm = nn.LayerNorm(width)
        self.fc2 = nn.Linear(width, width) if is_deep else nn.Identity()
        self.out = nn.Linear(width, 8)

    def forward(self, x):
        return self.out(functional.relu(self.fc2(self.norm(self.fc1(x)))))


class Tails(nn.Module):
    """The module that lacks a layer has the largest number."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = Tail(5, True), Tail(9, False), Tail(7, True)

    def forward(self, x):
        return self.third(self.second(self.first(x)))


class MaskedAttend(nn.Module):
    """Attention that some mask first."""

    def __init__(self, is_masked):
        super().__init__()
        self.query, self.out = nn.Linear(8, 8), nn.Linear(8, 8)
        self.is_masked = is_masked

    def forward(self, x, bias):
        scores = self.query(x) @ x.transpose(1, 2)
        if self.is_masked:
            steps = torch.arange(x.shape[1])
            bias = torch.where(steps[:, None] >= steps[None, :], bias, -10.0)
        return self.out((scores + bias) @ x)


class Masked(nn.Module):
    """Functions that one module has and another one lacks."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = MaskedAttend(True), MaskedAttend(False), MaskedAttend(True)

    def forward(self, x, bias):
        return self.third(self.second(self.first(x, bias), bias), bias)


class BiasedAttend(nn.Module):
    """Attention with a bias of its own, or with one that it is given; it gives the bias too."""

    def __init__(self, has_bias, is_causal):
        super().__init__()
        self.query, self.value, self.out = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.has_bias, self.is_causal = has_bias, is_causal
        if has_bias:
            self.table = nn.Embedding(16, 1)

    def forward(self, x, bias=None):
        query, value = self.query(x), self.value(x)
        if self.has_bias:
            steps = torch.arange(x.shape[1])
            distance = steps[:, None] - steps[None, :]
            distance = distance.clamp(min=0) if self.is_causal else distance.abs()
            bias = self.table(distance).squeeze(-1)
        scores = query @ x.transpose(1, 2) + bias
        if self.is_causal:
            scores = scores.tril()
        return self.out(scores.softmax(-1) @ value), bias


class BiasedLayer(nn.Module):
    """Attention, and, in a decoder, a mixture with what comes from the encoder."""

    def __init__(self, has_bias, is_decoder):
        super().__init__()
        self.attend, self.is_decoder = BiasedAttend(has_bias, is_decoder), is_decoder
        self.norm = nn.LayerNorm(8)
        if is_decoder:
            self.mix = nn.Bilinear(8, 8, 8)

    def forward(self, x, bias=None, memory=None):
        attended, bias = self.attend(self.norm(x), bias)
        x = x + attended
        if self.is_decoder:
            x = self.mix(x, memory)
        return x, bias


class BiasedStack(nn.Module):
    """Layers of which the first has the bias for all."""

    def __init__(self, is_decoder):
        super().__init__()
        self.layers = nn.ModuleList(BiasedLayer(place == 0, is_decoder) for place in range(3))

    def forward(self, x, memory=None):
        bias = None
        for layer in self.layers:
            x, bias = layer(x, bias, memory)
        return x


class Biased(nn.Module):
    """An encoder and a decoder of the same classes, whose modules differ in what they take, do and give."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = BiasedStack(False), BiasedStack(True)

    def forward(self, x):
        memory = self.encoder(x)
        return self.decoder(memory * 2, memory)


class Idle(nn.Module):
    """Modules that do nothing, also in training."""

    def __init__(self):
        super().__init__()
        self.drop, self.path = nn.Dropout(0.0), nn.Identity()

    def forward(self, x):
        return self.path(self.drop(x))


class Idling(nn.Module):
    """One that only does nothing, and a list in which such a one has a position."""

    def __init__(self):
        super().__init__()
        self.idle, self.fc = Idle(), nn.Linear(8, 8)
        self.body = nn.Sequential(nn.Identity(), nn.Linear(8, 4))

    def forward(self, x):
        return self.body(self.fc(self.idle(x)))


class Hooked(nn.Module):
    """Two layers, and what hooks have kept, if they have."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        self.between = None

    def keep(self, module, inputs, output):
        self.kept["a"] = output

    def forward(self, x):
        y = self.a(x)
        y = self.b(y if self.between is None else self.between(y))
        return y + self.kept["a"] if hasattr(self, "kept") else y


class Pair(nn.Module):
    """Gives two tensors."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        hidden = self.fc(x)
        return hidden.relu(), hidden.sigmoid()


class PairTwice(nn.Module):
    """A module of two outputs that is called twice; both are read of one call only."""

    def __init__(self):
        super().__init__()
        self.pair = Pair()

    def forward(self, x):
        first, second = self.pair(x)
        third, _ = self.pair(first + second)
        return third


class Positions(nn.Module):
    """Lists with one layer at two positions, and with layers that are called twice or in another order."""

    def __init__(self):
        super().__init__()
        shared, act = nn.Linear(8, 8), nn.ReLU()
        self.tied = nn.Sequential(shared, act, nn.Linear(8, 8), act, shared)
        self.twice = nn.ModuleList([Doubled(), Doubled()])
        self.turned = nn.ModuleDict({"0": nn.Linear(8, 8), "1": nn.Linear(8, 8)})
        self.digits = Digits()

    def forward(self, x):
        x = self.twice[0](self.twice[1](self.twice[0](self.tied(self.tied(x)))))
        return self.digits(self.turned["0"](self.turned["1"](x)))


class Doubled(nn.Module):
    """A block around a layer."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(x).tanh() * 2


class Digits(nn.Module):
    """Attributes that are numbers, in another order than the calls."""

    def __init__(self):
        super().__init__()
        self.add_module("5", nn.Linear(8, 8))
        self.add_module("0", nn.Linear(8, 4))

    def forward(self, x):
        return self.get_submodule("0")(self.get_submodule("5")(x))


class Listed(nn.Module):
    """Parameters in lists, and in lists of lists."""

    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([torch.randn(8, 8) for _ in range(2)])
        self.lists = nn.ModuleList([nn.ParameterList([torch.randn(8)]) for _ in range(2)])

    def forward(self, x):
        for weight in self.weights:
            x = x @ weight
        return x + self.lists[1][0] - self.lists[0][0]


class Fitted(nn.Module):
    """Differences of sizes that are the same for 8 and 43: a border and a crop."""

    def __init__(self):
        super().__init__()
        self.down = nn.MaxPool2d(5)
        self.up = nn.ConvTranspose2d(3, 3, 5, 5)

    def forward(self, x):
        up = self.up(self.down(x))
        rows, columns = x.shape[2] - up.shape[2], x.shape[3] - up.shape[3]
        padded = functional.pad(up, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        cropped = x[:, :, rows // 2 : rows // 2 + up.shape[2], columns // 2 : columns // 2 + up.shape[3]]
        return padded + x, cropped + up


class OnLargePictures(nn.Module):
    """It does more on pictures of more than forty pixels across."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        if x.shape[-1] > 40:
            x = x.relu()
        return x.mean((2, 3))


class NewTensors(nn.Module):
    """Tensors of a kind with the input's, and one output that is given twice."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(8, 8)

    def forward(self, x):
        state = x.new_zeros(x.size(0), 8)
        for step in range(x.size(1)):
            state = self.cell(x[:, step], state)
        return state, state * x.new_full((8,), 2.0), state


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(x).sigmoid()


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.gate(x) * self.fc(x)


class GatedTwice(nn.Module):
    """A class with one of another class in it, twice."""

    def __init__(self):
        super().__init__()
        self.first = Gated()
        self.second = Gated()

    def forward(self, x):
        return self.second(self.first(x).relu())


class Rotated(nn.Module):
    """The halves of a tensor that its author gave names, each read once."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        x = self.fc(x)
        x1 = x[..., :4]
        x2 = x[..., 4:]
        return torch.cat((-x2, x1), dim=-1)


class AttentionScales(nn.Module):
    """Attention scaled by the size of a head, and by numbers that are no root of one."""

    def forward(self, x):
        for scale in (12**-0.5, 1.0, 0.3):
            x = nn.functional.scaled_dot_product_attention(x, x, x, scale=scale)
        return x


class Pooled(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.conv = nn.Conv1d(channels, width, 1)

    def forward(self, x):
        return nn.functional.avg_pool1d(self.conv(x), 2)


class ChannelsBesideTime(nn.Module):
    """Channels that are, in this run, as many as steps before them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Pooled(4, 16), Pooled(16, 8)

    def forward(self, x):
        return self.second(self.first(x))


class Widened(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(self.up(self.norm(x)).relu())


class ChannelsLast(nn.Module):
    """Maps with the channels last, and rows that are, in this run, as many."""

    def __init__(self):
        super().__init__()
        self.first, self.mix, self.second = Widened(8), nn.Linear(8, 16), Widened(16)

    def forward(self, x):
        return self.second(self.mix(self.first(x).repeat(1, 2, 1, 1)))


class Shortcut(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 3, stride, 1), nn.BatchNorm2d(3)
        self.skip = nn.Conv2d(3, 3, 1, stride) if stride > 1 else None

    def forward(self, x):
        y = self.norm(self.conv(x))
        return y + (x if self.skip is None else self.skip(x))


class Shortcuts(nn.Module):
    """Shortcuts that follow from the stride alone."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Shortcut(1), Shortcut(2), Shortcut(1), Shortcut(2))

    def forward(self, x):
        return self.blocks(x)


@dataclass
class Record:
    hidden: torch.Tensor
    gate: torch.Tensor | None = None


class TakesRecord(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, record):
        return Record(self.fc(record.hidden))


class Records(nn.Module):
    """Modules that are given dataclasses, and give them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = TakesRecord(), TakesRecord()

    def forward(self, x):
        return self.second(self.first(Record(x))).hidden


class Weighted(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate = nn.Linear(width, 8)

    def forward(self, x, gate):
        return x * self.gate(gate)


class SameNames(nn.Module):
    """A layer called like an input of its class, and a list like a class in it."""

    def __init__(self):
        super().__init__()
        self.Weighted = nn.ModuleList([Weighted(8), Weighted(6)])

    def forward(self, x):
        return self.Weighted[1](self.Weighted[0](x, x.relu()), x[:, :6])


class UsedInPart(nn.Module):
    """A list of which some layers are used, and one under a name of its own too, by which it is called last."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.layers = nn.ModuleList([self.first, nn.Linear(8, 8), nn.Linear(8, 8)])

    def forward(self, x):
        for layer in self.layers[:2]:
            x = layer(x)
        return self.first(x)


class Fuse(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.ModuleList(nn.Linear(8, 8) for _ in range(2)) for _ in range(2))

    def forward(self, xs):
        return [sum(layer(x) for layer, x in zip(row, xs, strict=True)).relu() for row in self.layers]


class Fused(nn.Module):
    """Lists in a list, whose lines read a list of tensors around them."""

    def __init__(self):
        super().__init__()
        self.fuse = Fuse()

    def forward(self, x):
        return tuple(self.fuse([x, x + 1]))


class Averaged(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(8, 8)

    def forward(self, x, y):
        x = self.mean(x) + y
        return x, x.relu()


class AgainOtherwise(nn.Module):
    """A module that is called again: with one tensor for two, for another of its outputs, and below a function that is
    called like a layer in it."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Averaged(), Averaged()

    def forward(self, x):
        x, _ = self.first(x, x.relu())
        x, _ = self.second(x, x.relu())
        return self.second(x, x)[1].mean(-1)


class Bent(nn.Module):
    def __init__(self, is_bent):
        super().__init__()
        self.is_bent = is_bent
        self.net, self.left, self.right = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        x = self.net(x)
        if self.is_bent:
            x = nn.functional.relu(x)
        return (self.left(x) + self.right(x)).relu()


class BentOnce(nn.Module):
    """A function that some apply, and all apply again further down."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Bent(True), Bent(False)

    def forward(self, x):
        return self.second(self.first(x))


class NormedAttend(nn.Module):
    def __init__(self, is_normed):
        super().__init__()
        self.query, self.key, self.value = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.query_norm = nn.LayerNorm(4) if is_normed else nn.Identity()
        self.key_norm = nn.LayerNorm(4) if is_normed else nn.Identity()

    def forward(self, x):
        heads = [layer(x).unflatten(-1, (2, 4)).transpose(1, 2) for layer in (self.query, self.key, self.value)]
        scores = self.query_norm(heads[0]) @ self.key_norm(heads[1]).transpose(-2, -1)
        return (scores.softmax(-1) @ heads[2]).transpose(1, 2).flatten(2)


class NormedInPart(nn.Module):
    """Norms between functions, which some modules have."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(NormedAttend(False), NormedAttend(True), NormedAttend(False))

    def forward(self, x):
        return self.blocks(x)


class ReadInside(nn.Module):
    """Layers in a list that all read the model's input besides what is above them."""

    def __init__(self):
        super().__init__()
        self.norm, self.layers = nn.LayerNorm(8), nn.ModuleList(nn.Bilinear(8, 8, 8) for _ in range(2))

    def forward(self, x):
        y = self.norm(x)
        for layer in self.layers:
            y = layer(y, x)
        return y


class RowsConv(nn.Conv2d):
    """A convolution with weights of mean 0 and deviation 1, as timm's, which a function without weights makes so."""

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = nn.functional.batch_norm(rows, None, None, training=True, momentum=0.0).reshape_as(self.weight)
        return nn.functional.conv2d(x, weight, self.bias)


class ConvOfRows(nn.Module):
    """A layer of the author's that extends one, and works its weight out."""

    def __init__(self):
        super().__init__()
        self.conv = RowsConv(3, 8, 3)

    def forward(self, x):
        return self.conv(x).relu()


class Begins(nn.Module):
    """Parameters that begin with ones, with zeros and with small numbers."""

    def __init__(self):
        super().__init__()
        self.gain, self.shift = nn.Parameter(torch.ones(8)), nn.Parameter(torch.zeros(8))
        self.table = nn.Parameter(0.02 * torch.randn(100, 8))

    def forward(self, x):
        return x * self.gain + self.shift + self.table.sum(0) / 24**0.5


class OnAndOff(nn.Module):
    """Layers called like words that YAML reads as True and False."""

    def __init__(self):
        super().__init__()
        self.on = nn.Linear(8, 4)
        self.off = nn.Linear(8, 4)

    def forward(self, x):
        return self.on(x) + self.off(x)


class Quantizer(nn.Module):
    """The nearest of some vectors: their table is read before it is called."""

    def __init__(self):
        super().__init__()
        self.codebook = nn.Embedding(16, 8)

    def forward(self, x):
        table = self.codebook.weight
        distances = table.pow(2).sum(-1) - 2 * x @ table.t()
        nearest = distances.argmin(-1)
        return self.codebook(nearest), nearest


class ResidualQuantizer(nn.Module):
    """A residual quantizer."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([Quantizer() for _ in range(3)])

    def forward(self, x):
        total, codes = 0, []
        for stage in self.stages:
            step, nearest = stage(x - total)
            total = total + step
            codes.append(nearest)
        return total, torch.stack(codes, 1)


class WeightBefore(nn.Module):
    """The matrix of a layer, turned, in the line above it."""

    def __init__(self):
        super().__init__()
        self.down = nn.Linear(4, 8)

    def forward(self, x):
        return self.down(functional.relu(functional.linear(x, self.down.weight.t())))


class StraightThrough(nn.Module):
    """Gradients pass by what is rounded, and end at what is taken out of the graph."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        y = self.fc(x)
        return y + (y.round() - y).detach(), y.data * 2


class CalledLikeInputs(nn.Module):
    """Layers with the names of the inputs."""

    def __init__(self):
        super().__init__()
        self.mel = nn.Linear(8, 4)
        self.chroma = nn.Linear(6, 4)

    def forward(self, mel, chroma):
        return self.mel(mel) + self.chroma(chroma)
