/** Reads variables and collects what is wrong with them; a value that is wrong is read as its default. */
export class EnvReader {
  readonly faults: string[] = [];
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** Notes a fault; `message` goes on after the variable's name. */
  fault(name: string, message: string): void {
    this.faults.push(`${name} ${message}`);
  }

  /** The variable as it is, or undefined where it is empty. */
  text(name: string): string | undefined {
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
    for (const item of items.filter((item) => item !== '')) {
      const value = parse(item);
      if (value === undefined) this.fault(name, `has "${item}", which ${wrong}`);
      else parsed.push(value);
    }
    return Object.freeze(parsed);
  }

  /**
   * What `parse` makes of the variable, or of the fallback where it is empty; undefined is a fault, which says what was
   * `expected` and what there is instead. Not for secrets.
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
    this.fault(name, `${expected}, and is "${text}"`);
    const standIn = parse(fallback);
    if (standIn === undefined) throw new Error(`the default of ${name} is wrong`);
    return standIn;
  }
}
