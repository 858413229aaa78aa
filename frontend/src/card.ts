// [data-card]: fills a form about somebody from the code of their card. The camera's picture is decoded on this device and
// goes nowhere; without camera or script the form is typed. Reads cards as the gate app does.
import { Camera, Decoder } from "./gate/camera";
import { readCard, type Card, type DocumentKind } from "./gate/cards";

const FIRST: DocumentKind[] = ["cccd", "cmnd", "passport"];

/** What the form's fields get from a card, as people/forms.py (`typed`) fills them for an officer; nothing for what it doesn't say. */
export function fieldsOf(card: Card): Record<string, string> {
  const number = (kind: DocumentKind): string => card.documents.find((one) => one.kind === kind)?.number ?? "";
  const first = FIRST.find((kind) => number(kind));
  return {
    name: card.name,
    document: first ? number(first) : "",
    old_document: first === "cccd" ? number("cmnd") : "",
    insurance: number("bhyt"),
    birth: card.born.split("-").reverse().join("/"),
    sex: card.sex,
    address: card.address,
  };
}

function fill(form: HTMLFormElement, card: Card): void {
  for (const [name, value] of Object.entries(fieldsOf(card))) {
    const field = form.elements.namedItem(name);
    if (value && (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) field.value = value;
  }
}

function scanInto(box: HTMLElement, form: HTMLFormElement): void {
  const part = (name: string): HTMLElement => box.querySelector<HTMLElement>(`[data-card-${name}]`)!;
  const say = (text: string | undefined): void => void (part("said").textContent = text ?? "");
  let close = (): void => undefined;
  const open = async (): Promise<void> => {
    const decoder = new Decoder(box.dataset.decoder!, box.dataset.wasm!);
    const camera = new Camera(decoder);
    close = () => {
      camera.stop();
      decoder.end();
      camera.video.remove();
      part("view").hidden = true;
      part("open").hidden = false;
    };
    try {
      await camera.start("environment");
    } catch {
      close();
      return say(box.dataset.noCamera);
    }
    say("");
    part("view").prepend(camera.video);
    part("view").hidden = false;
    part("open").hidden = true;
    void camera.look((text) => {
      const card = readCard(text);
      if (!card) return say(box.dataset.noCard);
      close();
      fill(form, card);
      say(box.dataset.read);
    });
  };
  part("open").addEventListener("click", () => void open());
  part("close").addEventListener("click", () => close());
  addEventListener("pagehide", () => close());
  box.hidden = false;
}

for (const box of document.querySelectorAll<HTMLElement>("[data-card]")) {
  const form = box.parentElement?.querySelector("form[method=post]:not([action])");
  if (form instanceof HTMLFormElement && "mediaDevices" in navigator) scanInto(box, form);
}
