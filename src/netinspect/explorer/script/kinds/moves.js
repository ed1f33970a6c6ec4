"use strict";
// Numbers in other places, and between others.
(({ kinds, size, range, strides, cellAt, placeOf, sums, inside, total, taken }) => {
  const gathered = (data, places, outside) => {
    const result = new Float32Array(places.length);
    for (let to = 0; to < places.length; to++) result[to] = places[to] < 0 ? outside : data[places[to]];
    return result;
  };
  const movedPlaces = ({ axes, offset, index }) => index
    ?? sums(axes.map((axis) => axis.steps ?? range(axis[0]).map((at) => at * axis[1])), offset);
  const move = ({ input }, settings) =>
    [gathered(input.data, movedPlaces(settings), 0)];
  const moveTerms = ({ input }, { axes, offset, index }, _, place) => {
    let at = index ? index[place] : offset, rest = place;
    if (!index) for (const axis of [...axes].reverse()) {
      const count = axis.steps ? axis.steps.length : axis[0], cell = rest % count;
      at += axis.steps ? axis.steps[cell] : cell * axis[1];
      rest = Math.floor(rest / count);
    }
    return copied("input", at, at < 0 ? 0 : input.data[at]);
  };
  const copied = (from, place, value) => ({ form: "copy", from, sources: [place], value });

  const join = ({ parts }, { axis, sizes }, [shape]) => {
    const inner = size(shape.slice(axis + 1)), outer = size(shape.slice(0, axis));
    const result = new Float32Array(size(shape));
    for (let row = 0, to = 0; row < outer; row++) parts.forEach(({ data }, part) => {
      const count = sizes[part] * inner;
      for (let at = 0; at < count; at++) result[to++] = data[row * count + at];
    });
    return [result];
  };
  const joinTerms = ({ parts }, { axis, sizes }, [shape], place) => {
    const inner = size(shape.slice(axis + 1));
    const row = Math.floor(place / (inner * shape[axis]));
    let rest = place % (inner * shape[axis]), part = 0;
    while (rest >= sizes[part] * inner) rest -= sizes[part++] * inner;
    const at = row * sizes[part] * inner + rest;
    return { ...copied("parts", at, parts[part].data[at]), part };
  };

  const padSource = ({ input }, { before, mode }, shape, place) => {
    const cell = cellAt(place, shape).map((at, axis) => inside(at - before[axis], input.shape[axis], mode));
    return cell.includes(-1) ? -1 : placeOf(cell, input.shape);
  };
  const padSources = ({ input }, { before, mode }, [shape]) => {
    const steps = strides(input.shape), { length } = input.data;
    const from = shape.map((count, axis) => range(count).map((at) => {
      const source = inside(at - before[axis], input.shape[axis], mode);
      return source < 0 ? -length : source * steps[axis]; // so far that one cell outside makes the sum negative
    }));
    return sums(from);
  };
  const pad = (inputs, settings, shapes) =>
    [gathered(inputs.input.data, padSources(inputs, settings, shapes), settings.value)];
  const padTerms = (inputs, settings, [shape], place) => {
    const at = padSource(inputs, settings, shape, place);
    return copied("input", at, at < 0 ? settings.value : inputs.input.data[at]);
  };

  // Along one axis the two cells between which an output cell lies, and the share of the second.
  const between = (o, count, out, scale, aligned) => {
    const at = aligned ? (out > 1 ? (o * (count - 1)) / (out - 1) : 0) : Math.max(0, (o + 0.5) / scale - 0.5);
    const low = Math.min(Math.floor(at), count - 1);
    return [low, Math.min(low + 1, count - 1), at - low];
  };
  const resizeTerms = ({ input }, { align_corners: aligned, scales }, [shape], place) => {
    const first = shape.length - scales.length, cell = cellAt(place, shape);
    let corners = [{ cell: cell.slice(0, first), share: 1 }];
    scales.forEach((scale, at) => {
      const axis = first + at, [low, high, share] = between(cell[axis], input.shape[axis], shape[axis], scale, aligned);
      corners = corners.flatMap((corner) => [
        { cell: [...corner.cell, low], share: corner.share * (1 - share) },
        { cell: [...corner.cell, high], share: corner.share * share },
      ]);
    });
    const sources = corners.map((corner) => placeOf(corner.cell, input.shape)), values = taken(input.data, sources);
    const shares = corners.map(({ share }) => share), value = total(values.map((x, at) => x * shares[at]));
    return { form: "blend", from: "input", sources, values, shares, value };
  };
  const resize = (inputs, settings, shapes) => [Float32Array.from(range(size(shapes[0])), (place) =>
    resizeTerms(inputs, settings, shapes, place).value)];

  kinds.move = [move, moveTerms, (_, settings) => movedPlaces(settings)];
  kinds.join = [join, joinTerms];
  kinds.pad = [pad, padTerms, padSources];
  kinds.resize = [resize, resizeTerms];
})(engine);
