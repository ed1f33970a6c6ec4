"use strict";
// Where a network takes two numbers, of one input or of two: what the chosen unit gives for every pair of them.
parts.planes = (() => {
  const { element } = words;
  const CELLS = 49;
  const SIDE = 294;
  const MOST_DOTS = 10;

  // The two numbers, each by the value it stands in and its place there.
  const numbersOf = ({ head }) =>
    head.inputs.flatMap(({ value }) => engine.range(engine.size(head.values[value].shape)).map((at) => [value, at]));
  const suits = ({ head }) => head.inputs.every(({ high }) => high === null);
  const pointOf = (net) => numbersOf(net).map(([value, at]) => net.values[value].data[at]);
  // These inputs with another pair of numbers.
  const inputsAt = (net, pair) => {
    const inputs = new Map();
    numbersOf(net).forEach(([value, at], k) => {
      const { shape } = net.head.values[value];
      if (!inputs.has(value)) inputs.set(value, { data: new Float32Array(engine.size(shape)), shape });
      inputs.get(value).data[at] = pair[k];
    });
    return inputs;
  };

  // A square around 0 in which the point lies; 2 holds the corners of XOR.
  const reachOf = ([x, y]) => Math.max(2, Math.ceil(1.2 * Math.max(Math.abs(x), Math.abs(y))));

  // The network is run on every pair, apart from the one on the page; null as soon as `isOld`. It lets the page act now
  // and then.
  const AT_ONCE = 128;
  const grid = async (net, at, place, reach, isOld) => {
    const data = new Float32Array(CELLS * CELLS);
    const other = {
      ...net,
      values: net.values.slice(),
      stale: new Set(),
      turn: 0,
      edits: { ...net.edits },
    };
    for (let cell = 0; cell < data.length; cell++) {
      if (cell % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
      if (isOld()) return null;
      const x = reach * ((2 * (cell % CELLS)) / (CELLS - 1) - 1);
      const y = reach * (1 - (2 * Math.floor(cell / CELLS)) / (CELLS - 1));
      other.edits.inputs = inputsAt(net, [x, y]);
      await engine.run(other, [...other.edits.inputs.keys()]);
      data[cell] = other.values[at].data[place];
    }
    return { data, shape: [CELLS, CELLS] };
  };

  let latest = 0;
  const draw = async (app, place) => {
    const { net, state } = app;
    place.hidden = !suits(net);
    if (place.hidden) return;
    if (!place.firstChild) build(app, place);
    const turn = ++latest;
    const data = pointOf(net);
    const reach = reachOf(data);
    const { at } = state;
    const cell = state.place;
    const item = await grid(net, at, cell, reach, () => turn !== latest);
    if (item === null) return; // the reader went on meanwhile
    place.querySelector("p").textContent =
      `${words.cell(net, at, cell)} for every pair of inputs: the first number to the right, the second upwards, ` +
      `both from −${reach} to ${reach}. What it gives lies between ${words.number(Math.min(...item.data))} and ` +
      `${words.number(Math.max(...item.data))}. Dots stand at the whole numbers. A click sets the input.`;
    const sheet = sheets.sheetOf({ shape: item.shape, unit_axis: null });
    const scale = SIDE / CELLS;
    const point = {
      tile: 0,
      column: ((data[0] / reach + 1) / 2) * (CELLS - 1) - 0.5,
      row: ((1 - data[1] / reach) / 2) * (CELLS - 1) - 0.5,
      rows: 2,
      columns: 2,
    };
    paint.cells(
      place.querySelector("canvas"),
      item,
      sheet,
      { boxes: [{ tile: 0, x: 0, y: 0, scale }], width: SIDE, height: SIDE, first: 0, count: 1 },
      [point],
    );
    const pen = place.querySelector("canvas").getContext("2d");
    for (const x of engine.range(2 * reach + 1))
      for (const y of engine.range(reach > MOST_DOTS ? 0 : 2 * reach + 1)) {
        const at = (k) => 2 + scale / 2 + ((SIDE - scale) * k) / (2 * reach);
        pen.fillStyle = "#000";
        pen.fillRect(at(x) - 2, at(y) - 2, 4, 4);
        pen.fillStyle = "#fff";
        pen.fillRect(at(x) - 1, at(y) - 1, 2, 2);
      }
    const ends = [`−${reach}`, "0", String(reach)];
    for (const [id, texts] of [["ticks-x", ends], ["ticks-y", ends.toReversed()]])
      place.querySelector(`#${id}`).replaceChildren(...texts.map((text) => element("span", {}, text)));
  };

  const build = (app, place) => {
    const canvas = element("canvas", {
      id: "pairs",
      role: "img",
      "aria-label": "The chosen unit for every pair of inputs",
    });
    canvas.addEventListener("click", (event) => {
      const { net } = app;
      const reach = reachOf(pointOf(net));
      const box = canvas.getBoundingClientRect();
      const part = (at, size) => Math.round(100 * reach * ((2 * (at - 2)) / (size - 4) - 1)) / 100;
      const pair = [part(event.clientX - box.left, box.width), -part(event.clientY - box.top, box.height)];
      const marks = [...inputsAt(net, pair)].flatMap(([value, { data }]) => edits.setInput(net, value, data));
      app.change(marks, true);
    });
    const [upwards, across] = ["ticks-y", "ticks-x"].map((id) => element("div", { id }));
    const figure = element("div", { class: "ticked" }, upwards, canvas, across);
    place.append(controls.group("The plane of the inputs", element("p", {}), figure));
  };

  return { draw };
})();
