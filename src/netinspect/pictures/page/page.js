"use strict";
(() => {
  const stops = [...document.querySelectorAll(".stop")];
  const links = [...document.querySelectorAll("main figure a")];
  const chips = new Map([...document.querySelectorAll("nav a")].map((chip) => [chip.hash.slice(1), chip]));

  // Where one is: the last stop whose top has passed the upper third of the window.
  const current = () => {
    const line = window.innerHeight / 3;
    let found = 0;
    stops.forEach((stop, index) => { if (stop.getBoundingClientRect().top <= line) found = index; });
    return found;
  };
  let marked = null;
  const mark = () => {
    const chip = chips.get(stops[current()]?.id);
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
    const stop = stops[Math.min(stops.length - 1, Math.max(0, current() + step))];
    stop.scrollIntoView({ behavior: "instant" });
    stop.focus({ preventScroll: true });
  };

  // One picture large, and through all of them.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Figure");
  const frame = document.createElement("div");
  frame.className = "frame";
  const image = document.createElement("img");
  frame.append(image);
  const bar = document.createElement("div");
  bar.className = "bar";
  const title = document.createElement("p");
  const button = (words, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", action);
    return made;
  };
  let shown = 0;
  const show = (index) => {
    shown = (index + links.length) % links.length;
    const link = links[shown], small = link.querySelector("img");
    image.src = link.href;
    image.alt = small.alt;
    image.style.setProperty("--width", `${small.getAttribute("width")}px`);
    frame.scrollTo(0, 0);
    title.textContent = `${shown + 1} of ${links.length}: ${link.dataset.title}`;
    if (!dialog.open) dialog.showModal();
  };
  const next = button("Next →", () => show(shown + 1));
  next.autofocus = true;
  bar.append(button("← Previous", () => show(shown - 1)), title, next, button("Close", () => dialog.close()));
  dialog.append(frame, bar);
  document.body.append(dialog);
  dialog.addEventListener("close", () => links[shown].focus());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || !dialog.showModal) return;
    event.preventDefault();
    show(index);
  }));

  addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (dialog.open && key === "arrowright") show(shown + 1);
    else if (dialog.open && key === "arrowleft") show(shown - 1);
    else if (!dialog.open && key === "j") go(1);
    else if (!dialog.open && key === "k") go(-1);
    else return;
    event.preventDefault();
  });
  document.querySelector(".keys").hidden = false;
})();
