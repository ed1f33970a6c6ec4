"use strict";
// The gradient of one output number with respect to every value before it, layer by layer from the end to the input.
const gradients = (() => {
  const { strides } = engine;
  const STEP = 1e-3; // relative, for the slope of a function of one number

  // What needs no rule of its own, by kind: from the same step.
  const kinds = {};

  // A function of each number by itself: its slope between two near points.
  const slopes = ({ gradient, inputs, settings, shape, kind }) => {
    const steps = inputs.input.data;
    const by = (sign) =>
      engine.compute(
        kind,
        {
          ...inputs,
          input: {
            data: Float64Array.from(steps, (x) => x + sign * STEP * Math.max(1, Math.abs(x))),
            shape: inputs.input.shape,
          },
        },
        settings,
        [shape],
      )[0];
    const [above, below] = [by(1), by(-1)];
    return {
      input: gradient.map((g, at) =>
        g === 0 ? 0 : (g * (above[at] - below[at])) / (2 * STEP * Math.max(1, Math.abs(steps[at]))),
      ),
    };
  };

  // What only moves or chooses: each number goes back to where it came from.
  const bySources = ({ gradient, inputs, settings, shape, kind }) => {
    const sources = engine.kinds[kind][2](inputs, settings, [shape]);
    const result = new Float64Array(inputs.input.data.length);
    for (let place = 0; place < gradient.length; place++)
      if (sources[place] >= 0) result[sources[place]] += gradient[place];
    return { input: result };
  };
  for (const kind of ["move", "pad", "max_pool", "adaptive_max_pool"])
    kinds[kind] = (step) => bySources({ ...step, kind });

  // By the terms of each number: what is added, or joined.
  const byTerms = ({ gradient, inputs, settings, shape, kind }) => {
    const results = {};
    const into = (name, item) => (results[name] ??= new Float64Array(item.data.length));
    for (let place = 0; place < gradient.length; place++) {
      const g = gradient[place];
      if (g === 0) continue;
      const terms = engine.kinds[kind][1](inputs, settings, [shape], place, 0);
      const add = (name, item, at, factor) => {
        if (at >= 0) into(name, item)[at] += g * factor;
      };
      if (terms.form === "products")
        for (const plane of terms.planes)
          plane.sources.forEach((at, k) => {
            add(terms.from, inputs[terms.from], at, plane.factors[k]);
            if (terms.with) add(terms.with, inputs[terms.with], plane.weights[k], plane.values[k]);
          });
      else if (terms.form === "mean") terms.sources.forEach((at) => add("input", inputs.input, at, 1 / terms.divisor));
      else if (terms.form === "blend")
        terms.sources.forEach((at, k) => add("input", inputs.input, at, terms.shares[k]));
      else if (terms.form === "copy") add(`parts ${terms.part}`, inputs.parts[terms.part], terms.sources[0], 1);
      else if (terms.form === "reduced" && ["sum", "mean"].includes(settings.name))
        terms.sources.forEach((at) =>
          add("input", inputs.input, at, settings.name === "sum" ? 1 : 1 / terms.sources.length),
        );
      else return null;
    }
    return results;
  };
  for (const kind of ["function", "prelu", "batch_norm"]) kinds[kind] = (step) => slopes({ ...step, kind });
  for (const kind of [
    ...["join", "resize", "average_pool", "adaptive_average_pool"],
    ...["reduce", "matmul", "convolution", "transposed_convolution"],
  ])
    kinds[kind] = (step) => byTerms({ ...step, kind });

  // The gradients of the number at `place` of the value `at`: what is worked out so far, by the numbers of the values,
  // the operation that is next, and of which values it is not known: by their numbers the path that has no rule.
  const begin = (net, { at, place }) => {
    const all = new Map([[at, new Float64Array(net.values[at].data.length)]]);
    all.get(at)[place] = 1;
    return { net, all, next: engine.makerOf(net, at), tensors: new Map(), unknown: new Map() };
  };

  // That of a value, as a tensor; undefined where no gradient leads there, or not all of it is known. It goes back no
  // further than it must.
  const of = (begun, target) => {
    const { net, all, tensors, unknown } = begun;
    if (tensors.has(target)) return tensors.get(target);
    const maker = engine.makerOf(net, target);
    for (; begun.next > maker; begun.next--) {
      const number = begun.next;
      const operation = net.head.operations[number];
      const { kind, outputs, settings } = operation;
      const [output] = outputs;
      const reached = outputs.filter((value) => all.has(value) || unknown.has(value));
      if (!reached.length || settings.why === "constant") continue;
      const isKnown = all.has(output) && reached.length === 1 && !unknown.has(output);
      const inputs = engine.inputsOf(net, operation, number);
      const step = isKnown && {
        gradient: masks(net, output, all.get(output)),
        inputs,
        output: net.values[output],
        settings: engine.settingsOf(net, operation),
        shape: net.head.values[output].shape,
      };
      const results = isKnown ? (engine.rules[kind]?.(step) ?? kinds[kind]?.(step) ?? null) : null;
      if (results === null) {
        const path = reached.map((value) => unknown.get(value)).find(Boolean) ?? operation.path;
        for (const [name, item] of Object.entries(operation.inputs)) {
          if (kind === "embedding" || net.edits.cut.get(number)?.has(name)) continue;
          for (const source of [item].flat())
            if (typeof source === "number") unknown.set(source, unknown.get(source) ?? path);
        }
        continue;
      }
      for (const [name, result] of Object.entries(results)) {
        const part = /^parts (\d+)$/.exec(name);
        const source = part ? operation.inputs.parts[Number(part[1])] : operation.inputs[name];
        if (typeof source !== "number" || net.edits.cut.get(number)?.has(name)) continue;
        const before = all.get(source);
        all.set(source, before ? before.map((x, k) => x + result[k]) : Float64Array.from(result));
      }
    }
    if (all.has(target) && !unknown.has(target))
      tensors.set(target, { data: Float32Array.from(all.get(target)), shape: net.head.values[target].shape });
    return tensors.get(target);
  };

  // What was switched off or masked lets no gradient through.
  const masks = (net, at, gradient) => {
    const mask = net.edits.masks.get(at);
    const silent = net.edits.silent.get(at);
    const { shape, unit_axis: axis } = net.head.values[at];
    if (!mask && !silent?.size) return gradient;
    const step = axis === null ? 1 : strides(shape)[axis];
    return gradient.map((g, place) =>
      silent?.has(Math.floor(place / step) % shape[axis]) ? 0 : g * (mask ? mask[place] : 1),
    );
  };

  // Why a value has no gradient to show, as a sentence.
  const gapOf = ({ unknown }, at) =>
    unknown.has(at) ? `The gradient is not worked out through ${unknown.get(at)}.` : "No gradient leads here.";

  return { begin, of, gapOf };
})();
