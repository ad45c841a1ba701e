// The page of the HTTP port: asks the endpoints every few seconds and draws what they say. Everything that comes from
// the server becomes text, never markup.

const refreshMs = 5000;
const tokenKey = "lenswire admin token";
const usersMax = 20;
const svgNamespace = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en");

let token = sessionStorage.getItem(tokenKey);
let timer;

class WrongToken extends Error {}

async function ask(path, method = "GET") {
  const response = await fetch(path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    cache: "no-store",
  });
  if (response.status === 401) throw new WrongToken("the token is not accepted");
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response;
}

const askJson = async (path) => (await ask(path)).json();

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function drawing(name, attributes, text) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function duration(milliseconds) {
  if (milliseconds < 1) return "< 1 ms";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}

const clockTime = (instant) => new Date(instant).toLocaleTimeString();

/** A cell from a text, a number, or an element. */
function cell(content) {
  if (content instanceof Node) {
    const made = element("td");
    made.append(content);
    return made;
  }
  return typeof content === "number"
    ? element("td", numbers.format(content), "number")
    : element("td", content ?? "");
}

function sqlCell(text) {
  return element("td", text ?? "", "sql");
}

function fill(id, rows) {
  const body = byId(id).tBodies[0];
  const made = rows.map((cells) => {
    const row = element("tr");
    row.append(
      ...cells.map((content) => (content instanceof HTMLTableCellElement ? content : cell(content))),
    );
    return row;
  });
  if (made.length === 0) {
    const empty = element("td", "nothing");
    empty.colSpan = byId(id).tHead.rows[0].cells.length;
    const row = element("tr");
    row.append(empty);
    made.push(row);
  }
  body.replaceChildren(...made);
}

function meter(value, max, label) {
  const made = element("meter");
  made.max = Math.max(max, 1);
  made.value = value;
  made.setAttribute("aria-label", label);
  return made;
}

// Charts: time from left to right, in the view box of the page's svg elements.
const plot = { left: 48, right: 712, top: 10, bottom: 138 };

function frame(svg, label, highest, formatted, minutes) {
  svg.setAttribute("aria-label", label);
  const { left, right, top, bottom } = plot;
  svg.replaceChildren(
    drawing("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    drawing("line", { class: "axis", x1: left, x2: right, y1: top, y2: top }),
    drawing("text", { x: left - 6, y: top + 4, "text-anchor": "end" }, formatted(highest)),
    drawing("text", { x: left - 6, y: bottom + 4, "text-anchor": "end" }, "0"),
    drawing("text", { x: left, y: bottom + 16 }, clockTime(minutes[0].start)),
    drawing("text", { x: right, y: bottom + 16, "text-anchor": "end" }, clockTime(minutes.at(-1).start)),
  );
}

function drawStatements(minutes) {
  const svg = byId("statements");
  const highest = Math.max(1, ...minutes.map((minute) => minute.statements + minute.refused));
  const all = minutes.reduce((sum, { statements }) => sum + statements, 0);
  const label = `Statements per minute over the last hour: ${all} altogether, at most ${highest} in a minute`;
  frame(svg, label, highest, numbers.format, minutes);
  const width = (plot.right - plot.left) / minutes.length;
  const unit = (plot.bottom - plot.top) / highest;
  minutes.forEach((minute, index) => {
    let y = plot.bottom;
    const parts = {
      done: minute.statements - minute.failed,
      failed: minute.failed,
      refused: minute.refused,
    };
    for (const [kind, count] of Object.entries(parts)) {
      if (count === 0) continue;
      y -= count * unit;
      const place = { x: plot.left + index * width + 1, y, width: width - 2, height: count * unit };
      const bar = drawing("rect", { class: kind, ...place });
      bar.append(drawing("title", {}, `${clockTime(minute.start)}: ${count} ${kind}`));
      svg.append(bar);
    }
  });
}

function drawLatency(minutes) {
  const svg = byId("latency");
  const seen = minutes.flatMap(({ p95Ms }) => p95Ms ?? []);
  const highest = Math.max(1, ...seen);
  frame(
    svg,
    `Times of statements: 95 of 100 within ${duration(highest)} at most`,
    highest,
    duration,
    minutes,
  );
  const step = (plot.right - plot.left) / minutes.length;
  for (const key of ["p50", "p95"]) {
    const points = minutes.flatMap((minute, index) => {
      const value = minute[`${key}Ms`];
      if (value === undefined) return [];
      return [[plot.left + (index + 0.5) * step, plot.bottom - (value / highest) * (plot.bottom - plot.top)]];
    });
    svg.append(drawing("polyline", { class: key, points: points.map((point) => point.join(",")).join(" ") }));
    for (const [cx, cy] of points) svg.append(drawing("circle", { class: key, cx, cy, r: 2 }));
  }
}

function drawFigures(sessions, minutes) {
  const sum = (key) => minutes.reduce((total, minute) => total + minute[key], 0);
  const last = minutes.findLast(({ p95Ms }) => p95Ms !== undefined);
  const figures = {
    Sessions: numbers.format(sessions.length),
    Running: numbers.format(sessions.filter(({ state }) => state === "active").length),
    "Statements this hour": numbers.format(sum("statements")),
    Failed: numbers.format(sum("failed")),
    Refused: numbers.format(sum("refused")),
    "95 of 100 within": last === undefined ? "–" : duration(last.p95Ms),
  };
  const shown = Object.entries(figures).map(([name, value]) => {
    const figure = element("div");
    figure.append(element("dt", name), element("dd", value));
    return figure;
  });
  byId("figures").replaceChildren(...shown);
}

function actions({ id, state }) {
  const made = element("span");
  const add = (label, path, method) => {
    const button = element("button", label);
    button.type = "button";
    button.addEventListener("click", async () => {
      button.disabled = true;
      await ask(path, method).catch(() => {});
      await refresh();
    });
    made.append(button);
  };
  if (state === "active") add("Cancel", `v1/sessions/${id}/cancel`, "POST");
  add("End", `v1/sessions/${id}`, "DELETE");
  return made;
}

function drawSessions(sessions) {
  fill(
    "sessions",
    sessions.map((session) => [
      session.id,
      session.user,
      session.group,
      session.lens,
      session.clientAddress,
      session.applicationName,
      clockTime(session.since),
      session.state,
      sqlCell(session.statement?.text),
      session.statement === undefined ? "" : duration(session.statement.durationMs),
      actions(session),
    ]),
  );
}

function drawActivity({ slowest, members, groups }) {
  fill(
    "slowest",
    slowest.map(({ time, user, group, durationMs, rows, outcome, sql }) => [
      clockTime(time),
      user,
      group,
      duration(durationMs),
      rows,
      outcome === "00000" ? "done" : outcome,
      sqlCell(sql),
    ]),
  );
  const most = members[0]?.statements ?? 1;
  fill(
    "members",
    members.map(({ member, statements }) => [
      member,
      statements,
      meter(statements, most, `uses of ${member}`),
    ]),
  );
  fill(
    "groups",
    groups.map(({ group, statements, masked, filtered }) => [group, statements, masked, filtered]),
  );
}

/** Counts of one metric, by its label. */
function metricValues(page, name) {
  return page.split("\n").flatMap((line) => {
    const found = line.startsWith(`${name}{`) ? /="([^"]*)"\} (\S+)$/.exec(line) : null;
    return found === null ? [] : [[found[1], Number(found[2])]];
  });
}

