// What the entry may log, and what the site says of traces and errors.
import { type LogSeverity, logLimits } from "./log_names.ts";
import { log, type TraceSource } from "./site.js";

export type { LogAttribute, LogEvent, LogSeverity } from "./log_names.ts";
export { severities } from "./log_names.ts";
export type { TraceSource };

const level: LogSeverity = log.level;
export const logRules = { ...logLimits, enabled: log.enabled, level };

export const { traceSource, areErrorsReported } = log;
