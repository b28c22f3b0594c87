(() => {
  "use strict";
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  let theme = "auto";

  const show = (chosen) => {
    theme = themes.includes(chosen) ? chosen : "auto";
    if (theme === "auto") root.removeAttribute("data-theme");
    else root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme}`;
  };

  const remembered = () => {
    try { return localStorage.getItem("unknot-theme"); } catch { return null; }
  };

  const remember = () => {
    try { localStorage.setItem("unknot-theme", theme); } catch { /* nothing is remembered here */ }
  };

  const key = (row, column, numeric) => {
    const cell = row.cells[column];
    if (numeric) return "value" in cell.dataset ? Number(cell.dataset.value) : null;
    return (cell.querySelector("bdi") || cell).textContent.trim().toLowerCase();
  };

  const sort = (button) => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const numeric = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    const falling = before ? before === "ascending" : numeric;
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [key(row, column, numeric), row]);
    rows.sort(([one], [other]) => {
      if (one === other) return 0;
      if (one === null || other === null) return one === null ? 1 : -1;
      return (one < other ? -1 : 1) * (falling ? -1 : 1);
    });
    body.append(...rows.map(([, row]) => row));
    for (const [, row] of rows) row.classList.remove("begins");
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "offstage";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  const copy = async (button) => {
    await copied(button.previousElementSibling.textContent.trim());
    button.focus();
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  const folds = (open) => {
    for (const fold of document.querySelectorAll("details")) {
      if (open && !fold.open) fold.dataset.unfolded = "";
      if (open || "unfolded" in fold.dataset) fold.open = open;
      if (!open) delete fold.dataset.unfolded;
    }
  };

  root.classList.add("scripted");
  show(remembered());
  addEventListener("DOMContentLoaded", () => {
    show(theme);
    for (const button of document.querySelectorAll("button.sort")) button.disabled = false;
  });
  addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "theme") {
      show(themes[(themes.indexOf(theme) + 1) % themes.length]);
      remember();
    } else if (button.classList.contains("sort")) sort(button);
    else if (button.classList.contains("copy")) copy(button);
  });
  addEventListener("beforeprint", () => folds(true));
  addEventListener("afterprint", () => folds(false));
})();
