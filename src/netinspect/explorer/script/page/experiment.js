"use strict";
// What another stride, padding or kernel would make of the layer: its size, as a formula, and the chosen channel. The
// layers behind are not changed, for another size would not fit them.
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

  // The weight of one channel with a smaller window, cut out of the middle, or a larger one with zeros around.
  const resizedKernel = ({ data, shape }, unit, kernel) => {
    const [, inner, ...old] = shape;
    const count = engine.size(old);
    const next = new Float32Array(inner * engine.size(kernel));
    next.forEach((_, at) => {
      const plane = Math.floor(at / engine.size(kernel));
      const cell = engine.cellAt(at % engine.size(kernel), kernel);
      const from = cell.map((k, axis) => k + Math.floor((old[axis] - kernel[axis]) / 2));
      const isInside = from.every((k, axis) => k >= 0 && k < old[axis]);
      if (isInside) next[at] = data[(unit * inner + plane) * count + engine.placeOf(from, old)];
    });
    return { data: next, shape: [1, inner, ...kernel] };
  };

  // The chosen channel under the other settings: a tensor, or null where the window is larger than what lies under it.
  const result = (net, { at, place }, chosen) => {
    const number = engine.makerOf(net, at);
    const operation = net.head.operations[number];
    const { input, weight, bias } = engine.inputsOf(net, operation, number);
    const isConvolution = operation.kind === "convolution";
    const space = input.shape.slice(isConvolution ? 2 : input.shape.length - operation.settings.size.length);
    const unit = engine.cellAt(place, net.head.values[at].shape)[1];
    const plane = engine.size(space);
    const sizes = space.map((count) => (count > 1 ? outSize(count, chosen) : 1));
    if (sizes.some((count) => count < 1)) return null;
    const settings = {
      ...operation.settings,
      stride: alongAxes(space, chosen.stride, 1),
      before: alongAxes(space, chosen.padding, 0),
      dilation: alongAxes(space, chosen.dilation, 1),
      size: alongAxes(space, chosen.kernel, 1),
    };
    if (!isConvolution) {
      const item = { data: input.data.subarray(unit * plane, (unit + 1) * plane), shape: [1, 1, ...space] };
      const shape = [1, 1, ...sizes];
      return { data: engine.compute(operation.kind, { input: item }, settings, [shape])[0], shape, sizes };
    }
    // Of groups the channels that this one reads.
    const each = weight.shape[1];
    const groups = input.shape[1] / each;
    const group = Math.floor(unit / (weight.shape[0] / groups));
    const item = {
      data: input.data.subarray(group * each * plane, (group + 1) * each * plane),
      shape: [1, each, ...space],
    };
    const kernel = resizedKernel(weight, unit, settings.size);
    const shape = [1, 1, ...sizes];
    const shift = bias ? { data: bias.data.subarray(unit, unit + 1), shape: [1] } : null;
    return {
      data: engine.compute("convolution", { input: item, weight: kernel, bias: shift }, settings, [shape])[0],
      shape,
      sizes,
    };
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
            "p",
            { class: "note" },
            "This is the chosen channel alone. The layers behind stay as they are: ",
            "their weights were made for the size that the layer has.",
          ),
          element(
            "div",
            { class: "sheet" },
            element("canvas", { id: "trial", role: "img", "aria-label": "The chosen channel under these settings" }),
          ),
        ),
      );
    }
    show(app, place);
  };

  const show = (app, place) => {
    const { net, state } = app;
    if (!place.querySelector("details").open) return;
    const read = (name, other) => Number(place.querySelector(`#slider-${name}`)?.value ?? other);
    const chosen = {
      kernel: read("kernel"),
      stride: read("stride"),
      padding: read("padding"),
      dilation: read("dilation", 1),
    };
    const trial = result(net, state, chosen);
    const operation = net.head.operations[engine.makerOf(net, state.at)];
    const input = net.values[operation.inputs.input].shape.slice(2).filter((count) => count > 1);
    const words = [
      ...new Set(input.map((count) => `${count} → ${formula(count, chosen)} = ${outSize(count, chosen)}`)),
    ].join("; ");
    place.querySelector("#formula").textContent = trial
      ? words
      : `${words}: the window is larger than what lies under it.`;
    const canvas = place.querySelector("canvas");
    canvas.hidden = trial === null;
    if (!trial) return;
    const sheet = sheets.sheetOf({ shape: trial.shape, unit_axis: 1, upwards: net.head.values[state.at].upwards });
    const width = Math.max(120, canvas.parentElement.clientWidth - 8);
    paint.cells(canvas, trial, sheet, sheets.arrange(sheet, Math.min(width, 400), 320, 0), []);
  };

  return { draw, takes };
})();
