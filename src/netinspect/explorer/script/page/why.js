"use strict";
// How one number came about, as words and tables. Every number that it came from leads there.
const why = (() => {
  const { element, number } = words;
  const MOST = 20; // rows of a table of terms
  const WIDEST = 11;
  const MOST_CELLS = 121; // of a kernel that is shown as a grid

  // A number that can be traced back: a button where it is a cell of a value, else plain text.
  const leading = (net, at, place, text) => {
    if (typeof at !== "number" || place < 0) return text;
    return element(
      "button",
      { type: "button", class: "trace", "data-at": at, "data-place": place, title: words.cell(net, at, place) },
      text,
    );
  };
  const cellOf = (net, at, place) =>
    typeof at !== "number" ? "" : place < 0 ? "outside" : words.shortCell(net, at, place);

  const sentence = (...parts) => element("p", {}, ...parts);
  const strong = (text) => element("strong", {}, text);

  const table = (caption, names, rows) =>
    element(
      "table",
      {},
      element("caption", {}, caption),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          names.map((name) => (name ? element("th", { scope: "col" }, name) : element("td"))),
        ),
      ),
      element(
        "tbody",
        {},
        rows.map((row) =>
          element(
            "tr",
            {},
            row.map((cell) => element("td", {}, cell)),
          ),
        ),
      ),
    );

  // A bar from the middle, so that the signs are seen; the number stands beside it.
  const bar = (share) => {
    const inner = element("span", { class: share < 0 ? "below" : "above" });
    inner.style.width = `${Math.min(50, Math.abs(share) * 50) || 0}%`;
    return element("span", { class: "bar", "aria-hidden": "true" }, inner);
  };

  // The places of the largest sizes, the largest first; what is no number comes before all.
  const largest = (list, most = MOST) =>
    engine
      .range(list.length)
      .sort((a, b) => (list[b] !== list[b]) - (list[a] !== list[a]) || Math.abs(list[b]) - Math.abs(list[a]) || a - b)
      .slice(0, most);

  // Numbers in rows, on their colours. Many columns are narrow ones, with numbers that leave out a leading zero.
  const MANY_COLUMNS = 8;
  const grid = (caption, values, shape, cell, isUpwards = false) => {
    const [inSlice, columns] = shape.slice(-2);
    const scale = paint.scaleOf(values);
    const isTight = columns > MANY_COLUMNS;
    const cells = values.map((value, at) => {
      const text = isTight ? short(value).replace("0.", ".") : short(value);
      const td = element("td", {}, cell(at, text));
      const colour = paint.colour(value, scale);
      td.style.background = `rgb(${colour.join(" ")})`;
      td.style.color = brightness(colour) > 0.18 ? "#000" : "#fff";
      return td;
    });
    const rowOf = (row) => element("tr", {}, cells.slice(row * columns, (row + 1) * columns));
    const slices = engine
      .range(cells.length / columns / inSlice)
      .map((slice) => {
        const rows = engine.range(inSlice).map((row) => rowOf(slice * inSlice + row));
        return element("tbody", {}, isUpwards ? rows.reverse() : rows);
      });
    const table = element("table", { class: isTight ? "grid tight" : "grid" }, element("caption", {}, caption), slices);
    table.style.width = `${columns * (isTight ? 2.15 : 2.9)}rem`; // so that all grids have the same cells
    return table;
  };

  // Two digits, which have room in a cell.
  const short = (x) => {
    if (!Number.isFinite(x) || Math.abs(x) >= 1000) return number(x);
    return words.signed(String(Math.abs(x) < 0.01 ? Number(x.toFixed(3)) : Number(x.toPrecision(2))));
  };
  const brightness = (colour) => {
    const [r, g, b] = colour.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  // --- one function for each form of terms -----------------------------------------------------------

  const forms = {
    products: ({ net, terms, from, state }) => {
      const { planes, bias, value, shape } = terms;
      const count = planes.reduce((sum, { products }) => sum + products.length, 0);
      const columns = shape.at(-1);
      const isGrid = shape.length > 1 && columns <= WIDEST && planes[0].values.length <= MOST_CELLS;
      const order = largest(
        planes.map(({ sum }) => sum),
        planes.length,
      );
      const chosen = planes.find(({ channel }) => channel === state.plane) ?? planes[order[0]];
      const intro = sentence(
        `The sum of ${count.toLocaleString("en")} product${count === 1 ? "" : "s"}`,
        bias ? " and a bias: " : ": ",
        strong(
          bias
            ? `${number(value - bias)} ${bias < 0 ? "−" : "+"} ${number(Math.abs(bias))} = ${number(value)}`
            : number(value),
        ),
      );
      const isOne = planes.length === 1;
      return [
        intro,
        ...(isGrid ? planeGrids(net, from, chosen, shape, isOne) : [planeBars(net, from, chosen, isOne)]),
        isOne ? null : planeSums(planes, order, chosen),
      ];
    },
    row: ({ net, terms, from }) => [
      sentence(
        `Row ${terms.id} of the table of the layer, as `,
        leading(net, from, terms.sources[0], `the number ${terms.id}`),
        " says.",
      ),
    ],
    mean: ({ net, terms, from }) => [
      sentence(
        `The mean of ${terms.values.length} numbers: `,
        strong(`${number(terms.sum)} / ${number(terms.divisor)} = ${number(terms.value)}`),
      ),
      listed(net, from, terms),
    ],
    largest: ({ net, terms, from }) => [
      sentence(
        `The largest of ${terms.values.length} numbers: `,
        leading(
          net,
          from,
          terms.sources[terms.winner],
          `${cellOf(net, from, terms.sources[terms.winner])} = ${number(terms.value)}`,
        ),
      ),
      listed(net, from, terms, terms.winner),
    ],
    line: ({ net, operation, terms, from }) =>
      operation.kind === "softmax"
        ? softmaxWords(net, terms, from)
        : [
            sentence(
              `Of ${terms.values.length} numbers along one axis, number ${terms.at} in relation to the others `,
              `(${operation.type}): ${number(terms.values[terms.at])} becomes ${number(terms.value)}.`,
            ),
            listed(net, from, terms, terms.at),
          ],
    reduced: ({ net, terms, from }) => [
      sentence(`${terms.settings.name} of ${terms.values.length} numbers: `, strong(number(terms.value))),
      listed(net, from, terms),
    ],
    function: ({ net, terms, from }) => {
      const { name, ...others } = terms.settings;
      const more = Object.entries(others).filter(([, item]) => item !== null && item !== undefined);
      const numbers = more.map(([key, item]) => `, ${key} ${typeof item === "number" ? number(item) : item}`).join("");
      if (name === "identity")
        return [
          sentence(
            "The same number as ",
            leading(net, from, terms.sources[0], cellOf(net, from, terms.sources[0])),
            ".",
          ),
        ];
      return [
        sentence(
          `${name}(`,
          leading(net, from, terms.sources[0], number(terms.input)),
          `${numbers}) = `,
          strong(number(terms.value)),
        ),
      ];
    },
    elements: ({ net, operation, terms }) => [
      sentence(`${terms.settings.name ?? "choice"} of: `),
      table(
        "The numbers it takes",
        ["from", "number"],
        terms.operands.map(({ from, place, value }) => {
          const at = operation.inputs[from];
          return [
            leading(
              net,
              at,
              place,
              typeof at === "number" ? words.cell(net, at, place) : typeof at === "string" ? at : "the spec",
            ),
            number(value),
          ];
        }),
      ),
      sentence("gives ", strong(number(terms.value))),
    ],
    gated: ({ net, terms, from }) => [
      sentence(
        leading(net, from, terms.sources[0], number(terms.values[0])),
        " × sigmoid(",
        leading(net, from, terms.sources[1], number(terms.values[1])),
        ") = ",
        strong(number(terms.value)),
      ),
    ],
    copy: ({ net, terms, from }) => [
      terms.sources[0] < 0
        ? sentence(`A border: ${number(terms.value)}.`)
        : sentence(
            "The same number as ",
            leading(net, from, terms.sources[0], words.cell(net, from, terms.sources[0])),
            ".",
          ),
    ],
    blend: ({ net, terms, from }) => [
      sentence("A mixture of its neighbours: ", strong(number(terms.value))),
      table(
        "Neighbours",
        ["from", "number", "share"],
        terms.values.map((value, k) => [
          leading(net, from, terms.sources[k], cellOf(net, from, terms.sources[k])),
          number(value),
          number(terms.shares[k]),
        ]),
      ),
    ],
    norm: ({ net, terms, from }) => {
      const { input, mean, variance, eps, standard, weight, bias, value } = terms;
      return [
        sentence(
          "(",
          leading(net, from, terms.sources[0], number(input)),
          ` − mean ${number(mean)}) / √(variance ${number(variance)} + ${number(eps)}) = `,
          strong(number(standard)),
        ),
        weight === null && bias === null
          ? null
          : sentence(`× weight ${number(weight ?? 1)} + bias ${number(bias ?? 0)} = `, strong(number(value))),
      ];
    },
    attention: ({ net, operation, terms, from }) => {
      const places = attended.standing(net, operation, terms);
      const nameOf = (k) => (places ? attended.name(net, places, k) : cellOf(net, from, terms.sources[k]));
      return [
      sentence(
        `Query ${places ? attended.name(net, { ...places, keys: { [terms.query]: places.query } }, terms.query) : terms.query} weighs ${terms.values.length} values: the sum of weight × value is `,
        strong(number(terms.value)),
      ),
      table(
        "The largest weights",
        ["from", "score", "weight", "", "× value"],
        largest(terms.weights).map((k) => [
          leading(net, from, terms.sources[k], nameOf(k)),
          number(terms.scores[k]),
          number(terms.weights[k]),
          bar(terms.weights[k]),
          number(terms.values[k]),
        ]),
      ),
      attended.figure(net, places, terms.weights, "Its weights over the input"),
      ];
    },
    heads: ({ net, operation, terms, from }) => {
      const places = attended.standing(net, operation, terms);
      const figures = terms.heads.map(({ weights }, head) => attended.figure(net, places, weights, `Head ${head}`));
      return [
      sentence(
        `Token ${terms.query} asks in ${terms.heads.length} heads. The sum of what they give`,
        terms.bias ? ` and a bias (${number(terms.bias)})` : "",
        ": ",
        strong(number(terms.value)),
      ),
      figures[0] && element("div", { class: "heads" }, figures),
      figures[0] && sentence("A patch is as bright as its weight; the one that asks is framed."),
      ...terms.heads.map(({ scores, weights, sum }, head) =>
        table(
          `Head ${head} gives ${number(sum)}`,
          ["token", "score", "weight", ""],
          largest(weights, 8).map((k) => [
            leading(net, from, terms.sources[k], attended.name(net, places, k)),
            number(scores[k]),
            number(weights[k]),
            bar(weights[k]),
          ]),
        ),
      ),
      ];
    },
    gates: ({ net, terms, from }) => [
      ...stateSentences(terms),
      table(
        terms.kind.startsWith("rnn") ? "The two sums of this step" : "Gates of this step",
        ["", "number", ""],
        Object.entries(terms.gates).map(([letter, value]) => [
          `${letter}: ${(GATES[terms.kind] ?? GATES.rnn)[letter]}`,
          number(value),
          bar(value),
        ]),
      ),
      table(
        "The largest inputs of this step",
        ["from", "number"],
        largest(terms.sources.map((place) => net.values[from].data[place])).map((k) => [
          leading(net, from, terms.sources[k], cellOf(net, from, terms.sources[k])),
          number(net.values[from].data[terms.sources[k]]),
        ]),
      ),
    ],
    recorded: ({ net, terms, from }) => [
      sentence(
        {
          constant: "No input has a part in this number.",
          size: "Recorded: the weights of this layer are too large for the page.",
          unknown: "Recorded: this page cannot work this layer out.",
        }[terms.why],
      ),
      terms.products
        ? table(
            "The products that count most, as recorded",
            ["from", "product", ""],
            terms.sources.map((place, k) => [
              leading(net, from, place, cellOf(net, from, place)),
              number(terms.products[k]),
              bar(terms.products[k] / Math.abs(terms.products[0] || 1)),
            ]),
          )
        : null,
    ],
  };

  const GATES = {
    lstm: { i: "input", f: "forget", g: "candidate", o: "output" },
    gru: { r: "reset", z: "update", n: "candidate" },
    rnn: { a: "from the input", b: "from the state before" },
  };
  // How the state of a unit goes on, with the letters of torch's documentation: h is what the layer gives, and an LSTM
  // keeps a cell state c beside it.
  const stateSentences = ({ kind, time, before, cell, value, gates }) => {
    const factor = (x) => (x < 0 ? `(${number(x)})` : number(x));
    const { i, f, g, o, z, n, a, b } = gates;
    const was = (letter, name) => sentence(`Step ${time}: ${letter}, ${name} of this unit, was ${number(before)}.`);
    const line = (text, result) => sentence(`${text} = `, strong(number(result)));
    if (kind === "lstm")
      return [
        was("c", "the cell state"),
        line(`c = f·c + i·g = ${factor(f)} × ${factor(before)} + ${factor(i)} × ${factor(g)}`, cell),
        line(`h = o·tanh(c) = ${factor(o)} × tanh(${number(cell)})`, value),
      ];
    if (kind === "gru")
      return [
        was("h", "the state"),
        line(`h = (1 − z)·n + z·h = ${factor(1 - z)} × ${factor(n)} + ${factor(z)} × ${factor(before)}`, value),
      ];
    const name = kind.slice(4);
    return [was("h", "the state"), line(`h = ${name}(a + b) = ${name}(${number(a)} + ${factor(b)})`, value)];
  };

  const planeGrids = (net, from, plane, shape, isOne) => {
    const isUpwards = shape.length === 2 && net.head.values[from]?.upwards === 2;
    const of = isOne ? "" : ` of channel ${plane.channel}`;
    return [
      grid(
        `What lies under the window${of}`,
        plane.values,
        shape,
        (k, text) => leading(net, from, plane.sources[k], text),
        isUpwards,
      ),
      element("p", { class: "sign" }, "×"),
      grid("The kernel", plane.factors, shape, (_, text) => text, isUpwards),
      element("p", { class: "sign" }, "="),
      grid(`Products, together ${number(plane.sum)}`, plane.products, shape, (_, text) => text, isUpwards),
    ];
  };
  const planeBars = (net, from, plane, isOne) => {
    const order = largest(plane.products);
    const most = Math.abs(plane.products[order[0]]) || 1;
    const count = plane.products.length;
    const more =
      count > order.length ? `The ${order.length} largest of ${count.toLocaleString("en")} products` : "Products";
    return table(
      isOne ? more : `${more} of channel ${plane.channel}`,
      ["from", "number", "weight", "product", ""],
      order.map((k) => [
        leading(net, from, plane.sources[k], cellOf(net, from, plane.sources[k])),
        number(plane.values[k]),
        number(plane.factors[k]),
        number(plane.products[k]),
        bar(plane.products[k] / most),
      ]),
    );
  };
  const planeSums = (planes, order, chosen) => {
    const kept = order.slice(0, MOST);
    const most = Math.abs(planes[order[0]].sum) || 1;
    const more =
      planes.length > kept.length
        ? `The ${kept.length} largest sums of ${planes.length} channels`
        : "The sum of each channel";
    return table(
      more,
      ["channel", "sum", ""],
      kept.map((k) => {
        const { channel, sum } = planes[k];
        const isChosen = planes[k] === chosen;
        return [
          element(
            "button",
            { type: "button", class: "plane", "data-plane": channel, "aria-pressed": String(isChosen) },
            String(channel),
          ),
          number(sum),
          bar(sum / most),
        ];
      }),
    );
  };

  const softmaxWords = (net, terms, from) => {
    const { values, results, at, settings, sources } = terms;
    const top = Math.max(...values.map((x) => settings.sign * x));
    const powers = values.map((x) => Math.exp(settings.sign * x - top));
    const sum = engine.total(powers);
    const order = largest(results, 10);
    const rows = order.includes(at) ? order : [...order, at];
    return [
      sentence(
        `Its share of ${values.length} powers of e: e^(${number(settings.sign * values[at])} − ${number(top)}) / ${number(sum)} = ${number(powers[at])} / ${number(sum)}`,
        settings.log ? ", and of that the logarithm, " : " = ",
        strong(number(terms.value)),
      ),
      table(
        "The largest",
        ["from", "number", "power", settings.log ? "log of the share" : "share", ""],
        rows.map((k) => [
          leading(net, from, sources[k], cellOf(net, from, sources[k])),
          number(values[k]),
          number(powers[k]),
          k === at ? strong(number(results[k])) : number(results[k]),
          bar(powers[k] / sum),
        ]),
      ),
    ];
  };

  // Numbers of a window or an axis; `mark` stands out.
  const listed = (net, from, { values, sources }, mark = -1) => {
    const kept = values.length > MOST ? largest(values) : engine.range(values.length);
    return table(
      values.length > MOST ? `The ${MOST} largest of them` : "All of them",
      ["from", "number"],
      kept.map((k) => [
        leading(net, from, sources[k], cellOf(net, from, sources[k])),
        k === mark ? strong(number(values[k])) : number(values[k]),
      ]),
    );
  };

  // --- the panel -------------------------------------------------------------------------------------

  // Layers behind, as long as each takes this number alone and gives one in its place.
  const CARRIED = ["function", "batch_norm", "prelu"];
  const readers = ({ head }, at) =>
    engine
      .range(head.operations.length)
      .filter((number) => Object.values(head.operations[number].inputs).flat().includes(at));
  const after = (net, at, place) => {
    const chain = [];
    for (let value = at; ;) {
      const [next, ...others] = readers(net, value).map((number) => net.head.operations[number]);
      if (!next || others.length || !CARRIED.includes(next.kind) || net.values[next.outputs[0]] === null) return chain;
      [value] = next.outputs;
      chain.push(
        element("li", {}, `${next.type}: `, leading(net, value, place, number(net.values[value].data[place]))),
      );
    }
  };

  // What the panel says of the chosen number.
  const content = (net, state) => {
    const { at, place } = state;
    const maker = engine.makerOf(net, at);
    const value = net.values[at].data[place];
    const title = element("h2", { id: "why-title", tabindex: "-1" }, "How this number came about");
    const lead = element("p", { class: "result" }, `${words.cell(net, at, place)}: `, strong(number(value)));
    const ofMap = state.shows === "gradient" ? sentence("The map shows the gradient; this explains the value.") : null;
    const back = state.trail.length
      ? element(
          "button",
          { type: "button", "data-back": true },
          `Back to ${words.cell(net, state.trail.at(-1).at, state.trail.at(-1).place)}`,
        )
      : null;
    if (maker < 0) {
      const account = sentence("This is a number of the input.");
      return [title, lead, ofMap, altered(net, state, null), account, back, onward(net, at, place)];
    }
    const operation = net.head.operations[maker];
    const terms = engine.explain(net, at, place);
    const taken =
      terms?.from === undefined
        ? null
        : terms.form === "copy" && terms.part !== undefined
          ? operation.inputs.parts[terms.part]
          : operation.inputs[terms.from];
    const account = terms
      ? forms[terms.form]({ net, operation, terms, from: taken, state })
      : [sentence(`${operation.type} gives it; how is not said for this output.`)];
    return [title, lead, ofMap, altered(net, state, terms), ...account, back, onward(net, at, place)];
  };

  const onward = (net, at, place) => {
    const chain = after(net, at, place);
    return chain.length ? element("div", {}, element("p", {}, "Then:"), element("ol", { class: "then" }, chain)) : null;
  };

  // What was done to the number afterwards, and what is not to be trusted.
  const altered = (net, { at, place }, terms) => {
    const notes = [];
    const value = net.values[at].data[place];
    if (value !== value) notes.push("NaN is no number: it comes from ∞ − ∞, 0 · ∞ or another NaN.");
    if (Math.abs(value) === Infinity) notes.push("Infinite: beyond what float32 holds (3.4e38), or from what is.");
    if (net.stale.has(at))
      notes.push("This number is the recorded one: a layer before it cannot be worked out again after a change.");
    if (net.wrong.has(terms?.operation)) notes.push("Here this page computes other numbers than torch did.");
    if (terms && net.edits.masks.has(at))
      notes.push(`A dropout mask turns ${number(terms.value)} into ${number(net.values[at].data[place])}.`);
    if (net.edits.silent.get(at)?.has(controls.unitOf(net, { at, place }))) notes.push("This channel is switched off.");
    return notes.length ? element("p", { class: "banner" }, notes.join(" ")) : null;
  };

  // The cell that counts most for the chosen one, where Enter leads.
  const strongest = (net, { at, place }) => {
    const maker = engine.makerOf(net, at);
    const terms = maker < 0 ? null : engine.explain(net, at, place);
    if (!terms) return null;
    const { inputs } = net.head.operations[maker];
    if (terms.form === "products") {
      const all = terms.planes.flatMap(({ products, sources }) =>
        products.map((product, k) => ({ product, place: sources[k] })),
      );
      const inside = all.filter((term) => term.place >= 0);
      const k = largest(
        inside.map(({ product }) => product),
        1,
      )[0];
      return leadingTo(inputs[terms.from], inside[k]?.place);
    }
    if (terms.form === "elements") {
      const operands = terms.operands.filter(({ from }) => typeof inputs[from] === "number");
      const k = largest(
        operands.map(({ value }) => value),
        1,
      )[0];
      return operands.length ? leadingTo(inputs[operands[k].from], operands[k].place) : null;
    }
    const from = terms.part === undefined ? inputs[terms.from] : inputs.parts[terms.part];
    const weights = terms.weights ?? terms.products ?? terms.values;
    const k = terms.winner ?? terms.at ?? (weights ? largest(weights, 1)[0] : 0);
    return leadingTo(from, terms.sources?.[k]);
  };
  const leadingTo = (at, place) => (typeof at === "number" && place >= 0 ? { at, place } : null);

  // Whether a number of another value is worked out from the chosen one.
  const reads = (net, { at, place }, next, candidate) => {
    const terms = engine.explain(net, next, candidate);
    if (!terms) return false;
    const { inputs } = net.head.operations[engine.makerOf(net, next)];
    if (terms.form === "elements")
      return terms.operands.some((operand) => inputs[operand.from] === at && operand.place === place);
    const from = terms.part === undefined ? inputs[terms.from] : inputs.parts[terms.part];
    if (from !== at) return false;
    return terms.form === "products"
      ? terms.planes.some(({ sources }) => sources.includes(place))
      : terms.sources?.includes(place);
  };

  // The number of the next layer that the chosen one feeds: at the same part of rows and columns, or beside it; of the
  // same channel, or the largest of the others. Null where there is none, or it is not found soon.
  const MOST_TRIED = 1 << 14;
  const MOST_CHANNELS = 64;
  const fed = (net, state, next) => {
    if (net.values[next] === null || !readers(net, state.at).includes(engine.makerOf(net, next))) return null;
    const [from, to] = [net.head.values[state.at], net.head.values[next]];
    const { data } = net.values[next];
    let places = engine.range(Math.min(data.length, MOST_TRIED));
    if (from.shape.length === to.shape.length && to.unit_axis !== null) {
      const cell = engine
        .cellAt(state.place, from.shape)
        .map((k, axis) => Math.floor(((k + 0.5) * to.shape[axis]) / from.shape[axis]));
      const { unit_axis: unit, shape } = to;
      let cells = [cell];
      for (const axis of engine.range(shape.length))
        if (axis !== unit && shape[axis] !== from.shape[axis])
          cells = cells.flatMap((near) => [0, 1, -1].map((step) => near.with(axis, near[axis] + step)));
      cells = cells.filter((near) => near.every((k, axis) => k >= 0 && k < shape[axis]));
      const isSame = shape[unit] === from.shape[unit];
      places = cells.flatMap((near) => {
        const others = engine.range(shape[unit]).map((channel) => engine.placeOf(near.with(unit, channel), shape));
        others.sort((a, b) => data[b] - data[a]);
        return [...(isSame ? [engine.placeOf(near, shape)] : []), ...others.slice(0, MOST_CHANNELS)];
      });
    }
    return places.find((candidate) => reads(net, state, next, candidate)) ?? null;
  };

  return { content, strongest, fed, readers, table, bar };
})();
