"use strict";
// How the axes of a value lie on a flat sheet: tiles of rows and columns, one tile for each channel.
const sheets = (() => {
  const WIDEST_VECTOR = 64; // a longer one is wrapped

  // place(tile, row, column) and where(place) lead from the sheet to the value and back; -1 behind the end of a vector.
  // Rows of a spectrogram (`upwards`) run from the bottom to the top.
  const sheetOf = ({ shape, unit_axis: unit, upwards = null }) => {
    const axes = engine.range(shape.length).filter((axis) => shape[axis] > 1);
    if (axes.length < 2) return vectorSheet(engine.size(shape));
    const inner = axes.length > 2 ? axes.filter((axis) => axis !== unit).slice(-2) : axes;
    const [rowAxis, columnAxis] = inner.length === 2 ? inner : axes.slice(-2);
    const steps = engine.strides(shape);
    const outer = axes.filter((axis) => axis !== rowAxis && axis !== columnAxis);
    if (outer.includes(unit)) outer.unshift(...outer.splice(outer.indexOf(unit), 1));
    const isUpwards = rowAxis === upwards;
    const cellOf = (row) => (isUpwards ? shape[rowAxis] - 1 - row : row); // and the row of a cell
    const firsts = engine.sums(outer.map((axis) => engine.range(shape[axis]).map((at) => at * steps[axis])));
    return {
      tiles: firsts.length,
      rows: shape[rowAxis],
      columns: shape[columnAxis],
      rowAxis,
      columnAxis,
      unitIs: unitIs(outer, unit, rowAxis),
      isUpwards,
      cellOf,
      place: (tile, row, column) => firsts[tile] + cellOf(row) * steps[rowAxis] + column * steps[columnAxis],
      where: (place) => {
        const cell = engine.cellAt(place, shape);
        const tile = outer.reduce((at, axis) => at * shape[axis] + cell[axis], 0);
        return [tile, cellOf(cell[rowAxis]), cell[columnAxis]];
      },
    };
  };
  // Whether a channel is a tile, a row or a column of the sheet.
  const unitIs = (outer, unit, rowAxis) => (outer.includes(unit) ? "tile" : unit === rowAxis ? "row" : "column");

  const vectorSheet = (count) => {
    const columns = count <= WIDEST_VECTOR ? count : Math.min(count, 2 ** Math.ceil(Math.log2(Math.sqrt(2 * count))));
    return {
      tiles: 1,
      rows: Math.ceil(count / columns),
      columns,
      rowAxis: null,
      columnAxis: null,
      cellOf: (row) => row,
      unitIs: "column",
      count,
      place: (_, row, column) => (row * columns + column < count ? row * columns + column : -1),
      where: (place) => [0, Math.floor(place / columns), place % columns],
    };
  };

  // The same without all tiles but the first, on which the others lie as colours.
  const onlyFirst = (sheet) => ({
    ...sheet,
    tiles: 1,
    place: (_, row, column) => sheet.place(0, row, column),
    all: sheet.place,
    where: (place) => [0, ...sheet.where(place).slice(1)],
  });

  const GAP = 3;
  const LARGEST_CELL = 28;
  const FINE = 5;
  const LARGE = 340;
  const BESIDE = 240; // so much room must be left beside the large tile
  const MOST_PIXELS = 6e6;

  // The largest scale with which all tiles fit into an area; the smallest where none does.
  const SCALES = [...engine.range(LARGEST_CELL).map((k) => LARGEST_CELL - k), 0.75, 0.5, 0.33, 0.25];
  const SMALLEST_TILE = 20; // that can be hit
  const fitted = ({ tiles, rows, columns }, width, height) => {
    const inRow = (scale) => Math.max(1, Math.floor((width + GAP) / (columns * scale + GAP)));
    const scales = SCALES.filter((scale) => scale >= 1 || Math.min(rows, columns) * scale >= SMALLEST_TILE);
    const fits = (scale) =>
      columns * scale <= width && Math.ceil(tiles / inRow(scale)) * (rows * scale + GAP) <= height;
    const scale = scales.find(fits) ?? Math.min(scales.at(-1), width / columns);
    return { scale, perRow: inRow(scale) };
  };

  // Where the tiles stand on a canvas of some width: all of them as large as fits into the height. Where cells would be
  // too small to hit, the chosen tile stands once more, large, before the others: beside them, or above.
  const arrange = (sheet, width, height, chosen) => {
    const { tiles, rows, columns } = sheet;
    const needsLarge = tiles > 1 && fitted(sheet, width, height).scale < FINE;
    const most = Math.min(LARGE, height);
    const large = needsLarge ? Math.min(most / rows, Math.min(width, 1.5 * most) / columns, LARGEST_CELL) : 0;
    const isBeside = needsLarge && width - columns * large >= BESIDE;
    const left = isBeside ? columns * large + 12 : 0;
    const top = needsLarge && !isBeside ? rows * large + 12 : 0;
    const { scale, perRow } = fitted(sheet, width - left, height);
    const across = columns * scale + GAP;
    const down = rows * scale + GAP;
    // so many tiles that a canvas can hold them; the others follow the chosen one
    const count = Math.min(tiles, Math.max(1, Math.floor(MOST_PIXELS / (across * down)), perRow));
    const first = Math.max(0, Math.min(tiles - count, Math.floor(chosen / count) * count));
    const boxes = engine.range(count).map((k) => ({
      tile: first + k,
      x: left + (k % perRow) * across,
      y: top + Math.floor(k / perRow) * down,
      scale,
    }));
    if (needsLarge) boxes.push({ tile: chosen, x: 0, y: 0, scale: large });
    return {
      boxes,
      width: Math.ceil(Math.max(...boxes.map((box) => box.x + columns * box.scale))),
      height: Math.ceil(Math.max(...boxes.map((box) => box.y + rows * box.scale))),
      first,
      count,
    };
  };

  // The cell under a point of the canvas, as a place; null beside the tiles.
  const placeAt = (sheet, { boxes }, x, y) => {
    for (const box of boxes) {
      const column = Math.floor((x - box.x) / box.scale);
      const row = Math.floor((y - box.y) / box.scale);
      if (row < 0 || column < 0 || row >= sheet.rows || column >= sheet.columns) continue;
      const place = sheet.place(box.tile, row, column);
      return place < 0 ? null : place;
    }
    return null;
  };

  // One step from a cell: by rows, columns or tiles, or to an end of the row. It stays on the sheet.
  const moved = (sheet, place, step) => {
    let [tile, row, column] = sheet.where(place);
    if (step.to === "first") column = 0;
    if (step.to === "last") column = sheet.columns - 1;
    if (sheet.tiles === 1) row += step.tile ?? 0; // then a row is the next larger thing
    const within = (at, count) => Math.max(0, Math.min(count - 1, at));
    tile = within(tile + (step.tile ?? 0), sheet.tiles);
    row = within(row + (step.row ?? 0), sheet.rows);
    column = within(column + (step.column ?? 0), sheet.columns);
    const next = sheet.place(tile, row, column);
    return next < 0 ? sheet.count - 1 : next;
  };

  return { sheetOf, onlyFirst, arrange, placeAt, moved };
})();
