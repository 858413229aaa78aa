// The phone app. At a gate: join once, say who keeps it and where, then scan; every step is a screen of its own. For a
// citizen: the rotating pass. For an inspector: the places of the day and a form for each.
import "./gate.css";
import { Device } from "./device";
import { h, show } from "./dom";
import { inspectionStart } from "./inspecting";
import { joinScreen, keeperScreen, pointScreen } from "./joining";
import { Scanner } from "./scanning";
import { choose, language, t, told } from "./texts";
import { passScreen } from "./passing";
import { queueScreen } from "./waiting";

export const device = new Device();

function next(): void {
  if (!device.keeper) return keeperScreen(device, next, () => joinScreen(device, next, next));
  if (!device.place) return pointScreen(device, next);
  void new Scanner(device, { keepers, points, queue: () => void queueScreen(device, next) }).open();
}

const points = (): void => pointScreen(device, next);

const keepers = (): void => void device.leave().then(() => (updated ? location.reload() : next()));

const LOOK_FOR_UPDATE_MS = 3_600_000;
let updated = false;

/** The worker that keeps the app. A newer version is taken up when the keeper changes, so that nobody in the queue waits. */
async function keepApp(): Promise<void> {
  const workers = navigator.serviceWorker;
  if (workers?.controller) workers.addEventListener("controllerchange", () => (updated = true));
  const registered = await workers?.register(told.worker, { scope: "/app/" });
  setInterval(() => void registered?.update().catch(() => undefined), LOOK_FOR_UPDATE_MS);
}

async function begin(): Promise<void> {
  choose(language());
  void keepApp().catch(() => undefined); // without it the app works, with network alone
  try {
    if (location.pathname === told.pass) return await passScreen();
    if (location.pathname === told.inspect) return await inspectionStart();
    const joined = await device.wake();
    if (!joined || location.hash.length > 1) joinScreen(device, next);
    else next();
  } catch {
    show(h("h1", {}, t("no_storage")), h("p", {}, t("no_storage_how")));
  }
}

void begin();

// What tests and measurements ask of the app as it is built and served (docs/reference/vectors, docs/benchmarks.md).
export { Decoder } from "./camera";
export { judge } from "./judging";
export { guessed, maskName, maskNumber, readCard } from "./cards";
export { EndedPasses, see } from "./codes";
export { rotating } from "./passing";
export { seal } from "./sealing";
