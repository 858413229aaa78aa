// <button data-copy="#one-time-link"> copies the text or value of that element and says so for two seconds.
const SAID_FOR_MS = 2000;

async function copy(button: HTMLElement): Promise<void> {
  const source = document.querySelector(button.dataset.copy ?? "");
  if (!source) return;
  const text = source instanceof HTMLInputElement ? source.value : (source.textContent ?? "").trim();
  await navigator.clipboard.writeText(text);
  const before = button.innerHTML;
  button.textContent = button.dataset.copied ?? "✓";
  window.setTimeout(() => (button.innerHTML = before), SAID_FOR_MS);
}

export function copyOnClick(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (button) void copy(button);
  });
}
