// <form data-lines>: many lines typed one after the other. Enter goes to the next field, not to the server; Ctrl+Enter sends.
const FIELDS = "input:not([type=hidden]), select, button:not([name])";

export function typeLines(): void {
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    const form = field.closest<HTMLFormElement>("form[data-lines]");
    if (!form) return;
    event.preventDefault();
    if (event.ctrlKey) return form.requestSubmit();
    const fields = [...form.querySelectorAll<HTMLElement>(FIELDS)];
    const next = fields[fields.indexOf(field) + 1];
    next?.focus();
    if (next instanceof HTMLInputElement) next.select();
  });
}
