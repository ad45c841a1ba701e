import { expect, test } from "vitest";
import { normalForm } from "../../../src/query/normal-form.ts";
import { read, useStatements } from "./read-statement.ts";

useStatements();

async function forms(one: string, other: string): Promise<readonly unknown[]> {
  return [normalForm(await read(one)), normalForm(await read(other))];
}

test.each([
  [
    "select id, zone from c join t using (id)",
    "select x.id as y, x.zone from c x inner join t as z on x.id = z.id",
  ],
  [
    "select zone, upper(city) from c group by 1, 2",
    "select zone, upper(city) from c group by zone, upper(city)",
  ],
  [
    "select sum(age) over w, avg(age) over w from c window w as (partition by zone)",
    "select sum(age) over (partition by zone), avg(age) over (partition by zone) from c",
  ],
  ["select zone z from c order by z, city", "select zone from c order by 1, c.city asc nulls last"],
  ["select age::text, cast(age as numeric) from c", "select cast(age as text), age::numeric from c"],
  [
    "select 1 from c group by rollup(zone, city)",
    "select 1 from c group by grouping sets ((zone, city), (zone), ())",
  ],
  ["select age between 1 and 2 and id > 1 from c", "select age >= 1 and (age <= 2 and id > 1) from c"],
  ["with a as (select 1 as x) select x from a", "with b(y) as (select 1) select c.y from b as c"],
  ["select distinct on (zone) city from c", "select distinct on (c.zone) c.city from c as c"],
  [
    "select zone, (select max(t.id + c.age) from t) from c group by zone, age",
    "select d.zone, (select max(u.id + d.age) from t u) from c d group by d.zone, d.age",
  ],
  [
    "select grouping(zone) from c group by cube(zone, city)",
    "select grouping(zone) from c group by cube(zone), cube(city)",
  ],
])("%s is the same as %s", async (one, other) => {
  const [first, second] = await forms(one, other);
  expect(second).toEqual(first);
});

test.each([
  ["select id from c", "select age from c"],
  ["select a.id from c a, c b", "select b.id from c a, c b"],
  ["select id from c order by id", "select id from c order by id desc"],
  ["select id from c order by id nulls first", "select id from c order by id"],
  ["select zone from c group by zone, city", "select zone from c group by zone"],
  ["select sum(age) over (partition by zone) from c", "select sum(age) over (partition by city) from c"],
  ["select 1 from c left join t using (id)", "select 1 from c right join t using (id)"],
  ["select 1 union select 2", "select 1 union all select 2"],
  ["select age::text from c", "select age::varchar from c"],
  ["select 1::numeric(5, 1)", "select 1::numeric(5, 2)"],
  ["select distinct zone from c", "select zone from c"],
  [
    "select zone from c limit 1",
    "select zone from c fetch first 1 row with ties".replace("c fetch", "c order by 1 fetch"),
  ],
  ["select count(*) from c group by rollup(zone, city)", "select count(*) from c group by cube(zone, city)"],
  [
    "select x.id from c x where exists (select 1 from c y where x.id = 1)",
    "select x.id from c x where exists (select 1 from c y where y.id = 1)",
  ],
])("%s is not the same as %s", async (one, other) => {
  const [first, second] = await forms(one, other);
  expect(second).not.toEqual(first);
});
