// Acts that can't be taken back ask first, and the question names the number:
// data-confirm="Thông báo cho {count} người?" on a form or on one of its buttons. {count} is data-confirm-count, else
// the number of rows selected in the form around it.
import { countSelected } from "./bulk";

const dialog = (): HTMLDialogElement | null => document.querySelector("#confirm");

function question(asker: HTMLElement): string {
  const around = asker.closest("[data-bulk]");
  const count = asker.dataset.confirmCount ?? (around ? String(countSelected(around)) : "");
  return (asker.dataset.confirm ?? "").replaceAll("{count}", count);
}

function ask(asker: HTMLElement, act: () => void): void {
  const box = dialog();
  const text = question(asker);
  if (!box) {
    if (window.confirm(text)) act();
    return;
  }
  const title = box.querySelector("#confirm-question");
  const yes = box.querySelector<HTMLButtonElement>("[data-yes]");
  if (title) title.textContent = text;
  if (yes) yes.textContent = asker.dataset.confirmYes ?? yes.dataset.yes ?? yes.textContent;
  box.returnValue = "no";
  box.addEventListener("close", () => box.returnValue === "yes" && act(), { once: true });
  box.showModal();
  yes?.focus();
}

function submitting(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const button = event.submitter;
  const asker = button?.dataset.confirm ? button : form.dataset.confirm ? form : null;
  if (!asker || form.dataset.confirmed === "yes") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(asker, () => {
    form.dataset.confirmed = "yes";
    form.requestSubmit(button);
    delete form.dataset.confirmed;
  });
}

function requesting(event: Event): void {
  const { elt, issueRequest } = (event as CustomEvent<{ elt: HTMLElement; issueRequest: (sure: boolean) => void }>).detail;
  if (elt instanceof HTMLFormElement || !elt.dataset.confirm) return;
  event.preventDefault();
  ask(elt, () => issueRequest(true));
}

export function askFirst(): void {
  document.addEventListener("submit", submitting, { capture: true });
  document.addEventListener("htmx:confirm", requesting);
}
