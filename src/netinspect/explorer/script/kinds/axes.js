"use strict";
// What is worked out along axes: shares, lengths, sums.
(({ kinds, rules, size, range, strides, sums, total, taken, line, softmax }) => {
  const length = (values, order) => {
    if (order === Infinity) return Math.max(...values.map(Math.abs));
    if (order === -Infinity) return Math.min(...values.map(Math.abs));
    if (order === 0) return values.filter((x) => x !== 0).length;
    return total(values.map((x) => Math.abs(x) ** order)) ** (1 / order);
  };

  // A kind that works out whole lines along an axis at once.
  const byLine = (work) => ({ input }, settings, [shape]) => {
    const result = new Float32Array(size(shape)), { axis } = settings, step = strides(input.shape)[axis];
    for (let outer = 0; outer < result.length; outer += step * input.shape[axis]) {
      for (let inner = 0; inner < step; inner++) {
        const places = line(input.shape, axis, outer + inner), values = work(taken(input.data, places), settings);
        places.forEach((place, at) => { result[place] = values[at]; });
      }
    }
    return [result];
  };

  const unitLength = (values, { p, eps }) => {
    const divisor = Math.max(length(values, p), eps);
    return values.map((x) => x / divisor);
  };

  const localResponse = (values, { size: window, alpha, beta, k }) => values.map((x, at) => {
    const first = at - Math.floor(window / 2), near = values.slice(Math.max(0, first), Math.max(0, first + window));
    return x / (k + (alpha * total(near.map((y) => y * y))) / window) ** beta;
  });

  const lineTerms = (work) => ({ input }, settings, _, place) => {
    const sources = line(input.shape, settings.axis, place), values = taken(input.data, sources);
    const results = work(values, settings), at = sources.indexOf(place);
    return { form: "line", from: "input", sources, values, results, at, settings, value: results[at] };
  };

  const spreadOf = (values, correction) => {
    const mean = total(values) / values.length;
    return total(values.map((x) => (x - mean) ** 2)) / Math.max(0, values.length - correction);
  };
  const best = (values, isBetter) => values.reduce((top, x, at) => (isBetter(x, values[top]) ? at : top), 0);
  const reductions = {
    sum: total,
    mean: (values) => total(values) / values.length,
    amax: (values) => values[best(values, (x, top) => x > top || x !== x)],
    amin: (values) => values[best(values, (x, top) => x < top || x !== x)],
    argmax: (values) => best(values, (x, top) => x > top),
    argmin: (values) => best(values, (x, top) => x < top),
    prod: size,
    var: (values, { correction }) => spreadOf(values, correction),
    std: (values, { correction }) => Math.sqrt(spreadOf(values, correction)),
    norm: (values, { order }) => length(values, order),
    logsumexp: (values) => {
      const top = reductions.amax(values);
      return top + Math.log(total(values.map((x) => Math.exp(x - top))));
    },
  };

  // Where each output begins, and the steps from there over the reduced axes.
  const reducedPlaces = (shape, axes) => {
    const steps = strides(shape);
    const lists = (chosen) => chosen.map((axis) => range(shape[axis]).map((at) => at * steps[axis]));
    return [sums(lists(range(shape.length).filter((axis) => !axes.includes(axis)))), sums(lists(axes))];
  };
  const reduce = ({ input }, settings) => {
    const [firsts, others] = reducedPlaces(input.shape, settings.axes), work = reductions[settings.name];
    const result = (first) => work(Array.from(others, (step) => input.data[first + step]), settings);
    return [Float32Array.from(firsts, result)];
  };
  const reduceTerms = ({ input }, settings, _, place) => {
    const [firsts, others] = reducedPlaces(input.shape, settings.axes);
    const sources = Array.from(others, (step) => firsts[place] + step), values = taken(input.data, sources);
    const value = reductions[settings.name](values, settings);
    return { form: "reduced", from: "input", sources, values, settings, value };
  };

  kinds.unit_length = [byLine(unitLength), lineTerms(unitLength)];
  kinds.local_response = [
      (inputs, settings, shapes) => byLine(localResponse)(inputs, { ...settings, axis: 1 }, shapes),
      (inputs, settings, shapes, place) => lineTerms(localResponse)(inputs, { ...settings, axis: 1 }, shapes, place),
    ];
  kinds.softmax = [byLine(softmax), lineTerms(softmax)];
  rules.softmax = ({ gradient, output: { data, shape }, settings: { axis, log, sign } }) => {
    const result = new Float64Array(gradient.length), step = strides(shape)[axis];
    for (let outer = 0; outer < gradient.length; outer += step * shape[axis])
      for (let inner = 0; inner < step; inner++) {
        const places = line(shape, axis, outer + inner);
        const sum = total(places.map((at) => gradient[at] * (log ? 1 : data[at])));
        for (const at of places)
          result[at] = sign * (log ? gradient[at] - Math.exp(data[at]) * sum : data[at] * (gradient[at] - sum));
      }
    return { input: result };
  };
  kinds.reduce = [reduce, reduceTerms];
})(engine);
