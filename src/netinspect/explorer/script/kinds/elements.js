"use strict";
// What is done to each number by itself, and to pairs of numbers.
(({ kinds, rules, size, range, cellAt, placeOf, taken, weightAt, sigmoid, spread, gatheredFrom }) => {
  const erf = (x) => {
    const z = Math.abs(x);
    if (!(z < 3)) { // a continued fraction for what is left to 1
      if (z > 6 || z !== z) return z > 6 ? Math.sign(x) : NaN;
      let rest = 0;
      for (let k = 40; k > 0; k--) rest = k / 2 / (z + rest);
      return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + rest)));
    }
    let sum = 0, power = x;
    for (let k = 0; k < 60; k++) {
      sum += power / (2 * k + 1);
      power *= (-x * x) / (k + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  };
  const clip = (x, low, high) => (x !== x ? x : Math.min(Math.max(x, low ?? -Infinity), high ?? Infinity));
  const softplus = (x, beta, threshold) => (x * beta > threshold ? x : Math.log1p(Math.exp(x * beta)) / beta);
  const even = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

  const functions = {
    identity: (x) => x,
    relu: (x) => (x < 0 ? 0 : x),
    relu6: (x) => clip(x, 0, 6),
    leaky_relu: (x, { negative_slope: slope }) => (x > 0 ? x : slope * x),
    elu: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
    celu: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
    selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    gelu: (x, { approximate }) => (approximate === "tanh"
      ? (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x / 2) * (1 + erf(x / Math.SQRT2))),
    silu: (x) => x * sigmoid(x),
    mish: (x) => x * Math.tanh(softplus(x, 1, 20)),
    sigmoid,
    tanh: Math.tanh,
    log_sigmoid: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
    softplus: (x, { beta, threshold }) => softplus(x, beta, threshold),
    softsign: (x) => x / (1 + Math.abs(x)),
    softshrink: (x, { lambd }) => (x > lambd ? x - lambd : x < -lambd ? x + lambd : x * 0),
    hardshrink: (x, { lambd }) => (Math.abs(x) <= lambd ? 0 : x),
    tanhshrink: (x) => x - Math.tanh(x),
    threshold: (x, { threshold, value }) => (x <= threshold ? value : x),
    hardtanh: (x, { min_val: low, max_val: high }) => clip(x, low, high),
    hardsigmoid: (x) => clip(x + 3, 0, 6) / 6,
    hardswish: (x) => (x * clip(x + 3, 0, 6)) / 6,
    clamp: (x, { min, max }) => clip(x, min, max),
    truncate: Math.trunc,
    neg: (x) => -x,
    abs: Math.abs,
    sign: Math.sign,
    square: (x) => x * x,
    sqrt: Math.sqrt,
    rsqrt: (x) => 1 / Math.sqrt(x),
    reciprocal: (x) => 1 / x,
    exp: Math.exp,
    expm1: Math.expm1,
    log: Math.log,
    log1p: Math.log1p,
    log2: Math.log2,
    log10: Math.log10,
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    atan: Math.atan,
    erf,
    floor: Math.floor,
    ceil: Math.ceil,
    round: even,
    logical_not: (x) => Number(x === 0),
    isnan: (x) => Number(x !== x),
  };

  const combinations = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    div: (a, b) => a / b,
    floor_divide: (a, b) => Math.floor(a / b),
    remainder: (a, b) => a - b * Math.floor(a / b),
    pow: (a, b) => a ** b,
    maximum: (a, b) => (a !== a || b !== b ? NaN : Math.max(a, b)),
    minimum: (a, b) => (a !== a || b !== b ? NaN : Math.min(a, b)),
    logical_and: (a, b) => Number(a !== 0 && b !== 0),
    logical_or: (a, b) => Number(a !== 0 || b !== 0),
    logical_xor: (a, b) => Number((a !== 0) !== (b !== 0)),
    eq: (a, b) => Number(a === b),
    ne: (a, b) => Number(a !== b),
    lt: (a, b) => Number(a < b),
    le: (a, b) => Number(a <= b),
    gt: (a, b) => Number(a > b),
    ge: (a, b) => Number(a >= b),
  };

  const applied = ({ input }, settings) => {
    const work = functions[settings.name], { data } = input, result = new Float32Array(data.length);
    for (let place = 0; place < data.length; place++) result[place] = work(data[place], settings);
    return [result];
  };
  const appliedTerms = ({ input }, settings, _, place) => ({
    form: "function", from: "input", sources: [place], settings, input: input.data[place],
    value: functions[settings.name](input.data[place], settings),
  });

  const spreadPlace = (item, shape, place) => { // the one place, without a list of all
    const missing = shape.length - item.shape.length;
    const cell = cellAt(place, shape).slice(missing).map((at, axis) => (item.shape[axis] === 1 ? 0 : at));
    return placeOf(cell, item.shape);
  };

  const combined = ({ first, second }, { name }, [shape]) => {
    const work = combinations[name], [a, b] = [spread(first, shape), spread(second, shape)];
    const result = new Float32Array(size(shape));
    for (let place = 0; place < result.length; place++) result[place] = work(a(place), b(place));
    return [result];
  };
  const chosen = ({ condition, first, second }, _, [shape]) => {
    const [isFirst, a, b] = [condition, first, second].map((item) => spread(item, shape));
    return [Float32Array.from(range(size(shape)), (place) => (isFirst(place) ? a(place) : b(place)))];
  };
  const elementTerms = (names, work) => (inputs, settings, [shape], place) => {
    const operands = names.map((name) => {
      const at = spreadPlace(inputs[name], shape, place);
      return { from: name, place: at, value: inputs[name].data[at] };
    });
    return { form: "elements", operands, settings, value: work(operands.map(({ value }) => value), settings) };
  };
  const combinedTerms = elementTerms(["first", "second"], ([a, b], { name }) => combinations[name](a, b));
  const chosenTerms = elementTerms(["condition", "first", "second"], ([condition, a, b]) => (condition ? a : b));

  const slope = ({ weight }, every, place) => weightAt(weight, place, every);
  const prelu = (inputs, { every }) => [Float32Array.from(inputs.input.data, (x, place) =>
    (x > 0 ? x : x * slope(inputs, every, place)))];
  const preluTerms = (inputs, { every }, _, place) => {
    const input = inputs.input.data[place], negative = slope(inputs, every, place);
    return {
      form: "function", from: "input", sources: [place], settings: { name: "prelu", negative_slope: negative }, input,
      value: input > 0 ? input : input * negative,
    };
  };

  const gluPlaces = ({ input }, axis, shape, place) => {
    const cell = cellAt(place, shape), half = [...cell];
    half[axis] += shape[axis];
    return [placeOf(cell, input.shape), placeOf(half, input.shape)];
  };
  const gluTerms = (inputs, { axis }, [shape], place) => {
    const sources = gluPlaces(inputs, axis, shape, place), values = taken(inputs.input.data, sources);
    return { form: "gated", from: "input", sources, values, value: values[0] * sigmoid(values[1]) };
  };
  const glu = (inputs, settings, shapes) => [Float32Array.from(range(size(shapes[0])), (place) =>
    gluTerms(inputs, settings, shapes, place).value)];

  kinds.function = [applied, appliedTerms];
  kinds.prelu = [prelu, preluTerms];
  kinds.glu = [glu, gluTerms];
  kinds.combine = [combined, combinedTerms];
  kinds.choose = [chosen, chosenTerms];

  // By name the slopes for both operands; what compares has none, and `floor_divide` no rule.
  const slopesOf = {
    add: [() => 1, () => 1],
    sub: [() => 1, () => -1],
    mul: [(_, b) => b, (a) => a],
    div: [(_, b) => 1 / b, (a, b) => -a / b ** 2],
    remainder: [() => 1, (a, b) => -Math.floor(a / b)],
    // as in torch, 0 where a logarithm or a power of 0 would be none
    pow: [(a, b) => (b === 0 ? 0 : b * a ** (b - 1)), (a, b) => (a === 0 && b >= 0 ? 0 : a ** b * Math.log(a))],
    maximum: [(a, b) => (a > b) + (a === b) / 2, (a, b) => (b > a) + (a === b) / 2],
    minimum: [(a, b) => (a < b) + (a === b) / 2, (a, b) => (b < a) + (a === b) / 2],
  };
  rules.combine = ({ gradient, inputs: { first, second }, settings: { name }, shape }) => {
    if (/^(eq|ne|[lg][te]|logical_.*)$/.test(name)) return {};
    if (!slopesOf[name]) return null;
    const [a, b] = [spread(first, shape), spread(second, shape)];
    const [ofFirst, ofSecond] = slopesOf[name].map((slope) =>
      gradient.map((g, at) => (g === 0 ? 0 : g * slope(a(at), b(at)))));
    return { first: gatheredFrom(ofFirst, shape, first.shape), second: gatheredFrom(ofSecond, shape, second.shape) };
  };
  rules.choose = ({ gradient, inputs: { condition, first, second }, shape }) => {
    const isFirst = spread(condition, shape);
    const ofFirst = gradient.map((g, at) => (isFirst(at) ? g : 0)), ofSecond = gradient.map((g, at) => g - ofFirst[at]);
    return { first: gatheredFrom(ofFirst, shape, first.shape), second: gatheredFrom(ofSecond, shape, second.shape) };
  };
  rules.glu = ({ gradient, inputs, settings: { axis }, shape }) => {
    const { data } = inputs.input, result = new Float64Array(data.length);
    gradient.forEach((g, place) => {
      const [at, half] = gluPlaces(inputs, axis, shape, place), gate = sigmoid(data[half]);
      result[at] = g * gate;
      result[half] = g * data[at] * gate * (1 - gate);
    });
    return { input: result };
  };
})(engine);
