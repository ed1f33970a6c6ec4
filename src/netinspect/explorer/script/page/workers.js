"use strict";
// Heavy layers are worked out beside the page, which stays alive meanwhile. Where no worker can be had, they are worked
// out here.
const workers = (() => {
  let worker = null;
  let turn = 0;
  const waiting = new Map();

  const begin = () => {
    const program = document.getElementById("engine").textContent;
    const begun = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })));
    begun.onmessage = ({ data }) => {
      waiting.get(data.turn).resolve(data.arrays);
      waiting.delete(data.turn);
    };
    begun.onerror = (event) => {
      event.preventDefault();
      for (const { here } of waiting.values()) here();
      waiting.clear();
    };
    return begun;
  };

  const away = (kind, inputs, settings, shapes) =>
    new Promise((resolve) => {
      turn += 1;
      const here = () => resolve(engine.compute(kind, inputs, settings, shapes));
      waiting.set(turn, { resolve, here });
      try {
        worker ??= begin();
        worker.postMessage({ turn, kind, inputs, settings, shapes });
      } catch {
        waiting.delete(turn);
        here();
      }
    });

  return { away };
})();
