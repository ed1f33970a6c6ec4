"""Every code that no rule has: the mistakes of the language, and what commands find. Data alone; a rule has its own
module under `rules/`.

The specs are short, and each shows nothing but its own code. Several give their lines names for that: a list of layers
without names may be read as a draft that is written as another tool has it (E020).
"""

from __future__ import annotations

from typing import Final

from netinspect.findings.rule import Explanation


def _spec(shape: str, *lines: str, above: str = "", below: str = "") -> str:
    """A spec of one input and a list of layers, with what stands above and below them."""
    layers = "".join(f"  - {line}\n" for line in lines)
    return f"{above}input: [{shape}]\nlayers:\n{layers}{below}"


MISTAKES: Final = (
    # --- the text of a file ----------------------------------------------------------------------
    Explanation(
        code="E001",
        title="a tab indents a line",
        why=(
            "YAML tells by the indentation what belongs to what, and does not say how wide a tab is. Indent with "
            "blanks, two a level; most editors can be set to write blanks where the tab key is pressed."
        ),
        bad="input: [8]\nlayers:\n  - encoder:\n      - Linear(8)\n\t- ReLU\n  - Linear(10)\n",
        good="input: [8]\nlayers:\n  - encoder:\n      - Linear(8)\n      - ReLU\n  - Linear(10)\n",
    ),
    Explanation(
        code="E002",
        title="YAML split a line at a comma inside its brackets: write one a line",
        why=(
            "In a list in [ ] YAML ends an entry at every comma, also at those between the arguments of a layer, and "
            "so it cuts the layer in two. Write one layer a line, each behind a dash and a blank."
        ),
        bad="input: [1, 28, 28]\nlayers: [Conv2d(6, kernel_size=5), ReLU]\n",
        good=_spec("1, 28, 28", "Conv2d(6, kernel_size=5)", "ReLU"),
    ),
    Explanation(
        code="E003",
        title="`kernel_size: 5` inside brackets: arguments use `=`",
        why=(
            "A layer is written as a call in Python, and there an argument is given with `=`. The colon is for the "
            "keys of YAML: the name of a line, `input`, `layers`."
        ),
        bad=_spec("1, 28, 28", "Conv2d(6, kernel_size: 5)"),
        good=_spec("1, 28, 28", "Conv2d(6, kernel_size=5)"),
    ),
    Explanation(
        code="E004",
        title="`: ` inside a line",
        why=(
            "In YAML a colon with a blank behind it ends a key, and a line has one key only. Put text that holds one "
            "in quotes; write a slice without blanks, `x[0:3]`; give a line one name."
        ),
        bad=_spec("8", "Linear(10)", above="about: LeNet: the classic\n"),
        good=_spec("8", "Linear(10)", above='about: "LeNet: the classic"\n'),
    ),
    Explanation(
        code="E005",
        title="`conv1 = Conv2d(…)`: names use a colon",
        why=(
            "A line is no assignment of Python but an entry of YAML, whose name stands before a colon. Later lines "
            "read the value of the line by this name."
        ),
        bad=_spec("8", "x = input + 1"),
        good=_spec("8", "x: input + 1"),
    ),
    Explanation(
        code="E006",
        title="a bracket that is never closed",
        why=(
            "Without its closing bracket nobody can tell where a call or a list ends. The message shows the bracket "
            "that was opened: close it behind the last argument, before the next line begins."
        ),
        bad=_spec("1, 28, 28", "conv1: Conv2d(6, kernel_size=5", "ReLU"),
        good=_spec("1, 28, 28", "conv1: Conv2d(6, kernel_size=5)", "ReLU"),
    ),
    Explanation(
        code="E007",
        title="a key given twice",
        why=(
            "Most YAML programs take the last of two equal keys and say nothing, so that a change of the first one "
            "does nothing. Here it is a mistake: delete one of the two."
        ),
        bad=_spec("1, 28, 28", "Flatten", "Linear(10)", below="input: [3, 28, 28]\n"),
        good=_spec("1, 28, 28", "Flatten", "Linear(10)"),
    ),
    Explanation(
        code="E008",
        title="anchors and aliases",
        why=(
            "The anchors (`&act`) and aliases (`*act`) of YAML can make a small file endlessly large, and do not say "
            "whether weights are shared. Write the layer again, or `3 * Linear(64)`, or a block; a value that several "
            "lines need belongs in `vars`."
        ),
        bad=_spec("8", "act: &act ReLU", "Linear(10)", "*act", "Linear(3)"),
        good=_spec("8", "act: ReLU", "Linear(10)", "ReLU", "Linear(3)"),
    ),
    Explanation(
        code="E009",
        title="tags",
        why=(
            "A tag of YAML (`!!python/tuple`) asks the program that reads it to make an object, and with some programs "
            "to run code. A spec is data and needs none: delete the tag."
        ),
        bad="input: !!python/tuple [8]\nlayers:\n  - Linear(10)\n",
        good=_spec("8", "Linear(10)"),
    ),
    Explanation(
        code="E010",
        title="a second document",
        why=(
            "In YAML `---` begins another document, and a file holds one spec. Put the second network in a file of its "
            "own, or make it one of the `variants` if it differs in a few numbers only."
        ),
        bad=_spec("8", "Linear(10)", below="---\ninput: [8]\nlayers:\n  - Linear(2)\n"),
        good=_spec("8", "Linear(10)"),
    ),
    Explanation(
        code="E011",
        title="the file is empty, a list, or no mapping",
        why=(
            "A spec is a mapping: lines that begin with a key and a colon. At least `input`, the sizes without the "
            "batch, and `layers`, one layer a line, have to be there."
        ),
        bad="# a network for digits, to be written\n",
        good=_spec("1, 28, 28", "Flatten", "Linear(10)", above="# a network for digits\n"),
    ),
    Explanation(
        code="E012",
        title="an unknown key",
        why=(
            "A key that nobody reads would do nothing, and a misspelt one would be missed where it matters. Correct "
            "it, or delete it: how a network is trained (optimizer, loss, epochs) is no part of a spec."
        ),
        bad=_spec("8", "scores: Linear(3)", below="output: [scores]\n"),
        good=_spec("8", "scores: Linear(3)", below="outputs: [scores]\n"),
    ),
    Explanation(
        code="E013",
        title="`layers` is a mapping; order matters, so write a list",
        why=(
            "The order of layers is the network, and a mapping of YAML has no order. Put a dash and a blank before "
            "each line: the names stay where they are."
        ),
        bad="input: [8]\nlayers:\n  fc1: Linear(10)\n  relu: ReLU\n  fc2: Linear(3)\n",
        good=_spec("8", "fc1: Linear(10)", "relu: ReLU", "fc2: Linear(3)"),
    ),
    Explanation(
        code="E014",
        title="a newer netspec than the program knows",
        why=(
            "`netspec` is the version of the language in which a spec is written. This program may misread a newer "
            "one, and so does not try: upgrade netinspect, or leave the key out if nothing new is used."
        ),
        bad=_spec("8", "Linear(10)", above="netspec: 2\n"),
        good=_spec("8", "Linear(10)", above="netspec: 1\n"),
    ),
    Explanation(
        code="E015",
        title="not UTF-8 or UTF-16 text, or a control character",
        why=(
            "A character that cannot be seen may hide what a spec says, and some of them (here the one that colours a "
            "terminal) change what is shown of it. Delete it, and save the file as UTF-8."
        ),
        bad=_spec("8", "Linear(10)", above='name: "\\e[31mLeNet"\n'),
        good=_spec("8", "Linear(10)", above='name: "LeNet"\n'),
    ),
    Explanation(
        code="E016",
        title="other YAML that does not parse",
        why=(
            "The text is no YAML: a quote stays open, a line is indented like no other, or a value begins with a "
            "character that means something in YAML. The message points at the place from where it cannot be read."
        ),
        bad=_spec("8", "Linear(10)", above='name: "LeNet\n'),
        good=_spec("8", "Linear(10)", above='name: "LeNet"\n'),
    ),
    Explanation(
        code="E017",
        title="a line that does not parse",
        why=(
            "A line of `layers` is one layer, one function or one expression, with a name before it if it is read "
            "again. Several steps need several lines, and Python beyond calls and arithmetic is no part of the "
            "language."
        ),
        bad=_spec("8", "act: ReLU, Linear(10)"),
        good=_spec("8", "act: ReLU", "Linear(10)"),
    ),
    Explanation(
        code="E018",
        title="`input` or `layers` is missing",
        why=(
            "The sizes of all layers are worked out from the size of the input, so that it has to be said: without the "
            "batch, channels first, as in `[3, 224, 224]`. `layers` is the list of what is done with it."
        ),
        bad="layers:\n  - Linear(10)\n",
        good=_spec("8", "Linear(10)"),
    ),
    Explanation(
        code="E019",
        title="a spec that cannot be found or read",
        why=(
            "There is no file and no network of the gallery of that name, or the file may not be read. Look for a slip "
            "in the name and for the folder from which the command is run; `netinspect gallery` lists the networks "
            "that can be named without a file."
        ),
    ),
    Explanation(
        code="E020",
        title="a list or a file that is written as another tool has it, rewritten as a spec",
        why=(
            "Layers of Keras, code of torch or the notation of a textbook are no spec, though most of it can be "
            "understood. The message holds the same network as a spec: look at it, and write these lines instead, or "
            "let `netinspect check --fix` write them where nothing had to be guessed."
        ),
        bad=_spec("784", "Dense(64, activation='relu')", "Dense(10)"),
        good=_spec("784", "Linear(64)", "ReLU", "Linear(10)"),
    ),
    # --- names -----------------------------------------------------------------------------------
    Explanation(
        code="E101",
        title="no layer type or function of that name",
        why=(
            "Layers are called as in torch.nn and functions as in torch, with the same capital letters. The message "
            "names the nearest one; `netinspect explain Conv2d` tells of one, and docs/catalogue.md lists all."
        ),
        bad=_spec("1, 28, 28", "Covn2d(6, kernel_size=5)"),
        good=_spec("1, 28, 28", "Conv2d(6, kernel_size=5)"),
    ),
    Explanation(
        code="E102",
        title="a name of Keras or TensorFlow; the message has torch's",
        why=(
            "The names of layers are torch's, and Keras has others for the same: `Dense` is `Linear` there, and "
            "`MaxPooling2D` is `MaxPool2d`. The arguments may be called otherwise too; the message has the line."
        ),
        bad="input: [8]\nblocks:\n  Head:\n    - Dense(10)\nlayers:\n  - Head\n",
        good="input: [8]\nblocks:\n  Head:\n    - Linear(10)\nlayers:\n  - Head\n",
    ),
    Explanation(
        code="E103",
        title="a function that needs a weight tensor, where the layer is meant: `conv2d`, `Conv2d`",
        why=(
            "In torch a name in small letters is a function, which is given its weights, and a name with a capital is "
            "a layer, which makes its own and trains them. Write the layer."
        ),
        bad=_spec("1, 28, 28", "conv2d(6, kernel_size=5)"),
        good=_spec("1, 28, 28", "Conv2d(6, kernel_size=5)"),
    ),
    Explanation(
        code="E104",
        title="an undefined name, or one whose line is left out by its `if`",
        why=(
            "A name is that of a line above, of an input, of one of `vars`, or `prev`, what the line above gives. "
            "Correct it, or give the line that is meant this name, before a colon."
        ),
        bad=_spec("8", "fc: Linear(8)", "ReLU", "add(prev, fcc)"),
        good=_spec("8", "fc: Linear(8)", "ReLU", "add(prev, fc)"),
    ),
    Explanation(
        code="E105",
        title="a name that is defined below",
        why=(
            "Data flow down the page: a line is worked out before those below it, and reads the lines above alone. "
            "Move the line that is read up. A network that feeds its output back is written with a recurrent layer."
        ),
        bad=_spec("8", "Linear(8)", "add(prev, late)", "late: Linear(8)"),
        good=_spec("8", "late: Linear(8)", "Linear(8)", "add(prev, late)"),
    ),
    Explanation(
        code="E106",
        title="a name inside another list: write its path (`features.relu3`)",
        why=(
            "Names hold in the list in which they stand, so that two lists may use the same ones. From outside a line "
            "is read by its path: the name of the list, a dot, its own name."
        ),
        bad="input: [8]\nlayers:\n  - encoder:\n      - fc: Linear(8)\n      - ReLU\n  - add(prev, fc)\n",
        good="input: [8]\nlayers:\n  - encoder:\n      - fc: Linear(8)\n      - ReLU\n  - add(prev, encoder.fc)\n",
    ),
    Explanation(
        code="E107",
        title="a name given to two lines, or to two outputs",
        why=(
            "The name of a line is also the key of its weights in the torch model, and two layers cannot share one. "
            "Give each line a name of its own, or leave out the name of a line that nothing reads."
        ),
        bad=_spec("8", "fc: Linear(8)", "ReLU", "fc: Linear(8)"),
        good=_spec("8", "fc1: Linear(8)", "ReLU", "fc2: Linear(8)"),
    ),
    Explanation(
        code="E108",
        title="a name that cannot be used",
        why=(
            "A name becomes an attribute of the torch model. So it is made of the letters A to Z, digits and `_`, and "
            "is none that Python or torch's modules have already, as `train` or `forward`. Call the line by its role."
        ),
        bad=_spec("8", "train: Linear(8)"),
        good=_spec("8", "hidden: Linear(8)"),
    ),
    Explanation(
        code="E109",
        title="a bare `relu` after `relu: ReLU`: the same weights, a new layer, or the value?",
        why=(
            "A name alone is the value of its line, so that this line would throw away all that stands between. Write "
            "`ReLU` for a new layer, or `relu(prev)` to apply the same layer, with the same weights, again."
        ),
        bad=_spec("8", "fc1: Linear(8)", "relu: ReLU", "fc2: Linear(8)", "relu", "Linear(3)"),
        good=_spec("8", "fc1: Linear(8)", "relu: ReLU", "fc2: Linear(8)", "ReLU", "Linear(3)"),
    ),
    Explanation(
        code="E110",
        title="no such output, or a list used as a tensor",
        why=(
            "Some layers and functions give several tensors: `LSTM` gives `output`, `h_n` and `c_n`, and `chunk` a "
            "list. The next line reads one tensor: say which, by its name or its number."
        ),
        bad=_spec("8", "halves: chunk(2, dim=1)", "ReLU", "Linear(3)"),
        good=_spec(
            "8",
            "halves: chunk(2, dim=1)",
            "left(halves[0]): ReLU",
            "right(halves[1]): ReLU",
            "add(left, right)",
            "Linear(3)",
        ),
    ),
    Explanation(
        code="E111",
        title="`no`, `off`, `yes`: write False or True, or quote it",
        why=(
            "Some YAML programs read `no` as False, and others as the text `no`. So that a spec means the same "
            "everywhere, write False or True as in Python, or put text in quotes."
        ),
        bad=_spec("3, 32, 32", "Conv2d(8, kernel_size=3, bias=no)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3, bias=False)"),
    ),
    Explanation(
        code="E112",
        title="an unknown variant, or an unknown name in `--set`",
        why=(
            "A variant, and `--set`, give other values to what stands in `vars`; a name that is not there would change "
            "nothing. Correct the name, or add it to `vars` and use it in the layers."
        ),
        bad=_spec("4", "Linear(width)", above="vars: {width: 8}\n"),
        options="--set widht=16",
    ),
    Explanation(
        code="E113",
        title="refused by design: a loss, a container, a Lazy class, weight_norm …",
        why=(
            "A spec describes what a network computes, and not how it is trained: a loss belongs to the training. "
            "Containers and Lazy classes have a simpler form here: a list is a Sequential, and the sizes of inputs are "
            "worked out for every layer."
        ),
        bad=_spec("8", "Linear(3)", "CrossEntropyLoss"),
        good=_spec("8", "Linear(3)"),
    ),
    # --- arguments -------------------------------------------------------------------------------
    Explanation(
        code="E201",
        title="an unknown argument",
        why=(
            "Arguments are called as in torch, and one that a layer does not have is a slip or belongs to another "
            "layer. The message lists those that there are; `netinspect explain Conv2d` tells what they mean."
        ),
        bad=_spec("3, 32, 32", "Conv2d(8, kernal_size=3)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3)"),
    ),
    Explanation(
        code="E202",
        title="a missing argument",
        why=(
            "Some settings have no default, since no value would suit most networks: the number of channels, the size "
            "of a kernel. Add the one that the message names."
        ),
        bad=_spec("3, 32, 32", "Conv2d(8)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3)"),
    ),
    Explanation(
        code="E203",
        title="too many values without a name",
        why=(
            "The size of the input is worked out, and so the first values of a layer may mean something else here than "
            "in torch: a value without a name is taken only where no other reading is possible. Give the others by "
            "their names."
        ),
        bad=_spec("16, 32", "MultiheadAttention(8, batch_first=True)"),
        good=_spec("16, 32", "MultiheadAttention(num_heads=8, batch_first=True)"),
    ),
    Explanation(
        code="E204",
        title="a stated size is not the input's",
        why=(
            "The size of what comes in need not be written, but where it is, it has to be right: torch would stop at "
            "the first batch. Correct it, or leave it out, so that a change above does not break the line again."
        ),
        bad=_spec("3, 32, 32", "Conv2d(8, in_channels=4, kernel_size=3)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3)"),
    ),
    Explanation(
        code="E205",
        title="not a whole number (`784 / 2` is a fraction, `784 // 2` is not)",
        why=(
            "As in Python `/` gives a fraction, also where it comes out even, and a layer cannot have 392.0 features. "
            "Divide whole numbers with `//`, which leaves the rest out."
        ),
        bad=_spec("784", "fc: Linear(784 / 2)"),
        good=_spec("784", "fc: Linear(784 // 2)"),
    ),
    Explanation(
        code="E206",
        title="groups or heads do not divide the channels",
        why=(
            "Groups share the channels out among them, and heads the features, equally. So their number has to divide "
            "the channels that come in, and those that go out. Change the number of groups or of channels."
        ),
        bad=_spec("3, 32, 32", "conv: Conv2d(8, kernel_size=3, groups=2)"),
        good=_spec("3, 32, 32", "conv: Conv2d(9, kernel_size=3, groups=3)"),
    ),
    Explanation(
        code="E207",
        title="something that must be said (`dim`, `batch_first`)",
        why=(
            "torch has a default here that is seldom meant: it may be the batch axis, so that samples are mixed, and "
            "no error tells of it. Say which axis is meant; axis 0 is the batch, and axis 1 the channels or the time."
        ),
        bad=_spec("100, 6", "lstm: LSTM(8)", "last: lstm[:, -1]"),
        good=_spec("100, 6", "lstm: LSTM(8, batch_first=True)", "last: lstm[:, -1]"),
    ),
    Explanation(
        code="E208",
        title="an unknown parameter of a block",
        why=(
            "A block takes what stands in the brackets behind its name, and nothing else. Correct the name, or add it "
            "there, with a default if most calls do not need it."
        ),
        bad=(
            "input: [4]\nblocks:\n  Hidden(width):\n    - Linear(width)\n    - ReLU\n"
            "layers:\n  - Hidden(width=8, p=0.5)\n  - Linear(3)\n"
        ),
        good=(
            "input: [4]\nblocks:\n  Hidden(width, p=0.0):\n    - Linear(width)\n    - ReLU\n    - Dropout(p)\n"
            "layers:\n  - Hidden(width=8, p=0.5)\n  - Linear(3)\n"
        ),
    ),
    Explanation(
        code="E209",
        title="a layer made inside a function call",
        why=(
            "Each layer has a line of its own, so that its shape, its weights and its cost can be told. Put it on the "
            "line above, and read it as `prev` or by a name."
        ),
        bad=_spec("8", "fc: Linear(8)", "add(fc, ReLU())"),
        good=_spec("8", "fc: Linear(8)", "ReLU", "add(fc, prev)"),
    ),
    Explanation(
        code="E210",
        title="an operator that tensors do not have (`%`, `==`)",
        why=(
            "With tensors there are `+`, `-`, `*`, `/`, `**`, `@` and indexing. The others are for numbers, as in "
            "`channels % 2`; to decide something by a size, read it from `x.shape`."
        ),
        bad=_spec("8", "fc: Linear(8)", "ReLU if fc == 8", "Linear(3)"),
        good=_spec("8", "fc: Linear(8)", "ReLU if fc.shape[1] == 8", "Linear(3)"),
    ),
    Explanation(
        code="E211",
        title="out of range (`kernel_size=0`, `p=1.5`)",
        why=(
            "The value has the right type, but none that makes sense: a kernel has at least one cell, and a "
            "probability is from 0 to 1, so that half of all is 0.5 and not 50. The message says what is allowed."
        ),
        bad=_spec("8", "drop: Dropout(50)", "Linear(3)"),
        good=_spec("8", "drop: Dropout(0.5)", "Linear(3)"),
    ),
    Explanation(
        code="E212",
        title="the wrong type (`bidirectional='yes'`)",
        why=(
            "An argument takes numbers, True or False, a word or a tensor, and this one was given something else. The "
            "message says what it takes. In torch such a value may pass unseen, since any text counts as true."
        ),
        bad=_spec("100, 6", "lstm: LSTM(8, batch_first=True, bidirectional='yes')", "last: lstm[:, -1]"),
        good=_spec("100, 6", "lstm: LSTM(8, batch_first=True, bidirectional=True)", "last: lstm[:, -1]"),
    ),
    Explanation(
        code="E213",
        title="the wrong word",
        why=(
            "Some arguments take one of a few words, as `padding` takes `valid` and `same`, and this is none of them. "
            "The message lists them."
        ),
        bad=_spec("3, 32, 32", "conv: Conv2d(8, kernel_size=3, padding='full')"),
        good=_spec("3, 32, 32", "conv: Conv2d(8, kernel_size=3, padding='same')"),
    ),
    Explanation(
        code="E214",
        title="a tuple of the wrong length",
        why=(
            "A size of an image has two numbers, height and width; one of a signal has one and one of a volume three. "
            "Write one number for each axis, or a single number for all of them."
        ),
        bad=_spec("3, 32, 32", "conv: Conv2d(8, kernel_size=(3, 3, 3))"),
        good=_spec("3, 32, 32", "conv: Conv2d(8, kernel_size=(3, 3))"),
    ),
    Explanation(
        code="E215",
        title="an index out of range, or a division by zero",
        why=(
            "Axes, outputs and elements of lists are counted from 0, and axis 0 of a tensor is the batch; -1 is the "
            "last one. Look at the shapes with `netinspect summary`, and count again."
        ),
        bad=_spec("8", "Linear(prev.shape[2])"),
        good=_spec("8", "Linear(prev.shape[1])"),
    ),
    Explanation(
        code="E216",
        title="the wrong number of inputs",
        why=(
            "A layer reads one tensor unless it says otherwise, and a block those in its second brackets. Name the "
            "inputs before the colon, as many as are needed; several tensors become one by `cat` or `add`."
        ),
        bad="input: [4]\nblocks:\n  Join()(x, y):\n    - add(x, y)\nlayers:\n  - a: Linear(4)\n  - Join\n",
        good="input: [4]\nblocks:\n  Join()(x, y):\n    - add(x, y)\nlayers:\n  - a: Linear(4)\n  - (a, input): Join\n",
    ),
    Explanation(
        code="E217",
        title="a line that, called again with other sizes, would be another layer",
        why=(
            "What is called again by its name uses its layers again, with the same weights. Here the second call, on "
            "another size, comes to a layer that the first did not make. Call the block itself instead, which makes "
            "new layers."
        ),
        bad=(
            "input: [8]\nblocks:\n  Half:\n    - ReLU if prev.shape[1] > 4\n    - Tanh if prev.shape[1] <= 4\n"
            "    - prev[:, :4]\nlayers:\n  - first: Half\n  - first(prev)\n"
        ),
        good=(
            "input: [8]\nblocks:\n  Half:\n    - ReLU if prev.shape[1] > 4\n    - Tanh if prev.shape[1] <= 4\n"
            "    - prev[:, :4]\nlayers:\n  - first: Half\n  - Half\n"
        ),
    ),
    Explanation(
        code="E218",
        title="a layer of one's own (`--custom-layers`) that torch refuses",
        why=(
            "A layer of your own is made and run once, on a tensor without numbers, to learn its shape; there torch "
            "stopped, and the message says what it said. Call the layer in Python with an input of the same shape to "
            "see where. Its `forward` has to give a tensor, or a tuple of them."
        ),
    ),
    # --- shapes ----------------------------------------------------------------------------------
    Explanation(
        code="E301",
        title="the kernel is larger than the input",
        why=(
            "A kernel moves over its input, and has to fit into it once at least, padding included. Take a smaller "
            "kernel or more padding, or shrink the map less before this line. Look also whether channels come first."
        ),
        bad=_spec("1, 28, 28", "Conv2d(8, kernel_size=32)"),
        good=_spec("1, 28, 28", "Conv2d(8, kernel_size=5)"),
    ),
    Explanation(
        code="E302",
        title="nothing is left of the image",
        why=(
            "Every stride and pooling makes the map smaller, and after some of them no cell is left. Leave one out, or "
            "begin with a larger image: five halvings need 32 cells a side."
        ),
        bad=_spec("1, 4, 4", "MaxPool2d(2)", "MaxPool2d(2)", "MaxPool2d(2)"),
        good=_spec("1, 4, 4", "MaxPool2d(2)", "MaxPool2d(2)"),
    ),
    Explanation(
        code="E303",
        title="`add` or `mul` of shapes that do not fit",
        why=(
            "A sum adds number to number, so that both tensors need the same shape, or one of them 1 along an axis. "
            "Padding keeps height and width, and a convolution with a kernel of 1 brings the channels to the same."
        ),
        bad=_spec("3, 32, 32", "Conv2d(3, kernel_size=3)", "add(prev, input)"),
        good=_spec("3, 32, 32", "Conv2d(3, kernel_size=3, padding=1)", "add(prev, input)"),
    ),
    Explanation(
        code="E304",
        title="`cat` of sizes that differ",
        why=(
            "`cat` puts tensors one behind the other along one axis, and all other axes have to be of the same size. "
            "Use padding to keep the size, or crop the larger one with `crop_like`."
        ),
        bad=_spec("3, 32, 32", "Conv2d(8, kernel_size=3)", "cat(prev, input, dim=1)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3, padding=1)", "cat(prev, input, dim=1)"),
    ),
    Explanation(
        code="E305",
        title="the wrong rank for the layer",
        why=(
            "A layer for images needs channels, height and width, one for sequences fewer axes; after `Flatten` there "
            "is one row of numbers. Move the line above `Flatten`, or take the layer for this rank, as `BatchNorm1d` "
            "for `BatchNorm2d`."
        ),
        bad=_spec("3, 32, 32", "Flatten", "Conv2d(8, kernel_size=3)"),
        good=_spec("3, 32, 32", "Conv2d(8, kernel_size=3)", "Flatten"),
    ),
    Explanation(
        code="E306",
        title="the wrong dtype (Embedding on floats, Conv2d on ids)",
        why=(
            "An embedding looks up rows by whole numbers, while nearly all other layers compute with fractions, which "
            "an input holds unless it says otherwise. Give ids a whole dtype, and how many there are."
        ),
        bad="input: [20]\nlayers:\n  - Embedding(1000, 16)\n",
        good="input: {shape: [20], dtype: int64, high: 1000}\nlayers:\n  - Embedding(1000, 16)\n",
    ),
    Explanation(
        code="E307",
        title="right for one batch size only",
        why=(
            "Every network is worked out for a batch of 2 and of 3, and this line differs: a layer would have another "
            "size, or samples would be mixed. Axis 0 is the batch: keep it as it is, and count other axes from 1."
        ),
        bad=_spec("8", "Linear(input.shape[0])"),
        good=_spec("8", "Linear(input.shape[1])"),
    ),
    Explanation(
        code="E308",
        title="sizes that do not multiply up in a reshape",
        why=(
            "A reshape puts the same numbers in another order of axes, so that the product of all sizes stays the "
            "same. Write one size as -1 to have it worked out, and keep the batch in front."
        ),
        bad=_spec("12", "Unflatten(1, (5, 2))"),
        good=_spec("12", "Unflatten(1, (6, 2))"),
    ),
    Explanation(
        code="E309",
        title="inner sizes of a matrix product that differ",
        why=(
            "A matrix of n×k times one of k×m gives n×m: the last axis of the first and the last but one of the second "
            "have to be equal. `transpose(x, -2, -1)` swaps the last two axes of one of them."
        ),
        bad=_spec("3, 4", "matmul(prev, prev)"),
        good=_spec("3, 4", "matmul(prev, transpose(prev, -2, -1))"),
    ),
    # --- outputs, ties -----------------------------------------------------------------------------
    Explanation(
        code="E401",
        title="an output that no line defines",
        why=(
            "`outputs` lists lines by their names, and no line has this one. Give the line that is meant the name, or "
            "correct it. A network with one output needs no `outputs`: it is what the last line gives."
        ),
        bad=_spec("8", "fc: Linear(4)", below="outputs: [scores]\n"),
        good=_spec("8", "scores: Linear(4)", below="outputs: [scores]\n"),
    ),
    Explanation(
        code="E402",
        title="tied shapes that differ",
        why=(
            "Tied parameters are one parameter with two names, so that it has one shape. A weight of `Linear` is "
            "outputs×inputs: give both layers the same sizes, or do not tie them."
        ),
        bad=_spec("8", "a: Linear(8)", "b: Linear(5)", below="tie: {b.weight: a.weight}\n"),
        good=_spec("8", "a: Linear(8)", "b: Linear(8)", below="tie: {b.weight: a.weight}\n"),
    ),
    Explanation(
        code="E403",
        title="no such path in `tie` or `frozen`, or a parameter tied to itself",
        why=(
            "`tie` and `frozen` name layers and parameters by their paths, as they stand in the state dict of the "
            "torch model: `encoder.fc.weight`. Correct the path, or give the line this name."
        ),
        bad=_spec("8", "fc: Linear(8)", below="frozen: [encoder]\n"),
        good=_spec("8", "encoder: Linear(8)", below="frozen: [encoder]\n"),
    ),
    # --- limits ------------------------------------------------------------------------------------
    Explanation(
        code="E501",
        title="too many repeats or lines",
        why=(
            "A few characters can ask for millions of layers, which no memory holds. At most 10,000 repeats and "
            "250,000 layers are worked out, far more than any published network has: look for a slip in the number."
        ),
        bad=_spec("8", "99999 * ReLU"),
        good=_spec("8", "9 * ReLU"),
    ),
    Explanation(
        code="E502",
        title="a number that is too large",
        why=(
            "Sizes stay below 2^31 and totals below 10^15, beyond which no machine could hold the network and torch "
            "could not count its elements. Look for a power or a product that was not meant."
        ),
        bad=_spec("8", "Linear(9**9**9)"),
        good=_spec("8", "Linear(9 * 9 * 9)"),
    ),
    Explanation(
        code="E503",
        title="a block that contains itself",
        why=(
            "Such a block would never end, since blocks are written out before a network runs. Repeat a block from "
            "outside, `3 * Deep`; for layers that are used again and again call one layer several times by its name."
        ),
        bad="input: [8]\nblocks:\n  Deep:\n    - ReLU\n    - Linear(8)\n    - Deep\nlayers:\n  - Deep\n",
        good="input: [8]\nblocks:\n  Deep:\n    - ReLU\n    - Linear(8)\nlayers:\n  - 3 * Deep\n",
    ),
    Explanation(
        code="E504",
        title="a file that is too large or too deep, or has a hundred mistakes",
        why=(
            "A spec is a page or two, and brackets or lists in one another are few. What goes far beyond is an "
            "accident or another kind of file, and would take a long time to read. Split a network up into blocks, "
            "and mend the first mistakes before the others are told."
        ),
        bad=_spec("8", f"Linear({'(' * 32}8{')' * 32})"),
        good=_spec("8", "Linear(8)"),
    ),
    Explanation(
        code="E506",
        title="a torch model that fails on its inputs (`--torch`, `import`)",
        why=(
            "The model is run on random numbers of the sizes that `--input` gives, and its code raised. The message "
            "is torch's or the model's own, and the line is the last one of the model's author on the way; the "
            "table shows the layers that ran before. Mend the model, or give it an input that it takes."
        ),
    ),
    # --- what commands find --------------------------------------------------------------------------
    Explanation(
        code="E602",
        title="a checkpoint whose keys or shapes do not fit (`verify --weights`)",
        why=(
            "The weights of a file belong to a network with other names or sizes. Give the lines the names that the "
            "checkpoint has; or load it with `--match order`, which goes by the position of the layers and not by "
            "their names, or with `--partial`, which loads what fits."
        ),
    ),
    Explanation(
        code="E604",
        title="more than the baseline allows (`--fail-on-increase`)",
        why=(
            "`check --baseline` compares a network with an earlier state of it, and a total rose by more than "
            "`--fail-on-increase` allows. The message names the layers that grew: take the change back, or allow more "
            "if it is meant."
        ),
    ),
    Explanation(
        code="E605",
        title="not comparable with the baseline: the input has another size, or it is broken there",
        why=(
            "Costs can be compared for one and the same input only: a larger image costs more, and the network need "
            "not have changed. Compare with a baseline of the same input (`--input-shape` gives both the same), or "
            "write the baseline anew from a spec that is right."
        ),
    ),
    Explanation(
        code="W001",
        title="an ignore that names no code that there is, or says no reason",
        why=(
            "A comment that ignores a finding is read by the next person, who wants to know why. Name the codes in the "
            "brackets, and say the reason behind them; a comment without one ignores the finding all the same, and "
            "gives this warning instead."
        ),
        bad=_spec("8", "Linear(3)", "Softmax(dim=1)  # netinspect: ignore[W301]"),
        good=_spec("8", "Linear(3)", "Softmax(dim=1)  # netinspect: ignore[W301] the loss takes probabilities"),
    ),
    Explanation(
        code="W110",
        title="a list or a file that is written as another tool has it, and is read as the spec that is shown",
        why=(
            "Layers of Keras, code of torch or the notation of a textbook are read as the network that they mean, "
            "where all of it is certain. Compare the lines of the message with what you meant: figures and "
            "pictures are of these."
        ),
        bad=_spec("784", "Dense(64, activation='relu')", "Dense(10)"),
        good=_spec("784", "Linear(64)", "ReLU", "Linear(10)"),
    ),
    Explanation(
        code="N004",
        title="an ignore that ignores nothing",
        why=(
            "The spec was mended, or the code is not found on this line, and the comment stayed. It would hide a later "
            "finding of this code, so delete it."
        ),
        bad=_spec("8", "Linear(3)  # netinspect: ignore[W301] the loss takes probabilities"),
        good=_spec("8", "Linear(3)"),
        is_usual=False,
    ),
)
"""In the order of the codes. Where only a file or a baseline could show a code it has no example."""
