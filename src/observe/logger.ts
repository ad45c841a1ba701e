// The log: JSON lines on standard error. It decides which events are worth a line, and how loud a one.
import {
  type DestinationStream,
  type Logger,
  destination as openDestination,
  pino,
  stdTimeFunctions,
} from "pino";
import { unreachable } from "../errors.ts";
import type { EmitEvent, LensEvent } from "../events.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
}

export function createLogger({ level = "info", destination }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? openDestination(2));
}

/** A listener that writes events to the log. */
export function logEvents(logger: Logger): EmitEvent {
  return (event) => logEvent(logger, event);
}

function logEvent(logger: Logger, event: LensEvent): void {
  const { kind, ...rest } = event;
  switch (event.kind) {
    case "connectionOpened":
    case "connectionClosed":
    case "statementFinished":
      logger.debug(rest, kind);
      return;
    case "cacheAsked":
    case "stageTimed":
    case "limitStoreAsked":
    case "lineageSent":
    case "lineageLeftOut":
      logger.trace(rest, kind);
      return;
    case "reloaded":
    case "limitStoreBack":
    case "loginSucceeded":
      logger.info(rest, kind);
      return;
    case "loginFailed":
    case "limitNear":
    case "workerReplaced":
      logger.warn(rest, kind);
      return;
    case "limitStoreLost":
    case "reloadFailed":
      logger.error(rest, kind);
      return;
    case "warehouseFailed":
      // The one place where the warehouse's own words stand; the client was told the reference only.
      logger.error(rest, kind);
      return;
    case "internalError":
      logger.error({ err: event.error, where: event.where }, kind);
      return;
    case "identityProviderFailed":
      logger.error({ err: event.error, provider: event.provider }, kind);
      return;
    case "lineageLost":
      logger.error({ err: event.error, events: event.events }, kind);
      return;
    case "webhookFailed":
    case "auditFailed":
    case "auditRotationFailed":
      logger.error({ err: event.error }, kind);
      return;
    default:
      unreachable(event);
  }
}
