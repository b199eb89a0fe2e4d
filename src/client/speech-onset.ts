/** In dBFS: what is quieter is no speech. */
const QUIET_DB = -50;
/** Speech is so much louder than what is heard without it. */
const ABOVE_NOISE_DB = 10;
/** The noise is taken to rise so fast while it is louder than it was known to be, in dB per second. */
const NOISE_RISE_DB = 3;
/** Speech that goes on is noticed again after this, in milliseconds. */
const REPEAT_MS = 1000;

/** Notices that somebody begins to speak, from the levels of a microphone. */
export class SpeechOnset {
  #noiseDb = QUIET_DB;
  #heardAt: number | undefined;
  #noticedAt = -Infinity;

  /**
   * Returns whether speech begins, or has gone on for a second since that was last noticed.
   * @param levelDb in dBFS, over some hundredths of a second
   * @param now in milliseconds
   */
  heard(levelDb: number, now: number): boolean {
    const seconds = (now - (this.#heardAt ?? now)) / 1000;
    this.#heardAt = now;
    const isSpeech = levelDb > QUIET_DB && levelDb > this.#noiseDb + ABOVE_NOISE_DB;
    this.#noiseDb = Math.min(Math.max(levelDb, -100), this.#noiseDb + NOISE_RISE_DB * seconds);
    if (!isSpeech || now - this.#noticedAt < REPEAT_MS) return false;
    this.#noticedAt = now;
    return true;
  }
}
