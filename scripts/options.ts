/** The options of a script, and how it ends when they are wrong. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** As `parseArgs`; ends the process with status 2 when there is an option that the script does not have. */
export function parseOptions<T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(usage, error instanceof Error ? error.message : String(error));
  }
}

/** Says what is wrong and how to call the script, and ends the process with status 2. */
export function refuse(usage: string, message: string): never {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}
