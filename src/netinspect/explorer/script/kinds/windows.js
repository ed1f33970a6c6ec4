"use strict";
// What a window slides over: convolutions and pooling.
(({ kinds, rules, size, range, strides, cellAt, placeOf, sums, inside, total, productPlane, products, places }) => {
  // Along one axis the input cell under each cell of the window, for each output cell; -1 beyond the border.
  const axisOf = (input, outputs, taps, cellUnder) => {
    const under = new Int32Array(outputs.length * taps.length);
    let at = 0;
    for (const o of outputs) for (const k of taps) under[at++] = cellUnder(o, k);
    return { input, outputs: outputs.length, taps: taps.length, under };
  };
  const STILL = axisOf(1, [0], [0], () => 0);

  // Into every fourth of `places` the place within a channel under each cell of the window; -1 beyond the border.
  const placesUnder = (places, at, cell, [deep, high, wide]) => {
    const w = cell % wide.outputs, h = Math.floor(cell / wide.outputs) % high.outputs;
    const d = Math.floor(cell / (wide.outputs * high.outputs));
    for (let i = 0; i < deep.taps; i++) for (let j = 0; j < high.taps; j++) {
      const slice = deep.under[d * deep.taps + i], line = high.under[h * high.taps + j];
      const row = (slice * high.input + line) * wide.input;
      for (let k = 0; k < wide.taps; k++, at += 4) {
        const column = slice < 0 || line < 0 ? -1 : wide.under[w * wide.taps + k];
        places[at] = column < 0 ? -1 : row + column;
      }
    }
  };

  // From the first to the last cell of a window under which something lies in one of the four patches. Where the cells
  // between are few, or nearly all, it is not worth the while.
  const FEW = 16;
  const usedCells = (places, window) => {
    let first = 0, last = window;
    const isOutside = (k) => Math.max(places[4 * k], places[4 * k + 1], places[4 * k + 2], places[4 * k + 3]) < 0;
    while (last > FEW && isOutside(last - 1)) last--;
    while (last - first > FEW && isOutside(first)) first++;
    return [first, last];
  };

  // The patches of four output cells side by side, from `each` channels of which the first begins at `plane`.
  const gather = (patch, data, places, plane, each, inPlane, [first, last]) => {
    for (let c = 0, to = 0; c < each; c++, plane += inPlane)
      for (let k = 4 * first; k < 4 * last; k++, to++) patch[to] = places[k] < 0 ? 0 : data[plane + places[k]];
  };

  // To read a number takes longer than to multiply it. So two rows of weights are summed over four patches at once. Of
  // each of `runs` windows of weights the cells from `first` to `last` count.
  const sumOver = (sums, patch, weights, from, next, runs, window, first, last) => {
    let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, at = 0;
    for (let run = 0; run < runs; run++, from += window, next += window) for (let i = first; i < last; i++, at += 4) {
      const v = weights[from + i], w = weights[next + i];
      const p = patch[at], q = patch[at + 1], r = patch[at + 2], s = patch[at + 3];
      a += v * p; b += v * q; c += v * r; d += v * s;
      e += w * p; f += w * q; g += w * r; h += w * s;
    }
    sums[0] = a; sums[1] = b; sums[2] = c; sums[3] = d; sums[4] = e; sums[5] = f; sums[6] = g; sums[7] = h;
  };

  // The same for a row that is alone in its group, whose patches would be read only once.
  const sumAlone = (sums, data, places, plane, each, inPlane, weights, from) => {
    let a = 0, b = 0, c = 0, d = 0;
    for (let channel = 0; channel < each; channel++, plane += inPlane) for (let k = 0; k < places.length; k += 4) {
      const v = weights[from++], p = places[k], q = places[k + 1], r = places[k + 2], s = places[k + 3];
      if (p >= 0) a += v * data[plane + p];
      if (q >= 0) b += v * data[plane + q];
      if (r >= 0) c += v * data[plane + r];
      if (s >= 0) d += v * data[plane + s];
    }
    sums[0] = a; sums[1] = b; sums[2] = c; sums[3] = d;
  };

  // Slides a window over the input. `rows` has for each output channel the weights of the `each` channels that it
  // reads, of a group of `perGroup` outputs; `to` says where each output cell lies in its channel.
  const slide = (result, shape, { input, bias }, { rows, each, perGroup, axes, to }) => {
    const all = [STILL, STILL, ...axes].slice(-3), window = size(all.map(({ taps }) => taps)), count = each * window;
    const [, channels, ...from] = input.shape, [samples, outs, ...space] = shape;
    const inPlane = size(from), outPlane = size(space);
    const places = new Int32Array(4 * window), patch = new Float64Array(4 * count), sums = new Float64Array(8);
    for (let cell = 0; cell < to.length; cell += 4) {
      const within = Math.min(4, to.length - cell);
      for (let k = 0; k < within; k++) placesUnder(places, k, cell + k, all);
      const used = usedCells(places, window), isAll = used[1] - used[0] === window;
      const sizes = isAll ? [1, count, 0, count] : [each, window, ...used];
      for (let n = 0; n < samples; n++) for (let first = 0; first < outs; first += perGroup) {
        const plane = (n * channels + (first / perGroup) * each) * inPlane, isAlone = perGroup === 1;
        if (isAlone) sumAlone(sums, input.data, places, plane, each, inPlane, rows, first * count);
        else gather(patch, input.data, places, plane, each, inPlane, used);
        for (let o = first; o < first + perGroup; o += 2) {
          const pair = Math.min(2, first + perGroup - o);
          if (!isAlone) sumOver(sums, patch, rows, o * count, (o + pair - 1) * count, ...sizes);
          for (let row = 0; row < pair; row++) {
            const shift = bias ? bias.data[o + row] : 0, under = (n * outs + o + row) * outPlane;
            for (let k = 0; k < within; k++) result[under + to[cell + k]] = sums[4 * row + k] + shift;
          }
        }
      }
    }
  };

  const convolution = (inputs, { stride, before, dilation, mode }, [shape]) => {
    const { input, weight } = inputs, [outs, each, ...kernel] = weight.shape, space = shape.slice(2);
    const axes = kernel.map((taps, axis) => {
      const count = input.shape[2 + axis];
      return axisOf(count, range(space[axis]), range(taps), (o, k) =>
        inside(o * stride[axis] - before[axis] + k * dilation[axis], count, mode));
    });
    const result = new Float32Array(size(shape)), perGroup = outs / (input.shape[1] / each);
    slide(result, shape, inputs, { rows: weight.data, each, perGroup, axes, to: Int32Array.from(range(size(space))) });
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

  // Output cells that are a stride apart lie under the same cells of the kernel: for each such part a window of these
  // slides over the input.
  const transposedConvolution = (inputs, { stride, before, dilation, groups }, [shape]) => {
    const { input, weight } = inputs, [channels, perGroup, ...kernel] = weight.shape, space = shape.slice(2);
    const each = channels / groups, window = size(kernel), steps = strides(kernel), outSteps = strides(space);
    const result = new Float32Array(size(shape));
    let parts = [[]];
    kernel.forEach((count, axis) => {
      const sourceOf = (o, k) => (o + before[axis] - k * dilation[axis]) / stride[axis];
      const cellUnder = (o, k) => {
        const at = sourceOf(o, k);
        return at >= 0 && at < input.shape[2 + axis] ? at : -1;
      };
      const phases = range(stride[axis]).map((phase) => {
        const outputs = range(space[axis]).filter((o) => o % stride[axis] === phase);
        const taps = range(count).filter((k) => Number.isInteger(sourceOf(phase, k)));
        return { ...axisOf(input.shape[2 + axis], outputs, taps, cellUnder),
          offsets: outputs.map((o) => o * outSteps[axis]), kernelOffsets: taps.map((k) => k * steps[axis]) };
      });
      parts = parts.flatMap((axes) => phases.map((phase) => [...axes, phase]));
    });
    for (const axes of parts) {
      const taps = sums(axes.map(({ kernelOffsets }) => kernelOffsets)), count = each * taps.length;
      const rows = new Float32Array(shape[1] * count);
      for (let o = 0, at = 0; o < shape[1]; o++) for (let c = 0; c < each; c++) {
        const first = ((Math.floor(o / perGroup) * each + c) * perGroup + (o % perGroup)) * window;
        for (let k = 0; k < taps.length; k++) rows[at++] = weight.data[first + taps[k]];
      }
      const to = sums(axes.map(({ offsets }) => offsets));
      slide(result, shape, inputs, { rows, each, perGroup, axes, to });
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
    const along = space.map((out, axis) =>
      range(out).map((o) => windowAlong(o, from[first + axis], out, settings, axis)));
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

  // For each number of a maximum the place of the input that has it.
  const winners = ({ input }, settings, [shape]) => {
    const all = windows(input, shape, settings), plane = size(input.shape.slice(shape.length - pooledAxes(settings)));
    const result = new Int32Array(size(shape));
    for (let to = 0; to < result.length; to++) {
      const first = Math.floor(to / all.length) * plane, { places } = all[to % all.length];
      let best = first + places[0];
      for (const step of places) {
        const value = input.data[first + step];
        if (value > input.data[best] || value !== value) best = first + step;
      }
      result[to] = best;
    }
    return result;
  };

  const poolTerms = (isMax) => ({ input }, settings, [shape], place) => {
    const first = shape.length - pooledAxes(settings), from = input.shape.slice(first), space = shape.slice(first);
    const outer = Math.floor(place / size(space)), plane = size(from);
    const parts = cellAt(place % size(space), space)
      .map((o, axis) => windowAlong(o, from[axis], space[axis], settings, axis));
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
  rules.convolution = ({ gradient, inputs: { input, weight }, settings, shape }) => {
    if (settings.mode !== "zeros") return null;
    const inputs = { input: { data: gradient, shape }, weight, bias: null };
    const groups = input.shape[1] / weight.shape[1];
    return { input: transposedConvolution(inputs, { ...settings, groups }, [input.shape])[0] };
  };
  kinds.transposed_convolution = [transposedConvolution, transposedTerms];
  kinds.max_pool = [pool(true), poolTerms(true), winners];
  kinds.average_pool = [pool(false), poolTerms(false)];
  kinds.adaptive_max_pool = [pool(true), poolTerms(true), winners];
  kinds.adaptive_average_pool = [pool(false), poolTerms(false)];
})(engine);
