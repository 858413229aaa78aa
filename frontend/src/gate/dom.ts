// A few words for building pages: no framework, so that an old phone has little to load.
type Child = Node | string | false | null | undefined;
type Handlers = { [event in `on${string}`]?: (event: Event) => unknown };
type Attributes = { [name: string]: string | boolean | number | null | undefined | ((event: Event) => unknown) };

/** An element with attributes, handlers (`onclick`) and children; `false` leaves either out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes & Handlers = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** A button that does one thing and can't be pressed twice meanwhile. */
export function button(label: string, act: () => unknown, look = "", icon = ""): HTMLButtonElement {
  const press = async () => {
    made.disabled = true;
    try {
      await act();
    } finally {
      made.disabled = false;
    }
  };
  const made = h("button", { type: "button", class: `button ${look}`, onclick: press }, icon && h("span", { class: "sign", "aria-hidden": "true" }, icon), label);
  return made;
}

/** A field with its label above and what is wrong below. */
export function field(label: string, attributes: Attributes, hint = ""): { row: HTMLElement; input: HTMLInputElement } {
  const input = h("input", { class: "field", autocomplete: "off", ...attributes });
  return { row: h("label", { class: "row" }, label, input, hint && h("small", {}, hint)), input };
}

/** Keep the phone's screen on for as long as this is shown; the phone takes the lock back when it is put away. */
export function keepAwake(shown: HTMLElement): void {
  const ask = (): void => {
    if (!shown.isConnected) return document.removeEventListener("visibilitychange", ask);
    if (document.visibilityState === "visible") void navigator.wakeLock?.request("screen").catch(() => undefined);
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

export const root = (): HTMLElement => document.querySelector<HTMLElement>("#app")!;

/** Show a screen; its heading gets the focus, so that it is read aloud. */
export function show(...children: Child[]): void {
  const page = root();
  page.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  page.querySelector<HTMLElement>("h1")?.setAttribute("tabindex", "-1");
  (page.querySelector<HTMLElement>("[data-focus]") ?? page.querySelector<HTMLElement>("h1"))?.focus();
}
