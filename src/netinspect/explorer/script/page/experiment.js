"use strict";
// What another stride, padding or kernel would make of the layer: its size, as a formula, the chosen channel, and what
// becomes of the layers behind it. The network itself is not changed.
const experiment = (() => {
  const { element } = words;
  const KINDS = { convolution: "kernel", max_pool: "size", average_pool: "size" };
  const LIMITS = { kernel: [1, 11], stride: [1, 6], padding: [0, 5], dilation: [1, 4] };

  const suits = (net, at) => {
    const operation = net.head.operations[engine.makerOf(net, at)];
    return operation !== undefined && operation.kind in KINDS;
  };

  // The settings of the layer itself, of its last axis, which the sliders begin with.
  const initial = (net, at) => {
    const operation = net.head.operations[engine.makerOf(net, at)];
    const { stride, before, dilation, size } = operation.settings;
    const kernel = operation.kind === "convolution" ? engine.tensor(net, operation.inputs.weight).shape.slice(2) : size;
    const axis = kernel.reduce((longest, count, k) => (count >= kernel[longest] ? k : longest), 0);
    return { kernel: kernel[axis], stride: stride[axis], padding: before[axis], dilation: dilation[axis] };
  };

  const namesOf = (net, at) => {
    const isPool = net.head.operations[engine.makerOf(net, at)].kind !== "convolution";
    return ["kernel", "stride", "padding", "dilation"].filter((name) => !isPool || name !== "dilation");
  };
  const highest = (name, value) => Math.max(LIMITS[name][1], value);
  const takes = (net, at, name, count) =>
    suits(net, at) &&
    namesOf(net, at).includes(name) &&
    Number.isInteger(count) &&
    count >= LIMITS[name][0] &&
    count <= highest(name, initial(net, at)[name]);

  const outSize = (count, { kernel, stride, padding, dilation }) =>
    Math.floor((count + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const formula = (count, { kernel, stride, padding, dilation }) =>
    `⌊(${count} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}⌋ + 1`;

  // An axis of one cell, as of a sound, stays as it is.
  const alongAxes = (space, chosen, still) => space.map((count) => (count > 1 ? chosen : still));

  // The weights of some channels with a smaller window, cut out of the middle, or a larger one with zeros around.
  const resizedKernels = ({ data, shape }, units, kernel) => {
    const [, inner, ...old] = shape;
    const count = engine.size(old);
    const window = engine.size(kernel);
    const next = new Float32Array(units.length * inner * window);
    next.forEach((_, at) => {
      const plane = units[Math.floor(at / window / inner)] * inner + (Math.floor(at / window) % inner);
      const cell = engine.cellAt(at % window, kernel);
      const from = cell.map((k, axis) => k + Math.floor((old[axis] - kernel[axis]) / 2));
      const isInside = from.every((k, axis) => k >= 0 && k < old[axis]);
      if (isInside) next[at] = data[plane * count + engine.placeOf(from, old)];
    });
    return { data: next, shape: [units.length, inner, ...kernel] };
  };

  // Some channels under the other settings, all of them or one: a tensor; null where the window is larger than what lies
  // under it.
  const result = (net, at, units, chosen) => {
    const number = engine.makerOf(net, at);
    const { kind, settings: own } = net.head.operations[number];
    const { input, weight, bias } = engine.inputsOf(net, net.head.operations[number], number);
    const isConvolution = kind === "convolution";
    const space = input.shape.slice(isConvolution ? 2 : input.shape.length - own.size.length);
    const sizes = space.map((count) => (count > 1 ? outSize(count, chosen) : 1));
    if (sizes.some((count) => count < 1)) return null;
    const settings = {
      ...own,
      stride: alongAxes(space, chosen.stride, 1),
      before: alongAxes(space, chosen.padding, 0),
      dilation: alongAxes(space, chosen.dilation, 1),
      size: alongAxes(space, chosen.kernel, 1),
    };
    // All channels read all of the input; one of them those of its group, or of a pool itself.
    const [, channels] = input.shape;
    const isAll = units.length > 1;
    const each = isConvolution ? weight.shape[1] : 1;
    const perGroup = isConvolution ? (weight.shape[0] * each) / channels : 1;
    const first = isAll ? 0 : Math.floor(units[0] / perGroup) * each;
    const count = isAll ? channels : each;
    const plane = engine.size(space);
    const part = { data: input.data.subarray(first * plane, (first + count) * plane), shape: [1, count, ...space] };
    const shape = [1, units.length, ...sizes];
    const inputs = isConvolution
      ? {
          input: part,
          weight: resizedKernels(weight, units, settings.size),
          bias: bias && { data: Float32Array.from(units, (unit) => bias.data[unit]), shape: [units.length] },
        }
      : { input: part };
    return { data: engine.compute(kind, inputs, settings, [shape])[0], shape };
  };

  const slider = (name, value, oninput) =>
    element(
      "label",
      {},
      `${name} `,
      element("input", {
        type: "range",
        id: `slider-${name}`,
        min: LIMITS[name][0],
        max: highest(name, value),
        value,
        oninput,
      }),
      " ",
      element("output", { for: `slider-${name}` }, String(value)),
    );

  let built = null;
  const draw = (app, place) => {
    const { net, state } = app;
    place.hidden = !suits(net, state.at);
    if (place.hidden) return;
    const subject = `${state.at} ${state.resets}`;
    if (built !== subject) {
      built = subject;
      const linked = state.trial?.at === state.at ? state.trial : null;
      const chosen = { ...initial(net, state.at), ...linked };
      place.replaceChildren(
        element(
          "details",
          { open: linked !== null, ontoggle: () => show(app, place) },
          element("summary", {}, "Another kernel, stride or padding: what comes out?"),
          element(
            "div",
            { class: "sliders" },
            namesOf(net, state.at).map((name) =>
              slider(name, chosen[name], ({ target }) => {
                target.nextElementSibling.textContent = target.value;
                state.trial = { ...(state.trial?.at === state.at ? state.trial : { at: state.at }) };
                state.trial[name] = Number(target.value);
                app.remember();
                show(app, place);
              }),
            ),
          ),
          element("p", { id: "formula", role: "status" }),
          element(
            "div",
            { class: "sheet" },
            element("canvas", { id: "trial", role: "img", "aria-label": "The chosen channel under these settings" }),
          ),
          element("div", { id: "behind" }),
        ),
      );
    }
    show(app, place);
  };

  const show = (app, place) => {
    const { net, state } = app;
    if (place.hidden || !place.querySelector("details").open) return;
    const read = (name, other) => Number(place.querySelector(`#slider-${name}`)?.value ?? other);
    const chosen = {
      kernel: read("kernel"),
      stride: read("stride"),
      padding: read("padding"),
      dilation: read("dilation", 1),
    };
    const operation = net.head.operations[engine.makerOf(net, state.at)];
    const input = net.values[operation.inputs.input].shape.slice(2).filter((count) => count > 1);
    const words = [
      ...new Set(input.map((count) => `${count} → ${formula(count, chosen)} = ${outSize(count, chosen)}`)),
    ].join("; ");
    const number = engine.makerOf(net, state.at);
    const [, channels] = net.head.values[state.at].shape;
    const unit = engine.cellAt(state.place, net.head.values[state.at].shape)[1];
    const isQuick = followers.isQuick(net, number);
    const trial = result(net, state.at, isQuick ? engine.range(channels) : [unit], chosen);
    place.querySelector("#formula").textContent = trial
      ? words
      : `${words}: the window is larger than what lies under it.`;
    const canvas = place.querySelector("canvas");
    canvas.hidden = trial === null;
    const isOther = Object.entries(initial(net, state.at)).some(([name, count]) => chosen[name] !== count);
    place.querySelector("#behind").hidden = trial === null || !isOther;
    if (!trial) return;
    const [, , ...sizes] = trial.shape;
    const plane = engine.size(sizes);
    const first = isQuick ? unit * plane : 0;
    const shown = { data: trial.data.subarray(first, first + plane), shape: [1, 1, ...sizes] };
    const sheet = sheets.sheetOf({ shape: shown.shape, unit_axis: 1, upwards: net.head.values[state.at].upwards });
    const width = Math.max(120, canvas.parentElement.clientWidth - 8);
    paint.cells(canvas, shown, sheet, sheets.arrange(sheet, Math.min(width, 400), 320, 0), []);
    const tensor = { data: isQuick ? trial.data : null, shape: [1, channels, ...sizes] };
    place.querySelector("#behind").replaceChildren(
      element("p", {}, `The map shows the chosen channel, ${unit}. The page itself keeps the layer as it is.`),
      ...(isOther ? followers.content(net, state.at, isQuick ? engine.edited(net, state.at, tensor) : tensor) : []),
    );
  };

  return { draw, takes };
})();
