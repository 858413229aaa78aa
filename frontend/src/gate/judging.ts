// From a text that the camera saw to a scan: what it is, whether it may be recorded, and what is known without network.
import { codeWithin, see, type Colour, type EndedPasses, type Fault, type Keys } from "./codes";
import { maskName, maskNumber, readCard, type Card } from "./cards";
import type { Subject } from "./queue";

/** What a gate keeper sees of somebody: a colour, whether the network had its say, and who it is under a mask. */
export interface Verdict {
  colour: Colour;
  checked: boolean;
  name: string;
  sex: string;
  birthYear: string;
  document: string;
  action: string;
}

export type Judged =
  | { take: true; subject: Subject; verdict: Verdict }
  | { take: false; why: Fault | "place_code" | "pass_ended" | "unreadable" };

const UNCHECKED: Verdict = { colour: "grey", checked: false, name: "", sex: "", birthYear: "", document: "", action: "" };

/** What becomes of a text at an instant; a static pass and a card are recorded, not checked. */
export async function judge(text: string, issuer: number, keys: Keys, ended: EndedPasses | null, now: number): Promise<Judged> {
  const seen = await see(text, issuer, keys, now);
  if (seen === "code_malformed") return judgeCard(readCard(text));
  if (typeof seen === "string") return { take: false, why: seen };
  if (seen.kind === "place") return { take: false, why: "place_code" };
  if (await ended?.has(seen.sealed)) return { take: false, why: "pass_ended" };
  const colour = seen.kind === "rotating" ? seen.colour : "grey";
  const subject: Subject = { kind: "pass", code: codeWithin(text).toUpperCase() };
  return { take: true, subject, verdict: { ...UNCHECKED, colour, checked: seen.kind === "rotating" } };
}

function judgeCard(card: Card | null): Judged {
  const document = card?.documents[0];
  if (!card || !document) return { take: false, why: "unreadable" };
  const subject: Subject = { kind: "document", type: document.kind, number: document.number };
  const verdict = { ...UNCHECKED, name: maskName(card.name), sex: card.sex, birthYear: card.born.slice(0, 4), document: maskNumber(document.number) };
  return { take: true, subject, verdict };
}

/** A document or phone typed by hand. */
export const typed = (subject: Subject, shown: string): Judged => ({ take: true, subject, verdict: { ...UNCHECKED, document: shown } });

/** What makes two scans the same person at the gate, for as long as repeats are ignored. */
export const sameness = (subject: Subject): string => (subject.kind === "pass" ? subject.code.slice(0, 64) : subject.number);
