// What people are told if something is wrong with what they gave: one line that says what to do.

export class Complaint extends Error {
  readonly code: ExitCode;

  constructor(line: string, code: ExitCode = EXIT.failed) {
    super(line);
    this.code = code;
  }
}

// How the command ends.
export const EXIT = {
  // What was asked for was done, and nothing is wrong.
  done: 0,
  // The file is refused, or the site cannot be looked at.
  failed: 1,
  // The command line is wrong.
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

// The code of an error of Node's, such as `ECONNREFUSED`.
export function codeOf(error: unknown): string {
  const isCoded = typeof error === "object" && error !== null && "code" in error;
  return isCoded ? String(error.code) : "";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
