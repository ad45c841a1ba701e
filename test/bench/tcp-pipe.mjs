// A bare pipe: what any program between a client and a PostgreSQL server costs at the least. Its own process, as a server
// is. Argument: the server's port. Prints its own.
import { connect, createServer } from "node:net";

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: Number(process.argv[2]), host: "127.0.0.1", noDelay: true });
  client.pipe(upstream).pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`listening: ${server.address().port}\n`));
