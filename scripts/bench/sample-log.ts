/** The samples of a bench that takes long, line by line: one that was ended goes on where it was. */
import { appendFile, readFile, rm } from 'node:fs/promises';

/** What tells a sample from all others of the bench. */
export interface SampleKey {
  readonly run: number;
  readonly rtt: number;
  readonly variant: string;
}

export class SampleLog<Sample extends SampleKey> {
  readonly file: string;
  readonly #samples = new Map<string, Sample>();

  private constructor(file: string, samples: readonly Sample[]) {
    this.file = file;
    for (const sample of samples) this.#samples.set(keyOf(sample), sample);
  }

  /** Reads what is there. The file need not exist; a line that was not written to its end is left out. */
  static async open<Sample extends SampleKey>(file: string): Promise<SampleLog<Sample>> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const samples = text.split('\n').flatMap((line) => parsed<Sample>(line) ?? []);
    // What follows must not be joined to half a line.
    if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n');
    return new SampleLog(file, samples);
  }

  get(key: SampleKey): Sample | undefined {
    return this.#samples.get(keyOf(key));
  }

  /** Resolves when it is in the file. */
  async add(sample: Sample): Promise<void> {
    this.#samples.set(keyOf(sample), sample);
    await appendFile(this.file, `${JSON.stringify(sample)}\n`);
  }

  /** For a bench that is done: the next one begins anew. */
  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

function keyOf({ run, rtt, variant }: SampleKey): string {
  return JSON.stringify([run, rtt, variant]);
}

function parsed<Sample>(line: string): Sample | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
