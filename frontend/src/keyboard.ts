// A list without a mouse: "/" searches, j and k walk the rows, Enter opens, x selects,
// d decides on what is selected (it still asks), u takes the last decision back, e is the page's edit link;
// y and n answer the question of the current row, or of the first one.
const ROWS = "[data-row], table[data-rows] tbody tr";

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(ROWS)];
const current = (): HTMLElement | null => document.querySelector("[data-current-row]");

function walk(step: number): void {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex((row) => row.hasAttribute("data-current-row"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  current()?.removeAttribute("data-current-row");
  next?.setAttribute("data-current-row", "");
  next?.scrollIntoView({ block: "nearest" });
  if (next && !next.hasAttribute("tabindex")) next.tabIndex = -1;
  next?.focus({ preventScroll: true });
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>("[data-search], input[type=search]");
  field?.focus();
  field?.select();
}

function answer(button: string): void {
  (current()?.querySelector<HTMLElement>(button) ?? document.querySelector<HTMLElement>(button))?.click();
}

const ACTS: Record<string, () => void> = {
  "/": search,
  j: () => walk(1),
  k: () => walk(-1),
  x: () => current()?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
  d: () => document.querySelector<HTMLElement>("[data-bulk-act]:enabled")?.click(),
  u: () => document.querySelector<HTMLElement>("[data-undo]")?.click(),
  y: () => answer("[data-yes]"),
  n: () => answer("[data-no]"),
  e: () => document.querySelector<HTMLElement>("[data-edit]")?.click(),
};

function pressed(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.isContentEditable || target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
  if (event.key === "Enter" && target === current()) {
    target.querySelector<HTMLElement>("a[href]")?.click();
    return;
  }
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

export function listenToKeys(): void {
  document.addEventListener("keydown", pressed);
}
