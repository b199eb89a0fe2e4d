import { LevelMeter } from './level-meter.ts';
import { SpeechOnset } from './speech-onset.ts';

/** How often the microphone is listened to, in milliseconds. */
const INTERVAL_MS = 25;

interface Options {
  /** The microphone that is published and not paused. */
  microphone: () => MediaStreamTrack | undefined;
  /** Whether the server forwards it already. */
  isAudible: () => boolean;
  /** Tells the server that its user begins to speak. */
  hint: () => void;
}

/**
 * In a large room the server forwards the loudest alone, and it takes it up to half a second to hear that somebody begins to
 * speak. This listens to the own microphone, and tells the server sooner.
 */
export class SpeechHints {
  readonly #options: Options;
  #onset = new SpeechOnset();
  #meter: LevelMeter | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins to listen, or ends it. */
  set(isNeeded: boolean): void {
    if (isNeeded) this.#timer ??= setInterval(() => this.#listen(), INTERVAL_MS);
    else this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#meter?.close();
    this.#meter = undefined;
  }

  #listen(): void {
    const { microphone, isAudible, hint } = this.#options;
    const track = microphone();
    if (this.#meter?.track !== track) this.#open(track);
    const isSpeaking = this.#meter && this.#onset.heard(this.#meter.levelDb(), performance.now());
    if (isSpeaking && !isAudible()) hint();
  }

  #open(track: MediaStreamTrack | undefined): void {
    this.#meter?.close();
    this.#meter = track && new LevelMeter(track);
    this.#onset = new SpeechOnset();
  }
}
