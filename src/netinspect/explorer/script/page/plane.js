"use strict";
// Where a network takes two numbers: what the chosen unit gives for every pair of them.
parts.planes = (() => {
  const { element } = words;
  const CELLS = 49;
  const SIDE = 294;

  const suits = ({ head }) =>
    head.inputs.length === 1 &&
    head.inputs[0].high === null &&
    engine.size(head.values[head.inputs[0].value].shape) === 2;

  // A square around 0 in which the point lies; 2 holds the corners of XOR.
  const reachOf = ([x, y]) => Math.max(2, Math.ceil(1.2 * Math.max(Math.abs(x), Math.abs(y))));

  // The network is run on every pair, apart from the one on the page; null as soon as `isOld`. It lets the page act now and
  // then.
  const AT_ONCE = 128;
  const grid = async (net, at, place, reach, isOld) => {
    const { value: input } = net.head.inputs[0];
    const { shape } = net.head.values[input];
    const data = new Float32Array(CELLS * CELLS);
    const other = {
      ...net,
      values: net.values.slice(),
      stale: new Set(),
      turn: 0,
      edits: { ...net.edits, inputs: new Map() },
    };
    for (let cell = 0; cell < data.length; cell++) {
      if (cell % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
      if (isOld()) return null;
      const x = reach * ((2 * (cell % CELLS)) / (CELLS - 1) - 1);
      const y = reach * (1 - (2 * Math.floor(cell / CELLS)) / (CELLS - 1));
      other.edits.inputs.set(input, { data: Float32Array.of(x, y), shape });
      await engine.run(other, [input]);
      data[cell] = other.values[at].data[place];
    }
    return { data, shape: [CELLS, CELLS] };
  };

  let latest = 0;
  const draw = async (app, place) => {
    const { net, state } = app;
    const { value: input } = net.head.inputs[0];
    place.hidden = !suits(net);
    if (place.hidden) return;
    if (!place.firstChild) build(app, place);
    const turn = ++latest;
    const { data } = net.values[input];
    const reach = reachOf(data);
    const { at } = state;
    const cell = state.place;
    const item = await grid(net, at, cell, reach, () => turn !== latest);
    if (item === null) return; // the reader went on meanwhile
    place.querySelector("p").textContent =
      `${words.cell(net, at, cell)} for every pair of inputs from −${reach} to ${reach}, ${words.number(Math.min(...item.data))} to ${words.number(Math.max(...item.data))}: ` +
      "the first number to the right, the second upwards. A click sets the input.";
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
  };

  const build = (app, place) => {
    const canvas = element("canvas", {
      id: "pairs",
      role: "img",
      "aria-label": "The chosen unit for every pair of inputs",
    });
    canvas.addEventListener("click", (event) => {
      const { net } = app;
      const { value: input } = net.head.inputs[0];
      const reach = reachOf(net.values[input].data);
      const box = canvas.getBoundingClientRect();
      const part = (at, size) => Math.round(100 * reach * ((2 * (at - 2)) / (size - 4) - 1)) / 100;
      app.change(
        edits.setInput(
          net,
          input,
          Float32Array.of(part(event.clientX - box.left, box.width), -part(event.clientY - box.top, box.height)),
        ),
        true,
      );
    });
    place.append(controls.group("The plane of the inputs", element("p", {}), canvas));
  };

  return { draw };
})();
