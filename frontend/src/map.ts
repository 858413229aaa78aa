// [data-map]: a pin on the outlines of the commune that the form names and of its neighbours, instead of typed degrees.
// There are no tiles, and nobody else is asked. The degrees stay in their fields; a pin outside is only remarked on.
import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import "./map.css";

type Shape = GeoJSON.Polygon | GeoJSON.MultiPolygon;
interface Told {
  name: string;
  outline: Shape | null;
  neighbours: { name: string; outline: Shape; label: [number, number] }[];
  places: { name: string; latitude: number; longitude: number }[];
}

const DIGITS = 5; // about a metre
const STEP_PX = 16;
const EDGE_PX = 4;
const PIN_PX = 44; // its target; its point is nearly at the lower edge
const NAMED = 20; // with more places than that, their names would cover the map: they show where one points
const CLOSEST = 18; // as far in as the pin moves by a metre
const ARROWS: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
const OWN: L.PathOptions = { className: "map-own", weight: 2.5, interactive: false };
const BESIDE: L.PathOptions = { className: "map-beside", weight: 1.25, interactive: false };

/** Whether the shape holds the position: a line from it to the east crosses the rings an odd number of times. */
function holds(shape: Shape, { lat, lng }: L.LatLng): boolean {
  const rings = shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat();
  let within = false;
  for (const ring of rings) {
    ring.forEach(([x1, y1], at) => {
      const [x2, y2] = ring[(at || ring.length) - 1]!;
      if (y1! > lat !== y2! > lat && lng < x1! + ((lat - y1!) / (y2! - y1!)) * (x2! - x1!)) within = !within;
    });
  }
  return within;
}

/** A line of text for Leaflet, which takes a string for HTML. */
function line(text: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

class PlaceMap {
  readonly map: L.Map;
  readonly drawn = L.layerGroup();
  readonly pin: L.Marker;
  told: Told | null = null;

  constructor(
    readonly box: HTMLElement,
    readonly view: HTMLElement,
    readonly latitude: HTMLInputElement,
    readonly longitude: HTMLInputElement,
  ) {
    const still = { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false };
    const bare = { keyboard: false, scrollWheelZoom: false, attributionControl: false, zoomControl: false };
    this.map = L.map(view, { ...still, ...bare, zoomSnap: 0.25, maxZoom: CLOSEST, maxBoundsViscosity: 1 });
    L.control.zoom({ zoomInTitle: box.dataset.zoomIn!, zoomOutTitle: box.dataset.zoomOut! }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    this.drawn.addTo(this.map);
    const icon = L.divIcon({ className: "map-pin", iconSize: [PIN_PX, PIN_PX], iconAnchor: [PIN_PX / 2, PIN_PX - 4] });
    this.pin = L.marker([0, 0], { icon, draggable: true, autoPan: true });
    this.pin.on("dragend", () => this.take(this.pin.getLatLng()));
    this.map.on("click", ({ latlng }) => this.take(latlng));
    for (const field of [latitude, longitude]) field.addEventListener("input", () => this.follow());
  }

  /** Draw another commune; the pin stands where the fields say, or hollow in the middle. */
  draw(told: Told & { outline: Shape }): void {
    this.told = told;
    this.drawn.clearLayers();
    this.view.setAttribute("aria-label", this.words("title"));
    this.frame();
    for (const { name, outline, label: [lng, lat] } of told.neighbours) {
      L.geoJSON(outline, { style: BESIDE }).addTo(this.drawn);
      const words = { permanent: true, direction: "center", className: "map-name", opacity: 1 } as const;
      this.keepInside(L.tooltip([lat, lng], { ...words, content: line(name) }).addTo(this.drawn));
    }
    L.geoJSON(told.outline, { style: OWN }).addTo(this.drawn).bringToFront();
    for (const { name, latitude, longitude } of told.places) {
      const dot = L.circleMarker([latitude, longitude], { className: "map-place", radius: 5, weight: 1.5 });
      const named = { permanent: told.places.length <= NAMED, direction: "right", className: "map-name", opacity: 1 } as const;
      dot.bindTooltip(line(name), named).addTo(this.drawn);
    }
    this.listen();
    this.follow();
  }

  /** The whole commune, and the pin where it stands outside. */
  frame(): void {
    const bounds = L.geoJSON(this.told!.outline!).getBounds();
    const typed = this.typed();
    if (typed) bounds.extend(typed);
    this.map.setMinZoom(0).setMaxBounds(undefined!);
    this.map.invalidateSize().fitBounds(bounds, { paddingTopLeft: [16, PIN_PX], paddingBottomRight: [16, 16] });
    this.map.setMinZoom(this.map.getZoom() - 1).setMaxBounds(bounds.pad(1));
  }

  /** A name that would be cut off moves in from the map's edge. */
  keepInside(name: L.Tooltip): void {
    const { x, y } = this.map.latLngToContainerPoint(name.getLatLng()!);
    const [width, height] = [this.map.getSize().x, this.map.getSize().y];
    const [beside, above] = [name.getElement()!.offsetWidth / 2 + EDGE_PX, name.getElement()!.offsetHeight / 2 + EDGE_PX];
    const at = [Math.min(Math.max(x, beside), width - beside), Math.min(Math.max(y, above), height - above)] as const;
    name.setLatLng(this.map.containerPointToLatLng([...at]));
  }

  /** Leaflet makes the pin's element when it is added to a map that has a view. */
  listen(): void {
    if (this.map.hasLayer(this.pin)) return;
    this.pin.setLatLng(this.map.getCenter()).addTo(this.map);
    const element = this.pin.getElement()!;
    element.setAttribute("role", "application"); // arrow keys reach it past a screen reader's own
    element.setAttribute("aria-label", this.box.dataset.pin!);
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (event.key !== "Enter" && event.key !== " " && !arrow) return;
    event.preventDefault(); // Enter would send the form, arrows would scroll the page
    const [x, y] = arrow ?? [0, 0];
    const step = event.shiftKey ? 1 : STEP_PX;
    const here = this.map.latLngToContainerPoint(this.pin.getLatLng());
    this.take(this.map.containerPointToLatLng(here.add([x * step, y * step])));
    this.map.panInside(this.pin.getLatLng(), { padding: [PIN_PX, PIN_PX] });
  }

  /** The pin's place goes into the fields. */
  take(at: L.LatLng): void {
    this.latitude.value = at.lat.toFixed(DIGITS);
    this.longitude.value = at.lng.toFixed(DIGITS);
    this.stand(at);
  }

  /** The fields' place goes to the pin. */
  follow(): void {
    if (!this.view.offsetParent) return; // hidden: it has no size to reckon with, and follows when shown
    const typed = this.typed();
    this.stand(typed);
    if (typed && !this.map.getBounds().contains(typed)) this.frame();
  }

  typed(): L.LatLng | null {
    const [lat, lng] = [this.latitude, this.longitude].map((field) => Number(field.value.trim().replace(",", ".") || NaN));
    return Math.abs(lat!) <= 85 && Math.abs(lng!) <= 180 ? L.latLng(lat!, lng!) : null;
  }

  stand(at: L.LatLng | null): void {
    this.pin.setLatLng(at ?? this.map.getCenter());
    this.pin.getElement()!.classList.toggle("is-waiting", !at);
    const said = this.box.querySelector("[role=status]")!;
    said.classList.toggle("is-outside", at !== null && !holds(this.told!.outline!, at));
    said.replaceChildren(line(this.remark(at)));
    if (!at) return;
    const heard = line(` ${this.latitude.value}, ${this.longitude.value}`); // seen in the fields
    heard.className = "visually-hidden";
    said.append(heard);
  }

  remark(at: L.LatLng | null): string {
    if (!at) return this.words("empty");
    const { outline, neighbours } = this.told!;
    if (holds(outline!, at)) return this.words("within");
    const other = neighbours.find((each) => holds(each.outline, at));
    return other ? this.words("beside", other.name) : this.words("outside");
  }

  words(key: string, other = ""): string {
    return (this.box.dataset[key] ?? "").replaceAll("{unit}", this.told!.name).replace("{other}", other);
  }
}

/** The style sheet lies beside this script; its address comes from the page, with its hash. */
async function dress(address: string): Promise<void> {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  const loaded = new Promise((done, failed) => Object.assign(link, { onload: done, onerror: failed }));
  document.head.append(link);
  await loaded;
}

async function ask<Answer>(address: string): Promise<Answer> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()) as Answer;
}

