// A service on the loopback that takes JSON by POST: what the program tells others, as they get it.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Gives the status that is answered; undefined: none is. */
export type TakeJson<Body> = (body: Body, request: IncomingMessage) => number | undefined;

export class JsonReceiver {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start<Body>(take: TakeJson<Body>): Promise<JsonReceiver> {
    const server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      request.on("end", () => {
        const status = take(JSON.parse(text), request);
        if (status !== undefined) response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new JsonReceiver(server);
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves also where it was closed before. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
