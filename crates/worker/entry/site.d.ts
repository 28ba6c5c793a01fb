// The compiled site file (`site::compiled` in core), which stands beside the bundle as `site.js`.
// `cargo xtask check` holds what core writes against this.

export interface Upstream {
  readonly name: string;
  readonly origin: string;
  // The name by which it is asked, if that is not its own.
  readonly host?: string;
  // How long a call may take until the answer's fields are there, in milliseconds.
  readonly timeout: number;
  // The pattern of the route, as the site file has it.
  readonly route: string;
}

export interface SiteEntry {
  // A regular expression that matches paths which are normalised.
  readonly pattern: string;
  readonly escapedSlashes: "auto" | "keep" | "refuse" | "decode";
  // Breakwater's own paths are sent nowhere.
  readonly upstream: Upstream | null;
}

export type TraceSource = "breakwater" | "platform" | "off";

// Which form the module has.
export const form: number;

export const forwarding: {
  // Whose paths are: the first that matches wins, and the last matches everything.
  readonly entries: readonly SiteEntry[];
  readonly statusEntries: readonly SiteEntry[];
  // The status page's host, which has entries of its own.
  readonly statusHost: string | null;
  // What `Via` calls us.
  readonly pseudonym: string;
};

export const log: {
  readonly enabled: boolean;
  readonly level: "debug" | "info" | "warn" | "error" | "fatal";
  readonly traceSource: TraceSource;
  // Whether the site file says where.
  readonly areErrorsReported: boolean;
};

// Texts for Rust.
export const parts: {
  readonly site: string;
  readonly pages: string;
  readonly watch: string;
  readonly checks: string;
  readonly configuration: string;
  readonly statusTexts: string;
};
