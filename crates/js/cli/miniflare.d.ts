// What of Miniflare is used here. Its own types need those of browsers and of workerd.
declare module "miniflare" {
  export interface Scheduled {
    readonly outcome: string;
  }
  export class Miniflare {
    constructor(options: unknown);
    readonly ready: Promise<URL>;
    unsafeGetDirectURL(name: string): Promise<URL>;
    getWorker(name: string): Promise<{
      scheduled(event: { cron: string; scheduledTime: Date }): Promise<Scheduled>;
    }>;
    setOptions(options: unknown): Promise<void>;
    dispose(): Promise<void>;
  }
  export class Log {
    constructor(level: number);
  }
  export const LogLevel: { readonly WARN: number; readonly ERROR: number };
  // wrangler still tells a Worker's options as Miniflare 4 took them.
  export function convertV4MiniflareOptions(options: unknown): unknown;
}
