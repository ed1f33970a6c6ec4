"use strict";
// What a reader does changes the state or the network, after which the page is drawn again.
(() => {
  const { byId, draw, drawAhead, drawInput, say, outputOf, previous, next } = view;
  const { element } = words;
  Object.assign(app, { set, change, remember });

  // --- changing the state --------------------------------------------------------------------------

  // Draws at the next frame, however many changes come before.
  let waits = false;
  const soon = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };

  function set(part, isStep = true) {
    if (Object.keys(part).length) app.mistakes = null;
    Object.assign(app.state, part);
    draw();
    if (isStep) remember();
  }

  // Writes the state behind the #, when the reader pauses: browsers refuse too many changes of the address.
  const PAUSE_MS = 150;
  let pause = null;
  function remember() {
    clearTimeout(pause);
    if (location.protocol === "about:") return; // shown inside a notebook, whose address is not the page's
    pause = setTimeout(() => history.replaceState(null, "", states.fragment(app.net, app.state)), PAUSE_MS);
  }

  // Works on after a change of the network, at once or at the frame after the last change: all that came in between is
  // done together. A gradient takes as long as the layers, so that it comes when these are seen. `rebuilds` where
  // controls show what was changed elsewhere; null marks are everything.
  const frame = () => new Promise(requestAnimationFrame);
  const pending = { marks: new Set(), isAll: false, isRunning: false };
  async function change(marks, rebuilds = false) {
    if (rebuilds) app.state.resets += 1;
    if (marks === null) pending.isAll = true;
    else for (const mark of marks) pending.marks.add(mark);
    const drawn = app.net.head.inputs.map(({ value }) => value).filter((at) => marks?.includes(at));
    for (const at of drawn) engine.takeInput(app.net, at);
    if (drawn.length) drawInput(); // what is drawn is seen at once, however long the layers take
    if (pending.isRunning) return;
    pending.isRunning = true;
    byId("stage").setAttribute("aria-busy", "true");
    while (pending.marks.size || pending.isAll) {
      await app.complete;
      const now = pending.isAll ? null : [...pending.marks];
      pending.marks.clear();
      pending.isAll = false;
      await engine.run(app.net, now, { away: workers.away });
      app.gradients = null;
      if (app.state.shows === "gradient") {
        drawAhead();
        await frame();
        await new Promise((resolve) => setTimeout(resolve)); // after it is painted
      }
      if (app.state.shows !== "gradient" || !pending.marks.size) set({});
      await frame();
    }
    byId("stage").removeAttribute("aria-busy");
    pending.isRunning = false;
  }

  const choose = (at, place = null) => {
    const { net, state } = app;
    if (at === state.at && place === null) return;
    if (net.values[at] === null) {
      // a large network is being run for the first time
      say(`${net.head.values[at].path} is being worked out.`);
      app.complete.then(() => choose(at, place));
      return;
    }
    const same = sameCell(net, state, at);
    set({ at, place: place ?? same ?? states.largest(net, at), trail: [], plane: null, pinned: false });
    graphs.reveal();
  };
  // The same cell where the other layer has the same shape.
  const sameCell = (net, state, at) =>
    words.shape(net.head.values[at].shape) === words.shape(net.head.values[state.at].shape) ? state.place : null;

  const trace = (at, place) => {
    const { state } = app;
    set({
      at,
      place,
      plane: null,
      trail: [...state.trail, { at: state.at, place: state.place }],
      pinned: true,
      input: inputOf(at),
    });
    graphs.reveal();
  };
  const inputOf = (at) => {
    const input = app.net.head.inputs.findIndex(({ value }) => value === at);
    return input < 0 ? app.state.input : input;
  };
  const back = () => {
    const { trail } = app.state;
    if (!trail.length) return say("There is no number to go back to.");
    set({ ...trail.at(-1), trail: trail.slice(0, -1), plane: null });
    graphs.reveal();
  };

  const walk = (step) => {
    const at = step < 0 ? previous() : next();
    if (at === undefined) return say(step < 0 ? "Nothing lies before the input." : "This is the last layer.");
    const source = step < 0 ? why.strongest(app.net, app.state) : null;
    choose(at, step > 0 ? why.fed(app.net, app.state, at) : source?.at === at ? source.place : null);
  };

  const toggleGradient = () => {
    const { net, state } = app;
    const at = outputOf(net);
    if (at === null) return say("No output is worked out here, so it has no gradient.");
    const of = state.at === at ? { at, place: state.place } : { at, place: states.largest(net, at) };
    app.gradients = null;
    set(state.shows === "gradient" ? { shows: "values" } : { shows: "gradient", of });
  };

  const reset = () => {
    const { net, state } = app;
    if (!engine.isChanged(net)) return say("Nothing is changed.");
    net.edits = engine.noEdits();
    for (const [at, item] of app.originals) net.values[at] = item;
    net.stale.clear();
    Object.assign(state, { tool: "look", frame: undefined, trial: null });
    parts.sounds?.build(app, byId("sound"));
    change(null, true);
  };

  const toggleUnit = () => {
    const { net, state } = app;
    const unit = controls.unitOf(net, state);
    if (unit === null) return say("This layer has no channels to switch off.");
    change(edits.toggleUnit(net, state.at, unit));
  };

  // --- pointers and keys ---------------------------------------------------------------------------

  const listenToMap = (canvas) => {
    const at = () => (canvas.id === "map" ? app.state.at : app.net.head.inputs[app.state.input].value);
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.id === "input" && app.state.tool !== "look") return;
      const place = maps.under(canvas, event);
      if (canvas.id === "input" || app.state.pinned || place === null || place === app.state.place) return;
      Object.assign(app.state, { place, plane: null });
      soon();
    });
    canvas.addEventListener("click", (event) => {
      const place = maps.under(canvas, event);
      if (place === null || (canvas.id === "input" && app.state.tool !== "look")) return;
      const isSame = app.state.pinned && place === app.state.place && at() === app.state.at;
      set({ at: at(), place, pinned: !isSame, plane: null, trail: at() === app.state.at ? app.state.trail : [] });
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (canvas.id === "input" && app.state.at !== at() && event.key.startsWith("Arrow")) {
        choose(at()); // and the arrow moves from there
      }
      const place = maps.stepped(canvas, app.state.place, event.key);
      if (place !== null && place === app.state.place) say("This is the edge.");
      else if (place !== null) set({ place, pinned: true, plane: null });
      else if (event.key === "Enter" && canvas.id === "input" && app.state.tool !== "look") dab(app.state.place);
      else if (event.key === "Enter") {
        const source = why.strongest(app.net, app.state);
        if (source) trace(source.at, source.place);
        else say("No number before this one counts for it.");
      } else if (event.key === "Escape") set({ pinned: false });
      else return;
      event.preventDefault();
    });
  };

  const dab = (place) => {
    const { net, state } = app;
    const { value: at } = net.head.inputs[state.input];
    change(edits.dab(net, state.input, app.originals.get(at), place, state.tool === "erase"));
  };
  const listenToDrawing = (canvas) => {
    const paintAt = (event) => {
      const place = maps.under(canvas, event);
      if (place !== null) dab(place);
    };
    controls.drag(canvas, paintAt, (event) => app.state.tool !== "look" && paintAt(event));
  };

  const listenToPictures = () => {
    const take = async (file) => {
      if (!file) return;
      try {
        const marks = await edits.picture(app.net, app.state.input, file);
        await change(marks, true);
      } catch {
        byId("live").textContent = "This file is no picture that the browser can read.";
      }
    };
    byId("file").addEventListener("change", ({ target }) => take(target.files[0]));
    byId("input").addEventListener("dragover", (event) => event.preventDefault());
    byId("input").addEventListener("drop", (event) => {
      event.preventDefault();
      if (edits.draws(app.net, app.state.input)) take(event.dataTransfer.files[0]);
    });
  };

  // Single keys act where nothing else takes keys: WCAG 2.1.4.
  const SINGLE = {
    " ": () => walk(app.state.shows === "gradient" ? -1 : 1),
    e: () =>
      edits.draws(app.net, app.state.input)
        ? set({ tool: app.state.tool === "look" ? "draw" : "look" })
        : say("This input is no picture to draw on."),
    r: reset,
    0: toggleUnit,
    g: toggleGradient,
  };
  const listenToKeys = () =>
    document.addEventListener("keydown", (event) => {
      const active = document.activeElement;
      const isPage = active.tabIndex < 0 || active.tagName === "CANVAS" || active.id === "why"; // else it is a control
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const goesBack = event.key === "Backspace" && (isPage || byId("why").contains(active));
      const act = goesBack ? back : app.state.keys && isPage ? SINGLE[event.key.toLowerCase()] : null;
      if (!act) return;
      event.preventDefault();
      act();
    });

  // Numbers and layers that lead somewhere.
  const listenToLinks = () => {
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-place], [data-plane], [data-back], a[data-value]");
      if (!button) return;
      if (button.dataset.place !== undefined) trace(Number(button.dataset.at), Number(button.dataset.place));
      else if (button.dataset.plane !== undefined) set({ plane: Number(button.dataset.plane) });
      else if (button.dataset.back !== undefined) back();
    });
    for (const link of document.querySelectorAll("a[data-value]"))
      link.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        choose(Number(link.dataset.value));
        if (link.closest("#facts")) byId("layer").scrollIntoView({ block: "center" });
      });
    byId("graph").addEventListener("keydown", (event) => {
      const link = event.target.closest("a");
      const other = link && graphs.neighbour(app.net, link, event.key);
      if (!other) return;
      event.preventDefault();
      other.focus();
    });
  };

  const listenToControls = () => {
    for (const tool of ["look", "draw", "erase"]) byId(tool).addEventListener("click", () => set({ tool }));
    byId("blank").addEventListener("click", () => {
      const { net, state } = app;
      app.remark = edits.blankWords(net, state.input);
      change(edits.blank(net, state.input, net.head.inputs[state.input].value), true);
    });
    byId("back").addEventListener("click", () => walk(-1));
    byId("step").addEventListener("click", () => walk(1));
    byId("gradient").addEventListener("click", toggleGradient);
    byId("reset").addEventListener("click", reset);
    byId("heat").addEventListener("change", ({ target }) => set({ heat: target.value }));
    byId("keys").addEventListener("change", ({ target }) => {
      app.state.keys = target.checked;
    });
    byId("which-input").addEventListener("change", ({ target }) => {
      set({ input: Number(target.value), frame: undefined, tool: "look" });
      showTools();
    });
    byId("numbers-table").addEventListener("toggle", draw);
  };

  const listenToWindow = () => {
    const { net } = app;
    const redraw = () => {
      app.redrawSound?.();
      soon();
    };
    addEventListener("resize", redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    addEventListener("hashchange", async () => {
      clearTimeout(pause);
      await app.complete;
      app.remark = app.mistakes = states.mistakesIn(net, location.hash);
      const marks = states.editsIn(net, location.hash);
      Object.assign(app.state, states.parsed(net, location.hash, app.state));
      app.state.resets += 1;
      app.redrawSound?.();
      if (marks.length) await change(marks);
      else draw();
      graphs.reveal();
    });
  };

  const listen = () => {
    for (const canvas of [byId("map"), byId("input")]) listenToMap(canvas);
    listenToDrawing(byId("input"));
    listenToPictures();
    listenToKeys();
    listenToLinks();
    listenToControls();
    listenToWindow();
  };

  const showTools = () => {
    app.colours = maps.coloursOf(app.net, app.state.input);
    byId("tools").hidden = !edits.draws(app.net, app.state.input);
    parts.sounds?.build(app, byId("sound"));
  };

  // --- the beginning -------------------------------------------------------------------------------

  // The page is shown as soon as what its address names is worked out; a small network is run as a whole before.
  const SMALL = 1e8; // multiplications
  const start = async () => {
    let net;
    try {
      const head = JSON.parse(await unpackText(byId("network").textContent));
      net = engine.open(head, await unpack(byId("numbers").textContent));
      app.net = net;
      app.originals = new Map(net.head.inputs.map(({ value }) => [value, net.values[value]]));
      byId("busy").hidden = false;
      await frame(); // so that this is seen
      const macs = net.head.operations.reduce((sum, { row }) => sum + (row?.macs ?? 0), 0);
      const needed = macs < SMALL ? -1 : states.lastNeeded(net, location.hash);
      const after = async (number) => {
        if (number !== needed) return;
        show();
        await frame();
      };
      app.complete = engine.run(net, null, { away: workers.away, after });
      await app.complete;
    } catch {
      byId("broken").textContent =
        `This page cannot be run: its data are cut off or spoilt. Write it again with netinspect explore.`;
      byId("broken").hidden = false;
      byId("busy").hidden = true;
      document.body.dataset.ready = "broken";
      return;
    }
    byId("busy").hidden = true;
    const marks = states.editsIn(net, location.hash);
    if (marks.length) await engine.run(net, marks, { away: workers.away });
    if (app.state === null) show();
    else draw();
    if (location.hash.includes("selftest")) document.body.dataset.selftest = JSON.stringify(engine.check(net, true));
    document.body.dataset.ready = "true";
  };

  const show = () => {
    const { net } = app;
    app.remark = app.mistakes = states.mistakesIn(net, location.hash);
    app.state = states.parsed(net, location.hash, { ...states.initial(net), input: 0, resets: 0, pinned: false });
    for (const [number, { name }] of net.head.inputs.entries())
      byId("which-input").append(element("option", { value: number }, name));
    byId("which-input").hidden = net.head.inputs.length < 2;
    for (const id of ["stage", "why", "change", "footer"]) byId(id).hidden = false;
    byId("heat").value = app.state.heat;
    showTools();
    graphs.prepare(net);
    listen();
    draw();
    graphs.reveal();
  };

  start();
})();
