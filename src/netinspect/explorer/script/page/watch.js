// Says that the file is spoilt where the page has not begun a second after all of it is read, or has no style. This
// stands before all that may be missing.
const spoilt = () => {
  const textContent = "Part of this file is cut off or spoilt. Write it again with netinspect explore.";
  const line = { id: "broken", className: "banner", role: "alert", textContent };
  document.getElementById("broken") ?? document.body.prepend(Object.assign(document.createElement("p"), line));
};
addEventListener("DOMContentLoaded", () =>
  setTimeout(() => document.body.dataset.begun && document.styleSheets.length || spoilt(), 1000));
