"use strict";
// The graph beside the numbers: which layer is chosen, which the number was traced through, and where the cost lies.
const graphs = (() => {
  const boxes = () => [...document.querySelectorAll("#graph a")];

  // Without a script the boxes lead to the table; with it, to the layer.
  const prepare = (net) => {
    for (const link of document.querySelectorAll("a[data-value]")) {
      link.setAttribute("href", `#layer=${encodeURIComponent(net.head.values[Number(link.dataset.value)].path)}`);
    }
  };

  const HEAT = { params: "params", macs: "macs", bytes: "bytes" };
  const costOf = (net, at, heat) => net.head.operations[engine.makerOf(net, at)]?.row?.[HEAT[heat]] ?? 0;

  const draw = (net, state) => {
    const links = boxes();
    const costs = links.map((link) => costOf(net, Number(link.dataset.value), state.heat));
    const most = Math.max(...costs, 1);
    const chosenMaker = engine.makerOf(net, state.at);
    links.forEach((link, k) => {
      const at = Number(link.dataset.value);
      const isChosen = at === state.at || (chosenMaker >= 0 && engine.makerOf(net, at) === chosenMaker);
      if (isChosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      const { kind, settings } = net.head.operations[engine.makerOf(net, at)] ?? {};
      const isRecorded = kind === "recorded" && settings.why !== "constant";
      link.classList.toggle("stale", isRecorded || net.stale.has(at));
      link.querySelector(".heat").style.opacity = state.heat === "none" ? 0 : 0.75 * Math.sqrt(costs[k] / most);
    });
    const cuts = [...net.edits.cut].flatMap(([number, names]) => {
      const { inputs, outputs } = net.head.operations[number];
      return [...names].map((name) => `${inputs[name]} ${outputs[0]}`);
    });
    for (const line of document.querySelectorAll("#graph [data-edge]"))
      line.classList.toggle("cut", cuts.includes(line.dataset.edge));
    document
      .querySelectorAll("#facts tr[id]")
      .forEach((row) => row.classList.toggle("chosen", row.id === `row-${state.at}`));
  };

  // The chosen box is kept in sight, by scrolling the graph alone.
  const reveal = () => {
    const link = document.querySelector("#graph a[aria-current]");
    const nav = document.getElementById("graph");
    if (!link) return;
    const box = link.getBoundingClientRect();
    const frame = nav.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) nav.scrollTop += box.top - frame.top - frame.height / 2;
  };

  // Up and down to the neighbours, left to the furthest that is read, right to the furthest that reads.
  const neighbour = (net, link, key) => {
    const links = boxes();
    const row = links.indexOf(link);
    const at = Number(link.dataset.value);
    if (key === "ArrowUp") return links[row - 1];
    if (key === "ArrowDown") return links[row + 1];
    const rowOf = (value) => links.findIndex((other) => other.dataset.value === String(value));
    const operation = net.head.operations[engine.makerOf(net, at)];
    const rows =
      key === "ArrowLeft"
        ? Object.values(operation?.inputs ?? {})
            .flat()
            .filter((item) => typeof item === "number")
            .map(rowOf)
        : key === "ArrowRight"
          ? why.readers(net, at).map((number) => rowOf(net.head.operations[number].outputs[0]))
          : [];
    const far = key === "ArrowLeft" ? Math.min(...rows) : Math.max(...rows);
    return links[far];
  };

  return { prepare, draw, reveal, neighbour };
})();
