"use strict";
// Where the keys of an attention stand on the input: the patches of a picture, the tokens of a text.
parts.attended = (() => {
  const { element } = words;
  const SIDE = 148;

  // Of the query of some terms: the input, the cells of its grid, and in which of these each key stands and the query;
  // null where that is not known.
  const standing = (net, { attended: places }, { query, sample = 0 }) => {
    if (!places) return null;
    const [keys, queries] = [places.keys, places.queries].map((stored) => {
      const { shape } = net.head.arrays[stored];
      if (shape[0] > 1 && sample >= shape[0]) return null;
      const row = shape[0] > 1 ? sample : 0;
      return engine.array(net, stored).subarray(row * shape[1], (row + 1) * shape[1]);
    });
    return keys && queries && { ...places, keys, query: queries[query] };
  };

  // A key in words: its number, and the id or the patch that stands there.
  const name = (net, places, key) => {
    const cell = places?.keys[key] ?? -1;
    if (cell < 0) return String(key);
    const { value, high } = net.head.inputs[places.input];
    if (places.edges.length === 1 && high !== null) return `${key} (id ${net.values[value].data[cell]})`;
    const across = places.edges.at(-1).length - 1;
    return places.edges.length === 2 ? `${key} (patch ${Math.floor(cell / across)},${cell % across})` : String(key);
  };

  // The picture, each patch as bright as its weight, and a frame around the patch that asks; null where the input is no
  // picture.
  const figure = (net, places, weights, caption) => {
    if (places?.edges.length !== 2) return null;
    const { value: at } = net.head.inputs[places.input];
    const inColour = maps.coloursOf(net, places.input);
    const all = sheets.sheetOf(net.head.values[at]);
    const sheet = inColour ? sheets.onlyFirst(all) : all;
    const scale = SIDE / Math.max(sheet.rows, sheet.columns);
    const canvas = element("canvas", { role: "img", "aria-label": caption });
    const boxes = [{ tile: 0, x: 0, y: 0, scale }];
    const size = { width: sheet.columns * scale, height: sheet.rows * scale };
    paint.cells(canvas, net.values[at], sheet, { boxes, ...size, first: 0, count: 1 }, [], new Set(), inColour);
    const pen = canvas.getContext("2d");
    const [rows, columns] = places.edges;
    const across = columns.length - 1;
    const most = weights.reduce((high, x, key) => (places.keys[key] >= 0 ? Math.max(high, x) : high), 0) || 1;
    const bounds = (cell) => {
      const [row, column] = [Math.floor(cell / across), cell % across];
      return [
        ...[columns[column], rows[row]],
        ...[columns[column + 1] - columns[column], rows[row + 1] - rows[row]],
      ].map((x) => x * scale);
    };
    const light = new Float64Array(across * (rows.length - 1));
    weights.forEach((x, key) => {
      if (places.keys[key] >= 0) light[places.keys[key]] += x / most;
    });
    light.forEach((x, cell) => {
      pen.fillStyle = `rgb(0 0 0 / ${Math.max(0, 1 - x)})`;
      pen.fillRect(...bounds(cell));
    });
    if (places.query >= 0) paint.frame(pen, ...bounds(places.query));
    const elsewhere = weights.reduce((sum, x, key) => (places.keys[key] < 0 ? sum + x : sum), 0);
    const rest = elsewhere > 0 ? `; ${(100 * elsewhere).toFixed(1)} % on what is no patch` : "";
    return element("figure", {}, canvas, element("figcaption", {}, caption + rest));
  };

  return { standing, name, figure };
})();
