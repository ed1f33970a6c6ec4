"use strict";
// How a number of an attention is told.
(() => {
  const { element, number } = words;
  const { leading, cellOf, sentence, strong, table, bar, largest } = accounts;

  const SCORES = "A score is query · key, scaled; its products are not shown.";

  Object.assign(accounts.forms, {
    attention: ({ net, operation, terms, from }) => {
      const places = parts.attended?.standing(net, operation, terms) ?? null;
      const nameOf = (k) => (places ? parts.attended.name(net, places, k) : cellOf(net, from, terms.sources[k]));
      return [
        sentence(
          `Query ${terms.query} weighs ${terms.values.length} values: the sum of weight × value is `,
          strong(number(terms.value)),
          `. ${SCORES}`,
        ),
        table(
          "The largest weights",
          ["from", "score", "weight", "", "× value"],
          largest(terms.weights).map((k) => [
            leading(net, from, terms.sources[k], nameOf(k)),
            number(terms.scores[k]),
            number(terms.weights[k]),
            bar(terms.weights[k]),
            number(terms.values[k]),
          ]),
        ),
        places && parts.attended.figure(net, places, terms.weights, "Its weights over the input"),
      ];
    },
    heads: ({ net, operation, terms, from }) => {
      const places = parts.attended?.standing(net, operation, terms) ?? null;
      const figures = terms.heads.map(
        ({ weights }, head) => places && parts.attended.figure(net, places, weights, `Head ${head}`),
      );
      return [
        sentence(
          `Token ${terms.query} asks in ${terms.heads.length} heads. The sum of what they give`,
          terms.bias ? ` and a bias (${number(terms.bias)})` : "",
          ": ",
          strong(number(terms.value)),
        ),
        figures[0] && element("div", { class: "heads" }, figures),
        figures[0] && sentence("A patch is as bright as its weight; the one that asks is framed."),
        sentence(
          "A head gives the sum of weight × value: a value is that of the token, projected in and out. ",
          SCORES,
        ),
        ...terms.heads.map(({ scores, weights, values, sum }, head) => {
          const order = largest(weights, 8);
          const rest = sum - engine.total(order.map((k) => weights[k] * values[k]));
          const rows = order.map((k) => [
            leading(net, from, terms.sources[k], places ? parts.attended.name(net, places, k) : String(k)),
            number(scores[k]),
            number(weights[k]),
            bar(weights[k]),
            number(values[k]),
          ]);
          if (order.length < weights.length) rows.push(["the rest", "", "", "", `adds ${number(rest)}`]);
          return table(`Head ${head} gives ${number(sum)}`, ["token", "score", "weight", "", "× value"], rows);
        }),
      ];
    },
  });
})();
