// What a gate keeper sees for each person: colour, sign and word, who it is under a mask, and what to do.
import type { Colour } from "./codes";
import { h } from "./dom";
import type { Verdict } from "./judging";
import { clock, t } from "./texts";

const SIGNS: Record<Colour | "no", string> = { green: "✓", grey: "●", yellow: "!", orange: "!!", red: "✋", no: "✕" };

/** Somebody was recorded. */
export function resultCard(verdict: Verdict, at: number): HTMLElement {
  const word = verdict.checked ? t(`colour_${verdict.colour}`) : t("recorded_not_checked");
  const who = [verdict.name, verdict.sex && t(`sex_${verdict.sex}`), verdict.birthYear].filter(Boolean).join(" · ");
  const todo = verdict.colour === "red" || verdict.colour === "orange" || verdict.colour === "yellow" ? verdict.action || t(`do_${verdict.colour}`) : "";
  return h("div", { class: `result ${verdict.colour}`, role: "status" },
    h("p", { class: "sign-large", "aria-hidden": "true" }, SIGNS[verdict.colour]),
    h("p", { class: "word" }, word),
    who && h("p", { class: "who" }, who),
    !who && verdict.document && h("p", { class: "who" }, verdict.document),
    todo && h("p", { class: "todo" }, todo),
    h("p", { class: "at" }, t("recorded_at", { at: clock(at) })));
}

/** What is said when the device could not keep something: it is full, or broken in another way. */
export function whyNotKept(error: unknown): string {
  const full = error instanceof DOMException && error.name === "QuotaExceededError";
  return t(full ? "no_room" : "not_kept");
}

/** Something was not taken, and what to do instead. */
export const refusalCard = (why: string): HTMLElement =>
  h("div", { class: "result no", role: "alert" }, h("p", { class: "sign-large", "aria-hidden": "true" }, SIGNS.no), h("p", { class: "word" }, t("not_taken")), h("p", { class: "todo" }, why));
