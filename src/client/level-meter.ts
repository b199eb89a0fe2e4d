/** Samples that are looked at: 11 ms at 48 kHz. */
const SAMPLES = 512;

/** How loud a track is at this moment. Where the browser does not let sound be processed yet, it is silent. */
export class LevelMeter {
  readonly track: MediaStreamTrack;
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(SAMPLES);

  constructor(track: MediaStreamTrack) {
    this.track = track;
    this.#context = new AudioContext({ latencyHint: 'interactive' });
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = SAMPLES;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** Root mean square of the last hundredth of a second, in dBFS. */
  levelDb(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
    return 10 * Math.log10(power);
  }

  close(): void {
    this.#context.close().catch(() => {}); // it is closed already
  }
}
