"use strict";
// How the terms of a number are told: as words, tables and grids. Every number that they come from leads there.
const accounts = (() => {
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
      const td = element("td", { title: number(value) }, cell(at, text));
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

  // Two digits, which have room in a cell; one where it has a power of ten.
  const short = (x) => {
    const size = Math.abs(x);
    if (x === 0 || !Number.isFinite(x)) return number(x);
    if (size >= 1e4 || size < 1e-3) return words.signed(x.toExponential(0).replace("+", ""));
    if (size >= 100) return words.signed(x.toFixed(0));
    return words.signed(String(size < 0.01 ? Number(x.toFixed(3)) : Number(x.toPrecision(2))));
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
      const sum = number(engine.total(planes.map((plane) => plane.sum)));
      const shift = bias ? `${sum} ${bias < 0 ? "−" : "+"} ${number(Math.abs(bias))} = ` : "";
      const intro = sentence(
        `The sum of ${count.toLocaleString("en")} product${count === 1 ? "" : "s"}`,
        bias ? " and a bias: " : ": ",
        strong(`${shift}${number(value)}`),
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
    line: ({ net, operation, terms, from, state }) =>
      operation.kind === "softmax"
        ? softmaxWords(net, operation, terms, from, state)
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
    function: ({ net, terms, from, state }) => {
      const { name, ...others } = terms.settings;
      const more = Object.entries(others).filter(([, item]) => item !== null && item !== undefined);
      const numbers = more.map(([key, item]) => `, ${key} ${typeof item === "number" ? number(item) : item}`).join("");
      if (name === "identity")
        return [
          sentence(
            net.edits.masks.has(state.at) ? "Without the mask the same number as " : "The same number as ",
            leading(net, from, terms.sources[0], words.cell(net, from, terms.sources[0])),
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
    elements: ({ net, operation, terms }) => {
      const { operands, settings, value } = terms;
      const sign = { add: "+", sub: "−", mul: "×", div: "/" }[settings.name];
      const numbers = operands.map(({ from, place, value: x }, k) => {
        const text = sign && k > 0 && x < 0 ? `(${number(x)})` : number(x);
        return leading(net, operation.inputs[from], place, text);
      });
      const cut = net.edits.cut.get(terms.operation);
      return [
        sign
          ? sentence(numbers[0], ` ${sign} `, numbers[1], " = ", strong(number(value)))
          : sentence(
              `${settings.name ?? "choice"}(`,
              ...numbers.flatMap((item, k) => (k ? [", ", item] : [item])),
              ") = ",
              strong(number(value)),
            ),
        table(
          "The numbers it takes",
          ["from", "number"],
          operands.map(({ from, place, value: x }) => {
            const at = operation.inputs[from];
            return [
              leading(
                net,
                at,
                place,
                typeof at === "number" ? words.cell(net, at, place) : typeof at === "string" ? at : "the spec",
              ),
              cut?.has(from) ? `${number(net.values[at].data[place])}, left out` : number(x),
            ];
          }),
        ),
      ];
    },
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
    recorded: ({ net, terms, from }) => [
      sentence(
        {
          constant: "No input has a part in this number.",
          size: "Recorded: the weights of this layer are too large for the page.",
          unknown: "Recorded: this page cannot work this layer out.",
          differs: "Recorded: what this page works out here differs from torch, whose numbers are shown in its place.",
          follows: "Recorded: not all numbers that it is worked out from are known.",
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
    const kept = engine.total(order.map((k) => plane.products[k]));
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
      ]).concat(
        order.length < count
          ? [["the rest", "", "", number(plane.sum - kept), bar((plane.sum - kept) / most)]]
          : [],
      ),
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

  const softmaxWords = (net, operation, terms, from, state) => {
    // of attention that is written out, a row is a query
    const cell = engine.cellAt(state.place, net.head.values[state.at].shape);
    const places = parts.attended?.standing(net, operation, { query: cell.at(-2), sample: cell[0] }) ?? null;
    const { values, results, at, settings, sources } = terms;
    const top = Math.max(...values.map((x) => settings.sign * x));
    const powers = values.map((x) => Math.exp(settings.sign * x - top));
    const sum = engine.total(powers);
    const order = largest(results, 10);
    const rows = order.includes(at) ? order : [...order, at];
    return [
      sentence(
        `Its share of ${values.length} powers of e: `,
        `e^(${number(settings.sign * values[at])} − ${number(top)}) / ${number(sum)} = `,
        `${number(powers[at])} / ${number(sum)}`,
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
      places && parts.attended.figure(net, places, results, "Its shares over the input"),
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

  return { forms, leading, cellOf, sentence, strong, table, bar, largest };
})();
