// `init`: looks at a site, and writes a first site file.
import type { Command } from "./command.ts";
import { isOn, text } from "./command.ts";
import { Complaint, EXIT, type ExitCode, messageOf } from "./complaint.ts";
import { Survey } from "./core.ts";
import { get } from "./fetch.ts";
import { SITE_FILE, writeNew } from "./files.ts";
import type { Adopted, SurveyRequest } from "./shapes.ts";
import { trouble } from "./trouble.ts";

// As much of a body as core reads.
const BODY_MAX = 64 * 1024;

const FIELDS = "accept:text/html,*/*;q=0.8\naccept-encoding:gzip, br\nuser-agent:Breakwater-Init";

export const init: Command = {
  name: "init",
  summary: "look at a running site, and write a first site file for it",
  help: `Usage: npx breakwater init URL [--host NAME] [--framework NAME] [--out FILE] [--stdout] [--json]

  URL               where the site runs, such as http://localhost:3000
  --host NAME       the name that visitors use, such as shop.example
  --framework NAME  woocommerce, wordpress, next, nuxt, astro, sveltekit, django, rails,
                    laravel, express, static or unknown [default: what the site shows]
  --out FILE        where to write it [default: ${SITE_FILE}]; a file that is there is never
                    overwritten: a name beside it is taken
  --stdout          print the file, and write none
  --insecure        take any certificate
  --json            print what was found as JSON, and write no file

It makes at most 16 requests. Exit code 0: the file is written. 1: the site cannot be looked at.`,
  options: {
    host: { type: "string" },
    framework: { type: "string" },
    out: { type: "string" },
    stdout: { type: "boolean" },
    insecure: { type: "boolean" },
    json: { type: "boolean" },
  },
  words: 1,
  run: async (given, out): Promise<ExitCode> => {
    const [url] = given.words;
    if (url === undefined) {
      throw new Complaint(
        "init needs the site's URL: npx breakwater init http://localhost:3000",
        2,
      );
    }
    const host = text(given, "host")?.toLowerCase();
    const survey = begin(url, host, text(given, "framework"));
    const adopted = await look(survey, isOn(given, "insecure"), out.progress);
    if (isOn(given, "json")) {
      out.line(JSON.stringify(adopted));
      return EXIT.done;
    }
    for (const mark of adopted.marks) {
      out.note(`found ${mark.what} (${mark.framework})`);
    }
    for (const note of adopted.notes) {
      out.note(`note: ${note}`);
    }
    if (isOn(given, "stdout")) {
      out.line(adopted.text);
      return EXIT.done;
    }
    const wanted = text(given, "out") ?? SITE_FILE;
    const file = writeNew(wanted, adopted.text);
    if (file !== wanted) {
      out.note(`note: ${wanted} is there already and stays as it is`);
    }
    const made = adopted.frameworks.map((framework) => framework.title).join(" and ");
    out.line(`wrote ${file}, for ${made}; next: npx breakwater explain --site`);
    return EXIT.done;
  },
};

function begin(url: string, host: string | undefined, framework: string | undefined): Survey {
  try {
    return new Survey(url, host, framework);
  } catch (error) {
    throw new Complaint(messageOf(error), EXIT.usage);
  }
}

async function look(
  survey: Survey,
  isInsecure: boolean,
  progress: (text: string) => void,
): Promise<Adopted> {
  let isFirst = true;
  for (let next = survey.next(); next !== undefined; next = survey.next()) {
    const { path, host }: SurveyRequest = JSON.parse(next);
    progress(`asking ${survey.origin}${path}`);
    const url = new URL(survey.origin + path);
    try {
      const answer = await get({ url, host, fields: FIELDS, bodyMax: BODY_MAX, isInsecure });
      survey.answer(answer.status, answer.fields, answer.body);
    } catch (error) {
      if (isFirst) {
        throw new Complaint(await trouble(error, url));
      }
      survey.fail();
    }
    isFirst = false;
  }
  progress("");
  const found = survey.finish();
  if (found === undefined) {
    throw new Complaint("the survey ended twice, which is a fault of Breakwater's");
  }
  return JSON.parse(found);
}