async function toldOf(box: HTMLElement, code: string): Promise<Told> {
  const outlines = ask<Told>(box.dataset.outlines!.replace("00000", code));
  const places = box.dataset.places ? ask<Pick<Told, "places">>(`${box.dataset.places}?unit=${code}`) : { places: [] };
  return { ...(await outlines), ...(await places) };
}

const opened = new WeakMap<HTMLElement, PlaceMap>();

async function mapIn(box: HTMLElement, form: HTMLFormElement): Promise<PlaceMap> {
  const known = opened.get(box);
  if (known) return known;
  await dress(box.dataset.style!);
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const made = new PlaceMap(box, box.querySelector(".map-view")!, field("latitude"), field("longitude"));
  field("unit").addEventListener("change", () => {
    if (isOpen(box)) show(box).catch(() => hide(box, box.dataset.failed));
  });
  opened.set(box, made);
  return made;
}

const button = (box: HTMLElement): Element => box.querySelector("[aria-expanded]")!;
const isOpen = (box: HTMLElement): boolean => button(box).getAttribute("aria-expanded") === "true";

function lay(box: HTMLElement, open: boolean): void {
  button(box).setAttribute("aria-expanded", String(open));
  document.getElementById(button(box).getAttribute("aria-controls")!)!.hidden = !open;
}

function hide(box: HTMLElement, words = ""): void {
  lay(box, false);
  box.querySelector("[role=status]")!.textContent = words;
}

/** The map of the commune that the form names now; words where there is none. */
async function show(box: HTMLElement): Promise<void> {
  const form = box.closest("form")!;
  const unit = form.elements.namedItem("unit") as HTMLInputElement;
  const code = unit.value && unit.dataset.unitCode;
  if (!code) return hide(box, box.dataset.choose);
  const [told, map] = await Promise.all([toldOf(box, code), mapIn(box, form)]);
  if (unit.dataset.unitCode !== code) return; // another was chosen meanwhile, and is on its way
  if (!told.outline) return hide(box, box.dataset.none?.replace("{unit}", told.name));
  lay(box, true);
  map.draw({ ...told, outline: told.outline });
}

/** What the button does: shows the map, or hides it. */
export async function openMap(box: HTMLElement): Promise<void> {
  if (isOpen(box)) hide(box);
  else await show(box);
}
