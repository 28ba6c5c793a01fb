// The site file on disk.
import { readFileSync, writeFileSync } from "node:fs";
import { Complaint, codeOf, messageOf } from "./complaint.ts";

export const SITE_FILE = "breakwater.toml";

// The most names that are tried for a file that is to overwrite none.
const NAMES_MAX = 100;

export function readSiteFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      throw new Complaint(
        `there is no ${file} here: \`npx breakwater init URL\` writes one, \`--config FILE\` names another`,
      );
    }
    throw new Complaint(`${file} cannot be read: ${messageOf(error)}`);
  }
}

// Writes a file that is not there yet: `file`, or a name beside it. Returns the name.
export function writeNew(file: string, text: string): string {
  for (let number = 0; number < NAMES_MAX; number += 1) {
    const name = nameBeside(file, number);
    try {
      writeFileSync(name, text, { flag: "wx" });
      return name;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        throw new Complaint(`${name} cannot be written: ${messageOf(error)}`);
      }
    }
  }
  throw new Complaint(`${file} and ${NAMES_MAX} names beside it are taken: remove some of them`);
}

// `breakwater.toml`, `breakwater.new.toml`, `breakwater.new-2.toml`, …
export function nameBeside(file: string, number: number): string {
  if (number === 0) {
    return file;
  }
  const suffix = number === 1 ? ".new" : `.new-${number}`;
  const dot = file.lastIndexOf(".");
  const hasExtension = dot > file.lastIndexOf("/") + 1;
  return hasExtension ? `${file.slice(0, dot)}${suffix}${file.slice(dot)}` : `${file}${suffix}`;
}
