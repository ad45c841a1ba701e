// One place to say what happened, any number that listen.
import type { EmitEvent } from "../events.ts";

/** Calls each listener in turn. One that throws takes nothing from the others, nor from what it was told of. */
export function combineListeners(...listeners: readonly EmitEvent[]): EmitEvent {
  return (event) => {
    for (const listen of listeners) {
      try {
        listen(event);
      } catch {
        // A log or a counter that fails must not fail a statement, and there is nobody left to tell.
      }
    }
  };
}
