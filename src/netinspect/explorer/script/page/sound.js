"use strict";
// A sound that is cut into frames: one frame is the input; the reader drags it, and hears it.
parts.sounds = (() => {
  const { element } = words;
  const HEIGHT = 90;
  const SMALLEST_DEVIATION = 1e-10; // a silent frame stays silent

  // The arrays of an input that is cut out of a sound, unpacked once; null for other inputs.
  const soundOf = (net, input) => {
    const { frames } = net.head.inputs[input];
    if (!frames) return null;
    const [channels, length] = net.head.arrays[frames.sound].shape;
    const sound = engine.array(net, frames.sound);
    return {
      ...frames,
      channels: engine.range(channels).map((at) => sound.subarray(at * length, (at + 1) * length)),
      starts: engine.array(net, frames.starts),
      values: frames.values === undefined ? null : engine.array(net, frames.values),
    };
  };

  // The numbers of a frame, as `preprocess` makes them; where that is more than arithmetic they are there already.
  const frameData = ({ channels, starts, values, length, steps }, number) => {
    if (values !== null) {
      const count = values.length / starts.length;
      return values.slice(number * count, (number + 1) * count);
    }
    const data = new Float32Array(channels.length * length);
    channels.forEach((samples, at) => {
      const cut = samples.subarray(starts[number], starts[number] + length);
      const prepare = (part, [step, settings]) => (step === "normalize" ? normalized(part, settings) : part);
      data.set(steps.reduce(prepare, cut), at * length);
    });
    return data;
  };
  const normalized = (values, { correction, eps }) => {
    const mean = engine.total(Array.from(values)) / values.length;
    const variance =
      engine.total(Array.from(values, (x) => (x - mean) ** 2)) / Math.max(1, values.length - correction) + eps;
    return Float32Array.from(values, (x) => (x - mean) / Math.max(Math.sqrt(variance), SMALLEST_DEVIATION));
  };

  // The loudest of each column of pixels, and the frame.
  const drawWave = (canvas, samples, first, last) => {
    const width = Math.max(120, canvas.parentElement.clientWidth);
    const ink = paint.inkOf(canvas);
    const pen = paint.resized(canvas, width, HEIGHT);
    const limit = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    const at = (x) => (x / samples.length) * width;
    pen.fillStyle = ink.accent;
    for (let x = 0; x < width; x++) {
      let low = 0;
      let high = 0;
      for (let k = Math.floor((x / width) * samples.length); k < ((x + 1) / width) * samples.length; k++) {
        low = Math.min(low, samples[k]);
        high = Math.max(high, samples[k]);
      }
      pen.fillRect(
        x,
        HEIGHT / 2 - (high / limit) * (HEIGHT / 2),
        1,
        Math.max(1, ((high - low) / limit) * (HEIGHT / 2)),
      );
    }
    pen.fillStyle = ink.span;
    pen.fillRect(at(first), 0, Math.max(3, at(last - first)), HEIGHT);
    pen.strokeStyle = ink.text;
    pen.lineWidth = 2;
    pen.strokeRect(at(first), 1, Math.max(3, at(last - first)), HEIGHT - 2);
  };

  let context = null;
  let playing = null;
  const play = (samples, rate) => {
    context ??= new AudioContext();
    playing?.stop();
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(Float32Array.from(samples), 0);
    playing = context.createBufferSource();
    playing.buffer = buffer;
    playing.connect(context.destination);
    playing.start();
  };

  // Builds the strip; `state.frame` is the place of the frame among those of the page.
  const build = (app, place) => {
    const { net, state } = app;
    const frames = soundOf(net, state.input);
    place.hidden = frames === null;
    if (frames === null) return;
    const { starts, sample_rate: rate } = frames;
    const [samples] = frames.channels;
    const canvas = element("canvas", {
      id: "wave",
      tabindex: 0,
      role: "slider",
      "aria-label": "The frame of the sound",
      "aria-valuemin": frames.first + 1,
      "aria-valuemax": frames.first + starts.length,
    });
    state.frame ??= frames.chosen;
    const show = () => {
      const seconds = ((frames.begins + starts[state.frame]) / rate).toFixed(3);
      const number = frames.first + state.frame + 1;
      canvas.setAttribute("aria-valuenow", number);
      canvas.setAttribute("aria-valuetext", `frame ${number}, from ${seconds} s`);
      label.textContent = `Frame ${number} of ${frames.count}, from ${seconds} s`;
      drawWave(canvas, samples, starts[state.frame], starts[state.frame] + frames.length);
    };
    const move = (number) => {
      state.frame = Math.max(0, Math.min(starts.length - 1, number));
      show();
      app.change(edits.setInput(net, net.head.inputs[state.input].value, frameData(frames, state.frame)));
    };
    const nearest = (event) => {
      const box = canvas.getBoundingClientRect();
      const middle = ((event.clientX - box.left) / box.width) * samples.length - frames.length / 2;
      return starts.reduce(
        (best, start, k) => (Math.abs(start - middle) < Math.abs(starts[best] - middle) ? k : best),
        0,
      );
    };
    const label = element("p", {});
    controls.drag(canvas, (event) => move(nearest(event)));
    const steps = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -10,
      PageUp: 10,
      Home: -Infinity,
      End: Infinity,
    };
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      move(state.frame + steps[event.key]);
    });
    const active = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.replaceChildren(
      element("p", {}, "The sound: drag the frame, or move it with the arrow keys"),
      canvas,
      label,
      element(
        "div",
        { class: "tools" },
        controls.button("hear-frame", "Hear the frame", () =>
          play(samples.subarray(starts[state.frame], starts[state.frame] + frames.length), rate),
        ),
        controls.button("hear-all", "Hear all of it", () => play(samples, rate)),
      ),
    );
    if (active) document.getElementById(active).focus();
    show();
    app.redrawSound = show;
  };

  // The place of a frame that is named by its number in the whole sound, from 1; null where the page does not have it.
  // And the frame of a place put in the place of the input.
  const placeOf = ({ head }, input, number) => {
    const { frames } = head.inputs[input];
    if (!frames || !Number.isInteger(number)) return null;
    const place = number - 1 - frames.first;
    return place >= 0 && place < head.arrays[frames.starts].shape[0] ? place : null;
  };
  const taken = (net, input, place) =>
    edits.setInput(net, net.head.inputs[input].value, frameData(soundOf(net, input), place));

  return { build, placeOf, taken };
})();
