"use strict";
// Attention, as a function and as a layer with its projections.
(({ kinds, rules, size, range, total, taken, softmax, broadcast, places, spread, gatheredFrom }) => {
  // The weights of one query over all keys: scores, masked, and their softmax.
  const attentionRow = (query, keys, count, width, scale, mask) => {
    const scores = range(count).map((k) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += query[i] * keys[k * width + i];
      return mask(k, sum * scale);
    });
    return { scores, weights: softmax(scores, { log: false, sign: 1 }) };
  };
  const masked = (word, hidden, score) => {
    if (!word) return score;
    return word === "added" ? score + hidden : (hidden !== 0) === (word === "keeps") ? score : -Infinity;
  };

  const attentionParts = ({ query, key, value, mask }, { scale, causal, mask: word }) => {
    const lead = broadcast(query.shape.slice(0, -2), key.shape.slice(0, -2));
    const [queries, width] = query.shape.slice(-2), count = key.shape[key.shape.length - 2];
    const deep = value.shape[value.shape.length - 1];
    const starts = (item) => places(item.shape.slice(0, -2), lead).map((at) => at * size(item.shape.slice(-2)));
    const [qs, ks, vs] = [query, key, value].map(starts);
    const hidden = word ? spread(mask, [...lead, queries, count]) : null;
    const row = (batch, q) => attentionRow(
      query.data.subarray(qs[batch] + q * width, qs[batch] + (q + 1) * width),
      key.data.subarray(ks[batch], ks[batch] + count * width), count, width, scale,
      (k, score) => {
        const mask = word ? hidden((batch * queries + q) * count + k) : 0;
        return masked(word, mask, causal && k > q ? -Infinity : score);
      });
    return { lead, queries, count, width, deep, qs, ks, vs, row, batches: qs.length };
  };
  const attention = (inputs, settings, [shape]) => {
    const { queries, count, deep, vs, row, batches } = attentionParts(inputs, settings), { data } = inputs.value;
    const result = new Float32Array(size(shape));
    for (let batch = 0, to = 0; batch < batches; batch++) for (let q = 0; q < queries; q++, to += deep) {
      const { weights } = row(batch, q), sum = new Float64Array(deep);
      for (let k = 0; k < count; k++) for (let d = 0; d < deep; d++)
        sum[d] += weights[k] * data[vs[batch] + k * deep + d];
      result.set(sum, to);
    }
    return [result];
  };
  const attentionTerms = (inputs, settings, _, place) => {
    const { queries, count, deep, vs, row } = attentionParts(inputs, settings);
    const d = place % deep, q = Math.floor(place / deep) % queries, batch = Math.floor(place / (deep * queries));
    const { scores, weights } = row(batch, q);
    const sources = range(count).map((k) => vs[batch] + k * deep + d), values = taken(inputs.value.data, sources);
    return {
      form: "attention", from: "value", sources, values, scores, weights, query: q,
      value: total(values.map((x, k) => x * weights[k])),
    };
  };

  // The layer, head by head; tensors inside are (samples, heads, tokens, features).
  const headsOf = (inputs, settings) => {
    const { heads, batch_first: batchFirst, weight_rows: rows, rows: biasRows } = settings;
    const width = inputs.out_weight.shape[0], each = width / heads;
    return ["query", "key", "value"].map((name, part) => {
      const tokens = inputs[name], weight = inputs[`${name}_weight`], bias = inputs[`${name}_bias`];
      const [samples, count] = batchFirst ? tokens.shape : [tokens.shape[1], tokens.shape[0]], deep = tokens.shape[2];
      const data = new Float64Array(samples * heads * count * each);
      for (let n = 0; n < samples; n++) for (let t = 0; t < count; t++) for (let o = 0; o < width; o++) {
        const from = (batchFirst ? n * count + t : t * samples + n) * deep, row = (rows[part] + o) * deep;
        let sum = bias ? bias.data[biasRows[part] + o] : 0;
        for (let i = 0; i < deep; i++) sum += tokens.data[from + i] * weight.data[row + i];
        data[((n * heads + Math.floor(o / each)) * count + t) * each + (o % each)] = sum;
      }
      return { data, shape: [samples, heads, count, each] };
    });
  };
  const headAttention = (inputs, settings) => {
    const [query, key, value] = headsOf(inputs, settings), { shape } = query;
    const { mask } = inputs, of3 = mask && mask.shape.length === 3; // then it is (samples · heads, queries, keys)
    const shaped = of3 ? { data: mask.data, shape: [shape[0], shape[1], ...mask.shape.slice(1)] } : mask;
    const options = { scale: 1 / Math.sqrt(shape[3]), causal: false, mask: settings.mask };
    const projected = { query, key, value, mask: shaped };
    return { ...projected, projected, options, ...attentionParts(projected, options) };
  };
  const multiheadAttention = (inputs, settings, shapes) => {
    const { query, value, queries, count, deep, vs, row } = headAttention(inputs, settings);
    const [samples, heads] = query.shape, width = heads * deep, { out_weight: weight, out_bias: bias } = inputs;
    const result = new Float32Array(size(shapes[0])), all = new Float32Array(samples * heads * queries * count);
    for (let n = 0; n < samples; n++) for (let q = 0; q < queries; q++) {
      const joined = new Float64Array(width);
      for (let h = 0; h < heads; h++) {
        const batch = n * heads + h, { weights } = row(batch, q);
        all.set(weights, (batch * queries + q) * count);
        for (let k = 0; k < count; k++) for (let d = 0; d < deep; d++)
          joined[h * deep + d] += weights[k] * value.data[vs[batch] + k * deep + d];
      }
      const to = (settings.batch_first ? n * queries + q : q * samples + n) * width;
      for (let o = 0; o < width; o++) {
        let sum = bias ? bias.data[o] : 0;
        for (let i = 0; i < width; i++) sum += joined[i] * weight.data[o * width + i];
        result[to + o] = sum;
      }
    }
    if (shapes.length < 2 || shapes[1].length === 4) return [result, all];
    const mean = new Float32Array(samples * queries * count), plane = queries * count;
    for (let at = 0; at < mean.length; at++) {
      let sum = 0;
      for (let h = 0; h < heads; h++) sum += all[(Math.floor(at / plane) * heads + h) * plane + (at % plane)];
      mean[at] = sum / heads;
    }
    return [result, mean];
  };
  // Of each head the weights of the query over the keys, and what it adds to the number.
  const multiheadTerms = (inputs, settings, shapes, place, output) => {
    if (output > 0) return null;
    const { query, value, queries, count, deep, vs, row } = headAttention(inputs, settings);
    const [samples, heads] = query.shape, width = heads * deep, { out_weight: weight, out_bias: bias } = inputs;
    const o = place % width, token = Math.floor(place / width);
    const [n, q] = settings.batch_first ? [Math.floor(token / queries), token % queries]
      : [token % samples, Math.floor(token / samples)];
    const parts = range(heads).map((h) => {
      const { scores, weights } = row(n * heads + h, q);
      const first = vs[n * heads + h];
      const mixed = range(deep).map((d) => total(weights.map((w, k) => w * value.data[first + k * deep + d])));
      return { scores, weights, sum: total(mixed.map((x, d) => x * weight.data[o * width + h * deep + d])) };
    });
    const shift = bias ? bias.data[o] : 0;
    const tokenOf = (k) => (settings.batch_first ? n * count + k : k * samples + n);
    const keys = range(count).map((k) => tokenOf(k) * inputs.key.shape[2]);
    return {
      form: "heads", from: "key", sources: keys, query: q, sample: n, heads: parts, bias: shift,
      value: total(parts.map(({ sum }) => sum)) + shift,
    };
  };

  // From the gradient of what the values of the keys come to, by query, those of the four inputs.
  const attentionGradients = ({ query, key, value, mask }, { scale, mask: word }, parts, gradient) => {
    const { lead, queries, count, width, deep, qs, ks, vs, row, batches } = parts;
    const [ofQuery, ofKey, ofValue] = [query, key, value].map(({ data }) => new Float64Array(data.length));
    const ofScores = new Float64Array(batches * queries * count);
    for (let batch = 0; batch < batches; batch++) for (let q = 0; q < queries; q++) {
      const g = gradient.subarray((batch * queries + q) * deep, (batch * queries + q + 1) * deep);
      if (g.every((x) => x === 0)) continue;
      const { weights } = row(batch, q), ofWeights = weights.map((_, k) => {
        let sum = 0;
        for (let d = 0; d < deep; d++) sum += g[d] * value.data[vs[batch] + k * deep + d];
        return sum;
      });
      const mean = total(ofWeights.map((x, k) => x * weights[k])), from = qs[batch] + q * width;
      weights.forEach((weight, k) => {
        for (let d = 0; d < deep; d++) ofValue[vs[batch] + k * deep + d] += weight * g[d];
        const ofScore = (ofScores[(batch * queries + q) * count + k] = weight * (ofWeights[k] - mean));
        for (let i = 0, at = ks[batch] + k * width; i < width; i++, at++) {
          ofQuery[from + i] += ofScore * scale * key.data[at];
          ofKey[at] += ofScore * scale * query.data[from + i];
        }
      });
    }
    const ofMask = word === "added" ? { mask: gatheredFrom(ofScores, [...lead, queries, count], mask.shape) } : {};
    return { query: ofQuery, key: ofKey, value: ofValue, ...ofMask };
  };
  rules.attention = ({ gradient, inputs, settings }) =>
    attentionGradients(inputs, settings, attentionParts(inputs, settings), gradient);
  // Back through the projection out, the heads, and the projections in.
  rules.multihead_attention = ({ gradient, inputs, settings }) => {
    const { batch_first: batchFirst, weight_rows: rows } = settings, { out_weight: weight } = inputs;
    const parts = headAttention(inputs, settings), { options, projected, queries, deep } = parts;
    const [samples, heads] = projected.query.shape, width = heads * deep;
    const tokenAt = (n, t, count) => (batchFirst ? n * count + t : t * samples + n);
    const mixed = new Float64Array(samples * heads * queries * deep);
    for (let n = 0; n < samples; n++) for (let q = 0; q < queries; q++) for (let o = 0; o < width; o++) {
      const g = gradient[tokenAt(n, q, queries) * width + o];
      if (g !== 0) for (let i = 0; i < width; i++)
        mixed[((n * heads + Math.floor(i / deep)) * queries + q) * deep + (i % deep)] += g * weight.data[o * width + i];
    }
    const results = attentionGradients(projected, options, parts, mixed);
    ["query", "key", "value"].forEach((name, part) => {
      const { data, shape } = inputs[name], into = inputs[`${name}_weight`], result = new Float64Array(data.length);
      const count = projected[name].shape[2], features = shape[2];
      results[name].forEach((g, at) => {
        if (g === 0) return;
        const t = Math.floor(at / deep) % count, head = Math.floor(at / (deep * count)), n = Math.floor(head / heads);
        const row = (rows[part] + (head % heads) * deep + (at % deep)) * features;
        const from = tokenAt(n, t, count) * features;
        for (let i = 0; i < features; i++) result[from + i] += g * into.data[row + i];
      });
      results[name] = result;
    });
    return results;
  };

  kinds.attention = [attention, attentionTerms];
  kinds.multihead_attention = [multiheadAttention, multiheadTerms];
})(engine);
