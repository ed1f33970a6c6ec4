"use strict";
// How a step of a recurrent layer is told.
(() => {
  const { number } = words;
  const { leading, cellOf, sentence, strong, table, bar, largest } = accounts;

  const GATES = {
    lstm: { i: "input", f: "forget", g: "candidate", o: "output" },
    gru: { r: "reset", z: "update", n: "candidate" },
    rnn: { a: "from the input", b: "from the state before" },
  };
  // How the state of a unit goes on, with the letters of torch's documentation: h is what the layer gives, and an LSTM
  // keeps a cell state c beside it.
  const stateSentences = ({ kind, time, before, cell, value, gates, layer, isBackward }) => {
    const factor = (x) => (x < 0 ? `(${number(x)})` : number(x));
    const { i, f, g, o, z, n, a, b } = gates;
    const ofLayer = layer ? ` of layer ${layer}, the last one` : "";
    const where = `Step ${time}${ofLayer}${isBackward ? ", running from the end" : ""}`;
    const was = (letter, name) => sentence(`${where}: ${letter}, ${name} of this unit, was ${number(before)}.`);
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

  Object.assign(accounts.forms, {
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
        terms.layer
          ? `The largest numbers it takes, which layer ${terms.layer - 1} gives`
          : "The largest inputs of this step",
        ["from", "number"],
        largest(terms.takes).map((k) => [
          terms.layer ? String(k) : leading(net, from, terms.sources[k], cellOf(net, from, terms.sources[k])),
          number(terms.takes[k]),
        ]),
      ),
    ],
  });
})();
