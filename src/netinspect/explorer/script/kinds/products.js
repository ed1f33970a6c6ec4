"use strict";
// Products of matrices, and rows of a table.
(({ kinds, rules, size, range, productPlane, products, broadcast, places }) => {
  const linear = ({ input, weight, bias }, _, [shape]) => {
    const outs = shape[shape.length - 1], count = weight.shape[1], rows = size(shape) / outs;
    const result = new Float32Array(rows * outs);
    for (let row = 0; row < rows; row++) for (let o = 0; o < outs; o++) {
      let sum = bias ? bias.data[o] : 0;
      for (let i = 0, a = row * count, b = o * count; i < count; i++) sum += input.data[a + i] * weight.data[b + i];
      result[row * outs + o] = sum;
    }
    return [result];
  };

  const linearTerms = ({ input, weight, bias }, _, [shape], place) => {
    const outs = shape[shape.length - 1], count = weight.shape[1], o = place % outs;
    const sources = range(count).map((i) => Math.floor(place / outs) * count + i);
    const plane = productPlane(0, input, sources, weight, range(count).map((i) => o * count + i));
    return products([plane], [count], bias ? bias.data[o] : 0);
  };

  const embedding = ({ input, weight }, _, [shape]) => {
    const width = weight.shape[1], result = new Float32Array(size(shape));
    input.data.forEach((id, at) => result.set(weight.data.subarray(id * width, (id + 1) * width), at * width));
    return [result];
  };

  const embeddingTerms = ({ input, weight }, _, [shape], place) => {
    const width = shape[shape.length - 1], source = Math.floor(place / width), id = input.data[source];
    return { form: "row", from: "input", sources: [source], id, value: weight.data[id * width + (place % width)] };
  };

  // Both factors as stacks of matrices; a vector is a matrix of one row or column.
  const matrices = ({ first, second }) => {
    const a = first.shape.length === 1 ? [1, ...first.shape] : first.shape;
    const b = second.shape.length === 1 ? [...second.shape, 1] : second.shape;
    const lead = broadcast(a.slice(0, -2), b.slice(0, -2));
    const starts = (shape) => places(shape.slice(0, -2), lead).map((at) => at * size(shape.slice(-2)));
    const [rows, count] = a.slice(-2), columns = b[b.length - 1];
    return { rows, count, columns, firsts: starts(a), seconds: starts(b) };
  };

  const matmul = (inputs, _, [shape]) => {
    const { rows, count, columns, firsts, seconds } = matrices(inputs), { first, second } = inputs;
    const result = new Float32Array(size(shape));
    firsts.forEach((start, batch) => {
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let i = 0, a = start + r * count, b = seconds[batch] + c; i < count; i++, b += columns)
          sum += first.data[a + i] * second.data[b];
        result[(batch * rows + r) * columns + c] = sum;
      }
    });
    return [result];
  };

  const matmulTerms = (inputs, _, __, place) => {
    const { rows, count, columns, firsts, seconds } = matrices(inputs);
    const column = place % columns, row = Math.floor(place / columns) % rows;
    const batch = Math.floor(place / (columns * rows));
    const sources = range(count).map((i) => firsts[batch] + row * count + i);
    const others = range(count).map((i) => seconds[batch] + i * columns + column);
    const plane = productPlane(0, inputs.first, sources, inputs.second, others);
    return { ...products([plane], [count], 0), from: "first", with: "second" };
  };

  kinds.linear = [linear, linearTerms];
  rules.linear = ({ gradient, inputs: { input, weight } }) => {
    const [outs, count] = weight.shape, result = new Float64Array(input.data.length);
    for (let at = 0; at < gradient.length; at++) if (gradient[at] !== 0) {
      const row = (at % outs) * count, first = Math.floor(at / outs) * count;
      for (let i = 0; i < count; i++) result[first + i] += gradient[at] * weight.data[row + i];
    }
    return { input: result };
  };
  rules.embedding = () => ({}); // an id has no gradient
  kinds.embedding = [embedding, embeddingTerms];
  kinds.matmul = [matmul, matmulTerms];
})(engine);
