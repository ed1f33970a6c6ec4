"use strict";
// What the reader looks at, and how it is written behind the # of the address, so that one number can be linked to.
const states = (() => {
  // at       the number of the value that is shown
  // place    the row-major place of the chosen cell
  // trail    the cells that were left by tracing back, last one last
  // plane    which plane of a kernel is shown, or null for the one that counts most
  // heat     by what the graph is coloured: "none", "params", "macs", "bytes"
  // shows    "values", or "gradient" of the number `of` = {at, place}
  // tool     what the pointer does on the input: "look", "draw", "erase"
  // keys     whether single keys act
  const initial = (net) => ({
    at: firstShown(net),
    place: largest(net, firstShown(net)),
    trail: [],
    plane: null,
    heat: "none",
    shows: "values",
    of: null,
    tool: "look",
    keys: true,
  });

  // The first layer whose numbers are sums of products says most.
  const firstShown = ({ head }) => {
    const layer = head.operations.find(({ kind }) => ["convolution", "linear", "recurrent"].includes(kind));
    return (layer ?? head.operations[0])?.outputs[0] ?? head.inputs[0].value;
  };

  // The last operation that must be done before a page can show what its address names. A gradient and what is switched
  // off need all of them.
  const lastNeeded = (net, text) => {
    const { gradient, off, cut, drop, kernel, frame } = namedIn(text);
    if (gradient ?? off ?? cut ?? drop ?? kernel ?? frame) return net.head.operations.length - 1;
    const at = valueIn(net, text) ?? -1;
    return Math.max(engine.makerOf(net, firstShown(net)), engine.makerOf(net, at));
  };

  const cellText = (net, at, place) => {
    const { shape } = net.head.values[at];
    const cell = engine.cellAt(place, shape);
    return words
      .countedAxes(shape)
      .map((axis) => cell[axis])
      .join(",");
  };

  const fragment = (net, state) => {
    const { head } = net;
    const { path } = head.values[state.at];
    const same = valuesOf(net, path);
    const entries = [["layer", path]];
    if (same.length > 1) entries.push(["output", same.indexOf(state.at)]);
    entries.push(["cell", cellText(net, state.at, state.place)]);
    if (state.heat !== "none") entries.push(["heat", state.heat]);
    if (state.shows === "gradient") entries.push(["gradient", cellText(net, state.of.at, state.of.place)]);
    if (state.trial?.at === state.at) {
      const { at, ...settings } = state.trial;
      const texts = Object.entries(settings).map(([name, count]) => `${name}:${count}`);
      entries.push(["try", texts.join(",")]);
    }
    if (state.frame !== undefined && state.frame !== head.inputs[state.input].frames?.chosen)
      entries.push(["frame", head.inputs[state.input].frames.first + state.frame + 1]);
    entries.push(...editEntries(net));
    return `#${entries.map(([key, item]) => `${key}=${encodeURIComponent(item).replaceAll("%2C", ",")}`).join("&")}`;
  };

  // What is changed can be linked to as well: off=conv1:3,5, cut=add:second, drop=layer:share,seed and
  // kernel=conv1:2,blur.
  const editEntries = ({ head, edits }) => [
    ...[...edits.silent]
      .filter(([, units]) => units.size)
      .map(([at, units]) => ["off", `${head.values[at].path}:${[...units].sort((a, b) => a - b).join(",")}`]),
    ...[...edits.cut].flatMap(([number, names]) =>
      [...names].map((name) => ["cut", `${head.operations[number].path}:${name}`]),
    ),
    ...edits.links.values(),
  ];

  const valuesOf = ({ head }, path) => engine.range(head.values.length).filter((at) => head.values[at].path === path);

  const numbersIn = (text) =>
    (text ?? "")
      .split(",")
      .filter((part) => part !== "")
      .map(Number);

  // The place that is written; that of the largest number where none is, and where it does not exist.
  const placeIn = (net, at, text) => writtenPlace(net, at, text) ?? largest(net, at);
  const writtenPlace = (net, at, text) => {
    const { shape } = net.head.values[at];
    const axes = words.countedAxes(shape);
    const cell = shape.map(() => 0);
    const numbers = numbersIn(text);
    const exists =
      numbers.length === axes.length && numbers.every((n, k) => Number.isInteger(n) && n >= 0 && n < shape[axes[k]]);
    return exists
      ? engine.placeOf(
          cell.map((_, axis) => (axes.includes(axis) ? numbers[axes.indexOf(axis)] : 0)),
          shape,
        )
      : null;
  };

  // The largest number is mostly the most telling one; what is no number is not.
  const largest = (net, at) => largestOf(net.values[at].data);
  const largestOf = (data) => {
    let best = 0;
    for (let place = 1; place < data.length; place++)
      if (data[place] > data[best] || data[best] !== data[best]) best = place;
    return best;
  };

  // The state that a fragment says, on top of another; unknown words change nothing.
  const parsed = (net, text, state) => {
    const named = namedIn(text);
    const at = valueIn(net, text) ?? state.at;
    if (!net.values[at]) return state;
    const isOther = at !== state.at || named.cell !== undefined;
    const next = { ...state, at, place: isOther ? placeIn(net, at, named.cell) : state.place, trail: [], plane: null };
    if (["params", "macs", "bytes"].includes(named.heat)) next.heat = named.heat;
    if (named.try !== undefined) {
      const settings = trialIn(net, at, named.try).filter(([, , isHere]) => isHere);
      next.trial = { at, ...Object.fromEntries(settings) };
    }
    next.frame = framePlace(net, named.frame) ?? next.frame;
    const output = net.head.outputs[0]?.value;
    if (named.gradient !== undefined && output !== null && output !== undefined) {
      next.shows = "gradient";
      next.of = { at: output, place: placeIn(net, output, named.gradient) };
    }
    return next;
  };
  // The settings under the map that are named, each with whether the sliders of the layer have it.
  const trialIn = (net, at, text) =>
    (text ?? "")
      .split(",")
      .filter(Boolean)
      .map((part) => part.split(":"))
      .map(([name, text]) => [name, Number(text)])
      .map(([name, count]) => [name, count, at !== undefined && experiment.takes(net, at, name, count)]);
  // The value that is named; undefined where none is.
  const valueIn = (net, text) => {
    const row = /^#row-(\d+)$/.exec(text);
    const { layer, output } = namedIn(text);
    return row ? Number(row[1]) : valuesOf(net, layer)[Number(output ?? 0)];
  };
  const namedIn = (text) =>
    Object.fromEntries(
      text
        .replace(/^#/, "")
        .split("&")
        .map((part) => part.split("="))
        .filter(([, item]) => item)
        .map(([key, item]) => [key, decoded(item)]),
    );

  const framePlace = (net, text) => parts.sounds?.placeOf(net, 0, Number(text)) ?? null;

  // What a fragment names and the page does not have, as a sentence; null where all of it is there.
  const mistakesIn = (net, text) => {
    const { layer, output, cell, heat, gradient, frame, try: trial } = namedIn(text);
    const at = valuesOf(net, layer)[Number(output ?? 0)];
    const result = net.head.outputs[0]?.value ?? null;
    const wrong = [
      layer !== undefined && at === undefined && `layer ${layer}${output === undefined ? "" : `, output ${output}`}`,
      cell !== undefined && at !== undefined && writtenPlace(net, at, cell) === null && `cell ${cell}`,
      heat !== undefined && !["none", "params", "macs", "bytes"].includes(heat) && `heat ${heat}`,
      gradient !== undefined &&
        (result === null || writtenPlace(net, result, gradient) === null) &&
        `number ${gradient} of the output`,
      frame !== undefined && framePlace(net, frame) === null && `frame ${frame}`,
      ...trialIn(net, at, trial).map(([name, count, isHere]) => !isHere && `${name} ${count}`),
      ...changesIn(net, text).map(({ mistake }) => mistake),
    ].filter(Boolean);
    return wrong.length ? `The address names what is not here: ${wrong.join("; ")}.` : null;
  };
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      // a lone % is no mistake of the reader's
      return text;
    }
  };

  // What a fragment changes of the network, one by one: the channels or words behind the path, and what of it the
  // network does not have, as words.
  const changesIn = (net, text) =>
    text
      .replace(/^#/, "")
      .split("&")
      .map((part) => part.split("="))
      .filter(([key]) => ["off", "cut", "drop", "kernel"].includes(key))
      .map(([key, item = ""]) => {
        const [path, rest = ""] = decoded(item).split(/:(?=[^:]*$)/);
        const at = valuesOf(net, path)[0];
        if (at === undefined) return { key, mistake: `layer ${path}` };
        const number = engine.makerOf(net, at);
        const { shape, unit_axis: axis } = net.head.values[at];
        const isUnit = (unit) => axis !== null && Number.isInteger(unit) && unit >= 0 && unit < shape[axis];
        const [first, second] = rest.split(",");
        const units = numbersIn(rest);
        const isHere = {
          off: units.every(isUnit),
          cut: edits.skipsOf(net, number).includes(rest),
          drop: edits.isDropout(net, at),
          kernel: isUnit(Number(first)) && classicOf(second) !== undefined,
        }[key];
        const mistake = isHere ? null : `${key} ${path}:${rest}`;
        return { key, at, number, rest, units: units.filter(isUnit), first: Number(first), second, mistake };
      });

  // These, put into the edits of the network; gives the marks that the engine follows.
  const editsIn = (net, text) => {
    const marks = [];
    for (const { key, at, number, rest, units, first, second, mistake } of changesIn(net, text)) {
      if (key === "off" && units?.length) {
        net.edits.silent.set(at, new Set(units));
        marks.push(edits.markOf(net, at));
      }
      if (mistake) continue;
      if (key === "cut") {
        net.edits.cut.set(number, new Set([rest]));
        marks.push(`operation ${number}`);
      }
      if (key === "drop") {
        const share = Math.max(0, Math.min(0.95, first || 0));
        marks.push(...edits.drop(net, at, share, Number(second) || 1));
      }
      if (key === "kernel") marks.push(...classicMarks(net, at, first, second));
    }
    const frame = framePlace(net, namedIn(text).frame);
    if (frame !== null) marks.push(...parts.sounds.taken(net, 0, frame));
    return marks;
  };

  // A known kernel, named by the beginning of its name, in the place of that of a channel.
  const classicOf = (name) => Object.keys(edits.CLASSIC).find((known) => name && known.startsWith(name));
  const classicMarks = (net, at, unit, name) => {
    const { shape, unit_axis: axis } = net.head.values[at];
    const part = edits.kernelOf(net, { at, place: unit * engine.strides(shape)[axis] });
    return part ? edits.setClassic(net, part, classicOf(name)) : [];
  };

  return { initial, fragment, lastNeeded, valueIn, parsed, mistakesIn, editsIn, largest, largestOf };
})();
