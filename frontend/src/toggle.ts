// <details data-open-wide> is folded on a phone only.
export function openWhereWide(): void {
  if (!window.matchMedia("(min-width: 600px)").matches) return;
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("details[data-open-wide]")) fold.open = true;
}

// <button data-toggle="#navigation" aria-expanded="false"> opens and closes a part of the page.
export function toggleOnClick(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-toggle]");
    const part = button && document.querySelector(button.dataset.toggle ?? "");
    if (!button || !part) return;
    const open = part.toggleAttribute("data-open");
    button.setAttribute("aria-expanded", String(open));
  });
}
