"use strict";
// What the page can do beyond being read: sort tables, copy text, change the theme.

const UNITS = { ns: 1e-9, "µs": 1e-6, ms: 1e-3, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** The last number of a text, in its unit; of none of them, less than all. */
function amount(text) {
  if (text.endsWith("∞")) return Infinity;
  const found = [...text.matchAll(/-?\d[\d,]*(?:\.\d+)?(?:\s*([a-zµ]+))?/gi)].pop();
  if (!found) return -Infinity;
  return parseFloat(found[0].replaceAll(",", "")) * (UNITS[found[1]] ?? 1);
}

function sort(table, heading) {
  const column = heading.cellIndex;
  const numeric = heading.classList.contains("number");
  const before = heading.getAttribute("aria-sort");
  const rising = before ? before === "descending" : !numeric;
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const text = (row) => row.cells[column].textContent.trim();
  const compare = numeric
    ? (one, other) => amount(text(one)) - amount(text(other)) || 0
    : (one, other) => text(one).localeCompare(text(other), "en");
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((one, other) => (rising ? 1 : -1) * compare(one, other));
  for (const row of rows) row.classList.remove("begins");
  body.append(...rows);
}

for (const table of document.querySelectorAll("table")) {
  if (table.tBodies[0].rows.length < 2) continue;
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(table, heading));
    heading.append(button);
  }
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(text);
    button.textContent = "Selected: press Ctrl-C";
  }
}

for (const text of document.querySelectorAll("pre.copied")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(text, button));
  text.before(button);
}

const THEMES = ["auto", "light", "dark"];

/** Storage may be forbidden; the theme then lasts as long as the page. */
function stored(theme) {
  try {
    if (theme) localStorage.setItem("unknot-theme", theme);
    return localStorage.getItem("unknot-theme");
  } catch {
    return null;
  }
}

function wear(theme) {
  document.documentElement.dataset.theme = theme;
  switcher.textContent = `Theme: ${theme}`;
}

const switcher = document.createElement("button");
switcher.type = "button";
switcher.id = "theme";
switcher.addEventListener("click", () => {
  const now = THEMES.indexOf(document.documentElement.dataset.theme);
  const next = THEMES[(now + 1) % THEMES.length];
  stored(next);
  wear(next);
});
wear(THEMES.includes(stored()) ? stored() : "auto");
document.querySelector("header").prepend(switcher);
