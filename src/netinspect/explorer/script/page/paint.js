"use strict";
// Numbers as colours on a canvas. Signed values are red above and blue below zero, as in the pictures of `visualize`;
// amounts go from black to bright. What is no number is green, which occurs in neither.
const paint = (() => {
  const SIGNED = [
    "#053061",
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d1e5f0",
    "#f7f7f7",
    "#fddbc7",
    "#f4a582",
    "#d6604d",
    "#b2182b",
    "#67001f",
  ];
  const AMOUNTS = ["#000004", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55964", "#fb8861", "#fec287", "#fcfdbf"];
  const MISSING = [0, 158, 115];

  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const table = (stops) =>
    engine.range(256).map((level) => {
      const at = (level / 255) * (stops.length - 1);
      const low = Math.min(Math.floor(at), stops.length - 2);
      const share = at - low;
      const [a, b] = [channels(stops[low]), channels(stops[low + 1])];
      return a.map((x, k) => Math.round(x + (b[k] - x) * share));
    });
  const tables = { signed: table(SIGNED), amounts: table(AMOUNTS) };
  // The same as pixels, and last the colour of what is no number. The bytes of a pixel are red, green, blue, opacity.
  const pixel = (colour) => new Uint32Array(Uint8Array.of(...colour, 255).buffer)[0];
  const pixels = {
    signed: Uint32Array.from([...tables.signed, MISSING], pixel),
    amounts: Uint32Array.from([...tables.amounts, MISSING], pixel),
  };

  // The largest size of a finite number, whether any is negative, and how many of all are not finite.
  const scaleOf = (data) => {
    let limit = 0;
    let isSigned = false;
    let bad = 0;
    for (const x of data) {
      if (!Number.isFinite(x)) bad++;
      else if (Math.abs(x) > limit) limit = Math.abs(x);
      if (x < 0) isSigned = true;
    }
    return { limit, isSigned, bad };
  };

  // The place of a number in the table of colours.
  const levelOf = (x, limit, isSigned) => {
    if (!Number.isFinite(x)) return 256;
    const share = limit ? x / limit : 0; // from -1 to 1
    return Math.round(isSigned ? 127.5 + 127.5 * share : 255 * share);
  };
  const colour = (x, { limit, isSigned }) =>
    tables[isSigned ? "signed" : "amounts"][levelOf(x, limit, isSigned)] ?? MISSING;

  // The tiles side by side, one pixel a number: painted once for each array.
  const painted = new WeakMap();
  const atlasOf = (item, sheet, { first, count }, inColour) => {
    const before = painted.get(item.data);
    if (before && before.first === first && before.count === count && before.inColour === inColour) return before;
    const scale = scaleOf(item.data);
    const { rows, columns } = sheet;
    const perRow = Math.max(1, Math.min(count, Math.floor(4096 / columns)));
    const canvas = document.createElement("canvas");
    canvas.width = perRow * columns;
    canvas.height = Math.ceil(count / perRow) * rows;
    const image = new ImageData(canvas.width, canvas.height);
    const target = new Uint32Array(image.data.buffer);
    const { limit, isSigned } = scale;
    const colours = pixels[isSigned ? "signed" : "amounts"];
    for (let k = 0; k < count; k++)
      for (let row = 0; row < rows; row++) {
        let to = (Math.floor(k / perRow) * rows + row) * canvas.width + (k % perRow) * columns;
        for (let column = 0; column < columns; column++, to++) {
          const place = sheet.place(first + k, row, column);
          if (place < 0) continue; // behind the end of a wrapped vector there is nothing
          target[to] = colours[levelOf(item.data[place], limit, isSigned)];
          if (inColour === null) continue;
          for (let channel = 0; channel < 3; channel++)
            image.data[4 * to + channel] = 255 * inColour(item.data[sheet.all(channel, row, column)], channel);
        }
      }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const atlas = { canvas, perRow, first, count, scale, inColour };
    painted.set(item.data, atlas);
    return atlas;
  };

  const resized = (canvas, width, height) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  };

  // A frame that is seen on every colour: light within dark.
  const frame = (pen, x, y, width, height) => {
    pen.lineWidth = 4;
    pen.strokeStyle = "#000";
    pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
    pen.lineWidth = 2;
    pen.strokeStyle = "#ffe600";
    pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
  };

  // A sheet of cells with frames: {tile or null for all, row, column, rows, columns}. Tiles that are off have a cross.
  const cells = (canvas, item, sheet, places, frames, off = new Set(), inColour = null) => {
    const pen = resized(canvas, places.width + 4, places.height + 4);
    const atlas = atlasOf(item, sheet, places, inColour);
    pen.translate(2, 2);
    pen.imageSmoothingEnabled = false;
    for (const box of places.boxes) {
      const k = box.tile - atlas.first;
      const wide = sheet.columns * box.scale;
      const high = sheet.rows * box.scale;
      pen.drawImage(
        atlas.canvas,
        (k % atlas.perRow) * sheet.columns,
        Math.floor(k / atlas.perRow) * sheet.rows,
        sheet.columns,
        sheet.rows,
        box.x,
        box.y,
        wide,
        high,
      );
      if (off.has(box.tile)) cross(pen, box.x, box.y, wide, high);
      for (const { tile, row, column, rows, columns } of frames) {
        if (tile !== null && tile !== box.tile) continue;
        const x = box.x + Math.max(0, column) * box.scale;
        const y = box.y + Math.max(0, row) * box.scale;
        const right = box.x + Math.min(sheet.columns, column + columns) * box.scale;
        const bottom = box.y + Math.min(sheet.rows, row + rows) * box.scale;
        if (right > x && bottom > y) frame(pen, x, y, right - x, bottom - y);
      }
    }
    return atlas.scale;
  };
  const cross = (pen, x, y, width, height) => {
    pen.strokeStyle = "#888";
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + width, y + height);
    pen.moveTo(x + width, y);
    pen.lineTo(x, y + height);
    pen.stroke();
  };

  // A vector as a curve, with the chosen number and a span marked. `ink` are the colours of the page.
  const curve = (canvas, { data }, width, height, chosen, span, ink) => {
    const pen = resized(canvas, width, height);
    const scale = scaleOf(data);
    const limit = scale.limit || 1;
    const x = (at) => 4 + ((width - 8) * (at + 0.5)) / data.length;
    const zero = scale.isSigned ? height / 2 : height - 6;
    const y = (value) =>
      zero - Math.max(-1, Math.min(1, value / limit)) * (scale.isSigned ? height / 2 - 6 : height - 12);
    if (span) {
      pen.fillStyle = ink.span;
      const left = x(Math.max(0, span.first) - 0.5);
      pen.fillRect(left, 0, Math.max(2, x(Math.min(data.length - 1, span.last) + 0.5) - left), height);
    }
    pen.strokeStyle = ink.line;
    pen.lineWidth = 1;
    pen.strokeRect(4, zero, width - 8, 0);
    pen.strokeStyle = ink.accent;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (let at = 0; at < data.length; at++) if (Number.isFinite(data[at])) pen.lineTo(x(at), y(data[at]));
    pen.stroke();
    if (chosen !== null) {
      pen.strokeStyle = ink.text;
      pen.lineWidth = 1;
      pen.strokeRect(x(chosen), 0, 0, height);
      pen.fillStyle = ink.text;
      pen.beginPath();
      pen.arc(x(chosen), y(Number.isFinite(data[chosen]) ? data[chosen] : 0), 4, 0, 2 * Math.PI);
      pen.fill();
    }
    return scale;
  };

  const inkOf = (node) => {
    const style = getComputedStyle(node);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return { text: of("ink"), line: of("line"), accent: of("accent"), span: of("span") };
  };

  // The colours from the smallest to the largest, for the legend.
  const legend = (canvas, isSigned) => {
    const pen = resized(canvas, 120, 12);
    for (let x = 0; x < 120; x++) {
      const [red, green, blue] = tables[isSigned ? "signed" : "amounts"][Math.round((255 * x) / 119)];
      pen.fillStyle = `rgb(${red} ${green} ${blue})`;
      pen.fillRect(x, 0, 1.5, 12);
    }
  };

  return { scaleOf, colour, cells, frame, curve, resized, inkOf, legend };
})();
