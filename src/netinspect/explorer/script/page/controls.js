"use strict";
// The controls under the map: what can be changed of the chosen layer.
const controls = (() => {
  const { element } = words;
  const MOST_CELLS = 121;
  const MOST_SWITCHES = 64;

  const button = (id, text, onclick, attributes = {}) =>
    element("button", { type: "button", id, onclick, ...attributes }, text);
  // Follows a pointer from where it is pressed down on a canvas, if `begin` does not give false.
  const drag = (canvas, move, begin = move) => {
    let isDown = false;
    canvas.addEventListener("pointerdown", (event) => {
      isDown = begin(event) !== false;
      if (isDown) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => isDown && move(event));
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => {
        isDown = false;
      });
  };

  const group = (title, ...children) => element("fieldset", {}, element("legend", {}, title), ...children);

  // Why an entry cannot be taken; "" where it can. A number that is too large to be read is none to the browser.
  const mistakeIn = ({ value, validity, valueAsNumber }, high) =>
    value === "" || validity.badInput
      ? "Write a finite number"
      : !validity.valid
        ? `Write a whole number from 0 to ${high - 1}`
        : Number.isFinite(Math.fround(valueAsNumber))
          ? ""
          : "This is beyond what float32 holds (3.4e38)";

  // A number that is acted on while it is typed; of what cannot be taken the reader is told, and nothing changes.
  // Ids are whole numbers below `high`.
  const field = (id, label, value, oninput, high = null) => {
    let kept = Number.isInteger(value) ? value : Number(value.toPrecision(3));
    return element("input", {
      id,
      type: "number",
      ...(high === null ? { step: "any" } : { step: 1, min: 0, max: high - 1 }),
      "aria-label": label,
      value: kept,
      oninput: ({ target }) => {
        const mistake = mistakeIn(target, high);
        const part = target.closest("fieldset");
        part.querySelector(".mistake")?.remove();
        for (const entry of part.querySelectorAll("[aria-invalid]")) entry.removeAttribute("aria-invalid");
        if (!mistake) {
          kept = target.value;
          return oninput(target.valueAsNumber);
        }
        target.setAttribute("aria-invalid", "true");
        part.append(element("p", { class: "mistake", role: "alert" }, `${mistake}; the number before it is kept.`));
      },
      // The field shows the number that is kept as soon as the reader leaves it.
      onchange: ({ target }) => {
        if (!target.hasAttribute("aria-invalid")) return;
        target.value = kept;
        target.removeAttribute("aria-invalid");
      },
    });
  };

  const unitOf = (net, { at, place }) => {
    const { shape, unit_axis: axis } = net.head.values[at];
    return axis === null || shape[axis] < 2 ? null : engine.cellAt(place, shape)[axis];
  };

  // What the controls are built for: they are built anew when it is another, so that typing is not disturbed.
  const subject = (net, state) =>
    JSON.stringify([
      state.at,
      unitOf(net, state),
      state.plane,
      net.edits.masks.has(state.at),
      [...(net.edits.silent.get(state.at) ?? [])],
      [...(net.edits.cut.get(engine.makerOf(net, state.at)) ?? [])],
      engine.makerOf(net, state.at) < 0 ? state.place : 0,
      state.resets,
    ]);

  const build = (app) =>
    [inputPart, kernelPart, channelPart, skipPart, dropoutPart].map((part) => part(app)).filter(Boolean);

  const inputPart = ({ net, state, change }) => {
    if (engine.makerOf(net, state.at) >= 0) return null;
    const { at, place } = state;
    const { high } = net.head.inputs.find(({ value }) => value === at);
    const act = (x) => change(edits.setNumber(net, at, place, x));
    const name = words.cell(net, at, place);
    return group(`This number: ${name}`, field("number", name, net.values[at].data[place], act, high));
  };

  const kernelPart = ({ net, state, change }) => {
    const part = edits.kernelOf(net, state);
    if (!part) return null;
    const { key, unit, planes, count, columns } = part;
    const plane = planeOf(net, state, part);
    const first = part.first + plane * count;
    const { data } = engine.tensor(net, key);
    const isLinear = part.kernel[0] === 1 && planes === 1;
    const isStrip = count > MOST_CELLS;
    const cells = engine.range(isStrip ? 0 : count).map((k) =>
      field(`weight-${k}`, `weight ${k}`, data[first + k], (x) =>
        change(
          edits.setWeight(net, key, (next) => {
            next[first + k] = x;
          }),
        ),
      ),
    );
    const rows = [];
    const inSlice = part.kernel.length > 2 ? columns * part.kernel.at(-2) : count;
    const starts = engine.range(Math.ceil(cells.length / columns)).map((row) => row * columns);
    for (const k of part.isUpwards ? starts.reverse() : starts) {
      const isFirst = k > 0 && k % inSlice === 0;
      const index = isLinear && count > columns ? element("span", { class: "index" }, `${k}:`) : null;
      rows.push(element("div", { class: isFirst ? "cells slice" : "cells" }, index, cells.slice(k, k + columns)));
    }
    const title = isLinear
      ? `Weights of unit ${unit}`
      : `Kernel of channel ${unit}${planes > 1 ? `, plane ${plane}` : ""}`;
    const bias =
      typeof part.bias !== "string"
        ? null
        : element(
            "label",
            {},
            "bias ",
            field("bias", "bias", engine.tensor(net, part.bias).data[unit], (x) =>
              change(
                edits.setWeight(net, part.bias, (next) => {
                  next[unit] = x;
                }),
              ),
            ),
          );
    const classic = isLinear
      ? null
      : element(
          "label",
          {},
          "Put in its place ",
          element(
            "select",
            {
              id: "classic",
              onchange: ({ target }) => target.value && change(edits.setClassic(net, part, target.value), true),
            },
            element("option", { value: "" }, "a known kernel …"),
            Object.keys(edits.CLASSIC).map((name) => element("option", {}, name)),
          ),
        );
    if (isStrip) rows.push(...parts.strips.build({ net, change }, part, first, field));
    return group(title, ...rows, element("p", {}, bias, " ", classic));
  };
  // The plane that is edited: the one that the panel shows.
  const planeOf = (net, state, { planes, first, count }) => {
    if (planes === 1) return 0;
    const terms = engine.explain(net, state.at, state.place);
    const channels = terms.planes.map(({ channel }) => channel);
    const at = channels.indexOf(state.plane);
    if (at >= 0) return at;
    return terms.planes.reduce((best, { sum }, k) => (Math.abs(sum) > Math.abs(terms.planes[best].sum) ? k : best), 0);
  };

  const channelPart = ({ net, state, change }) => {
    const unit = unitOf(net, state);
    const { at } = state;
    if (unit === null) return null;
    const { shape, unit_axis: axis } = net.head.values[at];
    const silent = net.edits.silent.get(at) ?? new Set();
    const units =
      shape[axis] <= MOST_SWITCHES ? engine.range(shape[axis]) : [...new Set([unit, ...silent])].sort((a, b) => a - b);
    return group(
      "Channels: press to switch off",
      element(
        "div",
        { class: "switches" },
        units.map((k) =>
          button(`unit-${k}`, String(k), () => change(edits.toggleUnit(net, at, k)), {
            "aria-pressed": String(!silent.has(k)),
            class: k === unit ? "chosen" : "",
          }),
        ),
      ),
    );
  };

  const skipPart = ({ net, state, change }) => {
    const number = engine.makerOf(net, state.at);
    const operation = net.head.operations[number];
    const names = edits.skipsOf(net, number);
    if (!names.length) return null;
    return group(
      "What is added: press to leave out",
      ...names.map((name) =>
        button(
          `cut-${name}`,
          net.head.values[operation.inputs[name]].path,
          () => change(edits.toggleCut(net, number, name)),
          { "aria-pressed": String(!net.edits.cut.get(number)?.has(name)) },
        ),
      ),
    );
  };

  let seed = 0;
  const dropoutPart = ({ net, state, change }) => {
    const { at } = state;
    if (!edits.isDropout(net, at)) return null;
    const share = element("input", {
      type: "number",
      id: "dropout",
      min: 0,
      max: 0.95,
      step: 0.05,
      value: state.dropout ?? 0.5,
    });
    return group(
      "Dropout, as in training",
      element("label", {}, "share that is dropped ", share),
      " ",
      button("mask", "A mask by chance", () => {
        state.dropout = Math.max(0, Math.min(0.95, share.valueAsNumber || 0));
        seed += 1;
        change(edits.drop(net, at, state.dropout, seed));
      }),
      " ",
      button("no-mask", "None, as in use", () => change(edits.undrop(net, at))),
    );
  };

  // Draws them where they are for something else than before; focus stays on the same control.
  let built = null;
  const draw = (app, place) => {
    const now = subject(app.net, app.state);
    if (now === built) return;
    built = now;
    const active = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.replaceChildren(...build(app));
    if (active) document.getElementById(active)?.focus();
  };

  return { draw, unitOf, button, drag, group };
})();
