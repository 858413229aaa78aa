// QR codes on a canvas, large enough to be read from a step away.
import { encode } from "uqr";

const QUIET_MODULES = 4;
const PIXELS = 1080;

export function draw(canvas: HTMLCanvasElement, text: string): void {
  const { data, size } = encode(text, { ecc: "L", border: QUIET_MODULES });
  const scale = Math.max(3, Math.floor(PIXELS / size));
  canvas.width = canvas.height = size * scale;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  data.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect(x * scale, y * scale, scale, scale)));
}
