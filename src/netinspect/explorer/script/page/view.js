"use strict";
// From the state and the network everything on the page is drawn.

// What all of the page shares. `complete` is kept as soon as every layer is worked out for the first time; page.js adds
// the ways to change the rest: `set`, `change`, `remember`.
const app = { net: null, state: null, originals: new Map(), colours: null, complete: null, mistakes: null };

const view = (() => {
  const byId = (id) => document.getElementById(id);
  const { element } = words;

  const draw = () => {
    const { net, state } = app;
    const active = document.activeElement;
    const value = net.head.values[state.at];
    const operation = net.head.operations[engine.makerOf(net, state.at)];
    const item = shownItem();
    byId("layer").replaceChildren(
      value.path,
      " ",
      element("small", {}, `${operation?.type ?? "input"} · ${words.shape(value.shape)}`),
    );
    drawInput();
    drawLegend(maps.draw(byId("map"), net, state.at, item, state.place, []));
    byId("live").textContent = [app.remark, liveWords(item)].filter(Boolean).join(" ");
    app.remark = null; // it is said once
    drawWhy();
    drawAnswer();
    drawNote();
    graphs.draw(net, state);
    controls.draw(app, byId("controls"));
    experiment.draw(app, byId("experiment"));
    parts.planes?.draw(app, byId("plane"));
    if (byId("numbers-table").open) tables.draw(byId("numbers-table").lastElementChild, net, state, item);
    byId("back").disabled = previous() === undefined;
    byId("step").disabled = next() === undefined;
    byId("gradient").setAttribute("aria-pressed", String(state.shows === "gradient"));
    byId("reset").disabled = !engine.isChanged(net);
    for (const tool of ["look", "draw", "erase"]) byId(tool).setAttribute("aria-pressed", String(state.tool === tool));
    byId("input").classList.toggle("drawing", state.tool !== "look");
    byId("blank").title = edits.blankWords(net, state.input);
    // What had the focus may be gone: keys go on from the map.
    const left = document.activeElement;
    if (left === document.body ? active !== document.body : left.disabled || !left.checkVisibility())
      byId("map").focus({ preventScroll: true });
  };

  // What a change says before its gradient is worked out.
  const drawAhead = () => {
    drawInput();
    drawWhy();
    drawAnswer();
  };

  const drawInput = () => {
    const { net, state, colours } = app;
    const { value: at } = net.head.inputs[state.input];
    const chosen = state.at === at ? state.place : null;
    maps.draw(byId("input"), net, at, net.values[at], chosen, maps.fieldFrames(net, state, state.input), 232, colours);
  };

  // Says something before the number, in the line that is read aloud.
  const say = (remark) => {
    app.remark = remark;
    draw();
  };

  // What lies on the map: the numbers of the layer, or their gradient. Where there is no gradient, `gap` says why.
  const shownItem = () => {
    const { net, state } = app;
    state.gap = null;
    if (state.shows !== "gradient") return net.values[state.at];
    app.gradients ??= gradients.begin(net, state.of);
    const gradient = gradients.of(app.gradients, state.at);
    if (!gradient) state.gap = gradients.gapOf(app.gradients, state.at);
    return gradient ?? net.values[state.at];
  };

  const liveWords = (item) => {
    const { net, state } = app;
    const name = words.cell(net, state.at, state.place);
    const isValue = item === net.values[state.at];
    const x = isValue ? words.numberAt(net, state.at, state.place) : words.number(item.data[state.place]);
    if (state.gap) return `${name}: ${state.gap}`;
    return state.shows === "gradient"
      ? `${name}: gradient ${x} of ${words.cell(net, state.of.at, state.of.place)}`
      : `${name}: ${x}`;
  };

  const drawLegend = ({ limit, isSigned, bad, first, count }) => {
    const { net, state } = app;
    const sheet = sheets.sheetOf(net.head.values[state.at]);
    const { tiles } = sheet;
    const canvas = byId("legend");
    const isCurve = maps.isCurve(net, state.at);
    const isOutput = net.head.outputs[0]?.value === state.at;
    canvas.hidden = isCurve;
    if (!isCurve) paint.legend(canvas, isSigned);
    byId("low").textContent = isSigned ? words.number(-limit) : "0";
    byId("high").textContent = words.number(limit);
    const { labels } = net.head;
    const parts = [
      isCurve && isOutput && labels.length ? `from ${labels[0]} to ${labels.at(-1)}` : "",
      sheet.isUpwards ? "low frequencies at the bottom" : "",
      count < tiles ? `channels ${first} to ${first + count - 1} of ${tiles}` : "",
      bad ? `${bad.toLocaleString("en")} not ${net.partial.has(state.at) ? "known" : "finite"} (green)` : "",
    ];
    byId("legend-words").textContent = parts.filter(Boolean).join(" · ");
  };

  const drawWhy = () => {
    const place = byId("why");
    const hadFocus = place.contains(document.activeElement);
    const plane = document.activeElement?.dataset?.plane;
    place.replaceChildren(...why.content(app.net, app.state).filter(Boolean));
    if (hadFocus) (place.querySelector(`[data-plane="${plane}"]`) ?? byId("why-title")).focus();
  };

  const RECORDED = "Recorded numbers: these do not follow the change.";
  const drawNote = () => {
    const { net, state } = app;
    const operation = net.head.operations[engine.makerOf(net, state.at)];
    const notes = app.mistakes ? [app.mistakes] : [];
    if (state.gap) notes.push(`${state.gap} The map shows the values.`);
    if (net.stale.has(state.at)) notes.push(RECORDED);
    if (operation?.kind === "recorded" && operation.settings.why !== "constant")
      notes.push("Recorded: seen, not worked out here.");
    if (net.partial.has(state.at)) notes.push("Not all of its numbers are known.");
    byId("state-note").textContent = notes.join(" ");
    byId("state-note").hidden = notes.length === 0;
  };

  // The first output, where it is worked out; else null.
  const outputOf = ({ head, values }) => {
    const at = head.outputs[0]?.value ?? null;
    return at !== null && values[at] ? at : null;
  };

  // Of every output the largest numbers; shares where they are scores.
  const LARGEST = 5;
  const drawAnswer = () => {
    const place = byId("answer");
    const { at, place: pressed } = place.contains(document.activeElement) ? document.activeElement.dataset : {};
    place.replaceChildren(...app.net.head.outputs.flatMap(answerOf));
    if (pressed === undefined) return;
    (place.querySelector(`[data-at="${at}"][data-place="${pressed}"]`) ?? byId("why-title")).focus();
  };
  const answerOf = ({ name, value: at }) => {
    const { net } = app;
    if (at === null || !net.values[at]) return [];
    const { data } = net.values[at];
    const { path } = net.head.values[at];
    const count = data.length.toLocaleString("en");
    const maker = net.head.operations[engine.makerOf(net, at)];
    const order = largestPlaces(data);
    const isVector = sheets.sheetOf(net.head.values[at]).rowAxis === null;
    const isLinear = /^linear$/i.test(maker?.type);
    const isScore = isLinear && isVector && data.length > 1;
    const top = data[order[0]];
    const sum = isScore ? data.reduce((all, x) => all + Math.exp(x - top), 0) : 1;
    const most = Math.max(...order.map((place) => Math.abs(data[place])), 1e-30);
    const row = (place) => {
      const share = Math.exp(data[place] - top) / sum;
      return [
        element(
          "button",
          { type: "button", class: "trace", "data-at": at, "data-place": place },
          words.shortCell(net, at, place),
        ),
        words.number(data[place]),
        ...(isScore ? [percent(share)] : []),
        accounts.bar(isScore ? share : data[place] / most),
      ];
    };
    const which = net.head.outputs.length > 1 ? `The output ${name}` : "The output";
    const caption = `${which}, layer ${path}${data.length > LARGEST ? `: the ${LARGEST} largest of ${count}` : ""}`;
    const names = [isVector ? "unit" : "at", "number", ...(isScore ? ["softmax"] : []), ""];
    const banner = (text) => element("p", { class: "banner" }, text);
    if (net.partial.has(at)) return [banner(`${which}, layer ${path}: not all of its numbers are known.`)];
    const table = accounts.table(caption, names, order.map(row));
    return net.stale.has(at) ? [banner(RECORDED), table] : [table];
  };
  // A share that is not 0 has a digit that is not.
  const percent = (share) => {
    const isSmall = share !== 0 && share < 0.001;
    return `${isSmall ? words.number(Number((100 * share).toPrecision(2))) : (100 * share).toFixed(1)} %`;
  };
  // In one pass, for an output may have a million numbers; what is no number comes first.
  const largestPlaces = (data) => {
    const order = [];
    const before = (a, b) => b === undefined || (a !== a && b === b) || a > b;
    for (let place = 0; place < data.length; place++) {
      if (!before(data[place], data[order[LARGEST - 1]])) continue;
      const at = order.findIndex((other) => before(data[place], data[other]));
      order.splice(at < 0 ? order.length : at, 0, place);
      order.length = Math.min(order.length, LARGEST);
    }
    return order;
  };

  // The layers in their order, and those beside the one that is shown.
  const order = () => [
    ...app.net.head.inputs.map(({ value }) => value),
    ...app.net.head.operations.flatMap(({ outputs }) => outputs.slice(0, 1)),
  ];
  const neighbourInOrder = (step) => {
    const { net, state } = app;
    const maker = engine.makerOf(net, state.at);
    const list = order();
    return list[list.indexOf(maker < 0 ? state.at : net.head.operations[maker].outputs[0]) + step];
  };
  const previous = () => neighbourInOrder(-1);
  const next = () => neighbourInOrder(1);

  return { byId, draw, drawAhead, drawInput, say, outputOf, previous, next };
})();
