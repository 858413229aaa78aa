// <button data-position-here> fills the latitude and longitude of its form from the device and says how exact that is.
// The words stand on the element that data-position-said names: data-exact and data-rough with {m}, data-refused,
// data-failed. Nothing is sent before the form is.
const WAIT_MS = 20_000;
const ROUGH_M = 100; // ours: farther off than the next street
const DIGITS = 5; // about a metre

function fill(form: HTMLFormElement, name: string, degrees: number): void {
  const field = form.elements.namedItem(name);
  if (!(field instanceof HTMLInputElement)) return;
  field.value = degrees.toFixed(DIGITS);
  field.dispatchEvent(new Event("input", { bubbles: true })); // a map that is open follows
}

function ask(button: HTMLButtonElement, form: HTMLFormElement, said: HTMLElement): void {
  const say = (words: string | undefined, metres = 0): void => {
    said.textContent = (words ?? "").replace("{m}", String(Math.ceil(metres)));
    button.disabled = false;
  };
  button.disabled = true;
  said.textContent = said.dataset.waiting ?? "";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      fill(form, "latitude", coords.latitude);
      fill(form, "longitude", coords.longitude);
      say(coords.accuracy > ROUGH_M ? said.dataset.rough : said.dataset.exact, coords.accuracy);
    },
    (error) => say(error.code === error.PERMISSION_DENIED ? said.dataset.refused : said.dataset.failed),
    { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
  );
}

export function offerPosition(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-position-here]")) {
    const said = document.querySelector<HTMLElement>(button.dataset.positionSaid ?? "");
    const form = button.form;
    if (!said || !form || !("geolocation" in navigator)) continue;
    button.hidden = false;
    button.addEventListener("click", () => ask(button, form, said));
  }
}
