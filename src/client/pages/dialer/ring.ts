/** The ring of an incoming call: the page's own tone. */
import { setSpeaker } from '../room/sound.ts';

/** Two notes at once, twice, in Hz and seconds. */
const NOTES = [440, 554];
const RINGS = [0, 0.6];
const RING_S = 0.4;
const PERIOD_MS = 3000;
const VOLUME = 0.06;

/**
 * Rings until the function that it returns is called.
 * @param speaker the id of the speaker; the standard one if it is empty
 */
export function ring(speaker: string): () => void {
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = output.stream;
  setSpeaker(element, speaker);
  element.play().catch(() => {}); // blocked until a click: the page shows the call as well
  ringOnce(context, output);
  const timer = setInterval(() => ringOnce(context, output), PERIOD_MS);
  return () => {
    clearInterval(timer);
    element.srcObject = null;
    void context.close();
  };
}

function ringOnce(context: AudioContext, output: AudioNode): void {
  for (const at of RINGS) {
    for (const frequency of NOTES) {
      const [tone, gain] = [context.createOscillator(), context.createGain()];
      const start = context.currentTime + 0.05 + at;
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(VOLUME, start + 0.04);
      gain.gain.setValueAtTime(VOLUME, start + RING_S - 0.08);
      gain.gain.linearRampToValueAtTime(0, start + RING_S);
      tone.connect(gain).connect(output);
      tone.start(start);
      tone.stop(start + RING_S);
    }
  }
}
