"use strict";
// Unpacks the programs of the page and runs them in order. The policy of the page allows these texts alone.
(async () => {
  for (const packed of document.querySelectorAll("[data-program]")) {
    const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const script = document.createElement("script");
    script.id = packed.dataset.program;
    script.textContent = await new Response(stream).text();
    document.body.append(script);
  }
})();
