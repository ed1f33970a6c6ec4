"use strict";
// Normalisation.
(({ kinds, rules, size, weightAt }) => {
  const scaled = (value, { weight, bias }, place, every) =>
    value * (weight ? weightAt(weight, place, every) : 1) + (bias ? weightAt(bias, place, every) : 0);

  const statistics = (data, first, count, centred) => {
    let mean = 0, variance = 0;
    if (centred) for (let at = 0; at < count; at++) mean += data[first + at] / count;
    for (let at = 0; at < count; at++) variance += (data[first + at] - mean) ** 2 / count;
    return { mean, variance };
  };

  const batchStatistics = ({ input, mean, variance }, place) => {
    const every = size(input.shape.slice(2));
    return { every, mean: weightAt(mean, place, every), variance: weightAt(variance, place, every) };
  };

  const batchNorm = (inputs, { eps }) => {
    const { data } = inputs.input, result = new Float32Array(data.length), every = size(inputs.input.shape.slice(2));
    for (let first = 0; first < data.length; first += every) {
      const { mean, variance } = batchStatistics(inputs, first), deviation = Math.sqrt(variance + eps);
      for (let place = first; place < first + every; place++)
        result[place] = scaled((data[place] - mean) / deviation, inputs, place, every);
    }
    return [result];
  };

  const normalise = (inputs, { block, eps, centred, every }) => {
    const { data } = inputs.input, result = new Float32Array(data.length);
    for (let first = 0; first < data.length; first += block) {
      const { mean, variance } = statistics(data, first, block, centred), scale = 1 / Math.sqrt(variance + eps);
      for (let place = first; place < first + block; place++)
        result[place] = scaled((data[place] - mean) * scale, inputs, place, every);
    }
    return [result];
  };

  const normTerms = (of) => (inputs, settings, _, place) => {
    const { mean, variance, every } = of(inputs, settings, place), { eps } = settings, input = inputs.input.data[place];
    const standard = (input - mean) / Math.sqrt(variance + eps);
    return {
      form: "norm", from: "input", sources: [place], input, mean, variance, eps, standard,
      weight: inputs.weight ? weightAt(inputs.weight, place, every) : null,
      bias: inputs.bias ? weightAt(inputs.bias, place, every) : null,
      value: scaled(standard, inputs, place, every),
    };
  };
  const blockStatistics = ({ input }, { block, centred, every }, place) =>
    ({ every, ...statistics(input.data, place - (place % block), block, centred) });

  kinds.batch_norm = [batchNorm, normTerms((inputs, _, place) => batchStatistics(inputs, place))];
  kinds.normalise = [normalise, normTerms(blockStatistics)];
  rules.normalise = ({ gradient, inputs: { input: { data }, weight }, settings: { block, eps, centred, every } }) => {
    const result = new Float64Array(data.length), g = new Float64Array(block), x = new Float64Array(block);
    for (let first = 0; first < data.length; first += block) {
      const { mean, variance } = statistics(data, first, block, centred), scale = 1 / Math.sqrt(variance + eps);
      let ofG = 0, ofX = 0; // the parts of the gradient that move the mean and the variance
      for (let k = 0; k < block; k++) {
        g[k] = gradient[first + k] * (weight ? weightAt(weight, first + k, every) : 1);
        x[k] = (data[first + k] - mean) * scale;
        if (centred) ofG += g[k] / block;
        ofX += (g[k] * x[k]) / block;
      }
      for (let k = 0; k < block; k++) result[first + k] = scale * (g[k] - ofG - x[k] * ofX);
    }
    return { input: result };
  };
})(engine);
