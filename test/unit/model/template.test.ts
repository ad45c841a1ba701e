import { expect, test } from "vitest";
import { renderTemplate } from "../../../src/model/template.ts";
import { formatProblem, type Problem } from "../../../src/problem.ts";

const sqls = new Map([["shipments", 'SELECT "a"\nFROM b -- {{ x }}']]);

function render(text: string) {
  const problems: Problem[] = [];
  const rendered = renderTemplate("t.yml", text, sqls, problems);
  return { rendered, problems: problems.map((problem) => formatProblem(problem)) };
}

/** Where in the template the first `needle` of the rendered text came from. */
function origin(text: string, needle: string): string {
  const { rendered, problems } = render(text);
  expect(problems).toEqual([]);
  const place = rendered?.placeOf(rendered.text.indexOf(needle));
  return `${place?.line}:${place?.column}`;
}

test("single braces are left alone", () => {
  const text = "sql: \"{TABLE}.a = {b.c} and x ~ '^{2}$'\"\n";
  expect(render(text).rendered?.text).toBe(text);
});

test("load_sql gives a text that YAML reads back, on one line", () => {
  const { rendered } = render("sql: {{ load_sql('shipments') }}\nnext: 1\n");
  expect(rendered?.text).toBe(`sql: ${JSON.stringify(sqls.get("shipments"))}\nnext: 1\n`);
  expect(origin("sql: {{ load_sql('shipments') }}\nnext: 1\n", "next")).toBe("2:1");
});

test("set, for, macro and comments render as Jinja's", () => {
  const text = `{# a comment #}{% set xs = ["a", "b"] %}
{%- macro item(x, kind="k") -%}
- {{ x }}:{{ kind }}
{%- endmacro %}
{%- for x in xs %}
{{ item(x) }}{{ "!" if x is not none }}
{%- endfor %}
`;
  expect(render(text).rendered?.text.trim()).toBe("- a:k!\n- b:k!");
});

test("places are those of the template, before, inside and behind loops and macros", () => {
  const text = `top: 1
{%- macro m(x) -%}
macro {{ x }} end
{%- endmacro %}
{% for x in [1, 2, 3] %}
  body{{ x }}: {{ m(x) }}
{% endfor -%}

last: 1
`;
  expect(origin(text, "top")).toBe("1:1");
  expect(origin(text, "body")).toBe("6:3");
  expect(origin(text, "macro 3")).toBe("3:1");
  expect(origin(text, " end")).toBe("3:14");
  expect(origin(text, "last")).toBe("9:1");
});

test("a filter over what a macro yields sees the text alone", () => {
  const text = "{% macro m() %}  abc  {% endmacro %}x: {{ m() | trim | length }}\ny: 2\n";
  expect(render(text).rendered?.text).toBe("x: 3\ny: 2\n");
});

test.each([
  ["an undefined variable", "a: 1\nb: {{ zone }}\n", ['t.yml:2:7: "zone" is not defined']],
  [
    "one that only a loop reads",
    "{% for z in zoness %}{% endfor %}{% set zones = [] %}",
    ['t.yml:1:13: "zoness" is not defined; did you mean "zones"?'],
  ],
  [
    "a text that does not exist",
    "a: {{ load_sql('shipment') }}\n",
    ['t.yml:1:15: no file sqls/shipment.sql; did you mean "shipments"?'],
  ],
  ["a tag that does not end", "a: 1\n{% for x in [1] %}\n", ["t.yml:2:19: unexpected end of file"]],
])("%s is a problem at its place", (_, text, problems) => {
  expect(render(text).problems).toEqual(problems);
});

test("asking whether a variable is defined does not use it", () => {
  expect(render("a: {{ 1 if zone is defined else 2 }}\n").rendered?.text).toBe("a: 2\n");
});
