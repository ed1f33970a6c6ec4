// Unpacks the programs of the page and runs them in order. The policy of the page allows these texts alone.
(async () => {
  for (const packed of document.querySelectorAll("[data-program]")) {
    const script = document.createElement("script");
    script.id = packed.dataset.program;
    script.textContent = new TextDecoder().decode(await unpack(packed.textContent));
    document.body.append(script);
  }
})();
