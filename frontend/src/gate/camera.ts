// The camera, and a stream of texts that it sees. One picture is decoded at a time, so a slow phone skips frames
// instead of falling behind. Nothing is kept of a picture.
export interface Facing {
  facing: "environment" | "user";
}

interface NativeDetector {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

type NativeDetectorClass = {
  new (options: { formats: string[] }): NativeDetector;
  getSupportedFormats(): Promise<string[]>;
};

const WIDTH = 960; // enough for a rotating pass at an arm's length; more only takes longer

export class Decoder {
  private readonly worker: Worker;
  private waiting: ((text: string) => void) | undefined;

  constructor(script: string, wasm: string) {
    this.worker = new Worker(script, { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<string>) => this.waiting?.(data);
    this.worker.postMessage({ wasm: new URL(wasm, location.href).href });
  }

  end(): void {
    this.worker.terminate();
  }

  read(picture: ImageData, thorough = false): Promise<string> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.worker.postMessage({ picture, thorough }, [picture.data.buffer]);
    });
  }
}

export class Camera {
  readonly video = document.createElement("video");
  private stream: MediaStream | undefined;
  private native: NativeDetector | null | undefined;
  private readonly canvas = document.createElement("canvas");
  private looking = false;

  constructor(private readonly decoder: Decoder) {
    this.video.muted = true;
    this.video.playsInline = true;
  }

  /** Begin; throws when there is no camera or it may not be used. */
  async start(facing: Facing["facing"]): Promise<void> {
    this.stop();
    const wanted = { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop(): void {
    this.looking = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
  }

  /** Whether the lamp can be lit; and light it. */
  get hasTorch(): boolean {
    const track = this.stream?.getVideoTracks()[0];
    return Boolean((track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch);
  }

  async torch(on: boolean): Promise<void> {
    await this.stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
  }

  /** Tell of each text seen, until stopped; the same text is told again and again while it is in view. */
  async look(seen: (text: string) => void): Promise<void> {
    this.looking = true;
    let frame = 0;
    while (this.looking) {
      const text = await this.read(frame++ % 4 === 3);
      if (text && this.looking) seen(text);
      await this.nextFrame();
    }
  }

  private async read(thorough: boolean): Promise<string> {
    if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return "";
    const native = await this.detector();
    if (native) {
      const found = await native.detect(this.video).catch(() => []);
      if (found[0]) return found[0].rawValue;
      if (!thorough) return "";
    }
    return this.decoder.read(picture(this.video, this.video.videoWidth, this.video.videoHeight, this.canvas), thorough);
  }

  private nextFrame(): Promise<unknown> {
    return new Promise((resolve) => {
      if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(resolve);
      else setTimeout(resolve, 60);
      setTimeout(resolve, 500); // a paused video has no next frame
    });
  }

  /** The browser's own detector where it reads QR codes, null elsewhere. */
  private async detector(): Promise<NativeDetector | null> {
    if (this.native !== undefined) return this.native;
    const own = (globalThis as { BarcodeDetector?: NativeDetectorClass }).BarcodeDetector;
    const formats = (await own?.getSupportedFormats().catch(() => [])) ?? [];
    this.native = own && formats.includes("qr_code") ? new own({ formats: ["qr_code"] }) : null;
    return this.native;
  }
}

/** A source drawn no larger than a decoder needs. */
export function picture(source: CanvasImageSource, width: number, height: number, canvas = document.createElement("canvas")): ImageData {
  const scale = Math.min(1, WIDTH / Math.max(width, height, 1));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
