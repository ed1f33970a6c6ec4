"use strict";
// Numbers, cells and elements in the words of the page.
const words = (() => {
  const signed = (text) => text.replaceAll("-", "−");

  // Four digits are enough to compare by eye; ids are whole. What is no number is written as what it is.
  const number = (x) => {
    if (x !== x) return "NaN";
    if (Math.abs(x) === Infinity) return x > 0 ? "∞" : "−∞";
    const size = Math.abs(x);
    if (Number.isInteger(x) && size < 1e6) return signed(String(x));
    if (size !== 0 && (size >= 1e6 || size < 1e-4)) return signed(x.toExponential(2));
    return signed(String(Number(x.toPrecision(4))));
  };

  // Of a number of a value that the page does not have, it says so.
  const numberAt = (net, at, place) => {
    const x = net.values[at].data[place];
    return x !== x && net.partial.has(at) ? "not known" : number(x);
  };

  // The axes of a value that are counted in words: all but the samples.
  const countedAxes = (shape) => engine.range(shape.length).filter((axis) => axis > 0 || shape[0] !== 1);

  const axisNames = ({ shape, unit_axis: unit, upwards }) => {
    const others = countedAxes(shape).filter((axis) => axis !== unit && shape[axis] > 1);
    const names = { 1: ["position"], 2: ["row", "column"], 3: ["slice", "row", "column"] }[others.length];
    return shape.map((_, axis) => {
      if (axis === upwards) return "frequency";
      if (axis === unit) return others.length ? "channel" : "unit";
      const at = others.indexOf(axis);
      return names && at >= 0 ? names[at] : `axis ${axis}`;
    });
  };

  const labelOf = ({ head }, at, place) => (head.outputs[0]?.value === at ? head.labels[place] : undefined);

  const cell = (net, at, place) => {
    const value = net.head.values[at];
    const names = axisNames(value);
    const cells = engine.cellAt(place, value.shape);
    const parts = countedAxes(value.shape)
      .filter((axis) => value.shape[axis] > 1)
      .map((axis) => `${names[axis]} ${cells[axis]}`);
    const label = labelOf(net, at, place);
    return [value.path, ...parts].join(", ") + (label === undefined ? "" : ` (${label})`);
  };

  // The same in a few characters, for tables.
  const shortCell = (net, at, place) => {
    const { shape } = net.head.values[at];
    const cells = engine.cellAt(place, shape);
    const label = labelOf(net, at, place);
    return (
      label ??
      (countedAxes(shape)
        .filter((axis) => shape[axis] > 1)
        .map((axis) => cells[axis])
        .join(",") ||
        "0")
    );
  };

  const shape = (list) => (list[0] === 1 ? list.slice(1) : list).join("×") || "1";

  // An element with attributes, listeners (`onclick`) and children; texts stay texts.
  const element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, item] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), item);
      else if (item === true) node.setAttribute(name, "");
      else if (item !== false && item !== null && item !== undefined) node.setAttribute(name, item);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  };

  return { number, numberAt, signed, cell, shortCell, shape, countedAxes, labelOf, element };
})();
