// The decoder, in a worker of its own: pictures in, texts out. Fetches its WebAssembly from this site alone.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

interface Task {
  wasm?: string;
  picture?: ImageData;
  thorough?: boolean;
}

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  if (data.wasm) {
    const wasm = data.wasm;
    prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
    return;
  }
  if (!data.picture) return;
  const thorough = data.thorough ?? false;
  const text = (await read(data.picture, thorough)) || (thorough ? await read(stretched(data.picture), thorough) : "");
  self.postMessage(text);
};

async function read(picture: ImageData, thorough: boolean): Promise<string> {
  const found = await readBarcodes(picture, {
    formats: ["QRCode"],
    maxNumberOfSymbols: 1,
    tryHarder: true,
    tryRotate: false,
    tryInvert: thorough,
    tryDownscale: true,
  });
  return found.find((one) => one.isValid)?.text ?? "";
}

const DARKEST = 0.02;
const LIGHTEST = 0.98;

/** The same picture over the whole range from black to white: the decoder takes too little contrast for none. */
function stretched(picture: ImageData): ImageData {
  const { data } = picture;
  const counts = new Uint32Array(256);
  for (let at = 0; at < data.length; at += 4) counts[grey(data, at)]!++;
  const low = level(counts, (data.length / 4) * DARKEST);
  const high = Math.max(level(counts, (data.length / 4) * LIGHTEST), low + 1);
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - low) * 255) / (high - low));
  for (let at = 0; at < data.length; at += 4) data.fill(table[grey(data, at)]!, at, at + 3);
  return picture;
}

const grey = (data: Uint8ClampedArray, at: number): number => (data[at]! * 2 + data[at + 1]! * 5 + data[at + 2]!) >> 3;

/** The brightness below which so many pixels lie. */
function level(counts: Uint32Array, wanted: number): number {
  let sum = 0;
  return Math.max(0, counts.findIndex((count) => (sum += count) > wanted));
}
