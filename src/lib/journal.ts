/** Something that happened and that an operator may want to read later: one line of the audit. It holds no secrets. */
export interface Fact {
  /** What happened, as `source-muted`. */
  readonly kind: string;
  readonly room?: string;
  /** The user that it happened to, or who came. */
  readonly user?: string;
  /** Who did it: `user:<id>`, `backend:<name>` or `operator`. */
  readonly actor?: string;
  /** What it was done to, where that is more than the user: a source, a setting, the name of a limit. */
  readonly target?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Takes a fact, and never fails: who tells one does not know who reads it. */
export type Journal = (fact: Fact) => void;
