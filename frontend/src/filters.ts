// <form data-submit-on-change>: a filter applies as soon as a choice is made; texts still wait for Enter.
export function submitOnChange(): void {
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLSelectElement || (field instanceof HTMLInputElement && field.type !== "text"))) return;
    field.closest<HTMLFormElement>("form[data-submit-on-change]")?.requestSubmit();
  });
}
