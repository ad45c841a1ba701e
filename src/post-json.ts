// One POST of JSON to a service that an operator has named.

/** The answer's status; its body is not read. Rejects where there is none, and with the signal's reason. */
export async function postJson(
  url: string,
  body: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<Pick<Response, "ok" | "status">> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...options.headers },
    body,
    redirect: "error",
    signal: options.signal,
  });
  await response.body?.cancel();
  return response;
}
