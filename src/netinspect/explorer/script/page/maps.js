"use strict";
// The two canvases: the input, on which the receptive field is framed, and the chosen layer.
const maps = (() => {
  const LONG_VECTOR = 96; // so long a vector of the input or the output is a curve
  const highest = () => Math.max(260, Math.min(560, window.innerHeight * 0.46));

  const isCurve = ({ head }, at) => {
    const { shape } = head.values[at];
    const isEnd = [...head.inputs, ...head.outputs].some(({ value }) => value === at);
    return isEnd && engine.size(shape) >= LONG_VECTOR && shape.filter((count) => count > 1).length === 1;
  };

  // What lies on a canvas since it was last drawn: {at, sheet, placeAt(x, y)}.
  const lying = new Map();

  const draw = (canvas, net, at, item, chosen, frames, height = highest(), inColour = null) => {
    const width = Math.max(120, canvas.parentElement.clientWidth - 4);
    const sheet =
      inColour === null ? sheets.sheetOf(net.head.values[at]) : sheets.onlyFirst(sheets.sheetOf(net.head.values[at]));
    if (isCurve(net, at)) {
      const high = Math.min(220, height);
      const [span] = frames;
      const count = item.data.length;
      const scale = paint.curve(canvas, item, width, high, chosen, span?.of ?? null, paint.inkOf(canvas));
      const under = (x) => Math.max(0, Math.min(count - 1, Math.floor(((x - 4) / (width - 8)) * count)));
      lying.set(canvas.id, {
        at,
        sheet: { ...sheet, rows: 1, columns: count, place: (t, r, c) => c, where: (p) => [0, 0, p] },
        placeAt: under,
      });
      return { ...scale, first: 0, count: 1 };
    }
    const places = sheets.arrange(sheet, width, height, chosen === null ? 0 : sheet.where(chosen)[0]);
    const [tile, row, column] = chosen === null ? [] : sheet.where(chosen);
    const ofCell = chosen === null ? [] : [{ tile, row, column, rows: 1, columns: 1 }];
    const scale = paint.cells(canvas, item, sheet, places, [...frames, ...ofCell], offTiles(net, at, sheet), inColour);
    lying.set(canvas.id, { at, sheet, placeAt: (x, y) => sheets.placeAt(sheet, places, x - 2, y - 2) });
    return { ...scale, first: places.first, count: places.count };
  };

  // The colours of an input that is a picture: a function from a number and its channel to 0 … 1; null for others.
  const coloursOf = ({ head }, input) => {
    const { value: at, preprocess } = head.inputs[input];
    const value = head.values[at];
    const sheet = sheets.sheetOf(value);
    if (sheet.tiles !== 3 || sheet.unitIs !== "tile" || value.shape.length !== 4 || !edits.isPicture(preprocess))
      return null;
    const steps = Object.entries(preprocess).reverse();
    if (!colours.has(preprocess)) colours.set(preprocess, (x, channel) => edits.unprepared(x, channel, steps));
    return colours.get(preprocess);
  };
  const colours = new WeakMap(); // the same function for the same input, for what is painted is kept by it

  const offTiles = (net, at, sheet) => (sheet.unitIs === "tile" ? (net.edits.silent.get(at) ?? new Set()) : new Set());

  // The receptive field of the chosen cell on an input, as frames of its sheet.
  const fieldFrames = (net, state, input) => {
    const at = net.head.inputs[input].value;
    const { shape } = net.head.values[at];
    const sheet = sheets.sheetOf(net.head.values[at]);
    if (state.at === at) return [];
    const spans = engine.field(net, state.at, state.place).filter((field) => field.input === input);
    if (!spans.length) return [];
    const of = (axis) => {
      const span = spans.find((field) => field.axis === axis);
      return span ?? { first: 0, last: axis === null ? 0 : shape[axis] - 1 };
    };
    if (sheet.rowAxis === null) {
      const longest = shape.findIndex((count) => count > 1);
      const span = of(longest < 0 ? null : longest);
      return [
        { tile: null, row: 0, column: span.first, rows: sheet.rows, columns: span.last - span.first + 1, of: span },
      ];
    }
    const rows = of(sheet.rowAxis);
    const columns = of(sheet.columnAxis);
    return [
      {
        tile: null,
        row: sheet.isUpwards ? sheet.cellOf(rows.last) : rows.first,
        column: columns.first,
        rows: rows.last - rows.first + 1,
        columns: columns.last - columns.first + 1,
      },
    ];
  };

  // The place under a pointer, of the value that lies on the canvas; null beside the tiles.
  const under = (canvas, event) => {
    const box = canvas.getBoundingClientRect();
    return lying.get(canvas.id)?.placeAt(event.clientX - box.left, event.clientY - box.top) ?? null;
  };

  const STEPS = {
    ArrowLeft: { column: -1 },
    ArrowRight: { column: 1 },
    ArrowUp: { row: -1 },
    ArrowDown: { row: 1 },
    PageUp: { tile: -1 },
    PageDown: { tile: 1 },
    Home: { to: "first" },
    End: { to: "last" },
  };
  // The place that a key leads to; null for other keys.
  const stepped = (canvas, place, key) => {
    const on = lying.get(canvas.id);
    return STEPS[key] && on ? sheets.moved(on.sheet, place, STEPS[key]) : null;
  };

  return { draw, coloursOf, fieldFrames, under, stepped, isCurve };
})();
