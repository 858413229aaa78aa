// The camera on the join screen: it looks for the one-time code that whoever is in charge of the place shows.
import { Camera, Decoder } from "./camera";
import { button, h } from "./dom";
import { t, told } from "./texts";

const JOIN_CODE = /^(?:https:\/\/[^#]+\/app\/cong#)?([0-9A-Z]{10})$/i;

export class JoinCodeReader {
  private readonly view = h("div", { class: "view reader", hidden: true });
  private readonly opener = button(t("scan_join"), () => this.open(), "wide");
  readonly place = h("div", {}, this.opener, this.view);
  private decoder: Decoder | undefined;
  private camera: Camera | undefined;

  constructor(private readonly found: (code: string) => void, private readonly say: (words: string) => void) {}

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
      return this.say(t("no_camera_join"));
    }
    void this.camera.look((text) => this.saw(text));
  }

  private saw(text: string): void {
    const code = JOIN_CODE.exec(text)?.[1];
    if (!code) return this.say(t("no_join_code"));
    this.say("");
    this.found(code.toUpperCase());
    this.close();
  }

  close(): void {
    this.camera?.stop();
    this.decoder?.end();
    this.view.hidden = true;
  }
}
