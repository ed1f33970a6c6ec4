"use strict";
// The chosen channel as a table of numbers, for those who read rather than look.
const tables = (() => {
  const { element } = words;
  const MOST = 32; // rows and columns around the chosen cell

  const around = (at, count) => {
    const first = Math.max(0, Math.min(count - MOST, at - MOST / 2));
    return engine.range(Math.min(count, MOST)).map((k) => first + k);
  };

  const draw = (place, net, state, item) => {
    const sheet = sheets.sheetOf(net.head.values[state.at]);
    const [tile, row, column] = sheet.where(state.place);
    const rows = around(row, sheet.rows);
    const columns = around(column, sheet.columns);
    const isPart = rows.length < sheet.rows || columns.length < sheet.columns;
    const cell = (r, c) => {
      const at = sheet.place(tile, r, c);
      return element("td", { class: at === state.place ? "chosen" : "" }, at < 0 ? "" : words.number(item.data[at]));
    };
    const ofTile = sheet.tiles > 1 ? `, channel ${tile}` : "";
    const caption = `${net.head.values[state.at].path}${ofTile}${isPart ? ", the part around the chosen number" : ""}`;
    place.replaceChildren(
      element(
        "table",
        {},
        element("caption", {}, caption),
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("td"),
            columns.map((c) => element("th", { scope: "col" }, String(c))),
          ),
        ),
        element(
          "tbody",
          {},
          rows.map((r) =>
            element(
              "tr",
              {},
              element("th", { scope: "row" }, String(sheet.cellOf(r))),
              columns.map((c) => cell(r, c)),
            ),
          ),
        ),
      ),
    );
  };

  return { draw };
})();
