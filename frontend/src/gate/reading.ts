// A camera inside a form: it looks for one code, and closes when it has it.
import { Camera, Decoder } from "./camera";
import { button, h } from "./dom";
import { told } from "./texts";

export class CodeReader {
  private readonly view = h("div", { class: "view reader", hidden: true });
  private readonly opener: HTMLElement;
  readonly place: HTMLElement;
  private decoder: Decoder | undefined;
  private camera: Camera | undefined;

  /** `take` says whether a text was the code that is looked for; `noCamera` what is said without a camera. */
  constructor(label: string, private readonly take: (text: string) => boolean | Promise<boolean>, private readonly say: (words: string) => void, private readonly noCamera: string) {
    this.opener = button(label, () => this.open(), "wide");
    this.place = h("div", {}, this.opener, this.view);
  }

  private async open(): Promise<void> {
    this.say("");
    this.decoder = new Decoder(told.files["decoder.js"]!, told.files["zxing_reader.wasm"]!);
    this.camera = new Camera(this.decoder);
    this.view.replaceChildren(this.camera.video);
    this.view.hidden = false;
    try {
      await this.camera.start("environment");
    } catch {
      this.close();
      return this.say(this.noCamera);
    }
    void this.camera.look((text) => void this.saw(text));
  }

  private async saw(text: string): Promise<void> {
    if (await this.take(text)) this.close();
  }

  close(): void {
    this.camera?.stop();
    this.decoder?.end();
    this.view.hidden = true;
  }
}
