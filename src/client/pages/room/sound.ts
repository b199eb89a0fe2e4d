/** The page's own sounds, and how loud a microphone is. */

let shared: AudioContext | undefined;

/** The one context of the page. Browsers let it sound after the first click or key. */
function audioContext(): AudioContext {
  shared ??= new AudioContext();
  if (shared.state === 'suspended') shared.resume().catch(() => {}); // silent until the next time
  return shared;
}

/** In Hz and seconds: two soft notes, up. */
const JOINED = [
  { frequency: 523, at: 0 },
  { frequency: 784, at: 0.11 },
];
const TEST = [...JOINED, { frequency: 1047, at: 0.22 }];

/** Somebody has come. */
export function playJoined(speaker: string): void {
  play(JOINED, 0.05, speaker);
}

/** Something to hear, on the speaker with this id; the standard one if it is empty. */
export function playTest(speaker: string): void {
  play(TEST, 0.2, speaker);
}

function play(notes: readonly { frequency: number; at: number }[], volume: number, speaker: string): void {
  const context = audioContext();
  const output = context.createMediaStreamDestination();
  for (const { frequency, at } of notes) {
    const [tone, gain] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + 0.05 + at;
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(volume, start + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
    tone.connect(gain).connect(output);
    tone.start(start);
    tone.stop(start + 0.55);
  }
  const element = new Audio();
  element.srcObject = output.stream;
  setSpeaker(element, speaker);
  element.play().catch(() => {}); // blocked until a click: a tone is not worth asking for one
  setTimeout(() => {
    element.srcObject = null;
  }, 1500);
}

/** Plays on the speaker with this id, where the browser has a choice. */
export function setSpeaker(element: HTMLMediaElement, speaker: string): void {
  if ('setSinkId' in element) element.setSinkId(speaker).catch(() => {}); // unplugged: the standard one plays
}

/**
 * Tells how loud a microphone is, ten times a second.
 * @param onLevel from 0, silence, to 1
 * @returns a function that ends it
 */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = audioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === 'suspended') audioContext();
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** The root mean square on a scale of decibels, as ears have it: -60 dB and below is 0, -10 dB is 1. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power + 1e-12);
  return Math.min(Math.max((decibels + 60) / 50, 0), 1);
}
