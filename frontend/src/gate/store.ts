// What the device keeps, in IndexedDB: settings, sealed scans on their way, and those the server would not take.
// A scan is sealed to the server's key before it comes here: of whom it is can't be read on this device any more.
// Inspections are kept here too, each as a box that this device's own key opens (secret.ts).
const NAME = "dauchan-gate";
export const VERSION = 2;

/** A scan on its way: its id, whose first half is its instant, and its envelope. */
export interface Waiting {
  id: string;
  envelope: Uint8Array<ArrayBuffer>;
  key: number;
}

/** A scan that the server would not take, and the server's word for why; kept until somebody has seen to it. */
export interface Refused extends Waiting {
  code: string;
  message: string;
}

/** An inspection in the making, on its way, or not taken by the server; what it says is in the box. */
export interface KeptInspection {
  id: string;
  state: "draft" | "waiting" | "refused";
  box: { iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };
}

export type Stores = "settings" | "waiting" | "refused" | "inspections";

function upgrade(database: IDBDatabase, from: number): void {
  if (from < 1) {
    database.createObjectStore("settings");
    database.createObjectStore("waiting", { keyPath: "id" });
    database.createObjectStore("refused", { keyPath: "id" });
  }
  if (from < 2) database.createObjectStore("inspections", { keyPath: "id" });
}

let opened: Promise<IDBDatabase> | undefined;

export function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => {
        request.result.close(); // a newer app in another tab goes first
        opened = undefined;
      };
      request.result.onclose = () => (opened = undefined);
      resolve(request.result);
    };
  });
  return opened;
}

/** Do something in one transaction; settles when it is on disk, or not at all. */
async function within<T>(stores: Stores[], mode: IDBTransactionMode, act: (of: IDBTransaction) => IDBRequest<T> | void): Promise<T> {
  const transaction = (await open()).transaction(stores, mode, { durability: "strict" });
  const request = act(transaction);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request ? request.result : (undefined as T));
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const setting = <T>(name: string): Promise<T | undefined> =>
  within<T | undefined>(["settings"], "readonly", (of) => of.objectStore("settings").get(name));

export const keepSetting = (name: string, value: unknown): Promise<unknown> =>
  within(["settings"], "readwrite", (of) => void of.objectStore("settings").put(value, name));

export const putWaiting = (scan: Waiting): Promise<unknown> =>
  within(["waiting"], "readwrite", (of) => void of.objectStore("waiting").add(scan));

export const countWaiting = (): Promise<number> => within(["waiting"], "readonly", (of) => of.objectStore("waiting").count());

export const countRefused = (): Promise<number> => within(["refused"], "readonly", (of) => of.objectStore("refused").count());

/** The scans that have waited longest: ids begin with their instants. */
export const oldestWaiting = (most: number): Promise<Waiting[]> =>
  within(["waiting"], "readonly", (of) => of.objectStore("waiting").getAll(null, most));

export const allRefused = (): Promise<Refused[]> => within(["refused"], "readonly", (of) => of.objectStore("refused").getAll());

/** The server has it: forget it. */
export const forget = (id: string): Promise<unknown> =>
  within(["waiting"], "readwrite", (of) => void of.objectStore("waiting").delete(id));

/** The server would not take it: put it aside, in one step. */
export const putAside = (scan: Refused): Promise<unknown> =>
  within(["waiting", "refused"], "readwrite", (of) => {
    of.objectStore("refused").put(scan);
    of.objectStore("waiting").delete(scan.id);
  });

/** Back into the queue, because somebody has mended what was wrong. */
export const tryAgain = (scan: Refused): Promise<unknown> =>
  within(["waiting", "refused"], "readwrite", (of) => {
    of.objectStore("waiting").put({ id: scan.id, envelope: scan.envelope, key: scan.key });
    of.objectStore("refused").delete(scan.id);
  });

export const putInspection = (kept: KeptInspection): Promise<unknown> =>
  within(["inspections"], "readwrite", (of) => void of.objectStore("inspections").put(kept));

/** Every inspection on this phone, those begun first before the others: ids begin with their instants. */
export const allInspections = (): Promise<KeptInspection[]> =>
  within(["inspections"], "readonly", (of) => of.objectStore("inspections").getAll());

/** The server has it, or its inspector threw it away: forget it. */
export const forgetInspection = (id: string): Promise<unknown> =>
  within(["inspections"], "readwrite", (of) => void of.objectStore("inspections").delete(id));
