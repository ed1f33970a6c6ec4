// In a worker the engine answers messages: one operation each.
if (typeof document === "undefined") {
  self.onmessage = ({ data: { turn, kind, inputs, settings, shapes } }) => {
    const arrays = engine.compute(kind, inputs, settings, shapes);
    self.postMessage({ turn, arrays }, arrays.map(({ buffer }) => buffer));
  };
}
