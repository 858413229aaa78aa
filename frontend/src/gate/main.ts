// The gate app: join once, say who keeps the gate and where, then scan. Every step is a screen of its own.
import "./gate.css";
import { Device } from "./device";
import { h, show } from "./dom";
import { joinScreen, keeperScreen, pointScreen } from "./joining";
import { Scanner } from "./scanning";
import { choose, language, t, told } from "./texts";
import { queueScreen } from "./waiting";

const device = new Device();

function next(): void {
  if (!device.keeper) return keeperScreen(device, next, () => joinScreen(device, next, next));
  if (!device.place) return pointScreen(device, next);
  void new Scanner(device, { keepers, points, queue: () => void queueScreen(device, next) }).open();
}

const points = (): void => pointScreen(device, next);

const keepers = (): void => void device.leave().then(next);

async function begin(): Promise<void> {
  choose(language());
  void navigator.serviceWorker?.register(told.worker, { scope: "/app/" });
  try {
    const joined = await device.wake();
    if (!joined || location.hash.length > 1) joinScreen(device, next);
    else next();
  } catch {
    show(h("h1", {}, t("no_storage")), h("p", {}, t("no_storage_how")));
  }
}

void begin();

// What tests ask of the app as it is built and served, held against docs/reference/vectors.
export { maskName, maskNumber, readCard } from "./cards";
export { EndedPasses, see } from "./codes";
export { seal } from "./sealing";
