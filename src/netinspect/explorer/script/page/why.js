"use strict";
// How one number came about: the panel, and the numbers to which the keys lead from it.
const why = (() => {
  const { element, number } = words;
  const { forms, leading, sentence, strong, largest } = accounts;

  // Layers behind, as long as each takes this number alone and gives one in its place.
  const CARRIED = ["function", "batch_norm", "prelu"];
  const readers = ({ head }, at) =>
    engine
      .range(head.operations.length)
      .filter((number) => Object.values(head.operations[number].inputs).flat().includes(at));
  const after = (net, at, place) => {
    const chain = [];
    for (let value = at; ;) {
      const [next, ...others] = readers(net, value).map((number) => net.head.operations[number]);
      if (!next || others.length || !CARRIED.includes(next.kind) || net.values[next.outputs[0]] === null) return chain;
      [value] = next.outputs;
      chain.push(
        element("li", {}, `${next.type}: `, leading(net, value, place, number(net.values[value].data[place]))),
      );
    }
  };

  // What the panel says of the chosen number.
  const content = (net, state) => {
    const { at, place } = state;
    const maker = engine.makerOf(net, at);
    const title = element("h2", { id: "why-title", tabindex: "-1" }, "How this number came about");
    const value = strong(words.numberAt(net, at, place));
    const lead = element("p", { class: "result" }, `${words.cell(net, at, place)}: `, value);
    const hasGradient = state.shows === "gradient" && !state.gap;
    const ofMap = hasGradient ? sentence("The map shows the gradient; this explains the value.") : null;
    const back = state.trail.length
      ? element(
          "button",
          { type: "button", "data-back": true },
          `Back to ${words.cell(net, state.trail.at(-1).at, state.trail.at(-1).place)}`,
        )
      : null;
    if (maker < 0) {
      const account = sentence("This is a number of the input.");
      return [title, lead, ofMap, altered(net, state, null), account, back, onward(net, at, place)];
    }
    const operation = net.head.operations[maker];
    const terms = engine.explain(net, at, place);
    const taken =
      terms?.from === undefined
        ? null
        : terms.form === "copy" && terms.part !== undefined
          ? operation.inputs.parts[terms.part]
          : operation.inputs[terms.from];
    const account = terms
      ? forms[terms.form]({ net, operation, terms, from: taken, state })
      : [sentence(`${operation.type} gives it; how is not said for this output.`)];
    return [title, lead, ofMap, altered(net, state, terms), ...account, back, onward(net, at, place)];
  };

  const onward = (net, at, place) => {
    const chain = after(net, at, place);
    return chain.length ? element("div", {}, element("p", {}, "Then:"), element("ol", { class: "then" }, chain)) : null;
  };

  // What was done to the number afterwards, and what is not to be trusted.
  const altered = (net, { at, place }, terms) => {
    const notes = [];
    const value = net.values[at].data[place];
    if (value !== value && !net.partial.has(at))
      notes.push("NaN is no number: it comes from ∞ − ∞, 0 · ∞ or another NaN.");
    if (Math.abs(value) === Infinity) notes.push("Infinite: beyond what float32 holds (3.4e38), or from what is.");
    if (net.stale.has(at))
      notes.push("This number is the recorded one: a layer before it cannot be worked out again after a change.");
    if (terms && net.edits.masks.has(at))
      notes.push(`A dropout mask turns ${number(terms.value)} into ${number(net.values[at].data[place])}.`);
    if (net.edits.silent.get(at)?.has(controls.unitOf(net, { at, place }))) notes.push("This channel is switched off.");
    return notes.length ? element("p", { class: "banner" }, notes.join(" ")) : null;
  };

  // The cell that counts most for the chosen one, where Enter leads.
  const strongest = (net, { at, place }) => {
    const maker = engine.makerOf(net, at);
    const terms = maker < 0 ? null : engine.explain(net, at, place);
    if (!terms) return null;
    const { inputs } = net.head.operations[maker];
    if (terms.form === "products") {
      const all = terms.planes.flatMap(({ products, sources }) =>
        products.map((product, k) => ({ product, place: sources[k] })),
      );
      const inside = all.filter((term) => term.place >= 0);
      const k = largest(
        inside.map(({ product }) => product),
        1,
      )[0];
      return leadingTo(inputs[terms.from], inside[k]?.place);
    }
    if (terms.form === "elements") {
      const operands = terms.operands.filter(({ from }) => typeof inputs[from] === "number");
      const k = largest(
        operands.map(({ value }) => value),
        1,
      )[0];
      return operands.length ? leadingTo(inputs[operands[k].from], operands[k].place) : null;
    }
    const from = terms.part === undefined ? inputs[terms.from] : inputs.parts[terms.part];
    const weights = terms.weights ?? terms.products ?? terms.values;
    const k = terms.winner ?? terms.at ?? (weights ? largest(weights, 1)[0] : 0);
    return leadingTo(from, terms.sources?.[k]);
  };
  const leadingTo = (at, place) => (typeof at === "number" && place >= 0 ? { at, place } : null);

  // Whether a number of another value is worked out from the chosen one.
  const reads = (net, { at, place }, next, candidate) => {
    const terms = engine.explain(net, next, candidate);
    if (!terms) return false;
    const { inputs } = net.head.operations[engine.makerOf(net, next)];
    if (terms.form === "elements")
      return terms.operands.some((operand) => inputs[operand.from] === at && operand.place === place);
    const from = terms.part === undefined ? inputs[terms.from] : inputs.parts[terms.part];
    if (from !== at) return false;
    return terms.form === "products"
      ? terms.planes.some(({ sources }) => sources.includes(place))
      : terms.sources?.includes(place);
  };

  // The number of the next layer that the chosen one feeds: at the same part of rows and columns, or beside it; of the
  // same channel, or the largest of the others. Null where there is none, or it is not found soon.
  const MOST_TRIED = 1 << 14;
  const MOST_CHANNELS = 64;
  const fed = (net, state, next) => {
    if (net.values[next] === null || !readers(net, state.at).includes(engine.makerOf(net, next))) return null;
    const [from, to] = [net.head.values[state.at], net.head.values[next]];
    const { data } = net.values[next];
    let places = engine.range(Math.min(data.length, MOST_TRIED));
    if (from.shape.length === to.shape.length && to.unit_axis !== null) {
      const cell = engine
        .cellAt(state.place, from.shape)
        .map((k, axis) => Math.floor(((k + 0.5) * to.shape[axis]) / from.shape[axis]));
      const { unit_axis: unit, shape } = to;
      let cells = [cell];
      for (const axis of engine.range(shape.length))
        if (axis !== unit && shape[axis] !== from.shape[axis])
          cells = cells.flatMap((near) => [0, 1, -1].map((step) => near.with(axis, near[axis] + step)));
      cells = cells.filter((near) => near.every((k, axis) => k >= 0 && k < shape[axis]));
      const isSame = shape[unit] === from.shape[unit];
      places = cells.flatMap((near) => {
        const others = engine.range(shape[unit]).map((channel) => engine.placeOf(near.with(unit, channel), shape));
        others.sort((a, b) => data[b] - data[a]);
        return [...(isSame ? [engine.placeOf(near, shape)] : []), ...others.slice(0, MOST_CHANNELS)];
      });
    }
    return places.find((candidate) => reads(net, state, next, candidate)) ?? null;
  };

  return { content, strongest, fed, readers };
})();
