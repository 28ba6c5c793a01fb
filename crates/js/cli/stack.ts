// The Worker in workerd, by Miniflare, with a site file compiled for it.
//
// Requests reach it over a socket of workerd's own (`unsafeDirectSockets`): Miniflare's entry
// Worker, which stands in front by default, changes codings and fields. What is bound to it is read
// from `wrangler.toml` when the package is built, so that it is what a deployment has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Complaint, messageOf } from "./complaint.ts";
import { compileSite } from "./core.ts";
import { readSiteFile } from "./files.ts";
import type { Compiled, Needs } from "./shapes.ts";

// The operators' token on this machine.
export const TOKEN = "dev";

const HOST = "127.0.0.1";
const MINUTE = 60_000;
const CRON = "* * * * *";

export type StackOptions = Readonly<{
  file: string;
  // Where all upstreams are, if not where the file says.
  upstream: string | undefined;
  port: number;
  state: string;
  // Whether what the Worker logs is left out.
  isQuiet?: boolean;
}>;

type Miniflare = import("miniflare").Miniflare;

type Platform = Readonly<{ name: string } & Record<string, unknown>>;

type WorkerModule = Readonly<{ type: string; path: string; contents: string | Buffer }>;

export class Stack {
  readonly #options: StackOptions;
  readonly #platform: Platform;
  readonly #pageSources: string;
  readonly #modules: readonly WorkerModule[];
  #port: number;
  #miniflare: Miniflare | undefined;
  #round: NodeJS.Timeout | undefined;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#port = options.port;
    this.#platform = JSON.parse(part("platform.json").toString());
    this.#pageSources = part("page_sources.json").toString();
    this.#modules = [
      { type: "ESModule", path: "index.js", contents: part("index.js").toString() },
      ...["breakwater_worker_bg.wasm", "breakwater_control_bg.wasm"].map((path) => ({
        type: "CompiledWasm",
        path,
        contents: part(path),
      })),
    ];
  }

  // Starts workerd; returns where to visit.
  async start(): Promise<string> {
    const { Miniflare } = await import("miniflare");
    const options = await this.#miniflareOptions();
    this.#miniflare = new Miniflare(options);
    const url = await this.#miniflare.unsafeGetDirectURL(this.#platform.name);
    this.#port = Number(url.port);
    this.#nextRound();
    return url.origin;
  }

  // Loads the site file as it is now, on the same port.
  async reload(): Promise<void> {
    await this.#miniflare?.setOptions(await this.#miniflareOptions());
  }

  async stop(): Promise<void> {
    clearTimeout(this.#round);
    await this.#miniflare?.dispose();
  }

  // The round of each minute, as the platform would have it.
  #nextRound(): void {
    this.#round = setTimeout(
      async () => {
        this.#nextRound();
        try {
          const worker = await this.#miniflare?.getWorker(this.#platform.name);
          await worker?.scheduled({ cron: CRON, scheduledTime: new Date() });
        } catch (error) {
          process.stderr.write(`scheduled: ${messageOf(error)}\n`);
        }
      },
      MINUTE - (Date.now() % MINUTE),
    );
  }

  async #miniflareOptions(): Promise<unknown> {
    const { Log, LogLevel, convertV4MiniflareOptions } = await import("miniflare");
    const compiled = this.#compile();
    const { upstream, state } = this.#options;
    const upstreams = upstream === undefined ? compiled.asked_as : [upstream];
    return convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: ({ message }: { message: string }) => {
        if (this.#options.isQuiet !== true) {
          process.stderr.write(`${message}\n`);
        }
      },
      resourcePersistencePath: state,
      resourceTmpPath: join(state, "tmp"),
      workers: [
        {
          ...this.#platform,
          bindings: this.#bindings(compiled.needs),
          email: { send_email: emailOf(compiled.needs) },
          serviceBindings: connections(upstreams),
          modulesRoot: "/",
          modules: [
            ...this.#modules,
            { type: "ESModule", path: compiled.name, contents: compiled.module },
          ].map((module) => ({ ...module, path: `/${module.path}` })),
          unsafeDirectSockets: [{ host: HOST, port: this.#port }],
        },
      ],
    });
  }

  #compile(): Compiled {
    const { file } = this.#options;
    try {
      return JSON.parse(compileSite(file, readSiteFile(file), this.#pageSources));
    } catch (error) {
      throw new Complaint(messageOf(error));
    }
  }

  #bindings(needs: Needs): Record<string, string> {
    const { upstream } = this.#options;
    const secrets = needs.secrets.flatMap(({ name }) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      ...Object.fromEntries(secrets),
      ADMIN_TOKEN: TOKEN,
      ...(upstream !== undefined && { BREAKWATER_UPSTREAM: upstream }),
    };
  }
}

// A file of the Worker's code.
function part(name: string): Buffer {
  return readFileSync(new URL(`./worker/${name}`, import.meta.url));
}

function emailOf(needs: Needs): unknown[] {
  return needs.email.map(({ binding, from }) => ({
    name: binding,
    allowed_sender_addresses: from,
  }));
}

// A service for each origin: it connects there whatever host a request names, as the Worker wants
// for an upstream with a `host`.
export function connections(origins: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    origins.map((origin) => {
      const { protocol, host, hostname } = new URL(origin);
      const isSecure = protocol === "https:";
      const port = /:\d+$/.test(host) ? "" : isSecure ? ":443" : ":80";
      const secure = { tlsOptions: { trustBrowserCas: true }, certificateHost: hostname };
      const how = isSecure ? { https: secure } : { http: {} };
      return [`connect:${host}`, { external: { address: `${host}${port}`, ...how } }];
    }),
  );
}
