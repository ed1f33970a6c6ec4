"use strict";
(() => {
  const stops = () => [...document.querySelectorAll(".stop")].filter((stop) => stop.checkVisibility());
  const links = [...document.querySelectorAll("main figure a[data-title]")];
  const chips = new Map([...document.querySelectorAll("nav a")].map((chip) => [decodeURIComponent(chip.hash.slice(1)), chip]));

  // Where one is: the stop that was gone to while it is in sight, else the last whose top has passed the upper third
  // of the window.
  const current = (open) => {
    const line = innerHeight / 3;
    const tops = open.map((stop) => stop.getBoundingClientRect().top);
    const focused = open.indexOf(document.activeElement);
    if (focused >= 0 && tops[focused] >= -1 && tops[focused] <= line) return focused;
    return Math.max(0, tops.findLastIndex((top) => top <= line));
  };
  let marked = null;
  const mark = () => {
    const open = stops(), stop = open[current(open)];
    const chip = chips.get(stop?.id) ?? chips.get(stop?.closest("details")?.id);
    if (!chip || chip === marked) return;
    marked?.removeAttribute("aria-current");
    chip.setAttribute("aria-current", "true");
    marked = chip;
    const list = chip.closest("ol"), side = chip.closest("nav");
    list.scrollLeft = chip.offsetLeft - list.clientWidth / 2;
    if (side.scrollHeight > side.clientHeight) side.scrollTop = chip.offsetTop - side.clientHeight / 2;
  };
  addEventListener("scroll", mark, { passive: true });
  addEventListener("resize", mark, { passive: true });
  mark();

  const go = (step) => {
    const open = stops();
    const stop = open[Math.min(open.length - 1, Math.max(0, current(open) + step))];
    stop.scrollIntoView({ behavior: "instant" });
    stop.focus({ preventScroll: true });
    mark();
  };

  // A link into a folded block opens it.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const block = target?.closest("details");
    if (!block || block.open) return;
    block.open = true;
    target.scrollIntoView({ behavior: "instant" });
  };
  addEventListener("hashchange", unfold);
  unfold();

  // One picture large, and through all of them.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Figure");
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.tabIndex = 0;
  const image = document.createElement("img");
  frame.append(image);
  const bar = document.createElement("div");
  bar.className = "bar";
  const title = document.createElement("p");
  const button = (words, action, name) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    if (name) made.setAttribute("aria-label", name);
    made.addEventListener("click", action);
    return made;
  };

  // A picture is as wide as the window at first, on a telephone at least as wide as it is elsewhere.
  let shown = 0, natural = 1, zoom = 1;
  const fitting = () => innerWidth <= 700 ? Math.max(frame.clientWidth, natural)
    : Math.min(frame.clientWidth, 2 * natural);
  const scale = (factor, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
    const before = zoom;
    zoom = Math.min(8, Math.max(0.25, factor));
    image.style.width = `${fitting() * zoom}px`;
    const left = (frame.scrollLeft + x) * zoom / before - x, top = (frame.scrollTop + y) * zoom / before - y;
    frame.scrollTo(left, top);
  };
  const show = (index) => {
    shown = (index + links.length) % links.length;
    const link = links[shown];
    image.src = link.href;
    image.alt = link.dataset.alt;
    natural = +link.dataset.width;
    title.textContent = `${shown + 1} of ${links.length}: ${link.dataset.title}`;
    if (!dialog.open) dialog.showModal();
    zoom = 1;
    scale(1);
    frame.scrollTo(0, 0);
  };
  const next = button("Next →", () => show(shown + 1));
  next.autofocus = true;
  bar.append(
    button("← Previous", () => show(shown - 1)), title, next, button("−", () => scale(zoom / 1.25), "Zoom out"),
    button("+", () => scale(zoom * 1.25), "Zoom in"), button("Close", () => dialog.close()),
  );
  dialog.append(frame, bar);
  document.body.append(dialog);
  dialog.addEventListener("close", () => links[shown].focus());
  addEventListener("resize", () => { if (dialog.open) scale(zoom); });
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || !dialog.showModal) return;
    event.preventDefault();
    show(index);
  }));

  // The wheel with Ctrl, which is also what two fingers on a touchpad send, zooms about the pointer; alone it scrolls.
  const place = (event) => [event.clientX - frame.getBoundingClientRect().left,
    event.clientY - frame.getBoundingClientRect().top];
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    scale(zoom * Math.exp(-event.deltaY / 300), ...place(event));
  }, { passive: false });
  const fingers = new Map();
  let apart = 0;
  const distance = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  frame.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) apart = distance();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size !== 2) return;
    const now = distance();
    scale(zoom * now / apart, ...place(event));
    apart = now;
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    frame.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }

  addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (dialog.open && key === "arrowright") show(shown + 1);
    else if (dialog.open && key === "arrowleft") show(shown - 1);
    else if (dialog.open && key === "arrowdown") frame.scrollBy(0, 80);
    else if (dialog.open && key === "arrowup") frame.scrollBy(0, -80);
    else if (dialog.open && (key === "+" || key === "=")) scale(zoom * 1.25);
    else if (dialog.open && key === "-") scale(zoom / 1.25);
    else if (dialog.open && key === "0") scale(1);
    else if (!dialog.open && key === "j") go(1);
    else if (!dialog.open && key === "k") go(-1);
    else return;
    event.preventDefault();
  });
  document.querySelector(".keys").hidden = false;
})();
