// What the codes on Vietnamese cards say; reads as people/cards.py does (docs/reference/cards.md), checked against the
// same examples. Decoding happens here on the device: neither picture nor text leaves it, only the number that is recorded.
import { ALPHABET, tidy } from "./base32";

export type CardKind = "cccd" | "can_cuoc" | "bhyt" | "qd1405";
export type DocumentKind = "cccd" | "cmnd" | "bhyt" | "passport" | "card";
export type Sex = "" | "female" | "male";

export interface Document {
  kind: DocumentKind;
  number: string;
}

export interface Card {
  kind: CardKind;
  name: string;
  documents: Document[];
  /** yyyy-mm-dd, or the year alone, or "". */
  born: string;
  sex: Sex;
  address: string;
  phone: string;
}

const SEX_WORDS: Record<string, Sex> = { nam: "male", "nữ": "female", nu: "female" };
const SEX_NUMBERS: Record<string, Sex> = { "1": "male", "2": "female" };
const LONGEST = 4096;
const EMPTY = { name: "", documents: [], born: "", sex: "", address: "", phone: "" } as const;

/** What a scanned text says; null for no card. */
export function readCard(text: string): Card | null {
  if (text.length > LONGEST) return null;
  const parts = text.normalize("NFC").trim().split("|").map((part) => part.trim());
  return bhyt(parts) ?? personal(parts) ?? cccd(parts) ?? numberAlone(parts);
}

function cccd(parts: string[]): Card | null {
  if ((parts.length !== 6 && parts.length !== 7) || !isNumber(parts[0]!, 12)) return null;
  const second = parts[1]!;
  const old = second === "" || isNumber(second, 9) ? second : null;
  const [name, birth, sex, address] = parts.slice(old === null ? 1 : 2);
  const found = SEX_WORDS[sex?.toLowerCase() ?? ""];
  if (!born(birth ?? "") || found === undefined) return null;
  const documents: Document[] = [{ kind: "cccd", number: parts[0]! }];
  if (old) documents.push({ kind: "cmnd", number: old });
  return { ...EMPTY, kind: "cccd", name: tidyName(name!), documents, born: born(birth!), sex: found, address: plain(address ?? "") };
}

function numberAlone(parts: string[]): Card | null {
  const number = parts.find((part) => isNumber(part, 12));
  return number ? { ...EMPTY, kind: "can_cuoc", documents: [{ kind: "cccd", number }] } : null;
}

function bhyt(parts: string[]): Card | null {
  if (parts.length < 7 || parts.at(-1) !== "$") return null;
  const number = insurance(parts[0]!);
  if (!number) return null;
  const field = (at: number): string => (at < parts.length - 1 && parts[at] !== "-" ? parts[at]! : "");
  return {
    ...EMPTY,
    kind: "bhyt",
    name: tidyName(unhexed(field(1))),
    documents: [{ kind: "bhyt", number }],
    born: born(field(2)),
    sex: SEX_NUMBERS[field(3)] ?? "",
    address: plain(unhexed(field(4))),
  };
}

function personal(parts: string[]): Card | null {
  if (parts.length !== 6 || !/^[01]$/.test(parts[3]!) || !/^[\d*]{4}-[\d*]{2}-[\d*]{2}$/.test(parts[2]!)) return null;
  const [, sex = "", card = "", phone = ""] = parts[5]!.split("<").map((part) => part.trim());
  const documents: Document[] = [];
  const first = guessed(parts[0]!);
  const second = insurance(card);
  if (first && first.kind !== "card") documents.push(first);
  if (second) documents.push({ kind: "bhyt", number: second });
  return {
    ...EMPTY,
    kind: "qd1405",
    name: tidyName(parts[1]!),
    documents,
    born: born(parts[2]!),
    sex: SEX_NUMBERS[sex] ?? "",
    phone: /^0[35789]\d{8}$/.test(phone) ? phone : "",
  };
}

const isNumber = (text: string, digits: number): boolean => text.length === digits && /^[0-9]+$/.test(text);