async function drawLimits(sessions) {
  const users = [...new Set(sessions.map(({ user }) => user))].slice(0, usersMax);
  const answers = await Promise.all(
    users.map((user) =>
      askJson(`v1/limits?user=${encodeURIComponent(user)}`).catch((error) => {
        if (error instanceof WrongToken) throw error;
        // The store that servers share their limits in is away: all else is still worth seeing.
        return { user, limits: [] };
      }),
    ),
  );
  const rows = answers.flatMap(({ user, limits }) =>
    limits.map(({ limit, used, max }) => [
      user,
      limit,
      `${numbers.format(used)} of ${numbers.format(max)}`,
      meter(used, max, `${limit} of ${user}`),
    ]),
  );
  fill("limits", rows);
}

async function refresh() {
  clearTimeout(timer);
  const asked = token;
  try {
    const [{ sessions }, activity, page] = await Promise.all([
      askJson("v1/sessions"),
      askJson("v1/activity"),
      ask("metrics").then((response) => response.text()),
    ]);
    if (asked !== token) return;
    drawFigures(sessions, activity.minutes);
    drawStatements(activity.minutes);
    drawLatency(activity.minutes);
    drawSessions(sessions);
    drawActivity(activity);
    fill("refusals", metricValues(page, "lenswire_limit_refusals_total"));
    await drawLimits(sessions);
    sessionStorage.setItem(tokenKey, token);
    show(true, `as of ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    if (error instanceof WrongToken) {
      forget(error.message);
      return;
    }
    byId("status").textContent = `no answer: ${error.message}`;
  }
  if (token !== null) timer = setTimeout(refresh, refreshMs);
}

function show(isKnown, status) {
  byId("login").hidden = isKnown;
  byId("board").hidden = !isKnown;
  byId("leave").hidden = !isKnown;
  byId("status").textContent = status;
}

function forget(status) {
  clearTimeout(timer);
  token = null;
  sessionStorage.removeItem(tokenKey);
  byId("token").value = "";
  show(false, status);
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value;
  void refresh();
});
byId("leave").addEventListener("click", () => forget("not connected"));
if (token !== null) void refresh();
