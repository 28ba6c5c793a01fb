// What views are given: what is known, and what they can have done.
import type { Api } from "./api.ts";
import type { Question } from "./dialog.ts";
import { type GridState, newGrid } from "./grid.ts";
import type { LiveState } from "./live.ts";
import type { Resource } from "./resource.ts";
import type { Route } from "./router.ts";
import type { Readings } from "./spark.ts";
import type { Store } from "./store.ts";
import type { Session } from "./types.ts";

// Something to be told once, and perhaps taken back.
export interface Notice {
  readonly number: number;
  readonly text: string;
  readonly isBad: boolean;
  readonly undo: { readonly text: string; act(): Promise<void> } | undefined;
}

export interface App {
  readonly api: Api;
  readonly store: Store;
  readonly readings: Readings;
  route: Route;
  session: Session | undefined;
  live: LiveState;
  // The viewer's clock when this was drawn.
  now: number;
  // What the viewer has typed to narrow a list, by its name.
  readonly filters: Map<string, string>;
  readonly grids: Map<string, GridState>;
  // Whether the operator may ask for an operation of the API.
  may(operation: string): boolean;
  ask(question: Question): void;
  tell(text: string, undo?: Notice["undo"]): void;
  // Does something that was asked for by a button alone, and tells what came of it.
  act(work: () => Promise<void>): void;
  go(route: Route): void;
  reload(...resources: Resource<unknown>[]): void;
  changed(): void;
}

export function gridOf(app: App, name: string): GridState {
  let state = app.grids.get(name);
  if (state === undefined) {
    state = newGrid();
    app.grids.set(name, state);
  }
  return state;
}

// Roles, from the one that may least.
const ROLES = ["viewer", "responder", "admin"];

// Whether a role suffices for an operation, by what the table of the API says each needs. An
// operation that it does not name needs the highest role, and a role that is not known may nothing.
export function suffices(
  needs: Readonly<Record<string, string>>,
  role: string | undefined,
  operation: string,
): boolean {
  const needed = ROLES.indexOf(needs[operation] ?? "admin");
  const has = ROLES.indexOf(role ?? "");
  return has >= 0 && has >= (needed < 0 ? ROLES.length - 1 : needed);
}
