"use strict";
// What follows where a layer gives another size: the sizes of the layers behind it, and their numbers, up to the first
// one whose weights were made for the old size.
const followers = (() => {
  const MOST = 5e7; // multiplications that are worked out while a slider is moved
  const { size } = engine;

  // The size of a window's output along each axis; null where the layer does not follow the formula.
  const slid = (space, kernel, { stride, before, dilation }, [from, to]) => {
    const of = (count, axis) =>
      Math.floor((count + 2 * before[axis] - (dilation?.[axis] ?? 1) * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
    return from.every((count, axis) => of(count, axis) === to[axis]) ? space.map(of) : null;
  };
  const same = ({ input }) => input.shape;
  const pooled = ({ input }, { settings, was }) => {
    const rank = settings.size.length;
    const before = [was.input, was.output].map((shape) => shape.slice(-rank));
    const space = slid(input.shape.slice(-rank), settings.size, settings, before);
    return space && [...input.shape.slice(0, -rank), ...space];
  };
  const adaptive = ({ input }, { settings, was }) =>
    [...input.shape.slice(0, -settings.axes), ...was.output.slice(-settings.axes)];
  const together = ({ condition, first, second }) => {
    const [a, b, c] = [first, second, condition ?? first].map((item) => item.shape);
    const all = engine.broadcast(engine.broadcast(a, b), c);
    const fits = [a, b, c].every((shape) => shape.every((n, k) => n === 1 || n === all[all.length - shape.length + k]));
    return fits ? all : `it takes ${words.shape(a)} and ${words.shape(b)}, which do not go together`;
  };

  // By kind the shape of the output, or why there is none, as words; null where this page does not know it. `was` are
  // the shapes that the page has.
  const shapes = {
    function: same,
    batch_norm: same,
    softmax: same,
    local_response: same,
    convolution: ({ input, weight }, { settings, was }) => {
      const [outs, , ...kernel] = weight.shape;
      const space = slid(input.shape.slice(2), kernel, settings, [was.input.slice(2), was.output.slice(2)]);
      return space && [input.shape[0], outs, ...space];
    },
    max_pool: pooled,
    average_pool: pooled,
    adaptive_max_pool: adaptive,
    adaptive_average_pool: adaptive,
    combine: together,
    choose: together,
    join: ({ parts }, { settings: { axis } }) => {
      const [first] = parts;
      const isLike = ({ shape }) => shape.every((count, k) => k === axis || count === first.shape[k]);
      if (!parts.every(isLike)) return `its parts are ${parts.map(({ shape }) => words.shape(shape)).join(" and ")}`;
      return first.shape.with(axis, engine.total(parts.map(({ shape }) => shape[axis])));
    },
    reduce: ({ input }, { settings: { axes }, was }) => {
      const keeps = was.output.length === input.shape.length;
      return input.shape.map((count, axis) => (axes.includes(axis) ? (keeps ? 1 : 0) : count)).filter((n) => n > 0);
    },
    linear: ({ input, weight }) => {
      const [outs, count] = weight.shape;
      const taken = input.shape.at(-1);
      return taken === count ? [...input.shape.slice(0, -1), outs] : `its weights are for ${count} numbers, not ${taken}`;
    },
    // Numbers that stay in their order are written as one row, as before.
    move: ({ input }, { settings: { axes, offset }, was }) => {
      const kept = was.output.length - 1;
      const isRow = offset === 0 && axes?.length === 1 && axes[0][1] === 1;
      const lead = input.shape.slice(0, kept);
      return isRow && was.output.slice(0, kept).every((n, k) => n === was.input[k])
        ? [...lead, size(input.shape.slice(kept))]
        : null;
    },
  };

  // From the tensor that the value `at` becomes, without data where these are not to be worked out: {rows, stop, result}.
  // A row is {path, was, shape}; `stop` says where it ends, `result` is the first output where it is reached.
  const UNKNOWN = "this page can work it out at the size of the network alone";
  const of = (net, at, tensor) => {
    const { head } = net;
    const changed = new Map([[at, tensor]]);
    const rows = [];
    for (const [number, operation] of head.operations.entries()) {
      const takes = (item) => [item].flat().some((value) => changed.has(value));
      if (!Object.values(operation.inputs).some(takes)) continue;
      const inputs = engine.inputsOf(net, operation, number);
      for (const [name, item] of Object.entries(operation.inputs)) {
        if (Array.isArray(item)) inputs[name] = item.map((value, k) => changed.get(value) ?? inputs[name][k]);
        if (!changed.has(item)) continue;
        const { data, shape } = changed.get(item);
        const isCut = data && net.edits.cut.get(number)?.has(name);
        inputs[name] = { data: isCut ? new Float32Array(data.length) : data, shape };
      }
      const settings = engine.settingsOf(net, operation);
      const [value] = operation.outputs;
      const was = { input: head.values[operation.inputs.input]?.shape, output: head.values[value].shape };
      const shape = shapes[operation.kind]?.(inputs, { settings, was }) ?? UNKNOWN;
      const why =
        typeof shape === "string" ? shape
        : shape.some((count) => count < 1) ? "nothing is left that its window could slide over"
        : net.edits.masks.has(value) ? "its mask is of the size that it has"
        : null;
      if (why) return { rows, stop: `${operation.path} cannot follow: ${why}.`, result: null };
      if (operation.kind === "join") settings.sizes = inputs.parts.map((part) => part.shape[settings.axis]);
      if (operation.kind === "move") settings.axes = [[size(shape), 1]];
      const data = tensor.data && engine.compute(operation.kind, inputs, settings, [shape])[0];
      changed.set(value, data ? engine.edited(net, value, { data, shape }) : { data, shape });
      rows.push({ path: operation.path, was: was.output, shape });
    }
    return { rows, stop: null, result: changed.get(head.outputs[0]?.value) ?? null };
  };

  // Whether it is quick enough to be worked out: the layer itself and those behind it.
  const isQuick = ({ head }, number) =>
    head.operations.slice(number).reduce((sum, { row }) => sum + (row?.macs ?? 0), 0) <= MOST;

  const content = (net, at, tensor) => {
    const { rows, stop, result } = of(net, at, tensor);
    const { head } = net;
    const then = rows.filter(({ was, shape }) => words.shape(was) !== words.shape(shape));
    const cells = then.map(({ path, was, shape }) => [path, words.shape(was), words.shape(shape)]);
    const table = accounts.table("The layers behind it", ["layer", "now", "then"], cells);
    const output = head.outputs[0]?.value;
    const isLike = result?.data && result.data.length === net.values[output].data.length;
    const best = (data) => {
      const place = states.largestOf(data);
      return `${words.shortCell(net, output, place)} (${words.number(data[place])})`;
    };
    const answers = isLike && `now ${best(net.values[output].data)}, and then ${best(result.data)}.`;
    const last =
      stop ??
      (answers ? `The largest number of the output is ${answers}`
      : result?.data === null ? "So much is not worked out while a slider is moved."
      : null);
    return [then.length ? table : null, last && words.element("p", {}, last)].filter(Boolean);
  };

  return { content, isQuick };
})();
