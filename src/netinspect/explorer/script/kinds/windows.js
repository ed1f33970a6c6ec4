"use strict";
// What a window slides over: convolutions and pooling.
(({ kinds, size, range, strides, cellAt, placeOf, sums, inside, total, productPlane, products, places }) => {
  // For each cell of a kernel along one axis the input cell under it, for each output cell.
  const taps = (kernel, out, count, { stride, before, dilation, mode = "zeros" }, axis) =>
    range(kernel).map((k) => Int32Array.from(range(out), (o) =>
      inside(o * stride[axis] - before[axis] + k * dilation[axis], count, mode)));

  // The same as stretches in which both run evenly: [first output, one after the last, first input, step].
  const stretches = (list, step) => {
    const parts = [];
    list.forEach((from, o) => {
      const last = parts.at(-1);
      if (from < 0) return;
      if (last && last[1] === o && last[2] + (o - last[0]) * step === from) last[1]++;
      else parts.push([o, o + 1, from, step]);
    });
    return parts;
  };

  // Axes of space for the loops below, which are three: those along which nothing happens are one, or none.
  const loopAxes = (from, kernel, space, settings) => {
    const isIdle = (axis) => kernel[axis] === 1 && from[axis] === space[axis] && settings.stride[axis] === 1;
    const axes = range(kernel.length).map((axis) => ({
      taps: taps(kernel[axis], space[axis], from[axis], settings, axis),
      input: from[axis], output: space[axis], step: settings.stride[axis], before: settings.before[axis],
      isDense: settings.dilation[axis] === 1 && settings.mode === "zeros",
    })).filter((_, axis) => from[axis] > 1 || space[axis] > 1 || kernel[axis] > 1);
    const idle = { taps: [Int32Array.of(0)], input: 1, output: 1, step: 1 };
    if (range(kernel.length).every(isIdle)) {
      const count = size(from);
      return [idle, idle, { taps: [Int32Array.from(range(count))], input: count, output: count, step: 1 }];
    }
    return [idle, idle, idle, ...axes].slice(-3);
  };

  // Adds to a row of sums what one cell of the kernel gives.
  const addShifted = (sum, to, factor, data, row, parts) => {
    for (const [start, stop, under, step] of parts) {
      if (step === 1) for (let w = start, gap = row + under - start; w < stop; w++) sum[to + w] += factor * data[gap + w];
      else for (let w = start, from = row + under; w < stop; w++, from += step) sum[to + w] += factor * data[from];
    }
  };

  // Adds to a row of sums what a dense row of the kernel gives, one sum along the kernel for each output cell; in four
  // parts, because a sum that waits for the one before it takes four times as long.
  const addAlong = (sum, to, weight, at, taps, data, row, { input, output, step, before }) => {
    for (let w = 0; w < output; w++) {
      const start = w * step - before, last = Math.min(taps, input - start), from = row + start;
      let k = start < 0 ? -start : 0, a = 0, b = 0, c = 0, d = 0;
      for (; k + 3 < last; k += 4) {
        a += weight[at + k] * data[from + k];
        b += weight[at + k + 1] * data[from + k + 1];
        c += weight[at + k + 2] * data[from + k + 2];
        d += weight[at + k + 3] * data[from + k + 3];
      }
      for (; k < last; k++) a += weight[at + k] * data[from + k];
      sum[to + w] += a + b + (c + d);
    }
  };
  // From so many taps on that is the faster way.
  const LONG = 16;

  const convolution = ({ input, weight, bias }, settings, [shape]) => {
    const kernel = weight.shape.slice(2), space = shape.slice(2), from = input.shape.slice(2);
    const [deep, high, wide] = loopAxes(from, kernel, space, settings);
    const rows = wide.taps.map((list) => stretches(list, wide.step)), taps = rows.length;
    const isLong = wide.isDense && taps >= LONG && deep.taps.length === 1 && deep.output === 1;
    const channels = input.shape[1], outs = shape[1], each = weight.shape[1], perGroup = outs / (channels / each);
    const inPlane = size(from), outPlane = size(space), window = size(kernel), { data } = input;
    const result = new Float32Array(size(shape)), sum = new Float64Array(outPlane);
    for (let n = 0; n < shape[0]; n++) for (let o = 0; o < outs; o++) {
      sum.fill(bias ? bias.data[o] : 0);
      const first = Math.floor(o / perGroup) * each;
      for (let c = 0; c < each; c++) {
        const plane = (n * channels + first + c) * inPlane;
        let at = (o * each + c) * window;
        if (isLong) {
          for (let h = 0; h < high.output; h++) high.taps.forEach((hs, k) => {
            if (hs[h] < 0) return;
            addAlong(sum, h * wide.output, weight.data, at + k * taps, taps, data, plane + hs[h] * wide.input, wide);
          });
          continue;
        }
        for (const ds of deep.taps) for (const hs of high.taps) for (const parts of rows) {
          const factor = weight.data[at++];
          for (let d = 0; d < deep.output; d++) for (let h = 0; h < high.output; h++) {
            if (ds[d] < 0 || hs[h] < 0) continue;
            const row = plane + (ds[d] * high.input + hs[h]) * wide.input, to = (d * high.output + h) * wide.output;
            addShifted(sum, to, factor, data, row, parts);
          }
        }
      }
      result.set(sum, (n * outs + o) * outPlane);
    }
    return [result];
  };

  const convolutionTerms = ({ input, weight, bias }, settings, [shape], place) => {
    const kernel = weight.shape.slice(2), from = input.shape.slice(2), each = weight.shape[1];
    const [n, o, ...cell] = cellAt(place, shape);
    const { stride, before, dilation, mode } = settings;
    const along = kernel.map((count, axis) => range(count).map((k) =>
      inside(cell[axis] * stride[axis] - before[axis] + k * dilation[axis], from[axis], mode)));
    const first = Math.floor(o / (shape[1] / (input.shape[1] / each))) * each;
    const planes = range(each).map((c) => {
      const plane = (n * input.shape[1] + first + c) * size(from);
      const sources = range(size(kernel)).map((k) => {
        const under = cellAt(k, kernel).map((at, axis) => along[axis][at]);
        return under.includes(-1) ? -1 : plane + placeOf(under, from);
      });
      const weights = sources.map((_, k) => (o * each + c) * size(kernel) + k);
      return productPlane(first + c, input, sources, weight, weights);
    });
    return products(planes, kernel, bias ? bias.data[o] : 0);
  };

  const transposedConvolution = ({ input, weight, bias }, { stride, before, dilation, groups }, [shape]) => {
    const kernel = weight.shape.slice(2), from = input.shape.slice(2), space = shape.slice(2);
    const each = weight.shape[1], channels = input.shape[1] / groups;
    const inPlane = size(from), outPlane = size(space), window = size(kernel);
    // for each kernel cell the pairs of input and output places that it joins
    const joins = range(window).map((k) => {
      const cell = cellAt(k, kernel), pairs = [];
      for (let at = 0; at < inPlane; at++) {
        const to = cellAt(at, from).map((i, axis) => i * stride[axis] - before[axis] + cell[axis] * dilation[axis]);
        if (to.every((o, axis) => o >= 0 && o < space[axis])) pairs.push(at, placeOf(to, space));
      }
      return Int32Array.from(pairs);
    });
    const result = new Float32Array(size(shape)), sum = new Float64Array(outPlane);
    for (let n = 0; n < shape[0]; n++) for (let o = 0; o < shape[1]; o++) {
      sum.fill(bias ? bias.data[o] : 0);
      const group = Math.floor(o / each);
      for (let c = group * channels; c < (group + 1) * channels; c++) {
        const plane = (n * input.shape[1] + c) * inPlane;
        joins.forEach((pairs, k) => {
          const factor = weight.data[(c * each + (o % each)) * window + k];
          for (let p = 0; p < pairs.length; p += 2) sum[pairs[p + 1]] += factor * input.data[plane + pairs[p]];
        });
      }
      result.set(sum, (n * shape[1] + o) * outPlane);
    }
    return [result];
  };

  const transposedTerms = ({ input, weight, bias }, { stride, before, dilation, groups }, [shape], place) => {
    const kernel = weight.shape.slice(2), from = input.shape.slice(2);
    const each = weight.shape[1], channels = input.shape[1] / groups, [n, o, ...cell] = cellAt(place, shape);
    const under = range(size(kernel)).map((k) => { // the input cell that this kernel cell spreads here, if any
      const source = cellAt(k, kernel).map((at, axis) =>
        (cell[axis] + before[axis] - at * dilation[axis]) / stride[axis]);
      const isThere = source.every((at, axis) => Number.isInteger(at) && at >= 0 && at < from[axis]);
      return isThere ? placeOf(source, from) : -1;
    });
    const group = Math.floor(o / each);
    const planes = range(channels).map((c) => {
      const channel = group * channels + c, plane = (n * input.shape[1] + channel) * size(from);
      const weights = under.map((_, k) => (channel * each + (o % each)) * size(kernel) + k);
      return productPlane(channel, input, under.map((at) => (at < 0 ? -1 : plane + at)), weight, weights);
    });
    return products(planes, kernel, bias ? bias.data[o] : 0);
  };

  // How many of the last axes a pooling runs over.
  const pooledAxes = ({ axes, size: window }) => axes ?? window.length;

  // The cells of one window along one axis, and how many it has beside those beyond the padding.
  const windowAlong = (o, count, out, { axes, size: window, stride, before, dilation }, axis) => {
    if (axes !== undefined) {
      const start = Math.floor((o * count) / out), stop = Math.ceil(((o + 1) * count) / out);
      return { cells: range(stop - start).map((k) => start + k), within: stop - start };
    }
    const all = range(window[axis]).map((k) => o * stride[axis] - before[axis] + k * dilation[axis]);
    const cells = all.filter((at) => at >= 0 && at < count);
    return { cells, within: all.filter((at) => at < count + before[axis]).length };
  };

  // A window by its cells along each axis: the input places, and how many count for the average.
  const windowOf = (parts, steps) => ({
    places: sums(parts.map(({ cells }, axis) => cells.map((at) => at * steps[axis]))),
    within: size(parts.map(({ within }) => within)),
  });

  const windows = ({ shape: from }, shape, settings) => {
    const first = shape.length - pooledAxes(settings), space = shape.slice(first), steps = strides(from.slice(first));
    const along = space.map((out, axis) => range(out).map((o) => windowAlong(o, from[first + axis], out, settings, axis)));
    return range(size(space)).map((place) => windowOf(cellAt(place, space).map((o, axis) => along[axis][o]), steps));
  };

  const divisorOf = ({ places, within }, settings) =>
    settings.divisor || (settings.counts_border ? within : places.length);

  const pool = (isMax) => ({ input }, settings, [shape]) => {
    const all = windows(input, shape, settings), count = all.length;
    const plane = size(input.shape.slice(shape.length - pooledAxes(settings)));
    const result = new Float32Array(size(shape));
    for (let outer = 0; outer * count < result.length; outer++) all.forEach((window, at) => {
      let sum = isMax ? -Infinity : 0;
      for (const step of window.places) {
        const value = input.data[outer * plane + step];
        if (!isMax) sum += value;
        else if (value > sum || value !== value) sum = value; // what is no number wins, as in torch
      }
      result[outer * count + at] = isMax ? sum : sum / divisorOf(window, settings);
    });
    return [result];
  };

  const poolTerms = (isMax) => ({ input }, settings, [shape], place) => {
    const first = shape.length - pooledAxes(settings), from = input.shape.slice(first), space = shape.slice(first);
    const outer = Math.floor(place / size(space)), plane = size(from);
    const parts = cellAt(place % size(space), space).map((o, axis) => windowAlong(o, from[axis], space[axis], settings, axis));
    const window = windowOf(parts, strides(from));
    const sources = Array.from(window.places, (step) => outer * plane + step);
    const values = sources.map((at) => input.data[at]);
    if (!isMax) {
      const divisor = divisorOf(window, settings), sum = total(values);
      return { form: "mean", from: "input", sources, values, sum, divisor, value: sum / divisor };
    }
    let winner = 0;
    values.forEach((value, at) => { if (value > values[winner] || value !== value) winner = at; });
    return { form: "largest", from: "input", sources, values, winner, value: values[winner] };
  };

  kinds.convolution = [convolution, convolutionTerms];
  kinds.transposed_convolution = [transposedConvolution, transposedTerms];
  kinds.max_pool = [pool(true), poolTerms(true)];
  kinds.average_pool = [pool(false), poolTerms(false)];
  kinds.adaptive_max_pool = [pool(true), poolTerms(true)];
  kinds.adaptive_average_pool = [pool(false), poolTerms(false)];
})(engine);
