"use strict";
// Layers over time.
(({ kinds, size, range, total, taken, sigmoid }) => {
  const dot = (weight, row, vector) => {
    let sum = 0;
    for (let i = 0, at = row * vector.length; i < vector.length; i++) sum += weight.data[at + i] * vector[i];
    return sum;
  };
  // One step of one unit: its gates by the letters of torch's documentation (of a plain RNN the two sums), the state
  // `before` that it goes on from (of an LSTM the cell state c), and the new ones.
  const unitStep = (kind, unit, count, x, h, cell, { ih, hh, bi, bh }) => {
    const gate = (at) => {
      const row = at * count + unit;
      return [dot(ih, row, x) + (bi ? bi.data[row] : 0), dot(hh, row, h) + (bh ? bh.data[row] : 0)];
    };
    if (kind === "lstm") {
      const [i, f, g, o] = [0, 1, 2, 3].map((at) => total(gate(at)));
      const next = sigmoid(f) * cell + sigmoid(i) * Math.tanh(g);
      const gates = { i: sigmoid(i), f: sigmoid(f), g: Math.tanh(g), o: sigmoid(o) };
      return { gates, before: cell, cell: next, hidden: sigmoid(o) * Math.tanh(next) };
    }
    if (kind === "gru") {
      const [r, z] = [0, 1].map((at) => sigmoid(total(gate(at)))), [fromInput, fromHidden] = gate(2);
      const n = Math.tanh(fromInput + r * fromHidden);
      return { gates: { r, z, n }, before: h[unit], cell: 0, hidden: (1 - z) * n + z * h[unit] };
    }
    const [fromInput, fromHidden] = gate(0), sum = fromInput + fromHidden;
    const hidden = kind === "rnn_tanh" ? Math.tanh(sum) : Math.max(sum, 0);
    return { gates: { a: fromInput, b: fromHidden }, before: h[unit], cell: 0, hidden };
  };

  // Runs all layers and directions; `watch(layer, direction, sample, time, unit, step)` sees each step.
  const recur = (inputs, settings, watch) => {
    const { cell: kind, layers, directions, batch_first: batchFirst, hidden_size: count, single } = settings;
    const { shape, data } = inputs.input, deep = shape[shape.length - 1];
    const [samples, times] = single ? [shape[0], 1] : batchFirst ? shape : [shape[1], shape[0]];
    let rows = range(samples).map((n) => range(times).map((t) => {
      const at = (single ? n : batchFirst ? n * times + t : t * samples + n) * deep;
      return Float64Array.from(data.subarray(at, at + deep));
    }));
    const states = [], cells = [];
    for (let layer = 0; layer < layers; layer++) {
      const next = rows.map((row) => row.map(() => new Float64Array(count * directions)));
      for (let direction = 0; direction < directions; direction++) {
        const suffix = single ? "" : `_l${layer}${direction ? "_reverse" : ""}`, at = layer * directions + direction;
        const [ih, hh, bi, bh] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => inputs[name + suffix]);
        for (let n = 0; n < samples; n++) {
          const start = (item) => Float64Array.from({ length: count }, (_, unit) =>
            (item ? item.data[(at * samples + n) * count + unit] : 0));
          let hidden = start(inputs.hidden), cell = start(inputs.cell);
          for (let step = 0; step < times; step++) {
            const t = direction ? times - 1 - step : step, x = rows[n][t];
            const steps = range(count).map((unit) =>
              unitStep(kind, unit, count, x, hidden, cell[unit], { ih, hh, bi, bh }));
            hidden = Float64Array.from(steps, (done) => done.hidden);
            cell = Float64Array.from(steps, (done) => done.cell);
            next[n][t].set(hidden, direction * count);
            if (watch) steps.forEach((done, unit) =>
              watch(layer, direction, n, t, unit, { ...done, takes: Array.from(x) }));
          }
          states.push([at, n, hidden]);
          cells.push([at, n, cell]);
        }
      }
      rows = next;
    }
    return { rows, states, cells, samples, times };
  };
  const recurrent = (inputs, settings, shapes) => {
    const { rows, states, cells, samples } = recur(inputs, settings), { hidden_size: count } = settings;
    const last = (list) => {
      const result = new Float32Array(list.length * count);
      for (const [at, n, state] of list) result.set(state, (at * samples + n) * count);
      return result;
    };
    if (settings.single) return [last(states), last(cells)];
    const result = new Float32Array(size(shapes[0])), width = count * settings.directions;
    rows.forEach((row, n) => row.forEach((state, t) =>
      result.set(state, (settings.batch_first ? n * row.length + t : t * samples + n) * width)));
    return [result, last(states), last(cells)];
  };
  // All steps of the last layer by direction, sample, time and unit; kept for the tensors that they come from.
  const remembered = new WeakMap();
  const stepsOf = (inputs, settings) => {
    const tensors = Object.values(inputs).map((item) => item?.data), last = remembered.get(inputs.input.data);
    if (last?.tensors.every((data, at) => data === tensors[at])) return last.steps;
    const steps = new Map();
    recur(inputs, settings, (layer, ...where) => {
      const done = where.pop();
      if (layer === settings.layers - 1) steps.set(where.join(), done);
    });
    remembered.set(inputs.input.data, { tensors, steps });
    return steps;
  };

  const recurrentTerms = (inputs, settings, [shape], place, output) => {
    if (output > 0) return null;
    const { hidden_size: count, directions, single, batch_first: batchFirst } = settings;
    const width = count * (single ? 1 : directions), row = Math.floor(place / width), unit = place % count;
    const [n, t] = single ? [row, 0] : batchFirst ? [Math.floor(row / shape[1]), row % shape[1]]
      : [row % shape[1], Math.floor(row / shape[1])];
    const direction = Math.floor((place % width) / count), deep = inputs.input.shape.at(-1);
    const terms = stepsOf(inputs, settings).get([direction, n, t, unit].join());
    const sources = range(deep).map((i) => row * deep + i), values = taken(inputs.input.data, sources);
    return { form: "gates", from: "input", sources, values, ...terms, kind: settings.cell, time: t, value: terms.hidden,
      layer: settings.layers - 1, isBackward: direction > 0 };
  };

  kinds.recurrent = [recurrent, recurrentTerms];
})(engine);
