// What the app says, in the page's two languages: the words come with the shell, from the server's own catalogues.
export interface Told {
  texts: Record<string, Record<string, string>>;
  files: Record<string, string>;
  worker: string;
  version: string;
  pass: string;
  certificate: string;
  sign_in: string;
  prove: string;
  mine: string;
  inspect: string;
  officer_sign_in: string;
}

export const told = JSON.parse(document.querySelector("#told")!.textContent!) as Told;

const CHOICE = "gate-language";
let chosen = localStorage.getItem(CHOICE) ?? (navigator.language.startsWith("vi") ? "vi" : "en");

export const language = (): string => chosen;

export function choose(other: string): void {
  chosen = other;
  localStorage.setItem(CHOICE, other);
  document.documentElement.lang = other;
}

/** A sentence by its key, with `{names}` filled in. */
export function t(key: string, said: Record<string, string | number> = {}): string {
  const sentence = told.texts[chosen]?.[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(said[name] ?? whole));
}

/** An instant's time of day in Việt Nam. */
export const clock = (at: number): string =>
  new Intl.DateTimeFormat("vi", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" }).format(at);

export const day = (at: number): string =>
  new Intl.DateTimeFormat("vi", { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric" }).format(at);
