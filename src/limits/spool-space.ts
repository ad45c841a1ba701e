// Bytes of rows that are kept for cursors: one count for a session, one for all sessions together, which temporary tables
// take from too.
import { spoolBytesMax } from "../constants.ts";
import { tooManyKeptBytes, tooManyKeptBytesTogether } from "./limits-errors.ts";

export class SpoolSpace {
  private readonly bytesMax: number;
  private readonly parent: SpoolSpace | undefined;
  private taken = 0;

  /** Without a parent it is that of all sessions. */
  constructor(bytesMax: number, parent?: SpoolSpace) {
    this.bytesMax = bytesMax;
    this.parent = parent;
  }

  /** The part of one session. */
  forSession(): SpoolSpace {
    return new SpoolSpace(spoolBytesMax.session, this);
  }

  get bytes(): number {
    return this.taken;
  }

  /** Throws 54000 for what no session may keep, 53400 for what others leave no room for. */
  take(bytes: number): void {
    if (this.taken + bytes > this.bytesMax) {
      throw this.parent === undefined ? tooManyKeptBytesTogether() : tooManyKeptBytes(this.bytesMax);
    }
    this.parent?.take(bytes);
    this.taken += bytes;
  }

  giveBack(bytes: number): void {
    this.parent?.giveBack(bytes);
    this.taken -= bytes;
  }
}
