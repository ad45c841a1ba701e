// What a client sends, as packets and frames that are asked for one at a time. Reading goes on while the server is
// busy, up to a bound, because a socket that is not read does not tell that its peer is gone.
import type { Duplex } from "node:stream";
import { type Frame, FrameReader, type PasswordKind } from "../wire/framing.ts";

/** Bytes of pipelined messages that are read ahead while a statement runs. */
const readAheadBytesMax = 1024 * 1024;

interface Waiter {
  readonly wake: () => void;
  readonly fail: (error: Error) => void;
}

export class SocketInput {
  private readonly reader = new FrameReader();
  private readonly onLost: () => void;
  private socket: Duplex | undefined;
  private waiter: Waiter | undefined;
  private isEnded = false;
  private isInStatement = false;
  private readonly receive = (chunk: Buffer): void => {
    this.reader.push(chunk);
    if (this.waiter !== undefined) this.waiter.wake();
    else if (this.reader.bufferedBytes > readAheadBytesMax) this.socket?.pause();
  };
  private readonly ended = (): void => {
    if (this.isEnded) return;
    this.isEnded = true;
    this.waiter?.wake();
    this.onLost();
  };

  /** `onLost` is called once, when the client's side ends. */
  constructor(onLost: () => void) {
    this.onLost = onLost;
  }

  attach(socket: Duplex): void {
    this.socket = socket;
    socket.on("data", this.receive);
    socket.on("end", this.ended);
    socket.on("close", this.ended);
    socket.on("error", this.ended);
  }

  /** Stops reading at once, so that whoever takes the socket over finds all further bytes in it. */
  detach(): void {
    const { socket } = this;
    if (socket === undefined) return;
    socket.pause();
    socket.off("data", this.receive);
    socket.off("end", this.ended);
    socket.off("close", this.ended);
    this.socket = undefined;
  }

  /** For the client's next request. */
  get isWaiting(): boolean {
    return this.waiter !== undefined && !this.isInStatement;
  }

  /** Whether the client's side has ended; what it sent before can still be read. */
  get isLost(): boolean {
    return this.isEnded;
  }

  get bufferedBytes(): number {
    return this.reader.bufferedBytes;
  }

  /** Rejects what waits for input with this error; without a waiter, nothing happens. */
  interrupt(error: Error): void {
    this.waiter?.fail(error);
  }

  /** The first byte of the connection, which stays in place; undefined when the client is gone. */
  firstByte(): Promise<number | undefined> {
    return this.take(() => this.reader.peekByte());
  }

  /** All bytes that wait. */
  takeAll(): Buffer {
    return this.reader.takeAll();
  }

  startupPacket(): Promise<Buffer | undefined> {
    return this.take(() => this.reader.nextStartupPacket());
  }

  password(kind: PasswordKind, bodyBytesMax: number): Promise<Frame | "wrong length" | undefined> {
    return this.take(() => this.reader.nextPassword(kind, bodyBytesMax));
  }

  frame(): Promise<Frame | undefined> {
    return this.take(() => this.reader.nextFrame());
  }

  /** A message that the running statement waits for. Rejects with the signal's reason. */
  async frameOfStatement(signal: AbortSignal): Promise<Frame | undefined> {
    signal.throwIfAborted();
    const abort = (): void => this.interrupt(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.isInStatement = true;
    try {
      return await this.frame();
    } finally {
      this.isInStatement = false;
      signal.removeEventListener("abort", abort);
    }
  }

  private async take<T>(next: () => T | undefined): Promise<T | undefined> {
    for (;;) {
      const taken = next();
      if (taken !== undefined) return taken;
      if (this.isEnded) return undefined;
      await this.more();
    }
  }

  private async more(): Promise<void> {
    try {
      await new Promise<void>((wake, fail) => {
        this.waiter = { wake, fail };
        if (this.socket?.isPaused() === true) this.socket.resume();
      });
    } finally {
      this.waiter = undefined;
    }
  }
}
