// The command line `breakwater`.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { check } from "./check.ts";
import type { Command, Given, Output } from "./command.ts";
import { Complaint, EXIT, type ExitCode, messageOf } from "./complaint.ts";
import { startCore } from "./core.ts";
import { dev } from "./dev.ts";
import { explain } from "./explain.ts";
import { init } from "./init.ts";

// `deploy` comes later.
const COMMANDS: readonly Command[] = [init, dev, check, explain];

function help(): string {
  const list = COMMANDS.map((command) => `  ${command.name.padEnd(9)} ${command.summary}`);
  return `Breakwater keeps a site answering while the services behind it fail.

Usage: npx breakwater COMMAND [OPTIONS]

${list.join("\n")}

Each command has --help. From nothing:
  npx breakwater init http://localhost:3000
  npx breakwater dev
  npx breakwater explain --site`;
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("./package.json", import.meta.url), "utf8"),
  );
  const isOne = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return isOne ? String(manifest.version) : "unknown";
}

const output: Output = {
  line: (text) => {
    process.stdout.write(`${text}\n`);
  },
  progress: (text) => {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001b[K${text}`);
    }
  },
  note: (text) => {
    process.stderr.write(`${text}\n`);
  },
};

function parsed(command: Command, words: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...command.options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    const [extra] = positionals.slice(command.words);
    if (extra !== undefined) {
      throw new Error(`\`${extra}\` is one word too many`);
    }
    return { values: values as Given["values"], words: positionals };
  } catch (error) {
    const [first] = messageOf(error).split(/\. |\n/);
    throw new Complaint(`${first}: npx breakwater ${command.name} --help`, EXIT.usage);
  }
}

async function run(words: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    output.line(help());
    return EXIT.done;
  }
  if (name === "--version" || name === "-V") {
    output.line(version());
    return EXIT.done;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((one) => `\`${one.name}\``).join(", ");
    throw new Complaint(`unknown command \`${name}\`, expected one of ${names}`, EXIT.usage);
  }
  const given = parsed(command, rest);
  if (given.values["help"] === true) {
    output.line(`breakwater ${command.name}: ${command.summary}\n\n${command.help}`);
    return EXIT.done;
  }
  startCore();
  return command.run(given, output);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  output.progress("");
  output.note(`breakwater: ${messageOf(error)}`);
  process.exitCode = error instanceof Complaint ? error.code : EXIT.failed;
}