/** The last ten digits of an insurance number, old or new; null for another text. */
export function insurance(text: string): string | null {
  return /^(?:[A-Z]{2}[1-5]\d{2})?(\d{10})$/.exec(text.replace(/[\s.-]/g, "").toUpperCase())?.[1] ?? null;
}

/** A document by the shape of its number alone, as people/rules.py guesses it; null for none. */
export function guessed(text: string): Document | null {
  const number = text.replace(/[\s.-]/g, "").toUpperCase();
  if (isNumber(number, 12)) return { kind: "cccd", number };
  if (isNumber(number, 9)) return { kind: "cmnd", number };
  const card = insurance(number);
  if (card) return { kind: "bhyt", number: card };
  if (/^DC[A-Z0-9]{9}$/.test(number)) return cardNumber(number);
  return /^(?=.*\d)(?=.*[A-Z])[A-Z0-9]{6,9}$/.test(number) ? { kind: "passport", number } : null;
}

/** The number on a personal card, as people/card_number.py writes it; null when its check letter does not fit. */
function cardNumber(number: string): Document | null {
  const letters = tidy(number.slice(2));
  const values = Array.from(letters, (letter) => ALPHABET.indexOf(letter)).reverse(); // the letter that checks comes first
  const sum = values.reduce((all, value, at) => all + (at % 2 ? ((2 * value) >> 5) + ((2 * value) & 31) : value), 0);
  return values.includes(-1) || sum % 32 ? null : { kind: "card", number: `DC${letters}` };
}

/** A Vietnamese mobile number as ten digits from 0; null for another text. */
export function phoneNumber(text: string): string | null {
  let digits = text.replace(/[\s.\-()]/g, "");
  const country = ["+84", "0084", "84"].find((code) => digits.startsWith(code));
  if (country && digits.length > 10) digits = `0${digits.slice(country.length).replace(/^0/, "")}`;
  return /^0[35789]\d{8}$/.test(digits) ? digits : null;
}

const FORMS = [
  /^(?<d>\d{2})\/?(?<m>\d{2})\/?(?<y>\d{4})$/,
  /^(?<y>\d{4})-(?<m>[\d*]{2})-(?<d>[\d*]{2})$/,
  /^(?<y>\d{4})$/,
];

/** A day as yyyy-mm-dd; the year alone where day and month are missing, zero or hidden; "" for anything else. */
function born(text: string): string {
  const plainText = text.replaceAll(" ", "");
  const found = FORMS.map((form) => form.exec(plainText)?.groups).find((groups) => groups);
  if (!found) return "";
  const { y = "", m = "00", d = "00" } = found;
  if (m.includes("*") || d.includes("*") || m === "00" || d === "00") return Number(y) ? y : "";
  const day = new Date(Date.UTC(Number(y), Number(m) - 1, Number(d)));
  return day.getUTCMonth() + 1 === Number(m) && day.getUTCDate() === Number(d) ? `${y}-${m}-${d}` : "";
}

function unhexed(text: string): string {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) return "";
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

const STRANGE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function plain(text: string): string {
  const tidy = text.normalize("NFC").trim().split(/\s+/u).join(" ");
  return STRANGE.test(tidy) ? "" : tidy;
}

function tidyName(text: string): string {
  const tidy = plain(text);
  return /\p{L}/u.test(tidy) && [...tidy].length <= 100 ? tidy : "";
}

/** A name under its mask, as people/rules.py masks it: family name and at most one middle name. */
export function maskName(name: string): string {
  const words = name.split(" ").filter(Boolean);
  return words.length ? [...words.slice(0, Math.min(2, words.length - 1)), "***"].join(" ") : "";
}

/** A phone number under its mask: "0912 *** 345". */
export const maskPhone = (phone: string): string => `${phone.slice(0, 4)} *** ${phone.slice(-3)}`;

/** A document number under its mask: the ends, a third at most; sex and year of birth stand in the middle. */
export function maskNumber(number: string): string {
  const shown = number.length >= 12 ? 3 : 2;
  return `${number.slice(0, shown)} *** ${number.slice(-shown)}`;
}
