/** The variables of a process, by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Shared by all readers of the same variables. */
interface Notes {
  readonly warnings: string[];
  readonly names: Set<string>;
}

/**
 * Reads variables and collects what is wrong with them; a value that is wrong is read as its default. No fault and no
 * warning quotes a value: any of them may be a credential, or contain one.
 */
export class EnvReader {
  readonly faults: string[] = [];
  readonly #env: Env;
  readonly #notes: Notes;

  constructor(env: Env, notes: Notes = { warnings: [], names: new Set() }) {
    this.#env = env;
    this.#notes = notes;
  }

  /** Problems that do not keep the server from starting. */
  get warnings(): readonly string[] {
    return this.#notes.warnings;
  }

  /** The names of all variables that were read. */
  get names(): ReadonlySet<string> {
    return this.#notes.names;
  }

  /** A reader of the same variables with a list of faults of its own. */
  withOwnFaults(): EnvReader {
    return new EnvReader(this.#env, this.#notes);
  }

  /** Notes a fault; `message` goes on after the variable's name, and does not quote its value. */
  fault(name: string, message: string): void {
    this.faults.push(`${name} ${message}`);
  }

  /** Notes a problem that does not keep the server from starting; `message` as for `fault`. */
  warn(name: string, message: string): void {
    this.#notes.warnings.push(`${name} ${message}`);
  }

  /** The variable as it is, or undefined where it is empty. */
  text(name: string): string | undefined {
    this.#notes.names.add(name);
    return this.#env[name] || undefined;
  }

  /** A whole number, written in decimal. */
  integer(name: string, fallback: number, min: number, max: number): number {
    const expected = `must be a whole number from ${min} to ${max}`;
    return this.parsed(name, String(fallback), expected, (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= max ? value : undefined;
    });
  }

  /** One of these words, as it is written. */
  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const expected = `must be one of ${values.join(', ')}`;
    return this.parsed<T>(name, fallback, expected, (text) => values.find((value) => value === text));
  }

  /** A list with commas between; `parse` gives each item, or undefined where it is wrong. */
  list(name: string, wrong: string, parse: (item: string) => string | undefined): readonly string[] {
    const items = (this.text(name) ?? '').split(',').map((item) => item.trim());
    const parsed: string[] = [];
    for (const [index, item] of items.entries()) {
      if (item === '') continue;
      const value = parse(item);
      if (value !== undefined) parsed.push(value);
      else this.fault(name, `has an item, number ${index + 1}, that ${wrong}`);
    }
    return Object.freeze(parsed);
  }

  /**
   * What `parse` makes of the variable, or of the fallback where it is empty; undefined is a fault, which says what was
   * `expected`.
   */
  parsed<T extends {}>(
    name: string,
    fallback: string,
    expected: string,
    parse: (text: string) => T | undefined,
  ): T {
    const text = this.text(name)?.trim() || fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    this.fault(name, expected);
    const standIn = parse(fallback);
    if (standIn === undefined) throw new Error(`the default of ${name} is wrong`);
    return standIn;
  }
}
