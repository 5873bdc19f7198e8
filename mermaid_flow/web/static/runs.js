// The list of runs, brought up to date while somebody looks at it.

import { replace } from "./parts.js";

const OFTEN = 3000; // Milliseconds.
const list = document.getElementById("runs");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    replace(list, page.getElementById("runs").innerHTML);
  } catch {
    // The server has ended, or is being started again.
  }
}

setInterval(refresh, OFTEN);
document.addEventListener("visibilitychange", refresh);
