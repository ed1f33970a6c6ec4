"use strict";
// What a reader may change: the input, weights, channels, skips, masks. Each change is put into the edits of the
// network and gives the marks from which the engine works on: numbers of values, keys of weights, operations.
const edits = (() => {
  // Of a value the operation that gives it, or the input itself.
  const markOf = (net, at) => {
    const number = engine.makerOf(net, at);
    return number < 0 ? at : `operation ${number}`;
  };

  // An input as it stands without the channels that are off.
  const inputData = (net, at) => net.edits.inputs.get(at)?.data ?? engine.array(net, net.head.values[at].stored);

  const setInput = (net, at, data) => {
    net.edits.inputs.set(at, { data, shape: net.head.values[at].shape });
    return [at];
  };
  const setNumber = (net, at, place, number) => {
    const data = inputData(net, at).slice();
    data[place] = number;
    return setInput(net, at, data);
  };

  const toggled = (sets, key, item) => {
    const set = sets.get(key) ?? new Set();
    if (!set.delete(item)) set.add(item);
    sets.set(key, set);
  };
  const toggleUnit = (net, at, unit) => {
    toggled(net.edits.silent, at, unit);
    return [markOf(net, at)];
  };
  // The operands of a sum of two values, each of which can be left out.
  const skipsOf = ({ head }, number) => {
    const { kind, settings, inputs } = head.operations[number] ?? {};
    const isSum = kind === "combine" && settings.name === "add";
    return isSum && [inputs.first, inputs.second].every(Number.isInteger) ? ["first", "second"] : [];
  };
  const toggleCut = (net, number, name) => {
    toggled(net.edits.cut, number, name);
    return [`operation ${number}`];
  };

  const setWeight = (net, key, change) => {
    const { data, shape } = engine.tensor(net, key);
    const next = data.slice();
    change(next);
    net.edits.tensors.set(key, { data: next, shape });
    for (const link of net.edits.links.keys()) if (link.startsWith(`kernel ${key} `)) net.edits.links.delete(link);
    return [key];
  };

  // A mask of dropout as in training: units are 0 with the probability `p`, the others grow so that the mean stays.
  // Dropout1d to 3d leave out whole channels.
  const drop = (net, at, p, seed) => {
    const { shape, unit_axis: axis } = net.head.values[at];
    const isByChannel = /\dd$/.test(makerType(net, at));
    const step = isByChannel && axis !== null ? engine.strides(shape)[axis] : 1;
    const random = randomFrom(seed);
    const kept = Array.from({ length: Math.ceil(engine.size(shape) / step) }, () => random() >= p);
    net.edits.masks.set(
      at,
      Float32Array.from({ length: engine.size(shape) }, (_, place) =>
        kept[Math.floor(place / step)] ? 1 / (1 - p) : 0,
      ),
    );
    net.edits.links.set(`drop ${at}`, ["drop", `${net.head.values[at].path}:${p},${seed}`]);
    return [markOf(net, at)];
  };
  const undrop = (net, at) => {
    net.edits.masks.delete(at);
    net.edits.links.delete(`drop ${at}`);
    return [markOf(net, at)];
  };
  const makerType = (net, at) => net.head.operations[engine.makerOf(net, at)]?.type ?? "";
  const isDropout = (net, at) => /Dropout/.test(makerType(net, at));

  // Marsaglia's xorshift: the same seed drops the same units.
  const randomFrom = (seed) => {
    let state = (seed * 2654435761) >>> 0 || 1;
    return () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
  };

  // --- pictures ------------------------------------------------------------------------------------

  // A pixel from 0 to 1 as the network takes it.
  const prepared = (pixel, channel, preprocess) => {
    let x = pixel;
    for (const [step, item] of Object.entries(preprocess)) {
      const by = Array.isArray(item) ? item[channel] : item;
      if (step === "mean") x -= by;
      if (step === "std") x /= by;
      if (step === "scale") x *= by;
    }
    return x;
  };

  // The same backwards; the steps are entries, the last one first.
  const unprepared = (number, channel, preprocess) => {
    let x = number;
    for (const [step, item] of preprocess) {
      const by = Array.isArray(item) ? item[channel] : item;
      if (step === "mean") x += by;
      if (step === "std") x *= by;
      if (step === "scale") x /= by;
    }
    return x;
  };
  const isPicture = (preprocess) => ["mean", "std", "scale"].some((step) => step in preprocess);

  // What is drawn with, channel by channel: white, or the largest number where the input is no picture; to erase, black
  // or 0.
  const inks = (net, input, original, isErasing) => {
    const { value: at, preprocess } = net.head.inputs[input];
    const { shape, unit_axis: axis } = net.head.values[at];
    const most = isErasing ? 0 : original.data.reduce((high, x) => Math.max(high, x), -Infinity);
    return engine
      .range(axis === null ? 1 : shape[axis])
      .map((channel) =>
        isPicture(preprocess) ? prepared(isErasing ? 0 : 1, channel, preprocess) : most,
      );
  };

  // Whether an input is a plane that can be drawn on, and no list of vectors or ids.
  const draws = ({ head }, input) => {
    const value = head.values[head.inputs[input].value];
    const { rowAxis, columnAxis } = sheets.sheetOf(value);
    return rowAxis !== null && ![rowAxis, columnAxis].includes(value.unit_axis) && head.inputs[input].high === null;
  };

  // A dab of a round brush on all channels.
  const dab = (net, input, original, place, isErasing) => {
    const { value: at } = net.head.inputs[input];
    const value = net.head.values[at];
    const sheet = sheets.sheetOf(value);
    const data = inputData(net, at).slice();
    const ink = inks(net, input, original, isErasing);
    const [, row, column] = sheet.where(place);
    const radius = Math.max(1, Math.min(sheet.rows, sheet.columns) / 24);
    for (let tile = 0; tile < sheet.tiles; tile++)
      for (let r = 0; r < sheet.rows; r++)
        for (let c = 0; c < sheet.columns; c++) {
          const share = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(r - row, c - column)));
          const to = sheet.place(tile, r, c);
          const channel = value.unit_axis === null ? 0 : engine.cellAt(to, value.shape)[value.unit_axis];
          const target = ink[channel];
          const next = data[to] + (target - data[to]) * share;
          if (share > 0) data[to] = next;
        }
    return setInput(net, at, data);
  };
  const blankWords = ({ head }, input) =>
    isPicture(head.inputs[input].preprocess)
      ? "Empty is what preprocess makes of black."
      : "Empty is 0 everywhere: no preprocess says what black is.";
  const blank = (net, input, at) => {
    const { shape, unit_axis: axis } = net.head.values[at];
    const ink = inks(net, input, null, true);
    const step = axis === null ? 1 : engine.strides(shape)[axis];
    return setInput(
      net,
      at,
      Float32Array.from(
        { length: engine.size(shape) },
        (_, place) => ink[axis === null ? 0 : Math.floor(place / step) % shape[axis]],
      ),
    );
  };

  // A picture: its middle, as large as the input, grey where the input has one channel.
  const picture = async (net, input, file) => {
    const { value: at, preprocess } = net.head.inputs[input];
    const value = net.head.values[at];
    const sheet = sheets.sheetOf(value);
    const bitmap = await createImageBitmap(file);
    const canvas = document.createElement("canvas");
    canvas.width = sheet.columns;
    canvas.height = sheet.rows;
    const pen = canvas.getContext("2d");
    const scale = Math.max(sheet.columns / bitmap.width, sheet.rows / bitmap.height);
    const [wide, high] = [bitmap.width * scale, bitmap.height * scale];
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, (sheet.columns - wide) / 2, (sheet.rows - high) / 2, wide, high);
    const pixels = pen.getImageData(0, 0, sheet.columns, sheet.rows).data;
    const data = new Float32Array(engine.size(value.shape));
    const isColour = sheet.tiles === 3;
    for (let tile = 0; tile < sheet.tiles; tile++)
      for (let r = 0; r < sheet.rows; r++)
        for (let c = 0; c < sheet.columns; c++) {
          const from = 4 * (r * sheet.columns + c);
          const [red, green, blue] = pixels.subarray(from, from + 3);
          // ITU-R BT.601, as Pillow's grey
          const pixel = isColour ? pixels[from + tile] : 0.299 * red + 0.587 * green + 0.114 * blue;
          data[sheet.place(tile, r, c)] = prepared(pixel / 255, tile, preprocess);
        }
    return setInput(net, at, data);
  };

  // --- kernels -------------------------------------------------------------------------------------

  // Of the chosen number the part of a weight that belongs to its channel: {key, first, count, columns, planes}; null
  // where there is none or the page does not have it.
  const kernelOf = (net, { at, place }) => {
    const operation = net.head.operations[engine.makerOf(net, at)];
    const { shape } = net.head.values[at];
    if (!operation || !["convolution", "linear"].includes(operation.kind)) return null;
    const key = operation.inputs.weight;
    if (typeof key !== "string") return null;
    const [, inner, ...kernel] = engine.tensor(net, key).shape;
    const cell = engine.cellAt(place, shape);
    const unit = operation.kind === "linear" ? cell.at(-1) : cell[1];
    if (operation.kind === "linear")
      return {
        key,
        unit,
        first: unit * inner,
        planes: 1,
        count: inner,
        columns: Math.min(inner, 6),
        kernel: [1, inner],
        bias: operation.inputs.bias,
      };
    const count = engine.size(kernel);
    const source = net.head.values[operation.inputs.input];
    return {
      path: operation.path,
      isUpwards: kernel.length === 2 && source.upwards === 2,
      key,
      unit,
      first: unit * inner * count,
      planes: inner,
      count,
      columns: kernel.at(-1),
      kernel,
      bias: operation.inputs.bias,
    };
  };

  // Kernels that have names, by the place in the window as it is drawn: u downwards and v to the right, from -1 to 1.
  // In a spectrogram columns are times, and rows are frequencies, the low ones at the bottom.
  const near = (x) => Math.abs(x) < 0.34;
  const CLASSIC = {
    "as it is (identity)": (u, v) => Number(near(u) && near(v)),
    blur: () => 1,
    "edge across columns": (u, v) => Math.sign(v),
    "edge across rows": (u, v) => Math.sign(u),
    sharpen: (u, v) => (near(u) && near(v) ? 2 : 0),
    "onset (quiet, then loud)": (u, v) => (near(v) ? 0 : Math.sign(v)),
    "band (one frequency)": (u) => (near(u) ? 1 : -0.5),
    "glide (rising)": (u, v) => (near(u + v) ? 1 : -0.5),
  };
  // Blur has the sum 1, sharpen as well; the others are scaled so that they do not brighten.
  const classic = (name, kernel, isUpwards) => {
    const [rows, columns] = kernel.length === 1 ? [1, kernel[0]] : kernel.slice(-2);
    const at = (k, count) => (count > 1 ? (2 * k) / (count - 1) - 1 : 0);
    const values = engine
      .range(rows * columns)
      .map((k) => CLASSIC[name]((isUpwards ? -1 : 1) * at(Math.floor(k / columns), rows), at(k % columns, columns)));
    if (name === "sharpen") return values.map((x) => x - 1 / values.length);
    const size = values.reduce((sum, x) => sum + Math.abs(x), 0) || 1;
    return values.map((x) => x / size);
  };
  // The kernel of a channel becomes the named one, on the mean of all that it reads.
  const setClassic = (net, { path, unit, key, first, planes, count, kernel, isUpwards }, name) => {
    const values = classic(name, kernel, isUpwards);
    const depth = count / values.length;
    const marks = setWeight(net, key, (data) => {
      for (let plane = 0; plane < planes; plane++)
        for (let k = 0; k < count; k++) data[first + plane * count + k] = values[k % values.length] / planes / depth;
    });
    net.edits.links.set(`kernel ${key} ${unit}`, ["kernel", `${path}:${unit},${name.split(" (")[0]}`]);
    return marks;
  };

  return {
    markOf,
    setInput,
    setNumber,
    toggleUnit,
    skipsOf,
    toggleCut,
    setWeight,
    drop,
    undrop,
    isDropout,
    isPicture,
    unprepared,
    draws,
    dab,
    blank,
    blankWords,
    picture,
    kernelOf,
    CLASSIC,
    setClassic,
  };
})();
