// Unpacks the programs of the page and runs them in order: the engine, then what shows. The policy of the page allows
// these texts alone.
(async () => {
  const [engine, views] = (await unpackText(document.getElementById("programs").textContent)).split("\0");
  for (const [id, textContent] of Object.entries({ engine, views }))
    document.body.append(Object.assign(document.createElement("script"), { id, textContent }));
})();
