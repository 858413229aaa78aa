// The decoder, in a worker of its own: pictures in, texts out. Fetches its WebAssembly from this site alone.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

interface Task {
  wasm?: string;
  picture?: ImageData;
  thorough?: boolean;
}

const FORMATS = ["QRCode"] as const;

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  if (data.wasm) {
    const wasm = data.wasm;
    prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
    return;
  }
  if (!data.picture) return;
  const thorough = data.thorough ?? false;
  const found = await readBarcodes(data.picture, {
    formats: [...FORMATS],
    maxNumberOfSymbols: 1,
    tryHarder: true,
    tryRotate: false,
    tryInvert: thorough,
    tryDownscale: true,
  });
  self.postMessage(found.find((one) => one.isValid)?.text ?? "");
};
