// What a gate keeper hears and feels: one short tone for yes, two for look, three low ones for stop.
import type { Colour } from "./codes";

const TONES: Record<Colour | "no", { tones: number[]; shakes: number[] }> = {
  green: { tones: [880], shakes: [80] },
  grey: { tones: [660], shakes: [80] },
  yellow: { tones: [660, 660], shakes: [80, 80, 80] },
  orange: { tones: [520, 520], shakes: [120, 80, 120] },
  red: { tones: [300, 300, 300], shakes: [250, 100, 250, 100, 250] },
  no: { tones: [300, 300], shakes: [200, 100, 200] },
};

let audio: AudioContext | undefined;

/** Sound may begin only after a touch: call this from one. */
export function allowSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function signal(colour: Colour | "no"): void {
  const { tones, shakes } = TONES[colour];
  navigator.vibrate?.(shakes);
  if (audio?.state !== "running") return;
  tones.forEach((frequency, place) => tone(frequency, audio!.currentTime + place * 0.18));
}

function tone(frequency: number, at: number): void {
  const source = audio!.createOscillator();
  const volume = audio!.createGain();
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(0.25, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.14);
  source.connect(volume).connect(audio!.destination);
  source.start(at);
  source.stop(at + 0.15);
}
