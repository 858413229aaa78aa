// Selecting many rows of a list: <form data-bulk> holds checkboxes [data-bulk-item], one [data-bulk-all],
// any number of [data-bulk-count] texts, and buttons [data-bulk-act] that need at least one row.

export function countSelected(form: Element): number {
  return form.querySelectorAll("[data-bulk-item]:checked").length;
}

function refresh(form: Element): void {
  const items = form.querySelectorAll<HTMLInputElement>("[data-bulk-item]");
  const count = countSelected(form);
  for (const text of form.querySelectorAll("[data-bulk-count]")) text.textContent = String(count);
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-bulk-act]")) button.disabled = count === 0;
  for (const all of form.querySelectorAll<HTMLInputElement>("[data-bulk-all]")) {
    all.checked = count > 0 && count === items.length;
    all.indeterminate = count > 0 && count < items.length;
  }
}

function changed(event: Event): void {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  const form = box.closest("[data-bulk]");
  if (!form) return;
  if (box.matches("[data-bulk-all]")) {
    for (const item of form.querySelectorAll<HTMLInputElement>("[data-bulk-item]")) item.checked = box.checked;
  }
  refresh(form);
}

function refreshAll(): void {
  for (const form of document.querySelectorAll("[data-bulk]")) refresh(form);
}

export function watchSelections(): void {
  document.addEventListener("change", changed);
  document.addEventListener("htmx:afterSettle", refreshAll);
  window.addEventListener("pageshow", refreshAll);
  refreshAll();
}
