"use strict";
// A kernel of many cells as a curve that is drawn with the pointer, or changed number by number.
parts.strips = (() => {
  const { element } = words;
  const HEIGHT = 120;
  const STEP = 0.05; // of the largest weight, for one press of an arrow

  const indexOfLargest = (weights) =>
    weights.reduce((best, x, k) => (Math.abs(x) > Math.abs(weights[best]) ? k : best), 0);

  // `first` is the place of its first weight, `field` makes an entry for a number.
  const build = ({ net, change }, { key, count }, first, field) => {
    const weights = () => engine.tensor(net, key).data.subarray(first, first + count);
    let cell = indexOfLargest(weights());
    let limit = 1; // the number at the upper end while a curve is drawn
    const canvas = element("canvas", {
      id: "strip",
      tabindex: 0,
      role: "slider",
      "aria-label": "The weights as a curve",
      "aria-valuemin": 0,
      "aria-valuemax": count - 1,
    });
    const entry = element("p", {});
    const show = (isTyped = false) => {
      const width = Math.max(120, Math.min(560, (canvas.parentElement?.clientWidth ?? 420) - 8));
      paint.curve(canvas, { data: weights() }, width, HEIGHT, cell, null, paint.inkOf(canvas));
      canvas.setAttribute("aria-valuenow", cell);
      canvas.setAttribute("aria-valuetext", `weight ${cell}: ${words.number(weights()[cell])}`);
      if (isTyped) return;
      entry.replaceChildren(
        element("label", {}, "weight number ", field("strip-cell", "which weight", cell, choose, count)),
        element(
          "label",
          {},
          " is ",
          field(`weight-${cell}`, `weight ${cell}`, weights()[cell], (x) => write([[cell, x]], true)),
        ),
      );
    };
    const choose = (k) => {
      cell = k;
      show(document.activeElement?.id === "strip-cell");
    };
    const write = (pairs, isTyped = false) => {
      change(
        edits.setWeight(net, key, (data) => {
          for (const [k, x] of pairs) data[first + k] = x;
        }),
      );
      show(isTyped);
    };

    let last = null; // the cell and the number where the pointer was
    const pointAt = (event) => {
      const box = canvas.getBoundingClientRect();
      const k = Math.floor(((event.clientX - box.left - 4) / (box.width - 8)) * count);
      const middle = box.top + box.height / 2;
      const x = (middle - event.clientY) / (box.height / 2 - 6);
      return [Math.max(0, Math.min(count - 1, k)), limit * Math.max(-1, Math.min(1, x))];
    };
    const begin = (event) => {
      limit = paint.scaleOf(weights()).limit || 1;
      last = pointAt(event);
      cell = last[0];
      write([last]);
    };
    const move = (event) => {
      const [to, x] = pointAt(event);
      const [from, y] = last;
      const steps = Math.max(1, Math.abs(to - from));
      const between = (k) => [from + Math.round((k * (to - from)) / steps), y + ((x - y) * k) / steps];
      write(engine.range(steps + 1).map(between));
      last = [to, x];
      cell = to;
    };
    controls.drag(canvas, move, begin);
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const along = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -count, End: count }[event.key];
      const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (along === undefined && up === undefined) return;
      event.preventDefault();
      if (along !== undefined) choose(Math.max(0, Math.min(count - 1, cell + along)));
      else write([[cell, weights()[cell] + up * STEP * (paint.scaleOf(weights()).limit || 1)]]);
    });
    requestAnimationFrame(() => show()); // when its width is known
    return [element("p", {}, "Draw the curve, or choose a weight with ← → and change it with ↑ ↓."), canvas, entry];
  };

  return { build };
})();
