// A client that keeps every byte it was ever sent: what an attacker has seen is what is in them, in whatever form.
import { RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { secrets } from "./vault-lens.ts";

export interface TapLogin {
  readonly server: { readonly host: string; readonly port: number };
  readonly user: string;
  readonly database?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export class WireTap {
  readonly client: RawClient;
  readonly #chunks: Buffer[] = [];

  private constructor(client: RawClient) {
    this.client = client;
    client.socket.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** A user's password is the name. */
  static async login({ server, user, database = "vault", parameters }: TapLogin): Promise<WireTap> {
    const tap = new WireTap(await RawClient.connect(server.host, server.port));
    await tap.client.login({ user, password: user, database }, parameters);
    return tap;
  }

  /** By a Query message. */
  ask(sql: string): Promise<RawMessage[]> {
    this.client.sendQuery(sql);
    return this.client.until("ReadyForQuery");
  }

  /** By Parse, Describe, Bind and Execute, with results in binary form. */
  askBinary(sql: string, values: readonly (string | Buffer | null)[] = []): Promise<RawMessage[]> {
    const { client } = this;
    client.sendParse("", sql);
    client.sendDescribe("S", "");
    client.sendBind("", "", values, [1]);
    client.sendDescribe("P", "");
    client.sendExecute("");
    client.sendSync();
    return client.until("ReadyForQuery");
  }

  /** The secrets that occur in what was sent so far. */
  seen(texts: readonly string[] = secrets): readonly string[] {
    const bytes = Buffer.concat(this.#chunks);
    return texts.filter((text) => formsOf(text).some((form) => bytes.includes(form)));
  }

  forget(): void {
    this.#chunks.length = 0;
  }

  end(): void {
    this.client.destroy();
  }
}

/** As text, as hexadecimal digits of it, as base64, and as binary integers. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const forms = [bytes, Buffer.from(bytes.toString("hex"))];
  // Without what depends on the bytes around it.
  const coded = bytes.toString("base64").replace(/=+$/, "").slice(0, -1);
  if (coded.length >= 6) forms.push(Buffer.from(coded));
  if (/^\d{5,}$/.test(text)) {
    const integer = Buffer.alloc(4);
    integer.writeInt32BE(Number(text));
    forms.push(integer);
  }
  return forms;
}
