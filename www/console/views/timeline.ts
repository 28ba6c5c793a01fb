// What an entry of an incident's timeline says.
import { count, words } from "../format.ts";
import type { TimelineEntry } from "../types.ts";
import { checkWord, circuitStateWord, incidentWord, type Tone } from "../words.ts";

export interface Told {
  readonly tone: Tone;
  readonly text: string;
  readonly by: string | undefined;
  // What a person wrote, which can be edited.
  readonly written: string | undefined;
  readonly edited: string | undefined;
}

// An entry of a kind that a later version of the API has is told by its name.
export function told({ what }: TimelineEntry): Told {
  const [kind = "", members = {}] = Object.entries(what)[0] ?? [];
  const of = (name: string): string => {
    const value = members[name];
    return typeof value === "string" ? value : "";
  };
  const edited = members["edited"] as { by?: unknown } | undefined;
  const said = say(kind, of, members);
  return {
    ...said,
    by: of("by") === "" || kind === "inhibited" || kind === "released" ? undefined : of("by"),
    written: kind === "update" || kind === "note" ? of("text") : undefined,
    edited: typeof edited?.by === "string" ? edited.by : undefined,
  };
}

type Said = Pick<Told, "tone" | "text">;

function say(
  kind: string,
  of: (name: string) => string,
  members: Readonly<Record<string, unknown>>,
): Said {
  switch (kind) {
    case "opened":
      return { tone: "bad", text: "Opened" };
    case "joined":
      return { tone: "bad", text: `${of("check")} became part of it` };
    case "check_resolved":
      return { tone: "well", text: `${of("check")} is well again` };
    case "resolved":
      return { tone: "well", text: "Resolved" };
    case "reopened":
      return { tone: "bad", text: "Reopened" };
    case "observed": {
      const reasons = members["reasons"];
      const why = Array.isArray(reasons) && reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
      const { tone, text } = checkWord(of("result"));
      return { tone, text: `${of("check")} is ${text} from ${of("place")}${why}` };
    }
    case "check_turned": {
      const { tone, text } = checkWord(of("to"));
      return { tone, text: `${of("check")} turned from ${checkWord(of("from")).text} to ${text}` };
    }
    case "circuit": {
      const { tone, text } = circuitStateWord(of("to"));
      const from = circuitStateWord(of("from")).text;
      return { tone, text: `The circuit ${of("name")} turned from ${from} to ${text}` };
    }
    case "visitors":
      return { tone: "none", text: `Visitors got ${shares(members["shares"])}` };
    case "order":
      return { tone: "order", text: of("text") };
    case "alert_queued":
      return { tone: "none", text: `${of("channel")} is being told` };
    case "alert_delivered":
      return { tone: "well", text: `${of("channel")} was told` };
    case "alert_failed":
      return { tone: "warn", text: `${of("channel")} was not reached: ${of("error")}` };
    case "alert_dead":
      return { tone: "bad", text: `${of("channel")} will not be told: ${of("error")}` };
    case "inhibited":
      return { tone: "none", text: `Explained by ${of("by")}, so people are not told meanwhile` };
    case "released":
      return { tone: "none", text: `No longer explained by ${of("by")}` };
    case "acknowledged":
      return { tone: "order", text: "Taken on" };
    case "update": {
      const { tone, text } = incidentWord(of("state"));
      return {
        tone,
        text: `Update: ${text}${members["notify"] === true ? "" : ", told to no one"}`,
      };
    }
    case "note":
      return { tone: "none", text: "Note" };
    case "postmortem":
      return { tone: "well", text: "The postmortem was written" };
    default:
      return { tone: "none", text: words(kind) };
  }
}

function shares(all: unknown): string {
  if (!Array.isArray(all) || all.length === 0) return "nothing";
  return all.map(([name, number]: [string, number]) => `${count(number)} ${name}`).join(", ");
}
