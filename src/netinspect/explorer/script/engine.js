"use strict";
// The engine of the page: it reads the data (docs/explore.md), works every value out, and says of any number
// how it came about. It touches no document, so that the same text runs in a worker.
//
// A tensor is {data, shape}: a typed array in row-major order. A kind of operation is a function from
// (inputs, settings, shapes of the outputs) to the arrays of the outputs. Sums are kept in double precision and
// rounded once, when they are stored.
const engine = (() => {
  const size = (shape) => shape.reduce((product, count) => product * count, 1);
  const range = (count) => Array.from({ length: count }, (_, at) => at);

  const strides = (shape) => {
    const steps = new Array(shape.length).fill(1);
    for (let axis = shape.length - 2; axis >= 0; axis--) steps[axis] = steps[axis + 1] * shape[axis + 1];
    return steps;
  };

  // The cell at a row-major place, and back.
  const cellAt = (place, shape) => {
    const cell = new Array(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      cell[axis] = place % shape[axis];
      place = Math.floor(place / shape[axis]);
    }
    return cell;
  };
  const placeOf = (cell, shape) => cell.reduce((place, at, axis) => place * shape[axis] + at, 0);

  // Every sum of one step from each list, the last list running fastest.
  const sums = (lists, offset = 0) => {
    let places = Int32Array.of(offset);
    for (const list of lists) {
      const next = new Int32Array(places.length * list.length);
      for (let i = 0, at = 0; i < places.length; i++) for (const step of list) next[at++] = places[i] + step;
      places = next;
    }
    return places;
  };

  // --- reading the data ---------------------------------------------------------------------------

  let halves = null; // all 65,536 numbers of half precision
  const halfNumbers = () => {
    halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
      const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, rest = bits & 1023;
      if (exponent === 31) return rest ? NaN : sign * Infinity;
      return sign * (exponent ? (1 + rest / 1024) * 2 ** (exponent - 15) : rest * 2 ** -24);
    });
    return halves;
  };

  // The network of a page; throws where the data are cut off or spoilt.
  const open = (head, bytes) => {
    const net = {
      head, bytes, tensors: new Map(), edits: noEdits(),
      stale: new Set(), wrong: new Set(), partial: new Set(),
    };
    const isHalf = ({ stored }) => stored !== null && head.arrays[stored].dtype === "float16";
    net.halved = new Set(range(head.values.length).filter((at) => isHalf(head.values[at]))); // and what follows them
    net.values = head.values.map(({ stored, shape }) => (stored === null ? null : { data: array(net, stored), shape }));
    return net;
  };

  const array = ({ head, bytes }, number) => {
    const { dtype, shape, offset } = head.arrays[number];
    const count = size(shape), width = dtype === "float16" ? 2 : 4;
    if (offset + count * width > bytes.length) throw new RangeError("the data of this page are cut off");
    if (dtype === "float16") {
      const table = halfNumbers(), low = bytes.subarray(offset, offset + count), result = new Float32Array(count);
      for (let at = 0, high = offset + count; at < count; at++) result[at] = table[low[at] | (bytes[high + at] << 8)];
      return result;
    }
    const sorted = new Uint8Array(count * width); // from planes of bytes back to numbers
    for (let plane = 0; plane < width; plane++) {
      const from = offset + plane * count;
      for (let at = 0; at < count; at++) sorted[at * width + plane] = bytes[from + at];
    }
    return dtype === "int32" ? new Int32Array(sorted.buffer) : new Float32Array(sorted.buffer);
  };

  const words = { Infinity: Infinity, "-Infinity": -Infinity, NaN: NaN };
  const number = (item) => (typeof item === "string" && item in words ? words[item] : item);

  // What an operation takes, as tensors: a value, a weight, a number of the spec, a list of these, nothing.
  const operand = (net, taken) => {
    if (taken === null || taken === undefined) return null;
    if (Array.isArray(taken)) return taken.map((item) => operand(net, item));
    if (typeof taken === "number") return net.values[taken];
    if (typeof taken === "string") return tensor(net, taken);
    return { data: Float64Array.of(Number(number(taken.number))), shape: [] };
  };

  const tensor = (net, key) => {
    if (net.edits.tensors.has(key)) return net.edits.tensors.get(key);
    if (!net.tensors.has(key)) {
      const at = net.head.tensors[key];
      net.tensors.set(key, { data: array(net, at), shape: net.head.arrays[at].shape });
    }
    return net.tensors.get(key);
  };

  const settingsOf = (net, operation) => {
    const settings = {};
    for (const [name, item] of Object.entries(operation.settings)) settings[name] = number(item);
    if ("index" in settings) settings.index = array(net, settings.index);
    return settings;
  };

  // --- what several kinds share -------------------------------------------------------------------

  // A cell beyond the ends of an axis as one inside, as the padding has it; -1 where nothing lies there.
  const inside = (place, count, mode) => {
    if (place >= 0 && place < count) return place;
    if (mode === "replicate") return place < 0 ? 0 : count - 1;
    if (mode === "circular") return ((place % count) + count) % count;
    if (mode !== "reflect") return -1;
    const period = 2 * (count - 1), folded = period ? Math.abs(place) % period : 0;
    return Math.min(folded, period - folded);
  };

  // A patch times a kernel: values, weights, products, and where each came from (-1: beyond the border).
  const productPlane = (channel, input, sources, weight, weights) => {
    const values = sources.map((at) => (at < 0 ? 0 : input.data[at]));
    const factors = weights.map((at) => (at < 0 ? 0 : weight.data[at]));
    const multiplied = values.map((value, at) => (sources[at] < 0 ? 0 : value * factors[at]));
    return { channel, sources, values, weights, factors, products: multiplied, sum: total(multiplied) };
  };
  const total = (list) => list.reduce((sum, item) => sum + item, 0);
  const products = (planes, shape, bias) =>
    ({ form: "products", from: "input", planes, shape, bias, value: total(planes.map(({ sum }) => sum)) + bias });

  // The places along one axis through a place.
  const line = (shape, axis, place) => {
    const step = strides(shape)[axis], first = place - (Math.floor(place / step) % shape[axis]) * step;
    return range(shape[axis]).map((at) => first + at * step);
  };
  const taken = (data, places) => Array.from(places, (at) => data[at]);

  // The number of the weight that belongs to a place: by channel, by feature.
  const weightAt = (tensor, place, every) => tensor.data[Math.floor(place / every) % tensor.data.length];

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const softmax = (values, { log, sign }) => {
    const signed = values.map((x) => sign * x);
    const top = signed.reduce((most, x) => (x > most || x !== x ? x : most), -Infinity);
    const powers = signed.map((x) => Math.exp(x - top)), sum = total(powers);
    return log ? signed.map((x) => x - top - Math.log(sum)) : powers.map((power) => power / sum);
  };

  const broadcast = (a, b) => {
    const rank = Math.max(a.length, b.length), at = (shape, axis) => shape[axis - rank + shape.length] ?? 1;
    return range(rank).map((axis) => (at(a, axis) === 1 ? at(b, axis) : at(a, axis)));
  };
  // For each place of a larger shape the place of the tensor that is spread over it.
  const places = (shape, out) => {
    const missing = out.length - shape.length, steps = strides(shape);
    return sums(out.map((count, axis) => range(count).map((at) =>
      (axis < missing || shape[axis - missing] === 1 ? 0 : at * steps[axis - missing]))));
  };
  const spread = (item, shape) => {
    if (item.data.length === size(shape)) return (place) => item.data[place];
    if (item.data.length === 1) return () => item.data[0];
    const from = places(item.shape, shape);
    return (place) => item.data[from[place]];
  };

  // The sum over all places that a broadcast number went to.
  const gatheredFrom = (data, from, to) => {
    const result = new Float64Array(size(to));
    places(to, from).forEach((place, at) => { result[place] += data[at]; });
    return result;
  };

  // By kind how it is computed, and the terms of one number: functions of (inputs, settings, shapes) and of these, a
  // place and the number of the output; of what moves or chooses numbers a third: for each number of the output the
  // place it comes from, -1 where there is none. The scripts beside this one fill both tables.
  const kinds = {};
  // By kind how a gradient goes back: from {gradient, inputs, output, settings, shape}, of which the first is that of
  // the output, those of the inputs that have one, by their names; null where there is no rule. Kinds without a rule
  // here are worked out from their terms.
  const rules = {};
  const compute = (kind, inputs, settings, shapes) => kinds[kind][0](inputs, settings, shapes);

  // --- the network --------------------------------------------------------------------------------

  // What a reader changed: inputs by the number of their value, weights by key, channels that are switched off by the
  // number of the value, operands that count as 0 (a skip) by the number of the operation, masks by that of the value;
  // and how some of these are written behind the # of the address.
  const noEdits = () => ({
    inputs: new Map(), tensors: new Map(), silent: new Map(), cut: new Map(), masks: new Map(), links: new Map(),
  });

  const isChanged = ({ edits: { inputs, tensors, silent, cut, masks } }) =>
    inputs.size + tensors.size + masks.size > 0 || [...silent.values(), ...cut.values()].some(({ size }) => size > 0);

  const shapesOf = (net, operation) => operation.outputs.map((at) => net.head.values[at].shape);
  const inputsOf = (net, operation, number) => {
    const inputs = {}, cut = net.edits.cut.get(number);
    for (const [name, item] of Object.entries(operation.inputs)) {
      const tensors = operand(net, item);
      inputs[name] = cut?.has(name) ? { data: new Float32Array(tensors.data.length), shape: tensors.shape } : tensors;
    }
    return inputs;
  };
  const read = (operation) => Object.values(operation.inputs).flat().filter((item) => item !== null);

  // Works the values out; of all operations, or of those that follow what was changed: numbers of values, keys of
  // weights. `away(kind, inputs, settings, shapes)` may compute a heavy operation elsewhere and gives a promise; it is
  // asked for those of more than `heavy` products. Values that follow a recorded one from a change are stale. While
  // nothing is changed each operation is compared with torch, and taken as recorded where it differs. What
  // `after(number)` gives is waited for when an operation is done.
  const run = async (net, changed = null, { away = null, heavy = 5e7, after = null } = {}) => {
    const turn = (net.turn = (net.turn ?? 0) + 1), dirty = new Set(changed ?? []);
    if (changed !== null) for (const { value: at } of net.head.inputs) takeInput(net, at);
    for (const [number, operation] of net.head.operations.entries()) {
      const follows = dirty.has(`operation ${number}`) || read(operation).some((item) => dirty.has(item));
      const isStale = read(operation).some((item) => net.stale.has(item));
      if (changed !== null && !follows) { // its numbers stay, and so does what is to be said of them
        if (isStale) operation.outputs.forEach((at) => net.stale.add(at));
        continue;
      }
      if (operation.kind === "recorded") {
        if (changed !== null) operation.outputs.forEach((at) => net.stale.add(at));
        if (after) await after(number);
        continue;
      }
      const isAsRecorded = changed === null && !isChanged(net);
      if (isAsRecorded && read(operation).some((at) => net.partial.has(at))) {
        takeRecord(net, number, "follows");
        if (after) await after(number);
        continue;
      }
      const inputs = inputsOf(net, operation, number), settings = settingsOf(net, operation);
      const shapes = shapesOf(net, operation), isHeavy = away && (operation.row?.macs ?? 0) > heavy;
      const arrays = isHeavy ? await away(operation.kind, inputs, settings, shapes)
        : compute(operation.kind, inputs, settings, shapes);
      if (net.turn !== turn) return false; // a later change has begun its own run
      operation.outputs.forEach((at, output) => {
        net.values[at] = edited(net, at, { data: arrays[output], shape: shapes[output] });
        if (isStale) net.stale.add(at);
        else net.stale.delete(at);
        dirty.add(at);
      });
      if (isAsRecorded && !isChanged(net) && !agrees(net, number, GROSS)) {
        net.wrong.add(number);
        takeRecord(net, number, "differs");
      }
      if (after) await after(number);
    }
    return true;
  };

  // An input as the reader changed it.
  const takeInput = (net, at) => {
    const { stored, shape } = net.head.values[at];
    const edit = net.edits.inputs.get(at) ?? { data: array(net, stored), shape };
    net.values[at] = edited(net, at, { ...edit, data: edit.data.slice() });
  };

  // A value with its silent channels at 0 and under its mask.
  const edited = (net, at, item) => {
    const silent = net.edits.silent.get(at), mask = net.edits.masks.get(at), axis = net.head.values[at].unit_axis;
    if (mask) item.data.forEach((x, place) => { item.data[place] = x * mask[place]; });
    if (silent?.size) {
      const step = strides(item.shape)[axis];
      item.data.forEach((_, place) => {
        if (silent.has(Math.floor(place / step) % item.shape[axis])) item.data[place] = 0;
      });
    }
    return item;
  };

  // The number of the operation that gives a value; -1 for an input.
  const makerOf = (net, at) => net.head.operations.findIndex(({ outputs }) => outputs.includes(at));

  // How a number came about; null where the engine cannot say it. Every form has `value`, what the terms come to, and
  // `operation`, the number of the operation. `from` is the input whose places `sources` are; -1 is beyond the border.
  //
  //   products   planes [{channel, sources, values, weights, factors, products, sum}], shape (of a plane), bias
  //   largest    sources, values, winner (which of them)
  //   mean       sources, values, sum, divisor
  //   row        sources, id: the row of a table
  //   norm       sources, input, mean, variance, eps, standard, weight, bias (null where there is none)
  //   function   sources, input, settings (with the function's name)
  //   elements   operands [{from, place, value}], settings (with the name: add, mul, …)
  //   gated      sources, values: the first times the sigmoid of the second
  //   line       sources, values, results, at (which of them): softmax, unit length, local response
  //   reduced    sources, values, settings (with the name: sum, mean, …)
  //   copy       sources, and part for a join
  //   blend      sources, values, shares
  //   attention  sources, values, scores, weights, query: the values of all keys by the weights of the query
  //   heads      heads [{scores, weights, sum}], sources (the keys), query, sample, bias
  //   gates      gates by name, before, cell, hidden, time, layer, isBackward, takes (the numbers that go into
  //              that layer), sources and values (those that go into the first one at that step)
  //   recorded   why; for a Linear without its weights sources and products, the largest ones
  const explain = (net, at, place) => {
    const number = makerOf(net, at);
    if (number < 0) return null;
    const operation = net.head.operations[number];
    if (operation.kind === "recorded") return recordedTerms(net, operation, at, place);
    const inputs = inputsOf(net, operation, number), settings = settingsOf(net, operation);
    const output = operation.outputs.indexOf(at);
    const terms = kinds[operation.kind][1](inputs, settings, shapesOf(net, operation), place, output);
    return terms && { operation: number, ...terms, value: Math.fround(terms.value) }; // as it is stored
  };

  // The largest products of a Linear whose weights had no room.
  const recordedTerms = (net, operation, at, place) => {
    const { largest } = operation.settings, value = net.values[at].data[place];
    if (!largest) return { form: "recorded", why: operation.settings.why, value };
    const [from, sums] = largest.map((stored) => array(net, stored)), most = net.head.arrays[largest[0]].shape[1];
    const sources = Array.from(from.subarray(place * most, (place + 1) * most));
    return { form: "recorded", why: "size", from: "input", sources, value,
      products: Array.from(sums.subarray(place * most, (place + 1) * most)) };
  };

  // The part of each input that a number sees: by input and axis the first and the last cell, which may lie outside.
  const field = (net, at, place) => {
    const { shape, fields } = net.head.values[at], cell = cellAt(place, shape);
    return fields.map(({ input, axis, along, lows, highs, step }) => {
      const { shape: inputShape } = net.head.values[net.head.inputs[input].value];
      if (along === null) return { input, axis, first: 0, last: inputShape[axis] - 1 };
      const turns = Math.floor(cell[along] / lows.length), phase = cell[along] % lows.length;
      return { input, axis, first: turns * step + lows[phase], last: turns * step + highs[phase] };
    });
  };

  // --- checks -------------------------------------------------------------------------------------

  // So far may numbers differ, of the largest of their value; the second below a value that is recorded in half
  // precision. Where numbers cancel out rounding grows, so that a layer is given up for a gross difference alone.
  const ROUNDING = [1e-4, 4e-3], GROSS = [1e-2, 4e-2], CHECKED = 200;

  const checkedPlaces = (count) => (count <= CHECKED ? range(count)
    : range(CHECKED).map((k) => Math.floor(((Math.imul(k, 2654435761) >>> 0) / 2 ** 32) * count)));

  // Whether the numbers of an operation are those of torch, and with `explains` each the sum of its own terms; `report`
  // counts them.
  const agrees = (net, number, limits, report = {}, explains = false) => {
    const operation = net.head.operations[number], follows = read(operation).some((at) => net.halved.has(at));
    const isRight = (at) => {
      const { checks } = net.head.values[at], { data } = net.values[at];
      if (follows) net.halved.add(at);
      if (checks === null) return true;
      const expected = array(net, checks), most = expected.reduce((high, x) =>
        (Number.isFinite(x) ? Math.max(high, Math.abs(x)) : high), 0);
      const allowed = limits[Number(net.halved.has(at))] * most;
      const near = (a, b) => Object.is(a, b) || a === b || Math.abs(a - b) <= allowed;
      return checkedPlaces(data.length).every((place, k) => {
        report.numbers++;
        if (!near(data[place], expected[k])) return false;
        const terms = explains ? explain(net, at, place) : null;
        if (terms) report.explained++;
        return terms === null || near(terms.value, data[place]);
      });
    };
    return operation.outputs.map(isRight).every(Boolean);
  };

  // An operation is recorded from here on, with the reason `why`.
  const becomeRecorded = (net, number, why) => {
    net.head.operations[number] = { ...net.head.operations[number], kind: "recorded", settings: { why } };
  };
  // And its values are those numbers of torch that the page has. Of a `partial` one it has not all; the others are NaN.
  const takeRecord = (net, number, why) => {
    becomeRecorded(net, number, why);
    for (const at of net.head.operations[number].outputs) {
      const { shape, checks } = net.head.values[at], data = new Float32Array(size(shape)).fill(NaN);
      const expected = checks === null ? [] : array(net, checks);
      const places = checkedPlaces(data.length).slice(0, expected.length);
      places.forEach((place, k) => { data[place] = expected[k]; });
      net.values[at] = { data, shape };
      if (places.length < data.length) net.partial.add(at);
    }
  };

  // Compares all of them, and each number with the sum of its terms where `explains`. What differs is recorded.
  const check = (net, explains = false) => {
    const report = { numbers: 0, explained: 0 };
    net.head.operations.forEach((_, number) => {
      if (agrees(net, number, ROUNDING, report, explains)) return;
      net.wrong.add(number);
      becomeRecorded(net, number, "differs");
    });
    return { ...report, wrong: [...net.wrong].map((number) => net.head.operations[number].path) };
  };

  return {
    open, run, takeInput, edited, compute, inputsOf, settingsOf, explain, field, check, noEdits, isChanged, makerOf,
    tensor, array, kinds, rules, size, range, strides, cellAt, placeOf, sums, inside, total, taken, line, productPlane,
    products, weightAt, sigmoid, softmax, broadcast, places, spread, gatheredFrom,
  };
})();
