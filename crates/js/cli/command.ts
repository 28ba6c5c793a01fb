// What each command is to the command line: its options, its help, and what it does.
import type { ParseArgsConfig } from "node:util";
import type { ExitCode } from "./complaint.ts";

export type Options = NonNullable<ParseArgsConfig["options"]>;

// What was given: strings and switches by name, and the words without a name.
export type Given = Readonly<{
  values: Readonly<Record<string, string | boolean | undefined>>;
  words: readonly string[];
}>;

export type Command = Readonly<{
  name: string;
  // One line for the list of commands.
  summary: string;
  // The text of `--help` below the summary.
  help: string;
  options: Options;
  // The words without a name that it takes, at most.
  words: number;
  run: (given: Given, out: Output) => Promise<ExitCode>;
}>;

// Where a command writes: results, and what is only of the moment.
export type Output = Readonly<{
  line: (text: string) => void;
  // Replaces the line before it; nothing unless someone looks on.
  progress: (text: string) => void;
  note: (text: string) => void;
}>;

export function text(given: Given, name: string): string | undefined {
  const value = given.values[name];
  return typeof value === "string" ? value : undefined;
}

export function isOn(given: Given, name: string): boolean {
  return given.values[name] === true;
}
