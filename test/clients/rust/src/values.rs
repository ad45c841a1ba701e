//! Values as the bytes of PostgreSQL's binary format, both ways, and the types that are looked up for them.
use std::error::Error;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::{Outcome, check, connect};

/// A value of any type, as it came and as it is sent.
#[derive(Debug)]
pub struct Binary(pub Vec<u8>);

impl<'a> FromSql<'a> for Binary {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Binary(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Binary {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row: the name, the type and the bytes of each value.
pub fn shown(row: &Row) -> Value {
    let values = row.columns().iter().enumerate().map(|(place, column)| {
        let value: Option<Binary> = row.get(place);
        json!([
            column.name(),
            column.type_().name(),
            value.map(|Binary(bytes)| hex(&bytes))
        ])
    });
    values.collect()
}

pub fn all_shown(rows: &[Row]) -> Value {
    rows.iter().map(shown).collect()
}

/// A type as the client knows it after its look-ups, in full.
fn spelled(known: &Type) -> String {
    let kind = match known.kind() {
        Kind::Simple => "simple".to_string(),
        Kind::Pseudo => "pseudo".to_string(),
        Kind::Enum(labels) => format!("enum {labels:?}"),
        Kind::Array(of) => format!("array of {}", spelled(of)),
        Kind::Range(of) => format!("range of {}", spelled(of)),
        Kind::Multirange(of) => format!("multirange of {}", spelled(of)),
        Kind::Domain(over) => format!("domain over {}", spelled(over)),
        Kind::Composite(fields) => fields
            .iter()
            .map(|field| format!("{} {}", field.name(), spelled(field.type_())))
            .collect::<Vec<_>>()
            .join(", "),
        _ => "another".to_string(),
    };
    format!("{}.{} ({kind})", known.schema(), known.name())
}

const LITERALS: &[(&str, &str)] = &[
    ("bool", "true"),
    ("int2", "-7"),
    ("int4", "42"),
    ("int8", "1099511627776"),
    ("float4", "0.5"),
    ("float8", "1.5e300"),
    ("numeric", "-12345678901234567890.12300"),
    ("numeric", "NaN"),
    ("text", "it's a \\ \"text\" é 🙂"),
    ("varchar", "abc"),
    ("bpchar", "ab "),
    ("\"char\"", "c"),
    ("name", "pg_class"),
    ("bytea", "\\x00ff275c"),
    ("date", "2024-02-29"),
    ("time", "12:30:00.123456"),
    ("timetz", "12:30:00+05:30"),
    ("timestamp", "2024-02-29 12:30:00.123456"),
    ("timestamptz", "2024-02-29 12:30:00+05:30"),
    ("timestamp", "infinity"),
    ("interval", "1 mon -2 days 03:04:05.6"),
    ("uuid", "12345678-1234-5678-1234-567812345678"),
    ("json", "{\"a\": [1, null]}"),
    ("jsonb", "{\"b\": 1, \"a\": [1, null]}"),
    ("inet", "10.0.0.1/8"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("bit(3)", "101"),
    ("varbit", "10101"),
    ("oid", "1259"),
    ("int4range", "[1,5)"),
    ("numrange", "(0.5,]"),
    ("int4multirange", "{[1,5),[8,9)}"),
    ("point", "(1,2)"),
    ("int2vector", "1 2"),
    ("text[]", "{West,NULL,\"a b\"}"),
    ("int8[]", "[0:1][1:2]={{1,2},{3,4}}"),
    ("numeric[]", "{1.50,NaN,NULL}"),
    ("date[]", "{}"),
];

async fn round_trips() -> Outcome<Value> {
    let client = connect().await?;
    let mut answers = Vec::new();
    for (name, literal) in LITERALS {
        let quoted = literal.replace('\'', "''");
        let Binary(sent) = client
            .query_one(&format!("SELECT '{quoted}'::{name}"), &[])
            .await?
            .get(0);
        let statement = client
            .prepare(&format!("SELECT $1::{name}, $1::{name}::text"))
            .await?;
        let back = client
            .query_one(&statement, &[&Binary(sent.clone())])
            .await?;
        let nothing = client.query_one(&statement, &[&None::<Binary>]).await?;
        answers.push(json!([
            name,
            hex(&sent),
            shown(&back),
            shown(&nothing),
            spelled(&statement.params()[0])
        ]));
    }
    Ok(Value::Array(answers))
}

async fn own_types() -> Outcome<Value> {
    let client = connect().await?;
    let zones = vec![Some("North"), None, Some("South")];
    let instant = SystemTime::UNIX_EPOCH + Duration::from_millis(1_709_164_800_123);
    let row = client
        .query_one(
            "SELECT $1::text, $2::int4, $3::int8, $4::float8, $5::bool, $6::bytea, $7::timestamp, $8::timestamptz,
                $9::text[], $10::int8[], $11::text, $12::int4",
            &[
                &"a", &42i32, &(1i64 << 40), &1.5e300f64, &true, &vec![0u8, 255, 39, 92], &instant, &instant,
                &zones, &vec![1i64, 2], &None::<&str>, &None::<i32>,
            ],
        )
        .await?;
    let read: (String, i32, i64, f64, bool) =
        (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    let times: (SystemTime, SystemTime) = (row.get(6), row.get(7));
    let lists: (Vec<Option<String>>, Vec<i64>) = (row.get(8), row.get(9));
    let nothing: (Option<String>, Option<i32>) = (row.get(10), row.get(11));
    Ok(json!([
        shown(&row),
        format!("{read:?} {lists:?} {nothing:?}"),
        times == (instant, instant)
    ]))
}

async fn looked_up() -> Outcome<Value> {
    let client = connect().await?;
    let mut answers = Vec::new();
    for text in [
        "SELECT NULL::public.debit_to_credit, NULL::public.debit_to_credit[]",
        "SELECT 'YES'::information_schema.yes_or_no, 1::information_schema.cardinal_number",
        "SELECT ROW(1, 'a', NULL), ARRAY[ROW(1, 'a')]",
        "SELECT oid, relname, relkind, reltype::regtype, oid::regclass FROM pg_class WHERE relname = 'customers'",
        "SELECT NULL::pg_catalog.pg_class",
    ] {
        let statement = client.prepare(text).await?;
        let columns: Vec<_> = statement
            .columns()
            .iter()
            .map(|column| spelled(column.type_()))
            .collect();
        answers.push(json!([columns, client.query(&statement, &[]).await?.len()]));
    }
    Ok(Value::Array(answers))
}

/// An array and a record that were read from the client's own rows are sent back.
async fn arrays_in_conditions() -> Outcome<Value> {
    let client = connect().await?;
    let rows = client
        .query(
            "SELECT zone, count(*) FROM customers WHERE zone = ANY($1) AND customer_id <> ALL($2)
                AND onboarding_date < $3 AND zone IS DISTINCT FROM $4 GROUP BY 1 ORDER BY 1 LIMIT $5",
            &[
                &vec!["North", "South"], &vec![1i64, 2, 3],
                &(SystemTime::UNIX_EPOCH + Duration::from_secs(1_717_200_000)), &None::<&str>, &10i64,
            ],
        )
        .await?;
    Ok(all_shown(&rows))
}

pub async fn checks() {
    check(
        "values of every type, sent and read in binary",
        round_trips(),
    )
    .await;
    check("the client's own types", own_types()).await;
    check("types are looked up", looked_up()).await;
    check("arrays and NULL in conditions", arrays_in_conditions()).await;
}
