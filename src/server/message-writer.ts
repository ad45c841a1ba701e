// Messages to a client, gathered into few writes, and the wait for a client that reads slowly.
import type { Duplex } from "node:stream";
import { socketBufferBytesMax } from "../constants.ts";
import type { BackendMessage } from "../wire/backend-message.ts";
import { encodeMessage } from "../wire/encode.ts";
import { OutputBuffer } from "../wire/output-buffer.ts";
import { type TextCodec, utf8Codec } from "../wire/text-codec.ts";

/** Bytes gathered before they are written without being asked. */
const gatheredBytesMax = 32 * 1024;

/** A client that takes no byte for so long is gone, whatever its kernel says. */
const writeStallMs = 300_000;

/** The client is gone: there is nobody to send to. */
export class ConnectionLost extends Error {}

export class MessageWriter {
  private socket: Duplex;
  private readonly gathered = new OutputBuffer(1024);
  private readonly codec: () => TextCodec;

  /** `codec`: the encoding of texts at the moment. */
  constructor(socket: Duplex, codec: () => TextCodec = () => utf8Codec) {
    this.socket = socket;
    this.codec = codec;
  }

  /** From now on everything goes through this socket: TLS over the first one. */
  use(socket: Duplex): void {
    this.socket = socket;
  }

  /** Throws 22P05 for a text that the client's encoding cannot hold; then nothing of the message is sent. */
  send(message: BackendMessage): void {
    encodeMessage(message, this.gathered, this.codec());
    if (this.gathered.length >= gatheredBytesMax) this.flush();
  }

  /** Messages that are bytes already: few are gathered with others, so that a small result is one write. */
  sendEncoded(messages: Uint8Array): void {
    if (this.gathered.length + messages.length < gatheredBytesMax) this.gathered.append(messages);
    else this.sendBytes(messages);
  }

  /** Bytes that are written at once, behind what was gathered. */
  sendBytes(bytes: Uint8Array): void {
    this.flush();
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes);
  }

  flush(): void {
    if (this.gathered.length === 0) return;
    const bytes = this.gathered.take();
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes);
  }

  /** Resolves when little enough is under way. Rejects with ConnectionLost. */
  async drained(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) throw new ConnectionLost("socket closed");
    if (socket.writableLength <= socketBufferBytesMax) return;
    await new Promise<void>((resolve, reject) => {
      let left = socket.writableLength;
      const stall = setInterval(() => {
        if (socket.writableLength === left) socket.destroy();
        left = socket.writableLength;
      }, writeStallMs);
      const settle = (): void => {
        clearInterval(stall);
        socket.off("drain", settle);
        socket.off("close", settle);
        if (socket.destroyed) reject(new ConnectionLost("socket closed"));
        else resolve();
      };
      socket.on("drain", settle);
      socket.on("close", settle);
    });
  }
}
