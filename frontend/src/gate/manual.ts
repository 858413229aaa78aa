// Typed by hand: a phone number, a document, or a pass's code. Nobody waits for a message: it is recorded at once.
import { guessed, maskNumber, maskPhone, phoneNumber } from "./cards";
import { decode, tidy } from "./base32";
import type { Device } from "./device";
import { button, field, h, show } from "./dom";
import type { Subject } from "./queue";
import { t } from "./texts";

/** What a keeper typed; null when it is neither number nor code. */
export function subjectOf(text: string): { subject: Subject; shown: string } | null {
  const phone = phoneNumber(text);
  if (phone) return { subject: { kind: "phone", number: phone }, shown: maskPhone(phone) };
  if (decode(text)?.length === 40) return { subject: { kind: "pass", code: tidy(text) }, shown: "" };
  const document = guessed(text);
  return document && { subject: { kind: "document", type: document.kind, number: document.number }, shown: maskNumber(document.number) };
}

export function manualScreen(device: Device, done: (subject: Subject, shown: string) => unknown, back: () => void): void {
  const number = field(t("number"), { required: true, maxlength: 80, "data-focus": true, class: "field code", inputmode: "text" }, t("number_hint"));
  const other = field(t("on_behalf"), { maxlength: 80, class: "field code" }, t("on_behalf_hint"));
  const trouble = h("p", { class: "trouble", role: "alert" });
  const send = async (): Promise<void> => {
    const found = subjectOf(number.input.value);
    const proxy = other.input.value.trim() ? subjectOf(other.input.value) : undefined;
    if (!found || proxy === null) return void (trouble.textContent = t("number_wrong"));
    device.proxy = proxy?.subject;
    try {
      await done(found.subject, found.shown);
    } finally {
      device.proxy = undefined;
    }
  };
  const speak = async (): Promise<void> => {
    const phone = phoneNumber(number.input.value);
    if (!phone) return void (trouble.textContent = t("number_wrong"));
    const answer = await device.spokenCode(phone);
    trouble.textContent = answer.ok ? t("spoken_code", { code: answer.said.code }) : answer.message || t("trouble_offline");
  };
  const behalf = h("details", {}, h("summary", {}, t("on_behalf_open")), other.row);
  const form = h("form", { onsubmit: (event) => void (event.preventDefault(), send()) }, number.row, behalf, trouble, h("button", { class: "button main" }, t("record")));
  show(h("h1", {}, t("manual_title")), h("p", {}, t("manual_how")), form, button(t("give_code"), speak), button(t("back"), back));
}
